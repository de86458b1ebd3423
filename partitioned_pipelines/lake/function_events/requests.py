"""The parsed and validated payloads of the two Lambda functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from partitioned_pipelines.lake.function_events.continuation import Continuation
from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
from partitioned_pipelines.lake.intervals.instants import format_instant, parse_instant
from partitioned_pipelines.lake.partitions.key_value import PartitionKey
from partitioned_pipelines.lake.placeholders import Template
from partitioned_pipelines.lake.runs.interval_mark import IntervalMark
from partitioned_pipelines.lake.runs.usage import CallUsage, JobUsage, moment_of, only
from partitioned_pipelines.lake.s3_uri import S3Folder
from partitioned_pipelines.lake.tables.content import TableContent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from partitioned_pipelines.lake.function_events.payloads import (
        AwaitedSpec,
        PlanPayload,
        RegisteredRun,
        RegistrationPayload,
        StepSpec,
        TableInputSpec,
        TableSpec,
    )
    from partitioned_pipelines.lake.runs.interval_mark import MarkedOutcome


class InvalidRequestError(ValueError):
    """The payload does not have the form that an orchestrator sends, or contradicts itself."""


@dataclass(frozen=True, slots=True)
class TableInput:
    """A table input: its description, and the templates of its location and of its manifest's URI."""

    table: TableInputSpec
    location: Template
    manifest: Template


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step, with its S3 inputs, arguments and output prefixes as templates."""

    name: str
    job_stem: str
    skip_missing_input: bool
    inputs: dict[str, Template]
    table_inputs: dict[str, TableInput]
    arguments: tuple[Template, ...]
    environment: dict[str, str]
    outputs: dict[str, Template]


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """The request to PlanRun.

    Attributes
    ----------
    rule
        How the execution's input becomes an interval.
    one_input_for_all_intervals
        Whether a run of several intervals requires that its inputs' URIs are the same for each of them. False for a pipeline file without
        ``interval``, whose runs of several days have always been free to read the first day's folder.
    awaits, arrival
        What a run must find published if its input says so; the tables as in the payload, because parsing them needs a calendar's modules.
    run_inputs
        The folder in which PlanRun records what the run reads; None if no receipt would name the record.
    marked_tables
        Database and name of the tables in which a skipped interval is marked.
    """

    pipeline: str
    rule: IntervalRule
    one_input_for_all_intervals: bool
    lake_bucket: str
    steps: tuple[PlannedStep, ...]
    marked_tables: tuple[tuple[str, str], ...]
    execution_arn: str
    execution_start: datetime
    execution_input: object
    run_inputs: Template | None = None
    awaits: tuple[AwaitedSpec, ...] = ()
    arrival: Template | None = None

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> PlanRequest:
        """Parse PlanRun's payload.

        Raises InvalidPlaceholderError, InvalidCadenceError or InvalidRequestError if it is invalid.
        """
        try:
            payload = cast("PlanPayload[str]", event)
            spec, execution = payload["spec"], payload["execution"]
            return cls(
                pipeline=spec["pipeline"],
                rule=IntervalRule.from_spec(spec),
                one_input_for_all_intervals="interval" in spec,
                lake_bucket=spec["lake_bucket"],
                steps=tuple(_planned_step(step) for step in spec["steps"]),
                marked_tables=tuple(
                    (table["database_name"], table["table_name"]) for table in spec.get("marked_tables", [])
                ),
                execution_arn=execution["id"],
                execution_start=parse_instant(execution["start_time"]),
                execution_input=payload["input"],
                run_inputs=Template.parse(spec["run_inputs"]) if "run_inputs" in spec else None,
                awaits=tuple(spec.get("awaits", [])),
                arrival=Template.parse(spec["arrival"]) if "arrival" in spec else None,
            )
        except (KeyError, TypeError) as error:
            raise InvalidRequestError(f"PlanRun's payload is incomplete: {error!r}") from error


def _planned_step(step: StepSpec) -> PlannedStep:
    return PlannedStep(
        name=step["name"],
        job_stem=step["job_stem"],
        skip_missing_input=step["missing_input"] == "skip",
        inputs={entry["name"]: Template.parse(entry["uri"]) for entry in step["inputs"]},
        table_inputs={
            entry["name"]: TableInput(entry, Template.parse(entry["location"]), Template.parse(entry["manifest"]))
            for entry in step.get("table_inputs", [])
        },
        arguments=tuple(Template.parse(argument) for argument in step["arguments"]),
        environment=dict(step["environment"]),
        outputs={entry["name"]: Template.parse(entry["prefix"]) for entry in step["outputs"]},
    )


@dataclass(frozen=True, slots=True)
class TableTarget:
    """The table in which partitions are registered, as described by the pipeline file."""

    database_name: str
    table_name: str
    location: S3Folder
    layout: Literal["versioned", "in_place"]
    partition_keys: tuple[PartitionKey, ...]
    skip_bad_paths: bool
    allow_empty: bool
    content: TableContent

    @property
    def full_name(self) -> str:
        """``database.table``."""
        return f"{self.database_name}.{self.table_name}"

    @property
    def in_place(self) -> bool:
        """True if runs overwrite each other in one folder."""
        return self.layout == "in_place"

    @classmethod
    def from_payload(cls, table: TableSpec) -> TableTarget:
        """Parse the ``table`` of RegisterPartitions' payload."""
        _require_choice("layout", table["layout"], ("versioned", "in_place"))
        _require_choice("on_bad_path", table["on_bad_path"], ("fail", "skip"))
        return cls(
            database_name=table["database_name"],
            table_name=table["table_name"],
            location=S3Folder.parse(table["location"]),
            layout=table["layout"],
            partition_keys=tuple(
                PartitionKey(key["name"], key["type"], key.get("date_format")) for key in table["partition_keys"]
            ),
            skip_bad_paths=table["on_bad_path"] == "skip",
            allow_empty=table["allow_empty"],
            content=TableContent.from_payload(table),
        )


def _require_choice(name: str, given: str, choices: tuple[str, ...]) -> None:
    if given not in choices:
        raise InvalidRequestError(f"the table's {name} is {given!r}: expected {' or '.join(choices)}")


@dataclass(frozen=True, slots=True)
class RunStamp:
    """The run that publishes, as recorded in a receipt.

    Attributes
    ----------
    interval
        The interval in UTC, as its mark names it; empty if the execution started before there were marks.
    deployment
        The prefix of the deployment's stacks; empty if the execution started before there were events.
    """

    pipeline: str
    run_id: str
    started_at: datetime
    execution_arn: str
    process_start: str
    process_end: str
    script_hash: str
    image_uri: str
    inputs_record: str = ""
    interval: str = ""
    deployment: str = ""

    @property
    def started_at_text(self) -> str:
        """The start time as written to stamps and receipts; milliseconds order runs that start in the same second."""
        return format_instant(self.started_at, "milliseconds")

    @property
    def order(self) -> tuple[datetime, str]:
        """The sort key of runs, later runs last; the run id orders runs that start in the same instant."""
        return self.started_at, self.run_id

    @classmethod
    def from_payload(cls, run: RegisteredRun[str]) -> RunStamp:
        """Parse the ``run`` of RegisterPartitions' payload."""
        return cls(
            pipeline=run["pipeline"],
            run_id=run["run_id"],
            started_at=_to_the_millisecond(parse_instant(run["started_at"])),
            execution_arn=run["execution_arn"],
            process_start=run["process_start"],
            process_end=run["process_end"],
            script_hash=run.get("script_hash") or "",
            image_uri=run.get("image_uri") or "",
            inputs_record=run.get("inputs_record") or "",
            interval=run.get("interval") or "",
            deployment=run.get("deployment") or "",
        )


def _to_the_millisecond(instant: datetime) -> datetime:
    """Truncate to milliseconds, the precision of a stamp, so that a run compares equal to its own stamp."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


@dataclass(frozen=True, slots=True)
class UsageBefore:
    """What the run used before a registration, as the orchestrator passes it.

    Attributes
    ----------
    jobs
        None if the execution started before receipts kept the usage.
    planning
        The usage of PlanRun, for the first table.
    athena_bytes
        The bytes that the repairs of other tables scanned, for the first table.
    """

    jobs: tuple[JobUsage, ...] | None = None
    planning: CallUsage | None = None
    athena_bytes: int | None = None

    @classmethod
    def from_payload(cls, payload: RegistrationPayload[str]) -> UsageBefore:
        """Parse the usage in RegisterPartitions' payload."""
        usage = payload.get("usage")
        if usage is None:
            return cls()
        jobs = tuple(
            JobUsage(
                step=job["step"],
                job_name=job["processing_job_arn"].rpartition("/")[2],
                instance_type=job["instance_type"],
                instance_count=job["instance_count"],
                volume_gb=job["volume_gb"],
                started_at=moment_of(only(job["started_at"])),
                ended_at=moment_of(only(job["ended_at"])),
                steps=tuple(job.get("steps", ())),
            )
            for job in usage["jobs"]
        )
        planning = usage.get("planning")
        if planning is None:
            return cls(jobs)
        results = payload.get("registrations", {}).values()
        scanned = [each for result in results if isinstance(each := only(result.get("athena_bytes")), int)]
        return cls(jobs, CallUsage.parse(planning) if planning else None, sum(scanned) if scanned else None)


@dataclass(frozen=True, slots=True)
class RegistrationRequest:
    """The request to RegisterPartitions.

    Attributes
    ----------
    shared_by_attempts
        True if an earlier attempt of the job may have written to the same root.
    usage
        What the run used before.
    """

    table: TableTarget
    root: S3Folder
    creation_time: object
    run: RunStamp
    continuation: Continuation
    require_success_marker: bool
    shared_by_attempts: bool = False
    usage: UsageBefore = UsageBefore()

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> RegistrationRequest:
        """Parse RegisterPartitions' payload. Raises InvalidRequestError if it is invalid."""
        try:
            payload = cast("RegistrationPayload[str]", event)
            source = payload["source"]
            table, root = TableTarget.from_payload(payload["table"]), S3Folder.parse(source["s3_uri"])
            request = cls(
                table=table,
                root=root,
                creation_time=source.get("creation_time"),
                run=RunStamp.from_payload(payload["run"]),
                continuation=Continuation.from_payload(payload.get("registrations", {}), table.full_name, root.uri),
                require_success_marker=source.get("require_success_marker", False),
                shared_by_attempts=source.get("shared_by_attempts", False),
                usage=UsageBefore.from_payload(payload),
            )
        except (KeyError, TypeError) as error:
            raise InvalidRequestError(f"RegisterPartitions' payload is incomplete: {error!r}") from error
        request._check_root()
        request._check_interval()
        return request

    def mark(self, outcome: MarkedOutcome) -> IntervalMark | None:
        """Return the mark of the run's interval; None if the execution started before there were marks."""
        return IntervalMark.of_span(self.run.interval, outcome, self.run.run_id) if self.run.interval else None

    def _check_interval(self) -> None:
        try:
            self.mark("published")
        except ValueError as error:
            raise InvalidRequestError(f"the run's interval or id is invalid: {error}") from error

    def _check_root(self) -> None:
        location, root = self.table.location, self.root
        if self.table.in_place and root != location:
            raise InvalidRequestError(
                f"{self.table.full_name} is written in place at {location.uri}, and the job wrote to {root.uri}"
            )
        if not self.table.in_place and (root == location or not location.contains(root)):
            raise InvalidRequestError(
                f"the runs of {self.table.full_name} are below {location.uri}, and the job wrote to {root.uri}"
            )
