"""Registration: publishes a run's output to readers. `register_partitions` calls the steps in order; each is a separate module.

The receipt is written last, so that it never contains unpublished partitions. A run that fails before that leaves partitions with its stamp;
its retry finds them unchanged and writes the receipt. The interval's mark follows, and repeats what the receipt says; then an event tells
others, who find the mark. All steps are idempotent. If the time of a call is not enough, the call ends between two batches and returns the
position at which the next call continues.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.function_events.requests import InvalidRequestError, RegistrationRequest
from partitioned_pipelines.lake.intervals.instants import format_instant
from partitioned_pipelines.lake.key_layout import lease_key
from partitioned_pipelines.runtime.audit import audit_sample
from partitioned_pipelines.runtime.audit.data_file import S3File
from partitioned_pipelines.runtime.batches import map_at_once
from partitioned_pipelines.runtime.catalog import TablePartitions
from partitioned_pipelines.runtime.decision_log import about, tell
from partitioned_pipelines.runtime.intervals.mark_writer import write_mark
from partitioned_pipelines.runtime.lease import WAIT_SECONDS, hold_lease
from partitioned_pipelines.runtime.registration.announcement import Announcer, published_detail
from partitioned_pipelines.runtime.registration.checks import (
    check_output,
    check_refused,
    check_registered,
    check_rows,
    check_table,
)
from partitioned_pipelines.runtime.registration.confirmation import confirm
from partitioned_pipelines.runtime.registration.discovery import discover
from partitioned_pipelines.runtime.registration.finished_job import parse_creation_time
from partitioned_pipelines.runtime.registration.partition_input import RunPartitions
from partitioned_pipelines.runtime.registration.progress import (
    OutOfTimeError,
    TimeBudget,
    reporting_progress,
    require_progress,
)
from partitioned_pipelines.runtime.registration.publication import find_kept_before, publish
from partitioned_pipelines.runtime.registration.receipt import read_inputs, run_usage, write_receipt
from partitioned_pipelines.runtime.registration.sweep import sweep
from partitioned_pipelines.runtime.shortened_text import shortened_inside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.function_events.payloads import RegistrationAnswer
    from partitioned_pipelines.lake.runs.interval_mark import IntervalMark
    from partitioned_pipelines.lake.runs.published_event import PublishedDetail
    from partitioned_pipelines.lake.runs.usage import CallUsage, JobUsage, RunUsage
    from partitioned_pipelines.runtime.lease import Lease
    from partitioned_pipelines.runtime.registration.discovery import Discovery
    from partitioned_pipelines.runtime.registration.publication import KeptPartition

THREADS = 40  # enough for most of a wave's batches; if Glue throttles, the client's adaptive retries slow them all down

# A state may hold 256 KiB, shared by all of a pipeline's tables.
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
    announcer: Announcer | None = None,
    usage: Callable[[], CallUsage] | None = None,
    jobs: Callable[[], Sequence[JobUsage] | None] | None = None,
) -> RegistrationAnswer:
    """Register the partitions that a job wrote.

    Parameters
    ----------
    event
        RegisterPartitions' payload: ``table``, ``source`` (from the job's result), ``run`` and, if an earlier call ran out of time,
        ``registrations``, which includes that call's answer.
    budget
        The remaining time; None means no limit.
    threads
        The maximum number of concurrent calls.
    announcer
        Tells others of the publication, if the payload names the deployment.
    usage
        Returns the usage of this call so far.
    jobs
        Asks for the jobs of the run, if the payload cannot pass them.

    Returns
    -------
    dict
        ``table``; ``outcome``: ``registered``, or ``continue`` if the time was not enough, and the function must be called again with
        ``continuation``; ``created``, ``repointed`` (another location, or a repaired storage descriptor), ``unchanged`` and ``kept_newer``
        (still showing a later run), which add up to the run's partitions over all calls; ``objects`` and ``bytes`` that the run wrote;
        the number of ``swept`` objects; the output that was left out, which the receipt lists: ``bad_path_count``, ``bad_paths`` (the first
        ones, shortened), ``skipped_partitions`` (the number of partitions with a bad path) and ``ignored`` (counts of ``hidden``, ``empty``
        and ``marker`` objects); ``receipt``, empty until it is written.

    Raises
    ------
    InvalidPartitionPathError
        If objects match no partition of the table; the message names them, and nothing is registered. With ``on_bad_path: skip``, only if
        a partition of an in-place table would be skipped although readers see it.
    IncompleteOutputError
        If Spark wrote the output, and its ``_SUCCESS`` marker is missing.
    EmptyOutputError
        If there is no data, or a partition has no rows, and the table does not allow that.
    LeftoverOutputError
        If the attempts of a job share a prefix, and an earlier one left files in a partition of the last one.
    InvalidRunInputsError
        If the record of what the run read was deleted or changed; nothing is registered.
    InvalidDataError
        If files do not match the table; the message names the files and the lines in them, and nothing is registered.
    LeaseError
        If another writer holds the table's lease for longer than this call can wait, or took it over.
    RegistrationError
        If the Data Catalog refuses a partition; the message names it and the error code.
    SweepError
        If old objects could not be deleted.
    UnannouncedError
        If everything is published, and the event could be put neither on the bus nor in the dead-letter queue.
    """
    request = RegistrationRequest.from_event(event)
    run, table = request.run, request.table.full_name
    with about(pipeline=run.pipeline, run_id=run.run_id, execution=run.execution_arn or "", table=table):
        if run.deployment and announcer is None:
            raise InvalidRequestError(f"{table}: the payload names a deployment, but there is no client for its events")
        return _register(request, s3, glue, now, sleep, budget or TimeBudget(), threads, announcer, usage, jobs)


def _register(
    request: RegistrationRequest,
    s3: S3Client,
    glue: GlueClient,
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
    budget: TimeBudget,
    threads: int,
    announcer: Announcer | None,
    usage: Callable[[], CallUsage] | None,
    jobs: Callable[[], Sequence[JobUsage] | None] | None,
) -> RegistrationAnswer:
    target, progress, begun = request.table, request.continuation, time.monotonic()
    dated = target.in_place or request.shared_by_attempts
    written_since = parse_creation_time(request.creation_time, now()) if dated else None
    catalog = TablePartitions(glue, target.database_name, target.table_name, sleep)
    before, receipt, detail = progress.position, "", None
    with ThreadPoolExecutor(threads) as pool:
        reading_table = pool.submit(catalog.get_table)  # concurrently with the listing, which does not need the table
        reading_some = pool.submit(catalog.some)
        reading_inputs = pool.submit(read_inputs, s3, request.run)
        reading_jobs = pool.submit(jobs) if jobs else None
        found = discover(s3, request.root, target.partition_keys, written_since)
        check_output(found, request)
        _tell_found(found, begun)
        _audit(s3, found, request, pool)
        table = reading_table.result()
        check_table(table, target)
        check_registered(reading_some.result(), target, request.run.pipeline)
        check_refused(found, target, catalog)
        inputs = reading_inputs.result()
        progress.registered_at = progress.registered_at or format_instant(now())
        wanted = RunPartitions.of(request, table)
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
                tell("leased", seconds=_seconds_since(begun))
                kept = find_kept_before(found.partitions, progress, catalog, wanted)
                with reporting_progress(request, len(found.partitions)):
                    kept += publish(
                        found.partitions,
                        progress,
                        catalog,
                        wanted,
                        pool,
                        before_wave=budget.require,
                        before_write=lease.check,
                    )
                    # Each makes one call; run them concurrently.
                    confirm_run = partial(confirm, found.partitions, kept, catalog, request.run.run_id)
                    last_checks: list[Callable[[], None]] = [confirm_run, lease.check]
                    map_at_once(pool, _call, last_checks)
                    _sweep(s3, found, request, budget, lease)
                    _tell_kept(kept)
                    asked = reading_jobs.result() if reading_jobs else request.usage.jobs
                    used = run_usage(request, usage() if usage else None, asked)
                    receipt, is_new = write_receipt(s3, request, found, kept, inputs, used)
                    _tell_published(request, "registered" if is_new else "registered_again", receipt, used, begun)
                    if mark := request.mark("published" if found.partitions else "empty"):
                        write_mark(s3, target.location.bucket, target.database_name, target.table_name, mark)
                        detail = _detail(request, mark, found, kept, receipt)
        except OutOfTimeError:
            require_progress(request, before)
            _tell_published(request, "continued", None, None, begun)
            if usage:
                progress.add_call(usage())
    if announcer and detail and request.run.deployment:
        announcer.announce(request.run.deployment, detail)
    return _answer(found, request, receipt)


def _audit(s3: S3Client, found: Discovery, request: RegistrationRequest, pool: Executor) -> None:
    """Audit a sample of the files, unless an earlier call has done so."""
    progress, bucket = request.continuation, found.root.bucket
    if progress.audited:
        return
    files = [S3File(s3, bucket, item.key, item.size) for item in found.sample.items]
    sizes = {partition.location: partition.objects for partition in found.partitions}
    sampled = audit_sample(files, sizes, request.table.content, pool, found.root.uri)
    check_rows(sampled.without_rows, found, request)
    for partition in found.partitions if sampled.counted else ():
        partition.rows = sampled.counted.get(partition.location)
    progress.audited = True
    tell("audited", objects=len(files), partitions_without_rows=len(sampled.without_rows))


def _sweep(s3: S3Client, found: Discovery, request: RegistrationRequest, budget: TimeBudget, lease: Lease) -> None:
    """Delete the objects that were in the run's partitions before the run (in place only), as far as time allows."""

    def before_batch() -> None:
        budget.require()
        lease.check()

    if found.old_objects:
        for swept in sweep(s3, found, before_batch):
            request.continuation.swept += swept
        lease.check()


def _detail(
    request: RegistrationRequest, mark: IntervalMark, found: Discovery, kept: Sequence[KeptPartition], receipt: str
) -> PublishedDetail:
    others = {each.partition.path.values for each in kept}
    values = [partition.path.values for partition in found.partitions if partition.path.values not in others]
    return published_detail(request, mark, values, len(others), receipt)


def _call(check: Callable[[], None]) -> None:
    check()


def _tell_found(found: Discovery, begun: float) -> None:
    counts = found.ignored.counts
    tell(
        "listed",
        partitions=len(found.partitions),
        objects=found.objects,
        bytes=found.bytes,
        ignored=sum(counts.values()),
        seconds=_seconds_since(begun),
    )
    if found.bad_paths:
        tell(
            "skipped",
            logging.WARNING,
            objects=found.bad_path_count,
            first=shortened_inside(found.bad_paths[0], _LONGEST_SHOWN_PATH),
        )


def _tell_kept(kept: Sequence[KeptPartition]) -> None:
    if kept:
        tell(
            "kept_newer", logging.WARNING, partitions=len(kept), first=kept[0].partition.path.folder, by=kept[0].kept_by
        )


def _tell_published(
    request: RegistrationRequest, event: str, receipt: str | None, used: RunUsage | None, begun: float
) -> None:
    """Log the result. What is ``registered_again``, by a retry or a redrive, would count twice in sums over the lines ``registered``."""
    progress = request.continuation
    tell(
        event,
        partitions_created=progress.created,
        partitions_repointed=progress.repointed,
        unchanged=progress.unchanged,
        kept_newer=progress.kept_newer,
        swept=progress.swept,
        receipt=receipt,
        # Of all jobs of the run, in the line of its first table: their hours add up by day or by pipeline.
        instance_seconds=used.instance_seconds if used else None,
        seconds=_seconds_since(begun),
    )


def _seconds_since(begun: float) -> float:
    return round(time.monotonic() - begun, 3)


def _answer(found: Discovery, request: RegistrationRequest, receipt: str) -> RegistrationAnswer:
    progress = request.continuation
    return {
        "table": request.table.full_name,
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
        "bad_paths": [shortened_inside(path, _LONGEST_SHOWN_PATH) for path in found.bad_paths[:_SHOWN_PATHS]],
        "skipped_partitions": len(found.refused_partitions),
        "ignored": found.ignored.counts,
        "receipt": receipt,
    }
