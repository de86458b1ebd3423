"""Which objects an input of a processing job means, and which of them one host gets.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingS3Input.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local_cloud.object_store import find_object, list_objects, split_uri
from local_cloud.undocumented import chosen

if TYPE_CHECKING:
    from local_cloud.object_store import StoredObject


class DownloadError(Exception):
    """An input that is not there, or can't be had."""


def input_objects(entry: dict[str, Any]) -> list[tuple[str, StoredObject]]:
    """Return the objects of an input, each with its path below the input's folder.

    Raises
    ------
    DownloadError
        If there are none, or one that a manifest names is missing.
    """
    if entry["S3Input"].get("S3DataType") == "ManifestFile":
        return _objects_of_manifest(entry)
    return _objects_of_prefix(entry)


def shard(objects: list[tuple[str, StoredObject]], host_index: int, host_count: int) -> list[tuple[str, StoredObject]]:
    """Give one host's part of an input that is ``ShardedByS3Key``: of n hosts, each gets every n-th object by key.

    Which host gets which key is not documented, so that a script must not build on it; of fewer objects than hosts, some get none.
    """
    return sorted(objects, key=lambda item: item[1].key.encode())[host_index::host_count]


def _objects_of_prefix(entry: dict[str, Any]) -> list[tuple[str, StoredObject]]:
    """A key that is the prefix itself keeps its last part as the file's name; below a folder, the rest of the key is the file's path."""
    bucket, prefix = split_uri(entry["S3Input"]["S3Uri"])
    folder = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
    found = [item for item in list_objects(bucket, prefix) if item.key == prefix or item.key.startswith(folder)]
    if not found:
        raise _not_found(entry, entry["S3Input"]["S3Uri"])
    return [
        (item.key.rpartition("/")[2] if item.key == prefix else item.key.removeprefix(folder), item)
        for item in found
        if not item.key.endswith("/")  # the empty object by which consoles show a folder
    ]


def _objects_of_manifest(entry: dict[str, Any]) -> list[tuple[str, StoredObject]]:
    """Read ``[{"prefix": "s3://…"}, "key", …]``; whether the files' paths begin with the prefix's key is chosen.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html
    """
    uri = entry["S3Input"]["S3Uri"]
    manifest = find_object(*split_uri(uri))
    if manifest is None:
        raise _not_found(entry, uri)
    try:
        document = json.loads(manifest.read())
    except ValueError as error:
        raise _bad_manifest(entry, str(error)) from error
    if not (isinstance(document, list) and document and isinstance(document[0], dict)):
        raise _bad_manifest(entry, "it is no array whose first element is an object with a prefix")
    prefix, relatives = document[0].get("prefix"), document[1:]
    if not (isinstance(prefix, str) and prefix.startswith("s3://")):
        raise _bad_manifest(entry, f"its prefix is {prefix!r}, no URI of S3")
    if not relatives or not all(isinstance(relative, str) for relative in relatives):
        raise _bad_manifest(entry, "after its prefix come no keys")
    objects = []
    for relative in dict.fromkeys(relatives):
        item = find_object(*split_uri(f"{prefix}{relative}"))
        if item is None:
            raise _not_found(entry, f"{prefix}{relative}")
        objects.append((item.key if chosen("manifest_files") == "whole_key" else relative, item))
    return objects


def _not_found(entry: dict[str, Any], uri: str) -> DownloadError:
    return DownloadError(
        f"ClientError: Data download failed: No S3 objects found under S3 URL {uri!r} given in input {entry['InputName']!r}"
    )


def _bad_manifest(entry: dict[str, Any], why: str) -> DownloadError:
    return DownloadError(
        f"ClientError: Data download failed: the manifest {entry['S3Input']['S3Uri']!r} given in input {entry['InputName']!r} "
        f"can't be read: {why}"
    )
