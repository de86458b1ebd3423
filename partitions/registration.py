"""Registration: what a run wrote becomes what readers see.

The order is: list, refuse what is bad, register, sweep (in place only), write the receipt. The receipt comes last, so
that it never claims what is not: a run that dies before it leaves partitions that carry their own stamp, and its retry
finds them unchanged and writes the receipt. Each step may be repeated, and the result is the same.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from partitions.catalog import RegistrationError, TablePartitions
from partitions.creation_time import parse_creation_time
from partitions.discovery import Discovery, discover
from partitions.hive_path import InvalidPartitionPathError
from partitions.publication import Publication
from partitions.receipt import build_receipt, write_receipt
from partitions.requests import RegistrationRequest
from partitions.sweep import sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import TableTypeDef
    from mypy_boto3_s3 import S3Client

    from partitions.requests import TableTarget


class EmptyOutputError(RuntimeError):
    """A run wrote no data, and its table does not allow that."""


def register_partitions(
    event: Mapping[str, Any],
    s3: S3Client,
    glue: GlueClient,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """Register the partitions that a job wrote.

    Parameters
    ----------
    event
        RegisterPartitions' payload: ``table``, ``source`` (from the job's result) and ``run``.

    Returns
    -------
    dict
        ``table``; ``created``, ``repointed`` (another location, or a repaired storage descriptor), ``unchanged`` and
        ``kept_newer`` (a later run's, left alone), which together are the run's partitions; ``objects`` and ``bytes``
        that the run wrote; ``swept`` objects; ``bad_paths`` (the first of them) and ``bad_path_count``; ``receipt``.

    Raises
    ------
    InvalidPartitionPathError
        Naming the objects that lie in no partition of the table; nothing is registered.
    EmptyOutputError
        Where there is no data, and the table does not allow that.
    RegistrationError
        Where the Data Catalog refuses a partition, which is named with its code.
    SweepError
        Where old objects could not be deleted.
    """
    request = RegistrationRequest.from_event(event)
    target = request.table
    written_since = parse_creation_time(request.creation_time, now()) if target.in_place else None
    found = discover(s3, request.root, target.partition_keys, written_since)
    _check_output(found, target)

    catalog = TablePartitions(glue, target.database_name, target.table_name, sleep)
    table = catalog.get_table()
    _check_table(table, target)
    publication = Publication(catalog, request.run, registered_at=now(), ordered=not target.in_place)
    publication.publish(found.partitions, table)
    swept = sweep(s3, found)

    kept = {partition.path.values for partition in publication.kept_newer}
    live = [partition for partition in found.partitions if partition.path.values not in kept]
    receipt = build_receipt(request, live, publication.kept_newer, publication.registered_at)
    return {
        "table": target.full_name,
        "created": publication.created,
        "repointed": publication.repointed,
        "unchanged": publication.unchanged,
        "kept_newer": len(publication.kept_newer),
        "objects": found.objects,
        "bytes": found.bytes,
        "swept": swept,
        "bad_paths": found.bad_paths,
        "bad_path_count": found.bad_path_count,
        "receipt": write_receipt(s3, request, receipt),
    }


def _check_output(found: Discovery, target: TableTarget) -> None:
    if found.bad_path_count and not target.skip_bad_paths:
        more = found.bad_path_count - len(found.bad_paths)
        raise InvalidPartitionPathError(
            f"nothing is registered, for the run wrote paths that are none of {target.full_name} "
            f"({found.bad_path_count}): {'; '.join(found.bad_paths)}{f'; and {more} more' if more else ''}"
        )
    if not found.partitions and not target.allow_empty:
        raise EmptyOutputError(
            f"the job wrote no data under {found.root.uri} (objects that are empty, hidden or markers: "
            f"{found.ignored}; in no partition: {found.bad_path_count}): "
            "where that is right, give the table allow_empty: true"
        )


def _check_table(table: TableTypeDef, target: TableTarget) -> None:
    """Refuse to register values for keys that the catalog's table does not have: Glue itself would take them."""
    there = [(key["Name"], key.get("Type", "")) for key in table.get("PartitionKeys", [])]
    wanted = [(key.name, key.type) for key in target.partition_keys]
    if there != wanted:
        raise RegistrationError(
            f"{target.full_name} has the partition keys {there!r} in the Data Catalog, and {wanted!r} in its pipeline "
            "file: deploy the pipeline again"
        )
