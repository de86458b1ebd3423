"""Tests of least privilege in both directions: runs' calls are allowed, unused permissions are not granted, and listed calls are denied."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from partitioned_pipelines.lake.key_layout import receipts_prefix, run_inputs_prefix
from tests.end_to_end.deployment import REGION, Deployment
from tests.end_to_end.permissions.recording import Recording, begin, fire, machine_recording
from tests.iam.calls.logged_calls import glue_calls, list_call, object_call
from tests.iam.calls.service_calls import pass_role_call
from tests.iam.permissions_on_record import STARS, stars, unused_permissions
from tests.iam.simulator import ACCOUNT, IamCall, simulate

FEATURE_TABLE, FLIGHTS = "feature_table", "flights"
RAW = Path(__file__).parents[3] / "examples" / "feature_table" / "raw.csv"

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("end_to_end")]


def _record(deployment: Deployment, pipeline: str, date: str, raw: Path) -> Recording:
    begin(deployment)
    run = deployment.json("run", pipeline, "--date", date, "--input", f"raw={raw}")
    outputs = deployment.outputs(deployment.stack(pipeline))
    # Again by its schedule, which repoints; and the same event once more, which reads the claim.
    for _ in range(2):
        deployment.finished(fire(deployment, outputs, date))
    return machine_recording(deployment, pipeline, [run["execution_arn"]], backfilled=date)


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
    assert unused_permissions(recording.calls, recording.statements, recording.policies) == []


def test_a_star_has_a_reason(recording: Recording) -> None:
    assert stars(recording.statements) <= STARS.keys()


def test_without_a_statement_that_is_used_a_call_is_denied(flights: Recording) -> None:
    """The check can fail: removing a statement that a call needs is detected."""
    assert flights.needless(flights.registrar_role) == []


def _forbidden(of: Recording) -> dict[str, list[IamCall]]:
    processing, registrar, machine = of.outputs["ProcessingRoleArn"], of.registrar_role, of.workflow_role
    (planner,) = {call.principal for call in of.calls if "PlanRun" in call.principal}
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
            object_call(processing, "s3:PutObject", of.lake, f"{receipts_prefix('analytics', 'flights')}x.json")
        ],
        "a receipt from PlanRun": [
            object_call(planner, "s3:PutObject", of.lake, f"{receipts_prefix('analytics', 'flights')}x.json")
        ],
        "another table's record of what was read": [
            object_call(planner, "s3:PutObject", of.lake, f"{run_inputs_prefix('analytics', table)}r/x.json")
            for table in ("partitioned_table_sample", "flights2")
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
        "a backfill of another pipeline, or of its other files": [
            object_call(of.backfill_role, "s3:GetObject", of.lake, key),
            object_call(of.backfill_role, "s3:GetObject", of.lake, "backfills/feature_table/0123456789/items.json"),
            object_call(of.backfill_role, "s3:PutObject", of.lake, "backfills/flights/0123456789/items.json"),
            *(
                IamCall(of.backfill_role, f"states:{action}", f"arn:aws:states:{REGION}:{ACCOUNT}:{resource}")
                for action, resource in (
                    ("StartExecution", "stateMachine:pipelines-feature-table"),
                    ("StartExecution", "stateMachine:pipelines-feature-table_backfill"),
                    ("StopExecution", "execution:pipelines-feature-table:x"),
                    ("StopExecution", "execution:pipelines-flights-2:x"),
                    ("RedriveExecution", "execution:pipelines-flights:x"),
                )
            ),
        ],
        "starting itself, or its backfill, by the pipeline": [
            IamCall(machine, "states:StartExecution", of.outputs[name])
            for name in ("StateMachineArn", "BackfillStateMachineArn")
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
        recording.workflow_role: ("states", f"arn:aws:states:{REGION}:{{}}:stateMachine:x"),
        recording.backfill_role: ("states", f"arn:aws:states:{REGION}:{{}}:stateMachine:x"),
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
