"""The inputs of a processing job that ran in a cloud: their objects, sizes and changes since, and the download to this machine.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingInput.html
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.steps.local_job import on_this_machine
from partitioned_pipelines.lake.s3_uri import split_s3_uri
from partitioned_pipelines.runtime.batches import map_at_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

_THREADS = 10
_GONE = "a run that starts now gets new inputs: start one, and fetch that"
_MISSING = {"NoSuchBucket", "NoSuchKey", "404"}


@dataclass(frozen=True, slots=True)
class InputObject:
    """An object of an input, and its path in the input's folder."""

    bucket: str
    key: str
    path: str
    size: int
    last_modified: datetime


@dataclass(frozen=True, slots=True)
class JobInput:
    """An input of a job.

    Attributes
    ----------
    uri
        The URI in the job's description: of a prefix, or of a manifest.
    local_path
        The folder in the container.
    is_shared
        Whether each instance of the job got a part of the objects.
    """

    name: str
    uri: str
    local_path: str
    is_shared: bool
    objects: tuple[InputObject, ...]

    @property
    def bytes(self) -> int:
        """The size of the objects."""
        return sum(item.size for item in self.objects)

    def changed_since(self, moment: datetime) -> list[InputObject]:
        """Return the objects that were written later. S3 reports whole seconds."""
        return [item for item in self.objects if item.last_modified > moment]


def list_inputs(s3: S3Client, description: Mapping[str, Any]) -> list[JobInput]:
    """Return the inputs of a job, with the objects that they have now.

    Raises
    ------
    CommandError
        If a kind of input is not supported, or an input no longer exists.
    """
    return [_list_input(s3, entry) for entry in description.get("ProcessingInputs", [])]


def _list_input(s3: S3Client, entry: Mapping[str, Any]) -> JobInput:
    name = entry["InputName"]
    if problem := _unsupported(entry):
        raise CommandError(f"the job's input {name!r} {problem}, which pipelines step does not support")
    source = entry["S3Input"]
    find = _of_manifest if source["S3DataType"] == "ManifestFile" else _below_prefix
    try:
        objects = tuple(find(s3, name, source["S3Uri"]))
    except ClientError as error:
        if error.response["Error"]["Code"] not in _MISSING:
            raise
        raise _gone(name, source["S3Uri"]) from error
    for item in objects:
        if ".." in item.path.split("/"):
            raise CommandError(f"the job's input {name!r}: the object {item.key!r} leads out of its folder")
    shared = source.get("S3DataDistributionType") == "ShardedByS3Key"
    return JobInput(name, source["S3Uri"], source["LocalPath"], shared, objects)


def _unsupported(entry: Mapping[str, Any]) -> str | None:
    if "S3Input" not in entry:
        return "is a DatasetDefinition (Athena or Redshift)"
    source = entry["S3Input"]
    if entry.get("AppManaged"):
        return "is downloaded by the application itself (AppManaged)"
    if source.get("S3InputMode", "File") != "File":
        return f"is streamed (S3InputMode {source['S3InputMode']})"
    if source.get("S3CompressionType", "None") != "None":
        return f"is decompressed by SageMaker (S3CompressionType {source['S3CompressionType']})"
    return None


def _below_prefix(s3: S3Client, name: str, uri: str) -> Iterator[InputObject]:
    """Yield an object itself, or the objects below a folder, whose paths are relative to it; folder markers are no files."""
    bucket, prefix = split_s3_uri(uri)
    folder = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
    found = [item for item in _list(s3, bucket, prefix) if item["Key"] == prefix or item["Key"].startswith(folder)]
    if not found:
        raise _gone(name, uri)
    for item in found:
        if not item["Key"].endswith("/"):
            path = item["Key"].rpartition("/")[2] if item["Key"] == prefix else item["Key"].removeprefix(folder)
            yield InputObject(bucket, item["Key"], path, item["Size"], item["LastModified"])


def _of_manifest(s3: S3Client, name: str, uri: str) -> Iterator[InputObject]:
    """Yield the objects of a manifest, whose paths are relative to its prefix. Each of their folders is listed once.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html
    """
    bucket, key = split_s3_uri(uri)
    first, *relatives = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    bucket, prefix = split_s3_uri(first["prefix"])
    wanted = {f"{prefix}{relative}": relative for relative in relatives}
    folders = {key[: key.rfind("/") + 1] for key in wanted}
    with ThreadPoolExecutor(_THREADS) as pool:
        listed = map_at_once(pool, lambda folder: list(_list(s3, bucket, folder, delimiter="/")), sorted(folders))
    found = {item["Key"]: item for items in listed for item in items}
    if missing := [key for key in wanted if key not in found]:
        raise _gone(name, f"s3://{bucket}/{missing[0]}", len(missing) - 1)
    for key, path in wanted.items():
        yield InputObject(bucket, key, path, found[key]["Size"], found[key]["LastModified"])


def _list(s3: S3Client, bucket: str, prefix: str, *, delimiter: str = "") -> Iterator[Any]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter=delimiter)
    for page in pages:
        yield from page.get("Contents", [])


def _gone(name: str, uri: str, others: int = 0) -> CommandError:
    more = f" and {others:,} other {'object' if others == 1 else 'objects'}" if others else ""
    return CommandError(f"the job's input {name!r} was deleted since: {uri}{more}", _GONE, exit_code=ExitCode.FAILED)


def download(s3: S3Client, inputs: Iterable[JobInput], opt_ml: Path) -> None:
    """Download the objects to where the job's containers had them.

    Raises
    ------
    CommandError
        If a key cannot be the path of a file on this machine.
    """
    items = []
    for entry in inputs:
        folder = on_this_machine(opt_ml, entry.local_path)
        folder.mkdir(parents=True, exist_ok=True)
        items += [(entry.name, item, folder / item.path) for item in entry.objects]
    with ThreadPoolExecutor(_THREADS) as pool:
        map_at_once(pool, partial(_download, s3), items)


def _download(s3: S3Client, item: tuple[str, InputObject, Path]) -> None:
    name, source, target = item
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        s3.download_file(source.bucket, source.key, str(target))
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise CommandError(
            f"the job's input {name!r}: the key {source.key!r} is both a file and a folder, which this machine cannot hold",
            exit_code=ExitCode.FAILED,
        ) from error
