"""The deployed copy, as used by the checks."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.athena.execution import run_query
from partitioned_pipelines.cli.runs.published_table import PublishedTable, address_of_table
from partitioned_pipelines.cli.settings import Settings, Target
from partitioned_pipelines.cli.verify.history import History
from partitioned_pipelines.lake.key_layout import raw_prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.cli.verify.copy import Names
    from partitioned_pipelines.cli.verify.ownership import Ownership
    from partitioned_pipelines.spec import Project

_Found = TypeVar("_Found")


class CheckFailedError(RuntimeError):
    """A check failed; the checks that depend on it are skipped."""


@dataclass(frozen=True)
class Clients:
    """Clients of the same session, with the same guard."""

    cloud: Cloud

    @cached_property
    def events(self) -> EventBridgeClient:
        return self.cloud.session.client(
            "events", endpoint_url=self.cloud.endpoint_url, config=self.cloud.client_config
        )

    @cached_property
    def sns(self) -> SNSClient:
        return self.cloud.session.client("sns", endpoint_url=self.cloud.endpoint_url, config=self.cloud.client_config)

    @cached_property
    def sqs(self) -> SQSClient:
        return self.cloud.session.client("sqs", endpoint_url=self.cloud.endpoint_url, config=self.cloud.client_config)


@dataclass
class Scene:
    """The environment of the checks.

    Attributes
    ----------
    executions
        The executions, by the name of the check that started them.
    run_ids
        The ids of published runs, by the name of the check that started them.
    """

    cloud: Cloud
    names: Names
    ownership: Ownership
    project: Project
    executions: dict[str, History] = field(default_factory=dict)
    run_ids: dict[str, str] = field(default_factory=dict)

    @cached_property
    def clients(self) -> Clients:
        return Clients(self.cloud)

    @cached_property
    def settings(self) -> Settings:
        """The settings that commands on published tables would get."""
        target = Target.LOCAL if self.cloud.is_local else Target.AWS
        return Settings(self.project.root, target, self.names.prefix, json=False)

    @cached_property
    def bucket(self) -> str:
        return self.cloud.stack_outputs(self.settings.data_lake_stack)["LakeBucketName"]

    def outputs(self, pipeline: str) -> dict[str, str]:
        """Return the outputs of a pipeline's stack."""
        return self.cloud.stack_outputs(self.settings.pipeline_stack(pipeline))

    @cached_property
    def table(self) -> PublishedTable:
        """The table that the first pipeline writes, for the rollback."""
        pipeline = self.project.pipeline(self.names.pipeline)
        (spec,) = pipeline.tables
        address = address_of_table(self.bucket, spec)
        return PublishedTable(self.cloud, self.settings, pipeline, spec, address)

    def learn_resources(self) -> None:
        """Read the resources of the stacks from CloudFormation: only these may be changed."""
        pages = self.cloud.cloudformation.get_paginator("list_stack_resources")
        for stack in self.names.stacks:
            try:
                for page in pages.paginate(StackName=stack):
                    found = [one.get("PhysicalResourceId", "") for one in page["StackResourceSummaries"]]
                    self.ownership.physical_ids.update(filter(None, found))
            except ClientError as error:
                if error.response["Error"]["Code"] != "ValidationError":
                    raise

    def put_raw(self, pipeline: str, day: str, text: str) -> None:
        """Upload the input of a day's run."""
        self.cloud.s3.put_object(Bucket=self.bucket, Key=f"{raw_prefix(pipeline)}{day}/day.txt", Body=text.encode())

    def start(self, pipeline: str, execution_input: Mapping[str, str]) -> History:
        """Start an execution; return its history."""
        return History.start(self.cloud, self.outputs(pipeline), execution_input)

    def finish(self, history: History) -> str:
        """Wait until an execution has ended; return its status."""
        status = self.wait("the execution's end", history.ended, seconds=4 * 3600)
        history.read()
        return status

    def query(self, sql: str) -> list[tuple[str | None, ...]]:
        """Return the rows of a query in the copy's workgroup."""
        result = run_query(
            self.cloud.athena, self.cloud.s3, sql, work_group=self.names.prefix, database=self.names.database
        )
        return list(result.rows())

    def rows(self, day: str) -> list[str | None]:
        """Return the lines that a query finds for a day."""
        rows = self.query(f"SELECT line FROM lines WHERE dt = '{day}' ORDER BY number")  # noqa: S608  # a constant of this package
        return [row[0] for row in rows]

    def wait(self, what: str, look: Callable[[], _Found | None], *, seconds: float) -> _Found:
        """Poll until ``look`` returns a value, and return it. Raises CheckFailedError if it takes too long."""
        deadline = time.monotonic() + seconds
        while not (found := look()):
            if time.monotonic() > deadline:
                raise CheckFailedError(f"{what} was not seen within {seconds:.0f} s")
            time.sleep(self.cloud.poll_seconds)
        return found


def demand(holds: bool, reason: str) -> None:
    """Raise CheckFailedError if a condition does not hold."""
    if not holds:
        raise CheckFailedError(reason)
