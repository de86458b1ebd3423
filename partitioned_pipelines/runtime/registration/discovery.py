"""The discovery of a run's output: the partitions under its root, and the objects that match no partition.

Only the root is listed, so that the cost depends on the run and not on the table's history.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.partitions.catalog_rules import check_catalog_takes
from partitioned_pipelines.lake.partitions.hive_path import (
    InvalidPartitionPathError,
    PartitionPath,
    parse_partition_path,
)
from partitioned_pipelines.lake.partitions.ignored_objects import IgnoredObjects, why_ignored
from partitioned_pipelines.lake.partitions.key_value import identity_of
from partitioned_pipelines.runtime.audit.sample import FoundObject, SampledObjects
from partitioned_pipelines.runtime.batches import read_ahead

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.partitions.key_value import PartitionKey
    from partitioned_pipelines.lake.s3_uri import S3Folder

SUCCESS_MARKER = "_SUCCESS"
# Bad paths and skipped partitions: a receipt's size is limited although a listing's is not.
MAX_RECORDED_PATHS = 1000


@dataclass(slots=True)
class FoundPartition:
    """A partition written by the run.

    Attributes
    ----------
    root
        The run's root, the parent of the partition's folder.
    objects, bytes
        The number and the size of its data objects that the run wrote.
    rows
        The number of their rows; None unless the audit counted each object's.
    """

    path: PartitionPath
    root: S3Folder
    objects: int = 0
    bytes: int = 0
    rows: int | None = None

    @property
    def location(self) -> str:
        """``s3://bucket/prefix/key=value/``, still escaped, as in the object keys."""
        return f"{self.root.uri}{self.path.folder}"


@dataclass(frozen=True, slots=True)
class OldObject:
    """An object that existed before the run wrote to its partition."""

    key: str
    etag: str


@dataclass(slots=True)
class Discovery:
    """The result of listing a root.

    Attributes
    ----------
    bad_paths
        ``s3://…: problem`` for the first bad paths; ``bad_path_count`` counts all.
    refused_partitions
        The partitions that contain a bad path. Engines read a partition's folder recursively, so that a reader of the partition would also
        read the bad object. These partitions are not in ``partitions``.
    ignored
        The run's objects that are never data: markers, hidden, temporary and empty ones.
    old_objects
        In place only, by folder: the objects that a sweep deletes from the partitions that the run wrote.
    success_marker
        True if this run wrote Spark's ``_SUCCESS`` to the root, which means that all of its files are complete.
    sample
        The data objects to audit.
    """

    root: S3Folder
    partitions: list[FoundPartition] = field(default_factory=list)
    bad_paths: list[str] = field(default_factory=list)
    bad_path_count: int = 0
    refused_partitions: list[FoundPartition] = field(default_factory=list)
    ignored: IgnoredObjects = field(default_factory=IgnoredObjects)
    success_marker: bool = False
    old_objects: dict[str, list[OldObject]] = field(default_factory=dict)
    sample: SampledObjects = field(default_factory=SampledObjects)
    _bad_folders: set[str] = field(default_factory=set)

    @property
    def objects(self) -> int:
        """The number of data objects in all partitions."""
        return sum(partition.objects for partition in self.partitions)

    @property
    def bytes(self) -> int:
        """The size of all partitions."""
        return sum(partition.bytes for partition in self.partitions)

    def refuse(self, key: str, problem: str, levels: int) -> None:
        """Record an object that matches no partition, and the partition folder that readers would read with it.

        Parameters
        ----------
        levels
            The depth of a partition's folder.
        """
        self.bad_path_count += 1
        if len(self.bad_paths) < MAX_RECORDED_PATHS:
            self.bad_paths.append(f"s3://{self.root.bucket}/{key}: {problem}")
        self._bad_folders.add(partition_folder(key[len(self.root.prefix) :], levels))

    def is_refused(self, key: str, levels: int) -> bool:
        """Check whether an object is in the same partition as a refused one."""
        return partition_folder(key[len(self.root.prefix) :], levels) in self._bad_folders


def partition_folder(relative_key: str, levels: int) -> str:
    """Return the partition folder of an object at any depth: engines also read the folders below it."""
    return "".join(f"{level}/" for level in relative_key.split("/")[:levels])


def discover(
    s3: S3Client, root: S3Folder, keys: Sequence[PartitionKey], written_since: datetime | None = None
) -> Discovery:
    """List a root and find its partitions.

    Parameters
    ----------
    root
        The run's output folder. Its own path may contain ``key=value``: only the levels below it are parsed.
    written_since
        In place: objects older than this existed before the run. Partitions without newer objects are left out, whatever their paths.
    """
    found = Discovery(root)
    folders: dict[str, FoundPartition | str] = {}  # each folder is parsed once; a str is its problem
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=root.bucket, Prefix=root.prefix)
    for page in read_ahead(pages):
        for item in page.get("Contents", []):
            key, size = item["Key"], item["Size"]
            relative_key = key[len(root.prefix) :]
            older = written_since is not None and _is_older(item["LastModified"], written_since)
            if reason := why_ignored(relative_key, size):
                if not older:
                    found.ignored.add(reason)
                    found.success_marker = found.success_marker or relative_key == SUCCESS_MARKER
                continue
            if older:
                old = OldObject(key, item["ETag"])
                found.old_objects.setdefault(partition_folder(relative_key, len(keys)), []).append(old)
                continue
            folder = relative_key[: relative_key.rfind("/") + 1]
            partition = folders.get(folder)
            if partition is None:
                partition = folders[folder] = _read_folder(folder, root, keys)
            if isinstance(partition, str):
                found.refuse(key, partition, len(keys))
            elif key.endswith("/"):
                found.refuse(key, "the name of the object is empty", len(keys))
            else:
                partition.objects += 1
                partition.bytes += size
                found.sample.offer(FoundObject(key, size))
    _collect(found, folders, keys)
    return found


def _is_older(last_modified: datetime, written_since: datetime) -> bool:
    return last_modified.replace(microsecond=0) < written_since


def _read_folder(folder: str, root: S3Folder, keys: Sequence[PartitionKey]) -> FoundPartition | str:
    try:
        path = parse_partition_path(folder, keys)
        check_catalog_takes(path, keys, root)
    except InvalidPartitionPathError as error:
        return str(error)
    return FoundPartition(path, root)


def _collect(found: Discovery, folders: dict[str, FoundPartition | str], keys: Sequence[PartitionKey]) -> None:
    """Sort the partitions that have data. A partition has one Location: if it is spelled in several ways, all spellings are refused."""
    spellings: dict[tuple[str | int, ...], list[FoundPartition]] = {}
    for partition in folders.values():
        if isinstance(partition, str) or not partition.objects:
            continue
        identity = tuple(identity_of(key, value) for key, value in zip(keys, partition.path.values, strict=True))
        spellings.setdefault(identity, []).append(partition)
    for first, *others in (same for same in spellings.values() if len(same) > 1):
        for one, other in ((first, others[0]), *((other, first) for other in others)):
            problem = f"it is the same partition as {other.location}, spelled differently"
            found.refuse(f"{found.root.prefix}{one.path.folder}", problem, len(keys))
    for partition in sorted((one for same in spellings.values() for one in same), key=lambda one: one.path.values):
        refused = found.is_refused(f"{found.root.prefix}{partition.path.folder}", len(keys))
        (found.refused_partitions if refused else found.partitions).append(partition)
    if found.refused_partitions:
        found.sample.keep(lambda key: not found.is_refused(key, len(keys)))
    touched = {partition.path.folder for partition in found.partitions}
    found.old_objects = {folder: old for folder, old in found.old_objects.items() if folder in touched}
