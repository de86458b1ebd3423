"""The examination of a table: reads everything, changes nothing, and reports problems and notes as findings."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.intervals.instants import format_instant
from partitioned_pipelines.lake.partitions.catalog_rules import key_mismatch, keys_of
from partitioned_pipelines.lake.partitions.hive_path import escape_value
from partitioned_pipelines.operations.doctor.schema_cascade import cascade_problem
from partitioned_pipelines.operations.doctor.storage_descriptor import column_difference, descriptor_difference
from partitioned_pipelines.operations.remedy import DEPLOY, Command, Remedy, of_table
from partitioned_pipelines.runtime.audit.sample import SpreadSample
from partitioned_pipelines.runtime.catalog import RegistrationError, TablePartitions
from partitioned_pipelines.runtime.history.reader import HistoryReader
from partitioned_pipelines.runtime.history.run_folders import dead_locations
from partitioned_pipelines.runtime.history.table_address import comparable_location

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import PartitionTypeDef, TableTypeDef
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.operations.history.executions import Executions
    from partitioned_pipelines.runtime.history.table_address import TableAddress
    from partitioned_pipelines.runtime.history.table_history import TableHistory

    Values = tuple[str, ...]

_DEPLOY = Remedy.of("deploy the pipeline: ", DEPLOY)
_RESTORE_KEYS = "restore partition_keys in the pipeline file and deploy; or give the table a new name, deploy, and run the days again"
_RUN_AGAIN = "run its days again with the present script, or restore the column in the pipeline file and deploy"
_LOOKED_AT = 256
_THREADS = 8
_FIX = Remedy.of(of_table("doctor", "--fix"))
_REBUILD = of_table("doctor", "--rebuild")


class Kind(StrEnum):
    """The kinds of findings."""

    TABLE_MISSING = "table_missing"
    TABLE_DRIFT = "table_drift"
    BAD_RECEIPT = "bad_receipt"
    MISSING_PARTITION = "missing_partition"
    KEY_MISMATCH = "key_mismatch"
    DRIFT = "drift"
    DEAD_PARTITION = "dead_partition"
    OLD_SCHEMA = "old_schema"
    NO_RECEIPT = "no_receipt"
    ORPHAN = "orphan"


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem of a table, or a note about it.

    Attributes
    ----------
    subject
        The affected partition, run or object.
    is_note
        True if a healthy table may have this finding: a replaced run that is kept for a rollback, or a run in progress.
    """

    kind: Kind
    subject: str
    problem: str
    remedy: str | Remedy
    values: tuple[str, ...] = ()
    is_note: bool = False


def examine(
    s3: S3Client, glue: GlueClient, table: TableAddress, table_input: Mapping[str, Any], executions: Executions
) -> list[Finding]:
    """Examine a table and return its findings.

    Parameters
    ----------
    table_input
        Glue's TableInput as defined by the pipeline file.
    """
    reader = HistoryReader(s3, glue, table)
    try:
        described = TablePartitions(glue, table.database_name, table.table_name).get_table()
        old_schemas: dict[Values, tuple[str, PartitionTypeDef]] = {}
        history = reader.read(lambda partition: _note_old_schema(partition, described, old_schemas))
    except RegistrationError:
        return _without_table(reader.read_receipts_alone())
    return [
        *_table_drift(table, described, table_input),
        *_bad_receipts(history),
        *_contradictions(history),
        *_key_mismatches(history, described),
        *_dead_partitions(s3, history, [key["Name"] for key in described.get("PartitionKeys", [])]),
        *_old_schemas(s3, history, described, old_schemas),
        *_without_receipt(history),
        *_orphans(history, executions),
    ]


def _without_table(history: TableHistory) -> list[Finding]:
    name, published = history.table.full_name, len(history.claims)
    # CloudFormation does not notice that a table was deleted outside the stack: another deployment changes nothing.
    destroy = Command(("destroy",), about="pipeline")
    again = (
        *_DEPLOY.parts,
        "; if it is deployed, the table was deleted manually: ",
        destroy,
        ", which keeps its files, and deploy",
    )
    restore = (f"; then restore its {published:,} partitions: ", _REBUILD) if published else ()
    remedy = Remedy.of(*again, *restore)
    missing = Finding(Kind.TABLE_MISSING, name, "the table is not in the Data Catalog", remedy)
    return [missing, *_bad_receipts(history)]


def _table_drift(table: TableAddress, described: TableTypeDef, wanted: Mapping[str, Any]) -> Iterator[Finding]:
    found_sd, wanted_sd = described.get("StorageDescriptor", {}), wanted["StorageDescriptor"]
    keys = column_difference(
        [dict(key) for key in described.get("PartitionKeys", [])], [dict(key) for key in wanted["PartitionKeys"]]
    )
    problems = [f"of its partition keys: {keys}" if keys else None, descriptor_difference(found_sd, wanted_sd)]
    if comparable_location(found_sd.get("Location", "")) != table.data.uri:
        problems.append(f"its location is {found_sd.get('Location')!r}, and should be {table.data.uri!r}")
    parameters = described.get("Parameters", {})
    problems += [
        f"its parameter {name!r} is {parameters.get(name)!r}, and should be {value!r}"
        for name, value in wanted.get("Parameters", {}).items()
        if parameters.get(name) != value
    ]
    for problem in problems:
        if problem:
            text = f"the table is not what the pipeline file says: {problem}"
            yield Finding(Kind.TABLE_DRIFT, table.full_name, text, _DEPLOY)


def _bad_receipts(history: TableHistory) -> list[Finding]:
    return [
        Finding(
            Kind.BAD_RECEIPT,
            bad.uri,
            bad.problem,
            "restore an earlier version of the object, or move it elsewhere; vacuum and --rebuild wait for that",
        )
        for bad in history.bad_receipts
    ]


def _contradictions(history: TableHistory) -> Iterator[Finding]:
    for each in history.contradictions():
        kind = Kind.MISSING_PARTITION if each.found is None else Kind.DRIFT
        dropped = () if each.found else ("; or, if it was dropped on purpose, --accept-dropped",)
        remedy = Remedy.of(_REBUILD, *dropped)
        where = "it is not in the catalog" if each.found is None else f"the catalog has it at {each.found.location}"
        problem = f"{where}; by its newest receipt it is at {each.claim.entry.location}"
        yield Finding(kind, _named(history, each.values), problem, remedy, each.values)


def _key_mismatches(history: TableHistory, described: TableTypeDef) -> Iterator[Finding]:
    keys = keys_of(described)
    for partition in history.partitions.values():
        if problem := key_mismatch(partition.values, partition.location, keys):
            yield Finding(
                Kind.KEY_MISMATCH, _named(history, partition.values), problem, _RESTORE_KEYS, partition.values
            )


def _dead_partitions(s3: S3Client, history: TableHistory, keys: Sequence[str]) -> Iterator[Finding]:
    at: dict[str, list[Values]] = {}
    for partition in history.partitions.values():
        at.setdefault(partition.location, []).append(partition.values)
    for location, problem in dead_locations(s3, history.table, at):
        for values in at[location]:
            path = "/".join(f"{key}={escape_value(value)}" for key, value in zip(keys, values, strict=False))
            back = of_table("rollback", "--partition", path)
            remedy = Remedy.of("run its days again, or go back to another run: ", back)
            yield Finding(Kind.DEAD_PARTITION, _named(history, values), f"{problem}: {location}", remedy, values)


def _note_old_schema(
    partition: PartitionTypeDef, table: TableTypeDef, found: dict[Values, tuple[str, PartitionTypeDef]]
) -> None:
    difference = descriptor_difference(partition.get("StorageDescriptor", {}), table.get("StorageDescriptor", {}))
    if difference:
        found[tuple(partition.get("Values", []))] = difference, partition


def _old_schemas(
    s3: S3Client, history: TableHistory, described: TableTypeDef, old: Mapping[Values, tuple[str, PartitionTypeDef]]
) -> Iterator[Finding]:
    """Yield the partitions with an older schema. If there are many, only some partitions' files are checked; --fix checks all."""
    listed = sorted(old.items(), key=lambda item: item[0])
    looked_at: SpreadSample[PartitionTypeDef] = SpreadSample(_LOOKED_AT)
    for _, (_, partition) in listed:
        looked_at.offer(partition)
    with ThreadPoolExecutor(_THREADS) as pool:
        problems = pool.map(lambda partition: cascade_problem(s3, partition, described), looked_at.items)
        unreadable = {
            tuple(each.get("Values", [])): problem
            for each, problem in zip(looked_at.items, problems, strict=True)
            if problem
        }
    for values, (difference, _) in listed:
        problem = f"its schema differs from the table's: {difference}"
        if values in unreadable:
            text = f"{problem}. The table's schema cannot read its files, and --fix leaves it: {unreadable[values]}"
            yield Finding(Kind.OLD_SCHEMA, _named(history, values), text, _RUN_AGAIN, values)
        else:
            yield Finding(Kind.OLD_SCHEMA, _named(history, values), problem, _FIX, values)


def _without_receipt(history: TableHistory) -> Iterator[Finding]:
    for partition in history.unreceipted():
        who = f"the rollback {partition.rollback_id}" if partition.rollback_id else f"the run {partition.run_id}"
        problem = f"{who} registered it, and has no receipt: it failed before it wrote one, or is still running"
        remedy = "repeat the rollback" if partition.rollback_id else "redrive its execution, or run its days again"
        yield Finding(Kind.NO_RECEIPT, _named(history, partition.values), problem, remedy, partition.values)


def _orphans(history: TableHistory, executions: Executions) -> Iterator[Finding]:
    for run in history.runs.values():
        if run.live or not run.has_folder:
            continue
        if run.receipt:
            since = f" since {format_instant(run.ceased_at)}" if run.ceased_at else ""
            yield Finding(
                Kind.ORPHAN,
                run.run_id,
                f"nothing points to it{since}: it was replaced, and is kept to go back to",
                Remedy.of("remove what is older than a week: ", of_table("vacuum", "--keep", "7d")),
                is_note=True,
            )
            continue
        execution = executions.find(run.run_id)
        running = execution is not None and execution.closed_at is None
        state = f"its execution is {execution.status}" if execution else "Step Functions knows no execution of it"
        yield Finding(
            Kind.ORPHAN,
            run.run_id,
            f"nothing points to it, and it has no receipt: {state}",
            "wait for it" if running else "redrive its execution; after 14 days vacuum may remove it",
            is_note=running,
        )


def _named(history: TableHistory, values: Values) -> str:
    return f"{history.table.full_name} {'/'.join(values)}"
