"""The cascade of a table's schema to partitions with an older schema, if the table's schema can read their files.

A cascade sets a partition's columns to the table's and does not change the files. Some formats are read by name, others by position.
https://docs.aws.amazon.com/athena/latest/ug/types-of-updates.html
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.partitions.catalog_rules import keys_of
from partitioned_pipelines.lake.partitions.ignored_objects import is_data
from partitioned_pipelines.lake.s3_uri import InvalidS3UriError, S3Folder
from partitioned_pipelines.lake.tables.storage_format import FORMATS, format_of
from partitioned_pipelines.operations.doctor.storage_descriptor import descriptor_difference, renamed_columns
from partitioned_pipelines.runtime.audit import TableContent
from partitioned_pipelines.runtime.audit.audit import audit_files
from partitioned_pipelines.runtime.audit.data_file import S3File
from partitioned_pipelines.runtime.batches import batches_of
from partitioned_pipelines.runtime.catalog import UPDATE_BATCH, TablePartitions
from partitioned_pipelines.runtime.history.catalog_partition import list_partitions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import PartitionInputTypeDef, PartitionTypeDef, TableTypeDef
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.tables.storage_format import TableFormat
    from partitioned_pipelines.operations.operation import HoldLease
    from partitioned_pipelines.runtime.history.table_address import TableAddress

    Columns = list[tuple[str, str]]

_THREADS = 8

_FILES = 3  # of a partition: the first, the middle and the last one


def cascade_schema(s3: S3Client, glue: GlueClient, table: TableAddress, hold_lease: HoldLease) -> int:
    """Set each partition's storage descriptor to the table's, keeping its location and stamp.

    The partitions are read while the lease is held, so that a concurrent registration is not undone. A partition is not changed if the
    table's schema cannot read its files.

    Returns
    -------
    int
        The number of updated partitions.
    """
    catalog = TablePartitions(glue, table.database_name, table.table_name)
    updated = 0
    with hold_lease() as lease:
        described = catalog.get_table()
        descriptor = described.get("StorageDescriptor", {})
        keys = keys_of(described)
        old = [
            partition
            for partition in list_partitions(glue, table, with_schema=True)
            if descriptor_difference(partition.get("StorageDescriptor", {}), descriptor)
            and len(partition.get("Values", [])) == len(keys)
        ]
        with ThreadPoolExecutor(_THREADS) as pool:
            problems = pool.map(lambda partition: cascade_problem(s3, partition, described), old)
            wanted: list[PartitionInputTypeDef] = [
                {
                    "Values": partition.get("Values", []),
                    "StorageDescriptor": {
                        **descriptor,
                        "Location": partition.get("StorageDescriptor", {}).get("Location", ""),
                    },
                    "Parameters": partition.get("Parameters", {}),
                }
                for partition, problem in zip(old, problems, strict=True)
                if problem is None
            ]
        for batch in batches_of(UPDATE_BATCH, wanted):
            lease.check()
            catalog.update(batch)
            updated += len(batch)
    return updated


def cascade_problem(s3: S3Client, partition: PartitionTypeDef, table: TableTypeDef) -> str | None:
    """Return the reason why a table's schema cannot read a partition's files; None if it can read the sampled ones."""
    found: Mapping[str, Any] = partition.get("StorageDescriptor", {})
    wanted: Mapping[str, Any] = table.get("StorageDescriptor", {})
    table_format = format_of(wanted)
    if table_format is None:
        return "the table's SerDe is not one of this project's"
    own, new = _columns(found), _columns(wanted)
    if problem := _lost(found, wanted) if FORMATS[table_format].is_read_by_name else _moved(own, new):
        return problem
    # The files match the partition's own columns or, if those were edited, the table's columns.
    try:
        files = _files(s3, found.get("Location", ""))
        findings = [_finding(files, columns, table_format) for columns in (_as_read(own, new, table_format), new)]
    except (InvalidS3UriError, s3.exceptions.ClientError) as error:
        return f"its files cannot be read: {error}"
    return findings[0] if all(findings) else None


def _finding(files: list[S3File], columns: Columns, table_format: TableFormat) -> str | None:
    content = TableContent.from_payload(
        {
            "format": table_format,
            "columns": [{"name": name, "type": kind} for name, kind in columns],
            "partition_keys": [],
        }
    )
    report = audit_files(files, content, full=False)
    return str(report.findings[0]) if report.count else None


def _columns(descriptor: Mapping[str, Any]) -> Columns:
    return [(column["Name"].lower(), column.get("Type", "string")) for column in descriptor.get("Columns", [])]


def _moved(own: Columns, new: Columns) -> str | None:
    """Return a description of the first column that would be read as another one because of its position."""
    places = {name: place for place, (name, _) in enumerate(new)}
    for place, (name, _) in enumerate(own):
        if places.get(name, place) != place:
            return f"column {name!r} is field {place + 1} of its files, and field {places[name] + 1} of the table"
    return None


def _lost(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str | None:
    renamed = renamed_columns(found.get("Columns", []), wanted.get("Columns", []))
    if not renamed:
        return None
    before, after = renamed[0]
    return f"its files hold {before!r}, and {after!r}, which is in its place, would be null"


def _as_read(own: Columns, new: Columns, table_format: TableFormat) -> Columns:
    """Return the partition's columns with the table's types; columns that were added to the table later are not in the files."""
    if not FORMATS[table_format].is_read_by_name:
        return [(name, new[place][1] if place < len(new) else kind) for place, (name, kind) in enumerate(own)]
    types = dict(new)
    return [(name, types.get(name, kind)) for name, kind in own]


def _files(s3: S3Client, location: str) -> list[S3File]:
    folder = S3Folder.parse(location)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=folder.bucket, Prefix=folder.prefix)
    found = [
        S3File(s3, folder.bucket, item["Key"], item["Size"])
        for page in pages
        for item in page.get("Contents", [])
        if is_data(item["Key"][len(folder.prefix) :], item["Size"])
    ]
    return found if len(found) <= _FILES else [found[0], found[len(found) // 2], found[-1]]
