"""Registration: what a run wrote becomes what readers see.

The order is: list, refuse bad paths, audit the files, take the table's lease, register, sweep (in place only), write the
receipt. The receipt comes last, so that it never claims what is not: a run that dies before it leaves partitions that
carry their own stamp, and its retry finds them unchanged and writes the receipt. Each step may be repeated, and the
result is the same. Where the time of a call is not enough, it ends between two batches and says where to carry on.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.function_events.requests import RegistrationRequest
from partitioned_pipelines.lake.interval import format_instant
from partitioned_pipelines.lake.key_layout import lease_key
from partitioned_pipelines.lake.key_mismatch import key_mismatch
from partitioned_pipelines.lake.key_value import PartitionKey
from partitioned_pipelines.runtime.audit import audit_sample
from partitioned_pipelines.runtime.catalog import RegistrationError, TablePartitions
from partitioned_pipelines.runtime.lease import WAIT_SECONDS, hold_lease
from partitioned_pipelines.runtime.registration.creation_time import parse_creation_time
from partitioned_pipelines.runtime.registration.discovery import discover
from partitioned_pipelines.runtime.registration.output_checks import (
    check_output,
    check_refused,
    check_rows,
)
from partitioned_pipelines.runtime.registration.registering import Registering
from partitioned_pipelines.runtime.registration.time_budget import OutOfTimeError, TimeBudget

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import PartitionTypeDef, TableTypeDef
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.function_events.continuation import Continuation
    from partitioned_pipelines.lake.function_events.requests import TableTarget
    from partitioned_pipelines.runtime.registration.discovery import Discovery

THREADS = (
    40  # most of a wave's batches at once; where Glue throttles, the client's adaptive retries slow all of them down
)

_LOG = logging.getLogger(__name__)
# A state has room for 256 KiB, of which each of a pipeline's tables has its share.
_SHOWN_PATHS = 5
_LONGEST_SHOWN_PATH = 300


def register_partitions(
    event: Mapping[str, Any],
    s3: S3Client,
    glue: GlueClient,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], None] = time.sleep,
    budget: TimeBudget | None = None,
    threads: int = THREADS,
) -> dict[str, Any]:
    """Register the partitions that a job wrote.

    Parameters
    ----------
    event
        RegisterPartitions' payload: ``table``, ``source`` (from the job's result), ``run`` and, where an earlier call
        ran out of time, ``registrations``, with its answer among them.
    budget
        How much time is left; without one there is no end.
    threads
        How many calls are under way at a time.

    Returns
    -------
    dict
        ``table``; ``outcome``: ``registered``, or ``continue`` where the time was not enough, and it is to be called
        again with ``continuation``; ``created``, ``repointed`` (another location, or a repaired storage descriptor),
        ``unchanged`` and ``kept_newer`` (a later run's, left alone), which together are the run's partitions, over all
        calls; ``objects`` and ``bytes`` that the run wrote; ``swept`` objects; what was left out, which the receipt lists:
        ``bad_path_count``, ``bad_paths`` (the first of them, cut), ``skipped_partitions`` (that a bad path lies in; a count) and ``ignored``
        (counts of ``hidden``, ``empty`` and ``marker`` objects); ``receipt``, empty as long as there is none.

    Raises
    ------
    InvalidPartitionPathError
        Naming the objects that lie in no partition of the table; nothing is registered. With ``on_bad_path: skip`` only if a partition of a
        table that is written in place would be left out, and readers see it all the same.
    IncompleteOutputError
        Where Spark wrote, and its mark of success is not there.
    EmptyOutputError
        If there is no data, or a partition without rows, and the table does not allow that.
    LeftoverOutputError
        If the attempts of a job share a prefix, and an earlier one left files in a partition of the last.
    InvalidDataError
        Naming the files, and the lines in them, that are not what the table says; nothing is registered.
    LeaseError
        If another writer holds the table's lease for longer than could be waited for, or took it over.
    RegistrationError
        If the Data Catalog refuses a partition, which is named with its code.
    SweepError
        If old objects could not be deleted.
    """
    request = RegistrationRequest.from_event(event)
    target, budget = request.table, budget or TimeBudget()
    dated = target.in_place or request.shared_by_attempts
    written_since = parse_creation_time(request.creation_time, now()) if dated else None
    progress = request.continuation
    before = progress.position
    receipt = ""
    catalog = TablePartitions(glue, target.database_name, target.table_name, sleep)
    with ThreadPoolExecutor(threads) as pool:
        reading_table = pool.submit(catalog.get_table)  # while the run is listed: nothing of it waits for the table
        reading_some = pool.submit(catalog.some)
        found = discover(s3, request.root, target.partition_keys, written_since)
        check_output(found, request)
        for path in found.bad_paths:
            _LOG.warning("skipped: %s", path)
        if not progress.audited:
            check_rows(audit_sample(s3, found, target.content, pool), found, request)
            progress.audited = True
        table = reading_table.result()
        _check_table(table, target)
        _check_partitions(reading_some.result(), target, request.run.pipeline)
        check_refused(found, target, catalog)
        progress.registered_at = progress.registered_at or format_instant(now())
        try:
            budget.require()
            with (
                hold_lease(
                    s3,
                    target.location.bucket,
                    lease_key(target.database_name, target.table_name),
                    request.run.execution_arn or request.run.run_id,
                    now=now,
                    sleep=sleep,
                    wait_seconds=min(WAIT_SECONDS, budget.spare()),
                ) as lease,
                lease.bounding(glue),
            ):
                receipt = Registering(s3, catalog, table, request, found, pool, lease, budget, sleep).run()
        except OutOfTimeError:
            _check_progress(progress, before, target)
    return _answer(found, target, progress, receipt)


def _answer(found: Discovery, target: TableTarget, progress: Continuation, receipt: str) -> dict[str, Any]:
    return {
        "table": target.full_name,
        "outcome": "registered" if receipt else "continue",
        "continuation": {} if receipt else progress.document(),
        "created": progress.created,
        "repointed": progress.repointed,
        "unchanged": progress.unchanged,
        "kept_newer": progress.kept_newer,
        "objects": found.objects,
        "bytes": found.bytes,
        "swept": progress.swept,
        "bad_path_count": found.bad_path_count,
        "bad_paths": [_cut(path) for path in found.bad_paths[:_SHOWN_PATHS]],
        "skipped_partitions": len(found.refused_partitions),
        "ignored": found.ignored.counts,
        "receipt": receipt,
    }


def _cut(text: str) -> str:
    """Leave out the middle of a long text: the key begins it, and the reason ends it."""
    half = _LONGEST_SHOWN_PATH // 2
    return text if len(text) <= _LONGEST_SHOWN_PATH else f"{text[:half]}…{text[-half:]}"


def _check_progress(progress: Continuation, before: tuple[object, ...], target: TableTarget) -> None:
    """Refuse to go round for ever: a call that got nothing done would be followed by one like it."""
    if progress.position == before:
        raise RegistrationError(
            f"{target.full_name}: a whole call was not enough to list the run and register one batch of its partitions: "
            "give RegisterPartitions more time, or write fewer files in a run"
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


def _check_partitions(registered: Sequence[PartitionTypeDef], target: TableTarget, pipeline: str) -> None:
    """Refuse to add to a table whose keys were changed under its partitions: no query can read it, whatever is added."""
    for partition in registered:
        values, location = partition.get("Values", []), partition.get("StorageDescriptor", {}).get("Location", "")
        keys = [PartitionKey(key.name, key.type) for key in target.partition_keys]
        if problem := key_mismatch(values, location, keys):
            raise RegistrationError(
                f"{target.full_name} has a partition of other keys at {location}: {problem}. The run is not registered. Restore partition_keys "
                f"in the pipeline file, or give the table a new name, and deploy; which partitions: pipelines doctor {pipeline}"
            )
