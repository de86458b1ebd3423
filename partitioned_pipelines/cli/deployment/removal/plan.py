"""What a removal would delete and what it would leave, read from the deployed templates before anything is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.deployment.removal.bucket import BucketContent, measure_bucket
from partitioned_pipelines.cli.deployment.removal.executions import running_executions
from partitioned_pipelines.cli.deployment.removal.stacks import (
    DeployedStack,
    StackResource,
    list_resources,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from partitioned_pipelines.cli.target.target import Cloud

BUCKET, DATABASE, KEY, TABLE = "AWS::S3::Bucket", "AWS::Glue::Database", "AWS::KMS::Key", "AWS::Glue::Table"


@dataclass(frozen=True)
class RemovalPlan:
    """What is about to happen.

    Attributes
    ----------
    resources
        Of each stack that is deleted, in that order.
    executions
        ARNs of executions that are running, and are stopped.
    buckets
        Those that are deleted with a stack, and what they hold.
    foreign_tables
        Tables that no deleted stack has made, by the database that is deleted with them: Glue deletes a database with its tables.
    lake_bucket
        Bucket that holds the tables' files, if it stays.
    """

    resources: Mapping[DeployedStack, Sequence[StackResource]]
    executions: Sequence[str]
    buckets: Mapping[str, BucketContent]
    foreign_tables: Mapping[str, Sequence[str]]
    lake_bucket: str | None

    @property
    def pipelines(self) -> list[DeployedStack]:
        """The stacks of pipelines."""
        return [stack for stack in self.resources if stack.pipeline is not None]

    @property
    def lakes(self) -> list[DeployedStack]:
        """The data lake's stack, if that is deleted too."""
        return [stack for stack in self.resources if stack.pipeline is None]

    @property
    def kept(self) -> list[tuple[DeployedStack, StackResource]]:
        """The resources that outlive their stacks."""
        return [(stack, one) for stack, several in self.resources.items() for one in several if one.kept]

    def table_names(self) -> Iterator[str]:
        """Yield the tables whose definitions are deleted, ``database.table``."""
        yield from (name for _, name in self.tables())

    def tables(self) -> Iterator[tuple[DeployedStack, str]]:
        """Yield the tables whose definitions are deleted, each with its stack."""
        for stack, several in self.resources.items():
            yield from ((stack, ".".join(_table(one))) for one in several if one.kind == TABLE and not one.kept)


def plan_removal(cloud: Cloud, stacks: Sequence[DeployedStack], lake_bucket: str | None) -> RemovalPlan:
    """Look at all that stacks consist of, and count what is in buckets that are to go.

    Parameters
    ----------
    lake_bucket
        Bucket that holds the tables' files; None if that is not known.
    """
    resources = {stack: list_resources(cloud, stack) for stack in stacks}
    deleted = [one for several in resources.values() for one in several if not one.kept]
    buckets = [one.physical_id for one in deleted if one.kind == BUCKET]
    own_tables = {_table(one) for one in deleted if one.kind == TABLE}
    return RemovalPlan(
        resources=resources,
        executions=running_executions(
            cloud,
            [one.physical_id for one in deleted if one.kind == "AWS::StepFunctions::StateMachine"],
            [one.physical_id for one in deleted if one.kind == "AWS::SageMaker::Pipeline"],
        ),
        buckets={bucket: measure_bucket(cloud.s3, bucket) for bucket in buckets},
        foreign_tables={
            one.physical_id: sorted(_tables_in(cloud, one.physical_id) - {name for _, name in own_tables})
            for one in deleted
            if one.kind == DATABASE
        },
        lake_bucket=None if lake_bucket in buckets else lake_bucket,
    )


def _table(resource: StackResource) -> tuple[str, str]:
    database: Any = resource.properties.get("DatabaseName")
    return str(database), resource.physical_id


def _tables_in(cloud: Cloud, database: str) -> set[str]:
    try:
        pages = cloud.glue.get_paginator("get_tables").paginate(DatabaseName=database)
        return {table["Name"] for page in pages for table in page["TableList"]}
    except ClientError as error:
        if error.response["Error"].get("Code") == "EntityNotFoundException":
            return set()
        raise
