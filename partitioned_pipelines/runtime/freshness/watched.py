"""A watched pipeline: what the event says of it, and its executions and tables in the cloud."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.partitions.key_value import PartitionKey
from partitioned_pipelines.lake.schedule.awaited import awaited_of
from partitioned_pipelines.lake.schedule.interval_rule import schedule_rule
from partitioned_pipelines.lake.schedule.timetable import PlainTimetable
from partitioned_pipelines.runtime.executions.execution import OPEN, Execution
from partitioned_pipelines.runtime.executions.listing import (
    list_machine_executions,
    list_pipeline_executions,
    machine_input,
    pipeline_input,
)
from partitioned_pipelines.runtime.freshness.overdue import LOOKED_BACK
from partitioned_pipelines.runtime.history.table_address import TableAddress
from partitioned_pipelines.runtime.intervals.attempts import Attempts
from partitioned_pipelines.runtime.intervals.partitions import TableKeys
from partitioned_pipelines.runtime.intervals.pipeline_states import PipelineStates
from partitioned_pipelines.runtime.intervals.table_reader import IntervalTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_stepfunctions import SFNClient

    from partitioned_pipelines.lake.function_events.watch_event import WatchedPipeline


@dataclass(frozen=True)
class Clients:
    """The AWS clients of the watch; the last two are created when they are needed."""

    s3: S3Client
    glue: GlueClient
    step_functions: SFNClient
    scheduler: EventBridgeSchedulerClient
    sns: Callable[[], SNSClient]
    sagemaker: Callable[[], SageMakerClient]


class NotDeployedError(RuntimeError):
    """The pipeline's stack does not exist: it is deployed after the lake's, and deleted before it."""


class MachineExecutions:
    """The executions of a state machine."""

    def __init__(self, step_functions: SFNClient, machine_arn: str) -> None:
        self._step_functions, self._machine_arn = step_functions, machine_arn

    def still_open(self) -> list[Execution]:
        """Return those that have not ended. Raises NotDeployedError."""
        return self._open

    def listed(self) -> list[Execution]:
        """Return all, the newest first."""
        return self._listed

    def input_of(self, execution: Execution) -> dict[str, Any]:
        """Return the input that an execution was started with; empty if it is not a JSON object."""
        return machine_input(self._step_functions, execution.arn)

    def failure_of(self, execution: Execution) -> str | None:
        """Return how an execution ended; its notice told why."""
        return execution.status

    @cached_property
    def _open(self) -> list[Execution]:
        try:
            return [
                execution
                for status in OPEN
                for execution in list_machine_executions(self._step_functions, self._machine_arn, status)
            ]
        except self._step_functions.exceptions.StateMachineDoesNotExist as error:
            raise NotDeployedError(self._machine_arn) from error

    @cached_property
    def _listed(self) -> list[Execution]:
        return list(list_machine_executions(self._step_functions, self._machine_arn))


class PipelineExecutions:
    """The executions of a SageMaker pipeline, from the last weeks: they cannot be listed by their status."""

    def __init__(self, sagemaker: SageMakerClient, name: str, at: datetime) -> None:
        self._sagemaker, self._name, self._since = sagemaker, name, at - LOOKED_BACK

    def still_open(self) -> list[Execution]:
        """Return those that have not ended. Raises NotDeployedError."""
        return [execution for execution in self.listed() if execution.runs]

    def listed(self) -> list[Execution]:
        """Return all, the newest first. Raises NotDeployedError."""
        return self._listed

    def input_of(self, execution: Execution) -> dict[str, Any]:
        """Return the parameters that an execution was started with."""
        return pipeline_input(self._sagemaker, execution.arn)

    def failure_of(self, execution: Execution) -> str | None:
        """Return how an execution ended; its notice told why."""
        return execution.status

    @cached_property
    def _listed(self) -> list[Execution]:
        try:
            return list(list_pipeline_executions(self._sagemaker, self._name, self._since))
        except self._sagemaker.exceptions.ResourceNotFound as error:
            raise NotDeployedError(self._name) from error


class Watched:
    """A watched pipeline in the cloud.

    Attributes
    ----------
    name
        The pipeline's name.
    schedule
        Its timetable or, if its runs wait for their inputs, that of their deadlines; None if no clock starts or awaits them.
    waits
        Whether its runs wait for their inputs.
    awaited
        The tables that they wait for, if these leave out intervals.
    allowance
        The time after a scheduled start or a deadline by which the interval must be there; None if that is not watched.
    longest
        How long a run may take.
    options
        The options with which a command finds the deployment.
    """

    def __init__(
        self,
        spec: WatchedPipeline,
        clients: Clients,
        *,
        lake_bucket: str,
        machines: str,
        options: Sequence[str],
        at: datetime,
    ) -> None:
        self.name, self.stack_name, self.options = spec["name"], spec["stack_name"], options
        timetable = spec.get("schedule")
        self.schedule = PlainTimetable.from_spec(timetable) if timetable else None
        self.waits, self.awaited = spec.get("waits", False), awaited_of(spec.get("awaits", []))
        seconds = spec.get("freshness_seconds")
        self.allowance = timedelta(seconds=seconds) if seconds else None
        self.longest = timedelta(seconds=spec["longest_seconds"])
        self.executions: MachineExecutions | PipelineExecutions = (
            PipelineExecutions(clients.sagemaker(), self.stack_name, at)
            if spec["sagemaker"]
            else MachineExecutions(clients.step_functions, f"{machines}{self.stack_name}")
        )
        # The offset of deadlines says which interval a deadline is about, and not how an execution's input names its interval.
        rule = schedule_rule(replace(self.schedule, offset=0) if self.schedule and self.waits else self.schedule)
        self.states = PipelineStates(
            clients.s3,
            clients.glue,
            [
                IntervalTable(
                    TableAddress(lake_bucket, table["database_name"], table["table_name"], table["layout"]),
                    TableKeys(
                        tuple(
                            PartitionKey(key["name"], key["type"], key["date_format"])
                            for key in table["partition_keys"]
                        ),
                        Clock(table["timezone"]),
                    ),
                    table["registration"],
                    rule,
                )
                for table in spec["tables"]
            ],
            Attempts(self.executions, rule),
        )
