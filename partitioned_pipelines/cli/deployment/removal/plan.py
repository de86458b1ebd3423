"""The plan of a removal: what it would delete and keep, read before any change, and printed as text or JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.deployment.removal.stack_contents import (
    BucketContent,
    measure_bucket,
    running_executions,
)
from partitioned_pipelines.cli.deployment.removal.stacks import (
    DeployedStack,
    StackResource,
    list_resources,
)
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.lake.key_layout import table_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud

BUCKET, DATABASE, KEY, TABLE = "AWS::S3::Bucket", "AWS::Glue::Database", "AWS::KMS::Key", "AWS::Glue::Table"
_NAMED = {BUCKET, DATABASE, KEY, TABLE}


@dataclass(frozen=True)
class RemovalPlan:
    """The resources that a removal deletes and keeps.

    Attributes
    ----------
    resources
        The resources of each stack to delete, in that order.
    executions
        ARNs of running executions, which are stopped.
    buckets
        The buckets that are deleted with a stack, and their content.
    foreign_tables
        Tables that no deleted stack created, by the database that is deleted with them: Glue deletes a database with its tables.
    lake_bucket
        Bucket of the tables' files, if it is kept.
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
        """The data lake's stack, if it is deleted, too."""
        return [stack for stack in self.resources if stack.pipeline is None]

    @property
    def kept(self) -> list[tuple[DeployedStack, StackResource]]:
        """The resources that are kept when their stacks are deleted."""
        return [(stack, one) for stack, several in self.resources.items() for one in several if one.kept]

    def table_names(self) -> Iterator[str]:
        """Yield the tables whose definitions are deleted, as ``database.table``."""
        yield from (name for _, name in self.tables())

    def tables(self) -> Iterator[tuple[DeployedStack, str]]:
        """Yield the tables whose definitions are deleted, each with its stack."""
        for stack, several in self.resources.items():
            yield from ((stack, ".".join(_table(one))) for one in several if one.kind == TABLE and not one.kept)


def plan_removal(cloud: Cloud, stacks: Sequence[DeployedStack], lake_bucket: str | None) -> RemovalPlan:
    """Return the plan for stacks: their resources, and the content of buckets to be deleted.

    Parameters
    ----------
    lake_bucket
        Bucket of the tables' files; None if it is unknown.
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


def describe_plan(settings: Settings, plan: RemovalPlan, where: str) -> None:
    """Print what is deleted and what is kept."""
    note(f"This deletes from {where}:", style="bold")
    for stack, resources in plan.resources.items():
        what = f"pipeline {stack.pipeline}" if stack.pipeline else "the data lake of all pipelines"
        note(f"  stack {stack.name}, {what}: {_counts(resources)}")
        for line in _named_lines(plan, resources):
            note(f"    {line}")
    if plan.executions:
        note(f"  running executions are stopped, and their jobs with them: {len(plan.executions)}", style="yellow")
        for arn in plan.executions:
            note(f"    {arn}")
    note("This is kept:", style="bold")
    for line in [*_kept_lines(plan), *_files_that_stay(settings, plan)]:
        note(f"  {line}")
    note("  logs of jobs, and scripts, images and templates in the CDK's bootstrap bucket and registry (cdk gc)")


def document(plan: RemovalPlan, problems: dict[str, str], *, dry_run: bool) -> dict[str, Any]:
    """Return the document of ``destroy --json``."""
    return {
        "dry_run": dry_run,
        "stacks": [
            {
                "stack": stack.name,
                "pipeline": stack.pipeline,
                "status": stack.status,
                "resources": len([one for one in resources if not one.kept]),
            }
            for stack, resources in plan.resources.items()
        ],
        "executions": list(plan.executions),
        "tables": list(plan.table_names()),
        "buckets": [
            {"bucket": bucket, "versions": content.versions, "bytes": content.bytes}
            for bucket, content in plan.buckets.items()
        ],
        "stays": [{"stack": stack.name, "type": one.kind, "id": one.physical_id} for stack, one in plan.kept],
        "problems": [{"of": of, "problem": problem} for of, problem in problems.items()],
    }


def _counts(resources: Sequence[StackResource]) -> str:
    """Return the number of resources by the last part of their types."""
    counts = Counter(one.kind.rpartition("::")[2] for one in resources if not one.kept and one.kind not in _NAMED)
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "nothing by itself"


def _named_lines(plan: RemovalPlan, resources: Sequence[StackResource]) -> Iterator[str]:
    for one in resources:
        if one.kept:
            continue
        if one.kind == TABLE:
            database = one.properties.get("DatabaseName")
            yield f"table {database}.{one.physical_id}: its definition and its registered partitions, not its files"
        elif one.kind == BUCKET:
            yield f"bucket {one.physical_id} with all that is in it: {_size(plan.buckets[one.physical_id])}"
        elif one.kind == DATABASE:
            foreign = plan.foreign_tables.get(one.physical_id, [])
            others = f", with tables that no pipeline here has created: {', '.join(foreign)}" if foreign else ""
            yield f"Glue database {one.physical_id}{others}"
        elif one.kind == KEY:
            yield f"KMS key {one.physical_id}, after its waiting period: what it has encrypted cannot be read then"


def _size(content: BucketContent) -> str:
    return f"{content.versions:,} versions of objects, {content.bytes:,} bytes"


def _kept_lines(plan: RemovalPlan) -> Iterator[str]:
    for stack, one in plan.kept:
        name = f"s3://{one.physical_id}/" if one.kind == BUCKET else one.physical_id
        yield f"{one.kind.removeprefix('AWS::')} {name} (retained by the stack {stack.name})"


def _files_that_stay(settings: Settings, plan: RemovalPlan) -> Iterator[str]:
    if plan.lake_bucket is None:
        return
    for stack, name in plan.tables():
        rebuild = paste(settings, "doctor", str(stack.pipeline), "--rebuild", "--table", name)
        yield (
            f"files and receipts of {name}: s3://{plan.lake_bucket}/{table_prefix(*name.split('.'))} "
            f"(after another deployment, {rebuild} registers them)"
        )
