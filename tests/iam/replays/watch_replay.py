"""Calls of the watch, replayed against its role: what it does, and what it must not be able to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.iam.calls.expected_calls import allowed, denied, surprises
from tests.iam.simulator import IamCall
from tests.synthesized.intrinsics import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.iam.calls.expected_calls import Expected
    from tests.synthesized.resolved_stack import ResolvedStack

_WATCH = f"arn:aws:iam::{ACCOUNT}:role/watch"


def watch_calls(lake: ResolvedStack) -> list[str]:
    """Check that the watch may read what it needs of each pipeline, may change nothing, and may read nobody else's."""
    role = lake.role_of("lambda.amazonaws.com", within="Freshness")
    event: dict[str, Any] = json.loads(lake.only("AWS::Scheduler::Schedule")["Target"]["Input"])
    bucket = f"arn:aws:s3:::{event['lake_bucket']}"
    expected: list[Expected] = []
    for pipeline in event["pipelines"]:
        expected += allowed(*_executions(pipeline), _schedule(pipeline["stack_name"]))
        for table in pipeline["tables"]:
            expected += allowed(*_reads(table, bucket))
            expected += denied(*_writes(table, bucket))
    expected += denied(
        _schedule("other"),
        _call("scheduler:UpdateSchedule", _schedule("pipelines-told").resource),
        _call("states:ListExecutions", f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:other-told"),
        _call("states:StopExecution", f"arn:aws:states:{REGION}:{ACCOUNT}:execution:pipelines-told:x"),
        _call("states:StartExecution", f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:pipelines-told"),
        _list("raw/told/", bucket),
        _list("locks/told/scheduled/", bucket),
        _call("s3:GetObject", f"{bucket}/raw/told/x.csv"),
        _call("sns:Publish", f"arn:aws:sns:{REGION}:{ACCOUNT}:other"),
        _call("sns:Subscribe", event["topic"]),
        _call("sqs:ReceiveMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:pipelines-undelivered"),
    )
    expected += allowed(
        _call("sns:Publish", event["topic"]),
        _call("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:pipelines-undelivered"),
    )
    return surprises(expected, {}, {_WATCH: lake.statements_of(role)})


def _call(action: str, resource: str, *context: tuple[str, str]) -> IamCall:
    return IamCall(_WATCH, action, resource, context)


def _list(prefix: str, bucket: str) -> IamCall:
    return _call("s3:ListBucket", bucket, ("s3:prefix", prefix))


def _schedule(name: str) -> IamCall:
    return _call("scheduler:GetSchedule", f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{name}/{name}")


def _executions(pipeline: dict[str, Any]) -> list[IamCall]:
    name = pipeline["stack_name"]
    if pipeline["sagemaker"]:
        arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{name}"
        return [
            _call("sagemaker:ListPipelineExecutions", arn),
            _call("sagemaker:ListPipelineParametersForExecution", f"{arn}/execution/abc123"),
        ]
    states = f"arn:aws:states:{REGION}:{ACCOUNT}"
    return [
        _call("states:ListExecutions", f"{states}:stateMachine:{name}"),
        _call("states:DescribeExecution", f"{states}:execution:{name}:bf-0123456789-2026-03-01"),
    ]


def _reads(table: dict[str, Any], bucket: str) -> list[IamCall]:
    database, name = table["database_name"], table["table_name"]
    receipts = f"tables/{database}/{name}/receipts/"
    reads = [_list(receipts, bucket), _list(f"{receipts}intervals/", bucket), _list(f"{receipts}removed/", bucket)]
    reads += [_call("s3:GetObject", f"{bucket}/{receipts}{key}.json") for key in ("r1", "removed/r1")]
    if table["registration"] == "projection":
        return [*reads, _list(f"tables/{database}/{name}/output/dt=2026-03-01/", bucket)]
    glue = f"arn:aws:glue:{REGION}:{ACCOUNT}"
    resources = (f"{glue}:catalog", f"{glue}:database/{database}", f"{glue}:table/{database}/{name}")
    return [*reads, *(_call("glue:GetPartitions", resource) for resource in resources)]


def _writes(table: dict[str, Any], bucket: str) -> list[IamCall]:
    """Return calls that change a table, and those that read its data."""
    database, name = table["database_name"], table["table_name"]
    place = f"{bucket}/tables/{database}/{name}"
    return [
        _call("s3:PutObject", f"{place}/receipts/r1.json"),
        _call("s3:DeleteObject", f"{place}/receipts/r1.json"),
        _call("s3:GetObject", f"{place}/output/dt=2026-03-01/x.csv"),
        _call("s3:GetObject", f"{place}/runs/r1/0b1c/dt=2026-03-01/x.csv"),
        _call("glue:BatchUpdatePartition", f"arn:aws:glue:{REGION}:{ACCOUNT}:table/{database}/{name}"),
        _call("glue:GetPartitions", f"arn:aws:glue:{REGION}:{ACCOUNT}:table/other/{name}"),
    ]


WATCH_REPLAY_CHECKS: dict[str, Callable[[ResolvedStack], list[str]]] = {watch_calls.__name__: watch_calls}
