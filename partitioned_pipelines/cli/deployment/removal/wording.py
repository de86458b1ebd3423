"""A removal in words for people, and as a document for programs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.deployment.removal.plan import BUCKET, DATABASE, KEY, TABLE
from partitioned_pipelines.cli.terminal.hint import paste
from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.lake.key_layout import table_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from partitioned_pipelines.cli.deployment.removal.bucket import BucketContent
    from partitioned_pipelines.cli.deployment.removal.plan import RemovalPlan
    from partitioned_pipelines.cli.deployment.removal.stacks import StackResource
    from partitioned_pipelines.cli.settings import Settings

_NAMED = {BUCKET, DATABASE, KEY, TABLE}


def describe_plan(settings: Settings, plan: RemovalPlan, where: str) -> None:
    """Print what would be deleted, and what would stay."""
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
    note("This stays:", style="bold")
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
    """Count the resources by the last part of their types."""
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
