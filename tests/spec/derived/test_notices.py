"""Tests of what Notify is told of a pipeline: it must fit into the template of a rule's input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from partitioned_pipelines.spec import notice_spec
from partitioned_pipelines.spec.model.limits import LONGEST_NOTICE_TABLES

if TYPE_CHECKING:
    from tests.spec.project_folder import ProjectFolder

LARGEST_TEMPLATE = 8192  # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html


def pipeline(tables: int) -> str:
    """Return a pipeline of steps with ten outputs, each of which is a table; the names of both are as long as those of many projects."""
    steps = "".join(
        f"  - name: step_{number}\n    script: scripts/extract.py\n    outputs: {{{outputs(number, tables)}}}\n"
        for number in range(-(-tables // 10))
    )
    columns = "columns: [{name: a, type: string}], partition_keys: [{name: dt, type: string, date_format: '%Y-%m-%d'}]"
    entries = "".join(
        f"  - {{source: {{step: step_{number // 10}, output: out_{number}}}, database: analytics, name: a_table_{number:03}, {columns}}}\n"
        for number in range(tables)
    )
    image = "image: {dockerfile: scripts/Dockerfile}"
    return f"name: features\n{image}\nsteps:\n{steps}tables:\n{entries}"


def outputs(step: int, tables: int) -> str:
    numbers = range(step * 10, min(step * 10 + 10, tables))
    return ", ".join(f"out_{number}: /opt/ml/processing/out_{number}" for number in numbers)


def test_as_many_tables_as_fit_are_accepted(project: ProjectFolder) -> None:
    loaded = project.load(pipeline(90))
    spec = notice_spec(loaded, ["--target", "aws", "--prefix", "p" * 20], local=False)
    arns = ["arn:aws-us-gov:sagemaker:us-gov-west-1:123456789012:pipeline/" + "p" * 61] * 2
    template = {"detail": "<detail>", "of": {"ended": "backfill", "workflow": arns[0], "topic": arns[1], "spec": spec}}
    assert len(json.dumps(template, separators=(",", ":"))) < LARGEST_TEMPLATE
    assert LARGEST_TEMPLATE - LONGEST_NOTICE_TABLES > 1_500, "for everything else, with the longest names"


def test_more_are_refused_by_name(project: ProjectFolder) -> None:
    """AWS would refuse the rule, at the deployment."""
    problem = project.only_problem_of(pipeline(100))
    assert problem.field == "tables"
    assert problem.message == (
        "are 100, whose description for notices has 6,601 characters: EventBridge passes on 6,500; divide the pipeline into several"
    )
