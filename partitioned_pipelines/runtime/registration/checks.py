"""The checks before publication: an invalid output of the run, or an unexpected table in the catalog, stops the registration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.partitions.catalog_rules import key_mismatch
from partitioned_pipelines.lake.partitions.hive_path import InvalidPartitionPathError
from partitioned_pipelines.lake.partitions.key_value import PartitionKey
from partitioned_pipelines.runtime.batches import batches_of
from partitioned_pipelines.runtime.catalog import GET_BATCH, RegistrationError
from partitioned_pipelines.runtime.registration.discovery import SUCCESS_MARKER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_glue.type_defs import PartitionTypeDef, TableTypeDef

    from partitioned_pipelines.lake.function_events.requests import RegistrationRequest, TableTarget
    from partitioned_pipelines.runtime.catalog import TablePartitions
    from partitioned_pipelines.runtime.registration.discovery import Discovery

_MOST_PATHS_IN_AN_ERROR = 20


class EmptyOutputError(RuntimeError):
    """A run, or one of its partitions, has no rows, and its table does not allow that."""


class LeftoverOutputError(RuntimeError):
    """A failed attempt left files among those of the successful one."""


class IncompleteOutputError(RuntimeError):
    """A Spark job ended successfully without its marker for a complete output."""


def check_output(found: Discovery, request: RegistrationRequest) -> None:
    """Check the discovered output.

    Raises
    ------
    InvalidPartitionPathError, IncompleteOutputError, EmptyOutputError, LeftoverOutputError
        As documented for `partitioned_pipelines.runtime.registration.registration.register_partitions`.
    """
    target = request.table
    if request.require_success_marker and not found.success_marker:
        raise IncompleteOutputError(
            f"{request.root.uri} has no {SUCCESS_MARKER} of this run, which Spark writes after all of its files: in the script, write to the "
            "output's URI from /opt/ml/config/processingjobconfig.json in one write, and do not turn off "
            "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs"
        )
    if found.bad_path_count and not target.skip_bad_paths:
        raise InvalidPartitionPathError(
            f"{found.bad_path_count} paths do not match {target.full_name}'s partition keys; {_nothing_published(request)}. "
            f"First: {_shown(found)}"
        )
    if not found.partitions and not target.allow_empty:
        raise EmptyOutputError(_about_no_data(found, request))
    if found.old_objects and not target.in_place:
        raise _leftovers(found, request)


def check_rows(without_rows: list[str], found: Discovery, request: RegistrationRequest) -> None:
    """Raise EmptyOutputError if partitions have no rows, because they could replace rows; an empty data frame is a file without rows."""
    if without_rows and not request.table.allow_empty:
        raise EmptyOutputError(
            f"{len(without_rows)} of {len(found.partitions)} partitions that the job wrote have no rows (first: {without_rows[0]}); "
            f"{_nothing_published(request)}. Write no file for a partition without rows, or set `allow_empty: true` in the table"
        )


def check_table(table: TableTypeDef, target: TableTarget) -> None:
    """Raise RegistrationError if the partition keys differ from the catalog table's: Glue would accept the values."""
    there = [(key["Name"], key.get("Type", "")) for key in table.get("PartitionKeys", [])]
    wanted = [(key.name, key.type) for key in target.partition_keys]
    if there != wanted:
        raise RegistrationError(
            f"{target.full_name} has the partition keys {there!r} in the Data Catalog, and {wanted!r} in its pipeline "
            "file: deploy the pipeline again"
        )


def check_registered(registered: Sequence[PartitionTypeDef], target: TableTarget, pipeline: str) -> None:
    """Raise RegistrationError if the table's keys have changed since its partitions were registered: no query can read such a table."""
    for partition in registered:
        values, location = partition.get("Values", []), partition.get("StorageDescriptor", {}).get("Location", "")
        keys = [PartitionKey(key.name, key.type) for key in target.partition_keys]
        if problem := key_mismatch(values, location, keys):
            raise RegistrationError(
                f"{target.full_name} has a partition with other keys at {location}: {problem}. The run was not registered. Restore "
                f"partition_keys in the pipeline file, or give the table a new name, and deploy; which partitions: pipelines doctor {pipeline}"
            )


def check_refused(found: Discovery, target: TableTarget, catalog: TablePartitions) -> None:
    """Raise InvalidPartitionPathError if a skipped partition is visible to readers: a registered in-place partition shows its whole folder."""
    if not target.in_place:
        return
    for batch in batches_of(GET_BATCH, found.refused_partitions):
        there = catalog.get([partition.path.values for partition in batch])
        if seen := [partition for partition in batch if partition.path.values in there]:
            raise InvalidPartitionPathError(
                f"{len(seen)} partitions of {target.full_name} have a bad path in them and cannot be skipped, because they are registered "
                f"already and written in place, so readers see all files in them; this attempt published nothing. First: "
                f"{seen[0].location}. Remove the objects, and run it again: {_shown(found)}"
            )


def _about_no_data(found: Discovery, request: RegistrationRequest) -> str:
    said = f"the job wrote no data that can be published under {found.root.uri}; {_nothing_published(request)}"
    left_out = [f"ignored: {found.ignored}"] if str(found.ignored) else []
    if found.bad_path_count:
        skipped = f"skipped: {found.bad_path_count} bad paths, and {len(found.refused_partitions)} partitions with a bad path in them"
        left_out.append(f"{skipped}. First: {_shown(found)}")
    return f"{'. '.join([said, *left_out])}. If empty runs are normal, set `allow_empty: true`"


def _shown(found: Discovery) -> str:
    more = found.bad_path_count - _MOST_PATHS_IN_AN_ERROR
    return f"{'; '.join(found.bad_paths[:_MOST_PATHS_IN_AN_ERROR])}{f'; and {more} more' if more > 0 else ''}"


def _nothing_published(request: RegistrationRequest) -> str:
    """Return "nothing was published" only if that is known: an earlier call, or in place an earlier attempt, may have published data."""
    known = not request.table.in_place and not request.continuation.after
    return "nothing was published" if known else "this attempt published nothing"


def _leftovers(found: Discovery, request: RegistrationRequest) -> LeftoverOutputError:
    folder, (first, *_) = min(found.old_objects.items())
    return LeftoverOutputError(
        f"an earlier attempt of the job left files in {len(found.old_objects)} partitions of the last one, and readers of "
        f"{request.table.full_name} would see both; {_nothing_published(request)}. Start a new execution. First: {first.key!r} in {folder!r}"
    )
