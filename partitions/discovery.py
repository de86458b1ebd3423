"""What a run wrote: the partitions under its root, and the objects that belong to none.

Only the root is listed, so that the cost grows with the run, and not with the history of the table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from partitions.hive_path import InvalidPartitionPathError, PartitionPath, parse_partition_path
from partitions.key_value import identity_of
from partitions.parallel import read_ahead
from partitions.spread_sample import SpreadSample

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

    from partitions.key_value import PartitionKey
    from partitions.s3_uri import S3Folder

SAMPLED_FILES = 128
SUCCESS_MARKER = "_SUCCESS"
MAX_REPORTED_PATHS = 20  # of bad paths: a state's error and output are bounded, a listing is not


@dataclass(slots=True)
class FoundPartition:
    """A partition that the run wrote.

    Attributes
    ----------
    root
        Of the run, below which the partition's folder lies.
    objects, bytes
        Of its data, and of what the run wrote alone.
    """

    path: PartitionPath
    root: S3Folder
    objects: int = 0
    bytes: int = 0

    @property
    def location(self) -> str:
        """``s3://bucket/prefix/key=value/``, raw: escapes stay as they are in the object keys."""
        return f"{self.root.uri}{self.path.folder}"


@dataclass(frozen=True, slots=True)
class OldObject:
    """An object that was there before the run wrote to its partition."""

    key: str
    etag: str


@dataclass(frozen=True, slots=True)
class FoundObject:
    """A data object of the run."""

    key: str
    size: int


@dataclass(slots=True)
class Discovery:
    """What was found under a root.

    Attributes
    ----------
    bad_paths
        ``s3://…: what is wrong``, the first of them; ``bad_path_count`` counts all.
    ignored
        How many objects are never data: markers, hidden and temporary ones, empty ones.
    old_objects
        In place only, by folder: what a sweep removes from the partitions that were touched.
    success_marker
        Whether Spark's ``_SUCCESS`` lies in the root, written by this run: all of its files are there.
    sample
        Some of the data objects, spread evenly over the listing, and so over the partitions.
    """

    root: S3Folder
    partitions: list[FoundPartition] = field(default_factory=list)
    bad_paths: list[str] = field(default_factory=list)
    bad_path_count: int = 0
    ignored: int = 0
    success_marker: bool = False
    old_objects: dict[str, list[OldObject]] = field(default_factory=dict)
    sample: SpreadSample[FoundObject] = field(default_factory=lambda: SpreadSample(SAMPLED_FILES))

    @property
    def objects(self) -> int:
        """The number of data objects in all partitions."""
        return sum(partition.objects for partition in self.partitions)

    @property
    def bytes(self) -> int:
        """The size of all partitions."""
        return sum(partition.bytes for partition in self.partitions)

    def refuse(self, key: str, problem: str) -> None:
        """Note an object that lies in no partition of the table."""
        self.bad_path_count += 1
        if len(self.bad_paths) < MAX_REPORTED_PATHS:
            self.bad_paths.append(f"s3://{self.root.bucket}/{key}: {problem}")


def is_data(relative_key: str, size: int) -> bool:
    """Say whether an object is data: query engines skip hidden names, and so do we; empty objects hold no rows."""
    if size == 0:
        return False
    # `…_$folder$` is an object that stands for a folder; a folder of that name is a value that ends so.
    if relative_key.endswith("_$folder$"):
        return False
    return not any(name.startswith(("_", ".")) for name in relative_key.split("/"))


def discover(
    s3: S3Client, root: S3Folder, keys: Sequence[PartitionKey], written_since: datetime | None = None
) -> Discovery:
    """List a root and find the partitions under it.

    Parameters
    ----------
    root
        The folder that the run wrote to. It may itself hold ``key=value``: only what is below it counts.
    written_since
        In place: what is older was there before the run. Partitions that hold nothing newer are left out, whatever
        their paths.
    """
    found = Discovery(root)
    folders: dict[str, FoundPartition | str] = {}  # each folder is parsed once; a str says what is wrong with it
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=root.bucket, Prefix=root.prefix)
    for page in read_ahead(pages):
        for item in page.get("Contents", []):
            key, size = item["Key"], item["Size"]
            relative_key = key[len(root.prefix) :]
            if not is_data(relative_key, size):
                found.ignored += 1
                if relative_key == SUCCESS_MARKER:
                    found.success_marker = not _is_older(item["LastModified"], written_since)
                continue
            if _is_older(item["LastModified"], written_since):
                # By the levels of a partition alone: engines read the folders below it, too.
                old_folder = "".join(f"{level}/" for level in relative_key.split("/")[: len(keys)])
                found.old_objects.setdefault(old_folder, []).append(OldObject(key, item["ETag"]))
                continue
            folder = relative_key[: relative_key.rfind("/") + 1]
            partition = folders.get(folder)
            if partition is None:
                partition = folders[folder] = _read_folder(folder, root, keys)
            if isinstance(partition, str):
                found.refuse(key, partition)
            elif key.endswith("/"):
                found.refuse(key, "the name of the object is empty")
            else:
                partition.objects += 1
                partition.bytes += size
                found.sample.offer(FoundObject(key, size))
    _collect(found, folders, keys)
    return found


def _is_older(last_modified: datetime, written_since: datetime | None) -> bool:
    return written_since is not None and last_modified.replace(microsecond=0) < written_since


def _read_folder(folder: str, root: S3Folder, keys: Sequence[PartitionKey]) -> FoundPartition | str:
    try:
        return FoundPartition(parse_partition_path(folder, keys), root)
    except InvalidPartitionPathError as error:
        return str(error)


def _collect(found: Discovery, folders: dict[str, FoundPartition | str], keys: Sequence[PartitionKey]) -> None:
    """Keep the partitions that have data. A partition has one Location: a second spelling of it is refused."""
    by_identity: dict[tuple[str | int, ...], FoundPartition] = {}
    for partition in folders.values():
        if isinstance(partition, str) or not partition.objects:
            continue
        identity = tuple(identity_of(key, value) for key, value in zip(keys, partition.path.values, strict=True))
        first = by_identity.setdefault(identity, partition)
        if first is not partition:
            found.refuse(
                f"{found.root.prefix}{partition.path.folder}",
                f"it is the same partition as {first.location}, spelled in another way",
            )
    found.partitions = sorted(by_identity.values(), key=lambda partition: partition.path.values)
    touched = {partition.path.folder for partition in found.partitions}
    found.old_objects = {folder: old for folder, old in found.old_objects.items() if folder in touched}
