"""The backfills of a pipeline in a cloud: the executions of its backfill state machine, and their records in the lake."""

from __future__ import annotations

import getpass
import json
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.backfills.items import build_items, read_items
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.remedies import DEPLOY_IT
from partitioned_pipelines.lake.intervals.instants import format_instant, parse_instant
from partitioned_pipelines.lake.key_layout import backfill_items_key, backfill_plan_key, backfills_prefix
from partitioned_pipelines.lake.runs.backfill_names import BACKFILL_PREFIX, backfill_name
from partitioned_pipelines.runtime.conditional_object import put_if_absent, read_object
from partitioned_pipelines.runtime.executions.execution import OPEN
from partitioned_pipelines.runtime.executions.listing import list_machine_executions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_stepfunctions.literals import ExecutionStatusType

    from partitioned_pipelines.cli.runs.published_table import PublishedPipeline
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.lake.runs.backfill_names import BackfillInput
    from partitioned_pipelines.operations.backfill.plan import BackfillPlan
    from partitioned_pipelines.runtime.executions.execution import Execution
    from partitioned_pipelines.spec.model.pipeline import Pipeline

NOT_LISTED = "NOT_LISTED"
"""The status of a backfill whose execution was never started, or that Step Functions has deleted, which happens after 90 days."""


@dataclass(frozen=True, slots=True)
class RunCounts:
    """The number of runs of a backfill by their status."""

    total: int
    succeeded: int
    failed: int
    running: int

    @property
    def left(self) -> int:
        """The number of runs that were not started, or were aborted with the backfill."""
        return self.total - self.succeeded - self.failed - self.running


@dataclass(frozen=True, slots=True)
class Backfill:
    """A backfill.

    Attributes
    ----------
    execution_arn
        The execution of the backfill's state machine; None if it is not listed.
    record
        What was planned, by whom and when; empty if the object was deleted.
    """

    id: str
    pipeline: str
    status: str
    started_at: datetime
    execution_arn: str | None
    record: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The name of the backfill's execution."""
        return backfill_name(self.id)

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class Started:
    """A backfill that was started, or that was running already."""

    plan: BackfillPlan
    execution_arn: str
    was_running: bool


@dataclass(frozen=True)
class BackfillMachine:
    """The state machine of a pipeline's backfills."""

    cloud: Cloud
    pipeline: Pipeline
    outputs: Mapping[str, str]
    bucket: str

    @classmethod
    def of(cls, published: PublishedPipeline) -> BackfillMachine:
        """Return the machine of a deployed pipeline.

        Raises
        ------
        CommandError
            If the pipeline is not deployed, or was deployed before there were backfills.
        """
        stack = published.settings.pipeline_stack(published.pipeline.name)
        outputs = published.cloud.stack_outputs(stack)
        if "BackfillStateMachineArn" not in outputs:
            raise CommandError(
                f"the stack {stack} has no state machine for backfills yet", DEPLOY_IT, exit_code=ExitCode.NO_CLOUD
            )
        return cls(published.cloud, published.pipeline, outputs, published.lake_bucket)

    @property
    def arn(self) -> str:
        """The ARN of the state machine."""
        return self.outputs["BackfillStateMachineArn"]

    def every(self) -> list[Backfill]:
        """Return the backfills, the newest first, including those that Step Functions no longer lists."""
        found = [self._backfill(execution) for execution in self._executions()]
        listed = {backfill.id for backfill in found}
        found += [backfill for backfill in self._recorded() if backfill.id not in listed]
        return sorted(found, key=lambda backfill: backfill.started_at, reverse=True)

    def running(self) -> list[Backfill]:
        """Return the backfills that have not ended."""
        return [self._backfill(execution) for status in OPEN for execution in self._executions(status)]

    def status(self, backfill: Backfill) -> str:
        """Return the present status of a listed backfill."""
        if backfill.execution_arn is None:
            return backfill.status
        return self.cloud.step_functions.describe_execution(executionArn=backfill.execution_arn)["status"]

    def counts(self, backfill: Backfill) -> RunCounts | None:
        """Return the number of runs by status; None if there is no map run: it has not begun, or is no longer listed."""
        if backfill.execution_arn is None:
            return None
        runs = self.cloud.step_functions.list_map_runs(executionArn=backfill.execution_arn)["mapRuns"]
        if not runs:
            return None
        counted = self.cloud.step_functions.describe_map_run(mapRunArn=runs[0]["mapRunArn"])["itemCounts"]
        failed = counted["failed"] + counted["timedOut"]
        return RunCounts(counted["total"], counted["succeeded"], failed, counted["running"])

    def intervals(self, backfill: Backfill) -> dict[str, Interval]:
        """Return the interval of each run by its name; empty if the object was deleted."""
        stored = read_object(self.cloud.s3, self.bucket, backfill_items_key(self.pipeline.name, backfill.id))
        return read_items(stored.body, self.pipeline) if stored else {}

    def start(self, plan: BackfillPlan, record: Mapping[str, Any], max_concurrency: int) -> Started:
        """Start a backfill, unless one of the same plan is running; one that has ended is followed by another attempt.

        The objects are put first: a command that was killed before its start does the start when it is repeated.
        """
        while True:
            arn = f"{self.arn.replace(':stateMachine:', ':execution:')}:{plan.name}"
            status = self._execution_status(arn)
            if status in OPEN:
                return Started(plan, arn, was_running=True)
            if status is None and self._put(plan, record):
                given: BackfillInput = {
                    "items_key": backfill_items_key(self.pipeline.name, plan.id),
                    "max_concurrency": max_concurrency,
                }
                sfn = self.cloud.step_functions
                try:
                    started = sfn.start_execution(stateMachineArn=self.arn, name=plan.name, input=json.dumps(given))
                except sfn.exceptions.ExecutionAlreadyExists:
                    continue  # another command was faster
                return Started(plan, started["executionArn"], was_running=False)
            plan = plan.next_attempt()

    def _put(self, plan: BackfillPlan, record: Mapping[str, Any]) -> bool:
        """Put the items and the record; return False if there are other items under the same id, as after a change of a time limit."""
        s3, name = self.cloud.s3, self.pipeline.name
        body = build_items(plan, self.pipeline, self.outputs, local=self.cloud.is_local).encode()
        key = backfill_items_key(name, plan.id)
        if put_if_absent(s3, self.bucket, key, body) is None:
            stored = read_object(s3, self.bucket, key)
            if stored is None or stored.body != body:
                return False
        who = {"created_at": format_instant(datetime.now(UTC)), "created_by": f"{getpass.getuser()}@{platform.node()}"}
        document = json.dumps({"id": plan.id, "attempt": plan.attempt, **record, **who}, ensure_ascii=False)
        put_if_absent(s3, self.bucket, backfill_plan_key(name, plan.id), document.encode())
        return True

    def _execution_status(self, arn: str) -> str | None:
        sfn = self.cloud.step_functions
        try:
            return sfn.describe_execution(executionArn=arn)["status"]
        except sfn.exceptions.ExecutionDoesNotExist:
            return None

    def _executions(self, status: ExecutionStatusType | None = None) -> Iterator[Execution]:
        """Yield the executions of backfills. An execution that somebody started by hand has another name, and is left out."""
        for execution in list_machine_executions(self.cloud.step_functions, self.arn, status):
            if execution.name.startswith(BACKFILL_PREFIX):
                yield execution

    def _backfill(self, execution: Execution) -> Backfill:
        backfill_id = execution.name.removeprefix(BACKFILL_PREFIX)
        record = self._record(backfill_id)
        return Backfill(backfill_id, self.pipeline.name, execution.status, execution.started_at, execution.arn, record)

    def _recorded(self) -> Iterator[Backfill]:
        prefix = backfills_prefix(self.pipeline.name)
        pages = self.cloud.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix, Delimiter="/"
        )
        for page in pages:
            for folder in page.get("CommonPrefixes", []):
                backfill_id = folder["Prefix"].removeprefix(prefix).rstrip("/")
                if record := self._record(backfill_id):
                    created = parse_instant(record["created_at"])
                    yield Backfill(backfill_id, self.pipeline.name, NOT_LISTED, created, None, record)

    def _record(self, backfill_id: str) -> dict[str, Any]:
        stored = read_object(self.cloud.s3, self.bucket, backfill_plan_key(self.pipeline.name, backfill_id))
        record: dict[str, Any] = json.loads(stored.body) if stored else {}
        return record
