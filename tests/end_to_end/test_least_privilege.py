"""Least privilege, both ways: what runs really call is allowed, nothing is allowed that no run calls, and a table of calls is denied."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from tests.end_to_end.deployment import REGION, Deployment
from tests.judges.iam.deployed_roles import DeployedRole, roles_of
from tests.judges.iam.logged_calls import glue_calls, iam_calls, list_call, object_call
from tests.judges.iam.service_calls import (
    function_log_calls,
    job_calls,
    machine_calls,
    pass_role_call,
    schedule_calls,
)
from tests.judges.iam.simulator import ACCOUNT, IamCall, simulate

if TYPE_CHECKING:
    from collections.abc import Iterable

FEATURE_TABLE, FLIGHTS = "feature_table", "flights"
RAW = Path(__file__).parents[2] / "examples" / "feature_table" / "raw.csv"

# By action and part of the resource: rights that these runs do not use, and why a role has them all the same.
UNUSED = {
    (
        "s3:DeleteObject",
        "/output/*",
    ): "sweeps what a re-run in place no longer writes; these re-runs write the same files",
    ("sqs:GetQueueAttributes", ":sqs:"): "part of the CDK's grant to send, on that one queue",
    ("sqs:GetQueueUrl", ":sqs:"): "part of the CDK's grant to send, on that one queue",
}
# By action: what stands on `*` because it knows no resource, with where that is written.
STARS = {
    "cloudwatch:PutMetricData": "no resource types; the namespace is a condition",
    "ecr:GetAuthorizationToken": "no resource types",
    **dict.fromkeys(
        (
            *("logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:GetLogDelivery", "logs:ListLogDeliveries"),
            *("logs:UpdateLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies"),
            "logs:PutResourcePolicy",
        ),
        "log delivery of a state machine: docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
    ),
    **dict.fromkeys(
        ("xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"),
        "tracing: docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html",
    ),
}

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("end_to_end")]


@dataclass(frozen=True)
class Recording:
    """What one run of a pipeline called, and the roles that it called with."""

    calls: list[IamCall]
    roles: dict[str, DeployedRole]
    outputs: dict[str, str]
    lake: str
    lake_policy: dict[str, Any]
    machine_role: str
    registrar_role: str
    schedule_role: str

    @property
    def statements(self) -> dict[str, list[dict[str, Any]]]:
        return {arn: role.statements for arn, role in self.roles.items()}

    @property
    def policies(self) -> dict[str, dict[str, Any]]:
        return {f"arn:aws:s3:::{self.lake}": self.lake_policy}

    def denied(self, calls: Iterable[IamCall]) -> list[str]:
        calls = list(calls)
        decisions = simulate(calls, self.statements, self.policies)
        return [str(call) for call, decision in zip(calls, decisions, strict=True) if not decision.allowed]


def _admin(deployment: Deployment, method: str, path: str) -> Any:
    request = urllib.request.Request(f"{deployment.endpoint_url}/_local/{path}", method=method)  # noqa: S310 - localhost
    with urllib.request.urlopen(request) as response:  # noqa: S310 - localhost
        return json.loads(response.read())


def _record(deployment: Deployment, pipeline: str, date: str, raw: Path) -> Recording:
    _admin(deployment, "POST", "requests/record")
    run = deployment.json("run", pipeline, "--date", date, "--input", f"raw={raw}")
    stack = f"pipelines-{pipeline.replace('_', '-')}"
    outputs, cloudformation = deployment.outputs(stack), deployment.client("cloudformation")
    # Again by its schedule, which repoints; and the same event once more, whose claim is read.
    due = (dt.date.fromisoformat(date) + dt.timedelta(days=1)).isoformat()
    place = f"schedules/{outputs['ScheduleGroupName']}/{outputs['ScheduleName']}"
    for _ in range(2):
        fired = _admin(deployment, "POST", f"{place}/fire?at={due}T06:00:00")
        deployment.finished(fired["execution_arn"])
    roles = roles_of(cloudformation, deployment.client("iam"), stack)
    logged = _admin(deployment, "GET", "requests")["requests"]
    scripts = {outputs["ProcessingRoleArn"]}
    calls = [
        call
        for entry in logged
        if entry["role_arn"] in roles and entry["role_arn"] not in scripts
        for call in iam_calls(entry)
    ]
    sfn, sagemaker, functions = (deployment.client(name) for name in ("stepfunctions", "sagemaker", "lambda"))
    machine = sfn.describe_state_machine(stateMachineArn=outputs["StateMachineArn"])
    events = [
        event
        for page in sfn.get_paginator("get_execution_history").paginate(executionArn=run["execution_arn"])
        for event in page["events"]
    ]
    calls += machine_calls(machine["roleArn"], json.loads(machine["definition"]), events)
    for event in events:
        scheduled = event.get("taskScheduledEventDetails", {})
        if scheduled.get("resourceType") == "sagemaker":
            name = json.loads(scheduled["parameters"])["ProcessingJobName"]
            job = sagemaker.describe_processing_job(ProcessingJobName=name)
            calls += job_calls(job, deployment.client("s3"))
    registrar = ""
    for output in ("PlanRunFunctionName", "RegisterPartitionsFunctionName"):
        function = functions.get_function_configuration(FunctionName=outputs[output])
        registrar = function["Role"]
        groups = [
            resource["PhysicalResourceId"]
            for resource in cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
            if resource["ResourceType"] == "AWS::Logs::LogGroup"
            and resource["LogicalResourceId"].startswith(("Planner", "Registrar")[output.startswith("Register")])
        ]
        calls += function_log_calls({"Role": registrar, "LoggingConfig": {"LogGroup": groups[0]}})
    schedule = deployment.client("scheduler").get_schedule(
        Name=outputs["ScheduleName"], GroupName=outputs["ScheduleGroupName"]
    )
    calls += schedule_calls(schedule["Target"])
    policy = json.loads(deployment.client("s3").get_bucket_policy(Bucket=deployment.lake)["Policy"])
    return Recording(
        calls=list(dict.fromkeys(calls)),
        roles=roles,
        outputs=outputs,
        lake=deployment.lake,
        lake_policy=policy,
        machine_role=machine["roleArn"],
        registrar_role=registrar,
        schedule_role=schedule["Target"]["RoleArn"],
    )


@pytest.fixture(scope="module")
def feature_table(deployment: Deployment) -> Recording:
    return _record(deployment, FEATURE_TABLE, "2021-11-30", RAW)


@pytest.fixture(scope="module")
def flights(deployment: Deployment, raw_flights: Path, tmp_path_factory: pytest.TempPathFactory) -> Recording:
    day = pd.read_csv(raw_flights, dtype=str).query("month == '6' and day == '7'")
    raw = tmp_path_factory.mktemp("day") / "flights.csv"
    day.to_csv(raw, index=False)
    return _record(deployment, FLIGHTS, "2013-06-07", raw)


@pytest.fixture(params=[FEATURE_TABLE, FLIGHTS])
def recording(request: pytest.FixtureRequest) -> Recording:
    made: Recording = request.getfixturevalue(request.param)
    return made


def test_every_call_of_a_run_is_allowed(recording: Recording) -> None:
    services = {call.action.partition(":")[0] for call in recording.calls}
    assert services >= {"s3", "glue", "logs", "lambda", "sagemaker", "iam", "states", "sqs", "ecr", "events"}
    assert {call.principal for call in recording.calls} == set(recording.roles), "each role must have been at work"
    assert recording.denied(recording.calls) == []


def test_every_statement_is_used_by_a_call_or_has_a_reason(recording: Recording) -> None:
    decisions = simulate(recording.calls, recording.statements, recording.policies)
    used = {
        (call.principal, number, call.action)
        for call, decision in zip(recording.calls, decisions, strict=True)
        for number in decision.statements
    }
    unused = [
        f"{arn.rpartition('/')[2]}: {action} on {statement['Resource']}"
        for arn, role in recording.roles.items()
        for number, statement in enumerate(role.statements)
        for action in _list(statement["Action"])
        if (arn, number, action) not in used and not _has_a_reason(action, statement)
    ]
    assert unused == []


def test_a_star_has_a_reason(recording: Recording) -> None:
    stars = {
        action
        for role in recording.roles.values()
        for statement in role.statements
        if "*" in _list(statement["Resource"])
        for action in _list(statement["Action"])
    }
    assert stars <= STARS.keys()
    assert not [action for role in recording.roles.values() for statement in role.statements
                for action in _list(statement["Action"]) if "*" in action]  # fmt: skip


def test_without_a_statement_that_is_used_a_call_is_denied(flights: Recording) -> None:
    """The proof can fail: each statement that a call needs is missed when it is gone."""
    role = flights.roles[flights.registrar_role]
    for number, statement in enumerate(role.statements):
        left = dataclasses.replace(role, statements=[s for other, s in enumerate(role.statements) if other != number])
        broken = dataclasses.replace(flights, roles={**flights.roles, role.arn: left})
        if not all(_has_a_reason(action, statement) for action in _list(statement["Action"])):
            assert broken.denied(flights.calls), f"nothing needs {statement}"


def _forbidden(of: Recording) -> dict[str, list[IamCall]]:
    processing, registrar, machine = of.outputs["ProcessingRoleArn"], of.registrar_role, of.machine_role
    run = next(call for call in of.calls if call.action == "s3:PutObject" and "/runs/" in call.resource)
    key = run.resource.partition(f"{of.lake}/")[2]
    job = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:processing-job/feature-table-extract-1"
    log = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group"
    return {
        "another table in Glue": list(
            glue_calls(registrar, "glue:BatchUpdatePartition", "analytics", "partitioned_table_sample")
        )[2:],
        "another database": list(glue_calls(registrar, "glue:BatchCreatePartition", "other", "flights"))[1:],
        "removing a partition": list(glue_calls(registrar, "glue:BatchDeletePartition", "analytics", "flights")),
        "another pipeline's raw data": [
            object_call(processing, "s3:GetObject", of.lake, "raw/feature_table/x"),
            list_call(processing, of.lake, "raw/feature_table/"),
            list_call(processing, of.lake, ""),
        ],
        "a prefix that begins alike": [object_call(processing, "s3:GetObject", of.lake, "raw/flights2/x")],
        "another table's files": [
            object_call(processing, "s3:PutObject", of.lake, "tables/analytics/partitioned_table_sample/output/x"),
            object_call(processing, "s3:PutObject", of.lake, "tables/analytics/flights2/runs/x"),
            object_call(registrar, "s3:GetObject", of.lake, "tables/analytics/partitioned_table_sample/output/x"),
        ],
        "another table's lease": [
            object_call(registrar, action, of.lake, "locks/tables/analytics/partitioned_table_sample.json")
            for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
        ],
        "deleting a run's files": [
            object_call(role, "s3:DeleteObject", of.lake, key) for role in (processing, registrar, machine)
        ],
        "a receipt from a script": [
            object_call(processing, "s3:PutObject", of.lake, "tables/analytics/flights/receipts/x.json")
        ],
        "passing the role to another service": [
            pass_role_call(machine, processing, service) for service in ("lambda.amazonaws.com", "ec2.amazonaws.com")
        ],
        "passing another role": [pass_role_call(machine, registrar, "sagemaker.amazonaws.com")],
        "another pipeline's jobs": [
            IamCall(machine, f"sagemaker:{action}", job) for action in ("CreateProcessingJob", "StopProcessingJob")
        ],
        "another function": [
            IamCall(machine, "lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:other")
        ],
        "another group's logs": [
            IamCall(registrar, "logs:PutLogEvents", f"{log}:/aws/lambda/other:log-stream:x"),
            IamCall(processing, "logs:PutLogEvents", f"{log}:/aws/sagemaker/TrainingJobs:log-stream:x"),
        ],
        "another state machine": [
            IamCall(
                of.schedule_role, "states:StartExecution", f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:other"
            )
        ],
        "plain HTTP": [
            dataclasses.replace(call, context=(*(item for item in call.context if item[0] == "s3:prefix"),
                                               ("aws:SecureTransport", "false"), ("s3:TlsVersion", "1.2")))
            for call in of.calls
            if call.action.startswith("s3:") and of.lake in call.resource
        ],
        "TLS 1.1": [
            dataclasses.replace(run, context=(("aws:SecureTransport", "true"), ("s3:TlsVersion", "1.1")))
        ],
    }  # fmt: skip


def test_what_must_be_denied_is_denied(flights: Recording) -> None:
    for title, calls in _forbidden(flights).items():
        assert len(flights.denied(calls)) == len(calls) > 0, f"{title} is allowed"


def test_no_service_is_talked_into_a_role_for_another_account(recording: Recording) -> None:
    """The confused deputy: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html."""
    group = recording.outputs["ScheduleGroupName"]
    sources = {
        recording.outputs["ProcessingRoleArn"]: ("sagemaker", f"arn:aws:sagemaker:{REGION}:{{}}:processing-job/x"),
        recording.machine_role: ("states", f"arn:aws:states:{REGION}:{{}}:stateMachine:x"),
        recording.schedule_role: ("scheduler", f"arn:aws:scheduler:{REGION}:{{}}:schedule-group/{group}"),
    }
    trusts = {arn: role.trust for arn, role in recording.roles.items()}
    for role, (service, source) in sources.items():
        own, foreign, other = (
            IamCall(
                f"{name}.amazonaws.com",
                "sts:AssumeRole",
                role,
                (("aws:SourceAccount", account), ("aws:SourceArn", source.format(account))),
            )
            for name, account in ((service, ACCOUNT), (service, "999999999999"), ("ec2", ACCOUNT))
        )
        allowed = [decision.allowed for decision in simulate([own, foreign, other], {}, trusts)]
        assert allowed == [True, False, False], role


def _has_a_reason(action: str, statement: dict[str, Any]) -> bool:
    return any(
        action == unused and all(part in resource for resource in _list(statement["Resource"]))
        for unused, part in UNUSED
    )


def _list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
