"""Tests of least privilege for SageMaker Pipelines, in both directions, by the calls of executions on the local cloud."""

import dataclasses
from typing import Any

import pytest

from tests.end_to_end.deployment import REGION, ROOT, Deployment
from tests.end_to_end.permissions.recording import Recording, begin, fire, run_backfill
from tests.end_to_end.permissions.recording import recording as recording_of
from tests.iam.calls.logged_calls import glue_calls, list_call, object_call
from tests.iam.calls.service_calls import job_calls, pass_role_call, pipeline_calls
from tests.iam.permissions_on_record import STARS, stars, unused_permissions
from tests.iam.simulator import ACCOUNT, IamCall, simulate

IN_PLACE, VERSIONED = "by_pipelines", "versioned_by_pipelines"
SAGEMAKER = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("end_to_end")]


def record(both: Deployment, pipeline: str, date: str) -> Recording:
    """Run a date by hand, then by its schedule, which repoints, and the same event once more, which reads the claim."""
    begin(both)
    raw = ROOT / "examples" / "feature_table" / "raw.csv"
    run = both.json("run", pipeline, "--date", date, "--input", f"raw={raw}", "--no-deploy")
    sagemaker, outputs = both.client("sagemaker"), both.outputs(both.stack(pipeline))
    executions = [run["execution_arn"]]
    for _ in range(2):
        executions.append(fire(both, outputs, date))
        both.wait_until(lambda: _status(sagemaker, executions[-1]) not in {"Executing", "Stopping"})
        assert _status(sagemaker, executions[-1]) == "Succeeded"
    backfilled, of_backfill = run_backfill(both, pipeline, date)
    executions += backfilled
    role = sagemaker.describe_pipeline(PipelineName=outputs["PipelineName"])["RoleArn"]
    calls: list[IamCall] = [*of_backfill]
    for execution in executions:
        steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=execution)["PipelineExecutionSteps"]
        calls += pipeline_calls(role, steps, sagemaker)
        for step in steps:
            if "ProcessingJob" in step["Metadata"]:
                name = step["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
                calls += job_calls(sagemaker.describe_processing_job(ProcessingJobName=name), both.client("s3"))
    return recording_of(both, pipeline, role, calls)


def _status(sagemaker: Any, execution: str) -> str:
    status: str = sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)["PipelineExecutionStatus"]
    return status


@pytest.fixture(scope="module")
def in_place(both: Deployment) -> Recording:
    return record(both, IN_PLACE, "2021-11-28")


@pytest.fixture(scope="module")
def versioned(both: Deployment) -> Recording:
    return record(both, VERSIONED, "2021-11-29")


@pytest.fixture(params=["in_place", "versioned"])
def recording(request: pytest.FixtureRequest) -> Recording:
    made: Recording = request.getfixturevalue(request.param)
    return made


def test_every_call_of_an_execution_is_allowed(recording: Recording) -> None:
    actions = {call.action for call in recording.calls}
    assert actions >= {
        *("sagemaker:CreateProcessingJob", "sagemaker:AddTags", "sagemaker:StartPipelineExecution", "iam:PassRole"),
        *("lambda:InvokeFunction", "s3:PutObject", "glue:BatchCreatePartition", "logs:PutLogEvents", "sqs:SendMessage"),
    }
    asked = {call.principal for call in recording.calls if call.action == "sagemaker:DescribeProcessingJob"}
    (notify,) = {call.principal for call in recording.calls if call.action == "sns:Publish"}
    assert asked == {recording.workflow_role, recording.registrar_role, notify}
    assert {call.principal for call in recording.calls} == set(recording.roles), "each role must have been at work"
    assert recording.denied(recording.calls) == []


def test_every_statement_is_used_by_a_call_or_has_a_reason(recording: Recording) -> None:
    assert unused_permissions(recording.calls, recording.statements, recording.policies) == []


def test_a_star_has_a_reason(recording: Recording) -> None:
    own = {arn: entries for arn, entries in recording.statements.items() if arn != recording.backfill_role}
    assert stars(own) == {"cloudwatch:PutMetricData", "ecr:GetAuthorizationToken"}
    assert stars(recording.statements) <= STARS.keys()


def test_without_a_statement_that_is_used_a_call_is_denied(versioned: Recording) -> None:
    """The check can fail: removing a statement that a call needs is detected."""
    for arn in (
        *(versioned.workflow_role, versioned.registrar_role, versioned.schedule_role),
        versioned.backfill_role,
    ):
        assert versioned.needless(arn) == []


def forbidden(of: Recording) -> dict[str, list[IamCall]]:
    processing, workflow, registrar = of.outputs["ProcessingRoleArn"], of.workflow_role, of.registrar_role
    job, own_job = (
        f"{SAGEMAKER}:processing-job/by-pipelines--extract-1",
        next(call.resource for call in of.calls if call.action == "sagemaker:CreateProcessingJob"),
    )
    own_function = next(call.resource for call in of.calls if call.action == "lambda:InvokeFunction")
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
    run = next(call for call in of.calls if call.action == "s3:PutObject" and "/runs/" in call.resource)
    return {
        "another pipeline's jobs": [
            IamCall(workflow, f"sagemaker:{action}", job)
            for action in ("CreateProcessingJob", "AddTags", "DescribeProcessingJob", "ListTags", "StopProcessingJob")
        ],
        "other kinds of jobs": [
            IamCall(workflow, "sagemaker:CreateTrainingJob", f"{SAGEMAKER}:training-job/x"),
            IamCall(workflow, "sagemaker:CreateTransformJob", f"{SAGEMAKER}:transform-job/x"),
        ],
        "another function, or a version of its own": [
            IamCall(workflow, "lambda:InvokeFunction", arn) for arn in (f"{function}:other", f"{own_function}:1")
        ],
        "passing the role to another service": [
            pass_role_call(workflow, processing, service) for service in ("lambda.amazonaws.com", "ec2.amazonaws.com")
        ],
        "passing another role, its own among them": [
            pass_role_call(workflow, role, "sagemaker.amazonaws.com") for role in (registrar, workflow)
        ],
        "starting another pipeline, or its own from a step": [
            IamCall(of.schedule_role, "sagemaker:StartPipelineExecution", f"{SAGEMAKER}:pipeline/pipelines-by-pipelines"),
            IamCall(workflow, "sagemaker:StartPipelineExecution", f"{SAGEMAKER}:pipeline/{of.outputs['PipelineName']}"),
        ],
        "starting another pipeline by a backfill, or more than starting and looking": [
            IamCall(of.backfill_role, "sagemaker:StartPipelineExecution", f"{SAGEMAKER}:pipeline/pipelines-by-pipelines"),
            IamCall(of.backfill_role, "sagemaker:DescribePipelineExecution", f"{SAGEMAKER}:pipeline/pipelines-by-pipelines/execution/x"),
            IamCall(of.backfill_role, "sagemaker:StopPipelineExecution", f"{SAGEMAKER}:pipeline/{of.outputs['PipelineName']}/execution/x"),
            IamCall(of.backfill_role, "sagemaker:DescribeProcessingJob", own_job),
        ],
        "changing the pipeline by its schedule": [
            IamCall(of.schedule_role, f"sagemaker:{action}", f"{SAGEMAKER}:pipeline/{of.outputs['PipelineName']}")
            for action in ("UpdatePipeline", "DeletePipeline")
        ],
        "jobs by RegisterPartitions": [
            IamCall(registrar, "sagemaker:DescribeProcessingJob", job),
            IamCall(registrar, "sagemaker:ListPipelineExecutionSteps", f"{SAGEMAKER}:pipeline/pipelines-by-pipelines/execution/x"),
            *(IamCall(registrar, f"sagemaker:{action}", own_job) for action in ("CreateProcessingJob", "StopProcessingJob")),
        ],
        "data by the pipeline's role": [
            dataclasses.replace(run, principal=workflow),
            list_call(workflow, of.lake, "raw/feature_table/"),
            *glue_calls(workflow, "glue:GetTable", "analytics", "sample_versioned_by_pipelines"),
        ],
        "another table": [
            object_call(processing, "s3:PutObject", of.lake, "tables/analytics/sample_by_pipelines/output/x"),
            *list(glue_calls(registrar, "glue:BatchUpdatePartition", "analytics", "sample_by_pipelines"))[2:],
        ],
        "deleting a run's files": [
            object_call(role, "s3:DeleteObject", of.lake, run.resource.partition(f"{of.lake}/")[2])
            for role in (processing, registrar, workflow)
        ],
    }  # fmt: skip


def test_what_must_be_denied_is_denied(versioned: Recording) -> None:
    for title, calls in forbidden(versioned).items():
        assert len(versioned.denied(calls)) == len(calls) > 0, f"{title} is allowed"


def test_no_service_is_talked_into_a_role_for_another_account(recording: Recording) -> None:
    """The confused deputy: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html."""
    pipeline = f"arn:aws:sagemaker:{REGION}:{{}}:pipeline/{recording.outputs['PipelineName']}"
    group = f"arn:aws:scheduler:{REGION}:{{}}:schedule-group/{recording.outputs['ScheduleGroupName']}"
    sources = {
        recording.outputs["ProcessingRoleArn"]: ("sagemaker", f"arn:aws:sagemaker:{REGION}:{{}}:processing-job/x"),
        recording.workflow_role: ("sagemaker", pipeline),
        recording.schedule_role: ("scheduler", group),
    }
    trusts = {arn: role.trust for arn, role in recording.roles.items()}
    for role, (service, source) in sources.items():
        asked = [(service, ACCOUNT), (service, "999999999999"), ("states", ACCOUNT), ("lambda", ACCOUNT)]
        calls = [
            IamCall(
                f"{name}.amazonaws.com",
                "sts:AssumeRole",
                role,
                (("aws:SourceAccount", account), ("aws:SourceArn", source.format(account))),
            )
            for name, account in asked
        ]
        allowed = [decision.allowed for decision in simulate(calls, {}, trusts)]
        assert allowed == [True, False, False, False], role
