"""A pipeline with a schedule, a state machine and a topic in moto, which the watch examines."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.scheduler.models import scheduler_backends  # the only way to give a schedule another creation time
from moto.sns.models import sns_backends

from partitioned_pipelines.lake.key_layout import interval_mark_key
from partitioned_pipelines.lake.runs.interval_mark import IntervalMark
from partitioned_pipelines.runtime.freshness.watch import watch
from partitioned_pipelines.runtime.freshness.watched import Clients
from tests.moto_lake import REGION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from partitioned_pipelines.lake.function_events.watch_event import WatchEvent
    from partitioned_pipelines.lake.runs.interval_mark import MarkedOutcome
    from tests.moto_lake import Lake

_ROLE = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/x"
_RUN = "20260301T000000Z-0123abcd"
DAY = timedelta(days=1)


@dataclass
class Watched:
    """The pipeline `told` of the table `analytics.features`: daily at 06:00 UTC about the day before, due three hours later."""

    lake: Lake
    created: datetime = datetime(2026, 3, 1, tzinfo=UTC)
    longest: timedelta = timedelta(hours=2)
    freshness: timedelta | None = timedelta(hours=3)
    registration: str = "lambda"
    cron: str | None = "0 6 * * ? *"
    waits: bool = False
    awaits: list[Any] = field(default_factory=list)
    options: list[str] = field(default_factory=lambda: ["--target", "aws"])
    machine: str = field(init=False)
    topic: str = field(init=False)

    def __post_init__(self) -> None:
        self.lake.create_table(layout="versioned" if self.registration == "lambda" else "in_place")
        self.scheduler = boto3.client("scheduler", region_name=REGION)
        self.step_functions = boto3.client("stepfunctions", region_name=REGION)
        self.sns = boto3.client("sns", region_name=REGION)
        self.topic = self.sns.create_topic(Name="pipelines-notices")["TopicArn"]
        self.deploy()

    def deploy(self) -> None:
        made = self.step_functions.create_state_machine(
            name="pipelines-told", definition='{"StartAt": "A", "States": {}}', roleArn=_ROLE
        )
        self.machine = made["stateMachineArn"]
        if self.cron is None:
            return
        self.scheduler.create_schedule_group(Name="pipelines-told")
        self.scheduler.create_schedule(
            Name="pipelines-told",
            GroupName="pipelines-told",
            Description="Runs told",
            ScheduleExpression=f"cron({self.cron})",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": self.machine, "RoleArn": _ROLE},
        )
        self.stored.creation_date = self.stored.last_modified_date = self.created.timestamp()

    @property
    def stored(self) -> Any:
        groups = scheduler_backends[DEFAULT_ACCOUNT_ID][REGION].schedule_groups
        return groups["pipelines-told"].schedules["pipelines-told"]

    def switch_off(self, at: datetime, description: str = "Runs told") -> None:
        """Disable the schedule, as in the console."""
        self.stored.state, self.stored.description = "DISABLED", description
        self.stored.last_modified_date = at.timestamp()

    def mark(self, day: str, outcome: MarkedOutcome, run_id: str = _RUN) -> None:
        start = datetime.fromisoformat(day).replace(tzinfo=UTC)
        name = IntervalMark(start, start + DAY, outcome, run_id).name
        self.lake.s3.put_object(Bucket="lake", Key=interval_mark_key("analytics", "features", name))

    def publish(self, day: str, run_id: str = _RUN) -> None:
        """Register the partition of a day, and mark it."""
        descriptor: Any = self.lake.glue.get_table(DatabaseName="analytics", Name="features")["Table"][
            "StorageDescriptor"
        ]
        self.lake.glue.create_partition(
            DatabaseName="analytics",
            TableName="features",
            PartitionInput={"Values": [day], "StorageDescriptor": descriptor, "Parameters": {"run_id": run_id}},
        )
        self.mark(day, "published", run_id)

    def start(self, at: datetime, given: dict[str, str], status: str | None = None) -> str:
        """Start a run at a time; with a status, it has ended. Return its ARN."""
        from moto.stepfunctions.models import stepfunctions_backends  # to give an execution another start

        arn = self.step_functions.start_execution(stateMachineArn=self.machine, input=json.dumps(given))["executionArn"]
        found = stepfunctions_backends[DEFAULT_ACCOUNT_ID][REGION].describe_execution(arn)
        found.start_date = at.replace(tzinfo=None)  # naive UTC, as moto has it
        if status:
            found.status = status
        return arn

    def event(self, at: datetime) -> WatchEvent:
        pipeline: Any = {
            "name": "told",
            "stack_name": "pipelines-told",
            "sagemaker": False,
            "longest_seconds": int(self.longest.total_seconds()),
            "tables": [
                {
                    "database_name": "analytics",
                    "table_name": "features",
                    "layout": self.lake.layout,
                    "registration": self.registration,
                    "partition_keys": [{"name": "dt", "type": "string", "date_format": "%Y-%m-%d"}],
                    "timezone": "UTC",
                }
            ],
        }
        if self.cron:
            pipeline["schedule"] = {"cron": self.cron, "timezone": "UTC", "interval": "day", "offset": -1}
        if self.waits:
            pipeline["waits"] = True
        if self.awaits:
            pipeline["awaits"] = self.awaits
        if self.freshness:
            pipeline["freshness_seconds"] = int(self.freshness.total_seconds())
        return {
            "at": at.isoformat().replace("+00:00", "Z"),
            "topic": self.topic,
            "lake_bucket": "lake",
            "machines": self.machine.removesuffix("pipelines-told"),
            "options": self.options,
            "pipelines": [pipeline],
        }

    @property
    def clients(self) -> Clients:
        def sagemaker() -> Any:
            raise AssertionError("no pipeline is run by SageMaker Pipelines")

        return Clients(self.lake.s3, self.lake.glue, self.step_functions, self.scheduler, lambda: self.sns, sagemaker)

    def watch(self, *times: datetime) -> list[tuple[datetime, str, dict[str, Any]]]:
        """Watch at some times; return the time, the subject and the facts of each notice."""
        return [told for at in times for told in self.watched(self.event(at))]

    def watched(self, event: WatchEvent) -> list[tuple[datetime, str, dict[str, Any]]]:
        """Watch at an event's time; return the same."""
        before = len(self.sent)
        watch(event, self.clients)
        at = datetime.fromisoformat(event["at"])
        return [(at, subject, json.loads(json.loads(forms)["sqs"])) for subject, forms in self.sent[before:]]

    @property
    def last_text(self) -> str:
        return str(json.loads(self.sent[-1][1])["email"])

    @property
    def sent(self) -> list[tuple[str, str]]:
        """The subject and the message of each notice."""
        sent = sns_backends[DEFAULT_ACCOUNT_ID][REGION].topics[self.topic].sent_notifications
        return [(subject or "", message) for _, message, subject, *_ in sent]


def hourly(begin: datetime, hours: int) -> Iterable[datetime]:
    """Return the times of an hourly watch."""
    return [begin + timedelta(hours=number) for number in range(hours)]
