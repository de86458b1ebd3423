"""A SageMaker pipeline runs its steps in order, passes values, and reports its status."""

from __future__ import annotations

import itertools
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.event_targets import queue_for, topic_for
from cloud_under_test.processing_jobs import job_request, s3_input, s3_output
from cloud_under_test.sagemaker_pipelines import (
    definition,
    function_archive,
    get,
    join,
    lambda_step,
    processing_step,
    steps_of,
    wait_for_pipeline,
)
from local_cloud.sagemaker.pipelines import step_runs
from local_cloud.sagemaker.pipelines.step_runs import RUNS, StepCall, StepFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

Aws = Any
ROLE = "arn:aws:iam::123456789012:role/pipeline"
OUT = "/opt/ml/processing/output"
IN = "/opt/ml/processing/input/data"
FAILED_STEP = "Step failure: One or multiple steps failed."


@pytest.fixture
def start(aws: Aws, name: str) -> Callable[..., str]:
    """Create a pipeline and start it with parameter values."""

    def run(text: str, **parameters: str) -> str:
        aws("sagemaker").create_pipeline(PipelineName=name, RoleArn=ROLE, PipelineDefinition=text)
        values = [{"Name": key, "Value": value} for key, value in parameters.items()]
        started = aws("sagemaker").start_pipeline_execution(
            PipelineName=name, PipelineParameters=values, PipelineExecutionDisplayName="one"
        )
        return str(started["PipelineExecutionArn"])

    return run


@pytest.fixture
def request_for(aws: Aws, bucket: str, image_uri: str, name: str) -> Callable[..., dict[str, Any]]:
    """Return the request of a job that runs a script, uploaded under the job's label."""

    def build(label: str, script: str, **more: Any) -> dict[str, Any]:
        return job_request(aws("s3"), bucket, image_uri, f"{name}-{label}", script, **more)

    return build


@pytest.fixture
def function_arn(aws: Aws, role_arn: str, name: str) -> Callable[[str], str]:
    """Create a function whose handler has this body, and return its ARN."""

    def make(body: str) -> str:
        code = f"import time\ndef handle(event, context):\n    {body}\n"
        made = aws("lambda").create_function(
            FunctionName=name, Runtime="python3.13", Role=role_arn, Handler="handler.handle", Timeout=30,
            Code={"ZipFile": function_archive(code)},
        )  # fmt: skip
        return str(made["FunctionArn"])

    return make


def test_values_go_from_parameters_and_functions_through_jobs_to_a_function(
    aws: Aws, start: Any, request_for: Any, function_arn: Any, bucket: str
) -> None:
    arn = function_arn(
        "return {'uri': event['root'] + '/' + event['day'], 'count': 2, 'ok': True, **({'seen': event['seen']} if 'seen' in event else {})}"
    )
    write = f"import os, pathlib\npathlib.Path('{OUT}/n.txt').write_text(os.environ['DAY'])"
    copy = f"import shutil\nshutil.copy('{IN}/n.txt', '{OUT}/copied.txt')"
    uri = get("Steps.Plan.OutputParameters['uri']")
    steps = [
        lambda_step(
            "Register", arn,
            {"root": "", "day": "", "seen": get("Steps.Copy.ProcessingOutputConfig.Outputs['result'].S3Output.S3Uri")},
            {"seen": "String"},
        ),
        processing_step("Copy", request_for(
            "copy", copy, ProcessingInputs=[s3_input("data", get("Steps.Write.ProcessingOutputConfig.Outputs['result'].S3Output.S3Uri"), IN)],  # type: ignore[arg-type]  # a reference
            ProcessingOutputConfig={"Outputs": [s3_output("result", join("/", uri, "copy", get("Execution.PipelineExecutionId")), OUT)]},  # type: ignore[arg-type]  # a reference
        )),
        processing_step("Write", request_for(
            "write", write, Environment={"DAY": get("Parameters.Day")},
            ProcessingOutputConfig={"Outputs": [s3_output("result", join("/", uri, "write"), OUT)]},  # type: ignore[arg-type]  # a reference
        )),
        lambda_step(
            "Plan", arn, {"root": f"s3://{bucket}", "day": get("Parameters.Day")},
            {"uri": "String", "count": "Integer", "ok": "Boolean"},
        ),
    ]  # fmt: skip
    execution = start(
        definition(steps, [{"Name": "Day", "Type": "String", "DefaultValue": "2000-01-01"}]), Day="2026-11-24"
    )
    described = wait_for_pipeline(aws("sagemaker"), execution)
    ran = steps_of(aws("sagemaker"), execution)
    assert described["PipelineExecutionStatus"] == "Succeeded", ran
    assert list(ran) == ["Plan", "Write", "Copy", "Register"]
    identifier = execution.rpartition("/")[2]
    copied = f"2026-11-24/copy/{identifier}/copied.txt"
    assert aws("s3").get_object(Bucket=bucket, Key=copied)["Body"].read() == b"2026-11-24"
    outputs = ran["Register"]["Metadata"]["Lambda"]["OutputParameters"]
    assert outputs == [{"Name": "seen", "Value": f"s3://{bucket}/2026-11-24/copy/{identifier}"}]
    planned = {item["Name"]: item["Value"] for item in ran["Plan"]["Metadata"]["Lambda"]["OutputParameters"]}
    assert planned == {"uri": f"s3://{bucket}/2026-11-24", "count": "2", "ok": "true"}
    job = ran["Copy"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    assert job.startswith(f"pipelines-{identifier}-Copy-")
    listed = aws("sagemaker").list_pipeline_parameters_for_execution(PipelineExecutionArn=execution)
    assert listed["PipelineParameters"] == [{"Name": "Day", "Value": "2026-11-24"}]


def test_steps_that_need_nothing_of_each_other_run_at_the_same_time(
    aws: Aws, start: Any, request_for: Any, name: str
) -> None:
    forever = "import time\ntime.sleep(600)"
    execution = start(
        definition(
            [
                processing_step("A", request_for("a", forever)),
                processing_step("B", request_for("b", forever)),
                processing_step("After", request_for("c", ""), DependsOn=["A"]),
            ]
        )
    )
    sagemaker = aws("sagemaker")
    while sum("Metadata" in step and step["Metadata"] != {} for step in steps_of(sagemaker, execution).values()) < 2:
        time.sleep(0.05)
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=execution)
    assert wait_for_pipeline(sagemaker, execution)["PipelineExecutionStatus"] == "Stopped"
    ran = steps_of(sagemaker, execution)
    assert {step: ran[step]["StepStatus"] for step in ran} == {"A": "Stopped", "B": "Stopped"}
    for step in ran.values():
        job = step["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
        assert sagemaker.describe_processing_job(ProcessingJobName=job)["ProcessingJobStatus"] == "Stopped"


def test_a_failed_job_fails_the_execution_and_what_needs_it_is_not_run(aws: Aws, start: Any, request_for: Any) -> None:
    steps = [
        processing_step("Breaks", request_for("a", "raise SystemExit(3)")),
        processing_step("Never", request_for("b", ""), DependsOn=["Breaks"]),
    ]
    execution = start(definition(steps))
    described = wait_for_pipeline(aws("sagemaker"), execution)
    assert (described["PipelineExecutionStatus"], described["FailureReason"]) == ("Failed", FAILED_STEP)
    ran = steps_of(aws("sagemaker"), execution)
    assert list(ran) == ["Breaks"]
    assert ran["Breaks"]["FailureReason"] == "AlgorithmError: , exit code: 3"
    assert ran["Breaks"]["AttemptCount"] == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise KeyError('day')", "KeyError: 'day'"),
        ("return {'other': 1}", "did not return the output parameter 'uri'"),
        ("return {'uri': 1}", "which is not of the type String"),
        ("return []", "did not return the output parameter 'uri'"),
    ],
)
def test_a_function_that_does_not_give_what_it_should_fails_its_step(
    aws: Aws, start: Any, function_arn: Any, body: str, said: str
) -> None:
    execution = start(definition([lambda_step("Plan", function_arn(body), {}, {"uri": "String"})]))
    assert wait_for_pipeline(aws("sagemaker"), execution)["PipelineExecutionStatus"] == "Failed"
    assert said in steps_of(aws("sagemaker"), execution)["Plan"]["FailureReason"]


@pytest.mark.parametrize(("count", "ran"), [("3", "Many"), ("1", "Few")])
def test_a_condition_decides_which_steps_run(aws: Aws, start: Any, request_for: Any, count: str, ran: str) -> None:
    more = {"Type": "GreaterThan", "LeftValue": get("Parameters.Count"), "RightValue": 2}
    condition = {
        "Name": "Enough",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [more],
            "IfSteps": [processing_step("Many", request_for("many", ""))],
            "ElseSteps": [processing_step("Few", request_for("few", ""))],
        },
    }
    execution = start(definition([condition], [{"Name": "Count", "Type": "Integer"}]), Count=count)
    assert wait_for_pipeline(aws("sagemaker"), execution)["PipelineExecutionStatus"] == "Succeeded"
    assert list(steps_of(aws("sagemaker"), execution)) == ["Enough", ran]


def test_a_fail_step_ends_the_execution_and_its_other_steps(aws: Aws, start: Any, request_for: Any) -> None:
    steps = [
        processing_step("Runs", request_for("a", "import time\ntime.sleep(600)")),
        {"Name": "Refuse", "Type": "Fail", "Arguments": {"ErrorMessage": join(": ", "bad", get("Parameters.Why"))}},
    ]
    execution = start(definition(steps, [{"Name": "Why", "Type": "String", "DefaultValue": "data"}]))
    assert wait_for_pipeline(aws("sagemaker"), execution)["PipelineExecutionStatus"] == "Failed"
    ran = steps_of(aws("sagemaker"), execution)
    assert ran["Refuse"]["Metadata"]["Fail"]["ErrorMessage"] == "bad: data"
    assert ran["Runs"]["StepStatus"] == "Stopped"


def test_what_is_wrong_is_not_tried_again(aws: Aws, start: Any, request_for: Any) -> None:
    request = request_for("a", "")
    request["ProcessingInputs"].append(s3_input("no", "s3://b/k", "/elsewhere"))
    policy = {"ExceptionType": ["Step.SERVICE_FAULT", "Step.THROTTLING"], "IntervalSeconds": 1, "MaxAttempts": 2}
    execution = start(definition([processing_step("Refused", request, RetryPolicies=[policy])]))
    assert wait_for_pipeline(aws("sagemaker"), execution)["PipelineExecutionStatus"] == "Failed"
    step = steps_of(aws("sagemaker"), execution)["Refused"]
    assert step["AttemptCount"] == 1
    assert "/elsewhere" in step["FailureReason"]


def test_what_a_policy_names_is_tried_again(aws: Aws, start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def throttled_at_first(call: StepCall) -> dict[str, Any]:
        attempts.append(call.document["Arguments"])
        if len(attempts) == 1:
            raise StepFailedError("slow down", "Step.THROTTLING")
        return {}

    attempts: list[dict[str, Any]] = []
    monkeypatch.setitem(RUNS, "Fail", throttled_at_first)
    policy = {"ExceptionType": ["Step.THROTTLING"], "IntervalSeconds": 1, "MaxAttempts": 1}
    step = {"Name": "Again", "Type": "Fail", "Arguments": {"now": get("Execution.CurrentDateTime")}}
    execution = start(definition([{**step, "RetryPolicies": [policy]}]))
    assert wait_for_pipeline(aws("sagemaker"), execution)["PipelineExecutionStatus"] == "Succeeded"
    assert steps_of(aws("sagemaker"), execution)["Again"]["AttemptCount"] == 2
    assert attempts[0] != attempts[1], "arguments are resolved again"


def test_changes_of_status_are_told_in_order(aws: Aws, start: Any, request_for: Any, name: str) -> None:
    queue, topic = queue_for(aws, name), topic_for(aws, name)
    aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Building Pipeline Execution Status Change"],
        "detail": {"pipelineArn": [{"suffix": f"/{name}"}]},
    }
    aws("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    aws("events").put_targets(Rule=name, Targets=[{"Id": "topic", "Arn": topic}])
    execution = start(definition([processing_step("Only", request_for("a", "raise SystemExit(1)"))]))
    events = [json.loads(body["Message"]) for body in queue.bodies(2)]
    statuses = [
        (event["detail"].get("previousPipelineExecutionStatus"), event["detail"]["currentPipelineExecutionStatus"])
        for event in events
    ]
    assert statuses == [(None, "Executing"), ("Executing", "Failed")]
    detail = events[1]["detail"]
    assert (detail["pipelineExecutionArn"], detail["pipelineExecutionDisplayName"]) == (execution, "one")
    assert events[1]["resources"] == [execution.split("/execution/")[0], execution]
    assert detail["executionEndTime"] >= detail["executionStartTime"]


def test_a_function_that_takes_too_long_fails_its_step(
    aws: Aws, start: Any, function_arn: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step_runs, "_LAMBDA_SECONDS", 0.1)
    execution = start(definition([lambda_step("Slow", function_arn("time.sleep(5)"), {}, {})]))
    assert wait_for_pipeline(aws("sagemaker"), execution)["PipelineExecutionStatus"] == "Failed"
    assert "took longer than the 0.1 seconds" in steps_of(aws("sagemaker"), execution)["Slow"]["FailureReason"]


def test_no_more_steps_run_at_once_than_are_allowed(aws: Aws, request_for: Any, name: str) -> None:
    sagemaker = aws("sagemaker")
    steps = [processing_step(f"S{number}", request_for(str(number), "")) for number in range(3)]
    sagemaker.create_pipeline(PipelineName=name, RoleArn=ROLE, PipelineDefinition=definition(steps))
    started = sagemaker.start_pipeline_execution(
        PipelineName=name, ParallelismConfiguration={"MaxParallelExecutionSteps": 1}
    )
    execution = started["PipelineExecutionArn"]
    assert wait_for_pipeline(sagemaker, execution)["PipelineExecutionStatus"] == "Succeeded"
    ran = list(steps_of(sagemaker, execution).values())
    assert len(ran) == 3
    assert all(one["EndTime"] <= next_one["StartTime"] for one, next_one in itertools.pairwise(ran))
