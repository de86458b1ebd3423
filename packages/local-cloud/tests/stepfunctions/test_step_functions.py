"""State machines wait for their jobs, report failures, and send status events to EventBridge."""

from __future__ import annotations

import datetime as dt
import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.event_targets import queue_for, topic_for
from cloud_under_test.observation import wait_for_execution
from cloud_under_test.processing_jobs import job_request, wait_for_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud_under_test.state_machines import StateMachines

Aws = Any
StartMachine = Any
SYNC = "arn:aws:states:::sagemaker:createProcessingJob.sync"
ENDED = ("Completed", "Failed", "Stopped")


@pytest.fixture
def start_machine(aws: Aws, role_arn: str, name: str) -> Callable[..., str]:
    """Return a function that starts a state machine with these states, and returns the execution's ARN."""

    def start(states: dict[str, Any], given: Any = None) -> str:
        definition = {"StartAt": next(iter(states)), "States": states}
        machine = aws("stepfunctions").create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=role_arn
        )
        started = aws("stepfunctions").start_execution(
            stateMachineArn=machine["stateMachineArn"], input=json.dumps(given or {})
        )
        return str(started["executionArn"])

    return start


@pytest.fixture
def request_for(aws: Aws, bucket: str, image_uri: str, name: str) -> Callable[[str], dict[str, Any]]:
    """Return a function that returns a job's parameters in a state, for a script."""
    return lambda script: job_request(aws("s3"), bucket, image_uri, name, script)


def run_job(request: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a state that runs a job."""
    return {"Type": "Task", "Resource": SYNC, "Parameters": request, "End": True, **more}


def test_a_jobs_description_is_the_result(aws: Aws, start_machine: StartMachine, request_for: Any, name: str) -> None:
    ended = wait_for_execution(aws("stepfunctions"), start_machine({"Run": run_job(request_for("print('done')"))}))
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    assert (output["ProcessingJobName"], output["ProcessingJobStatus"]) == (name, "Completed")
    assert isinstance(output["ProcessingEndTime"], int)


def test_a_failed_job_fails_the_task_with_its_description(
    aws: Aws, start_machine: StartMachine, request_for: Any, name: str
) -> None:
    request = request_for("import sys\nsys.exit(4)")
    ended = wait_for_execution(aws("stepfunctions"), start_machine({"Run": run_job(request)}))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(ended["cause"])
    assert cause["ProcessingJobName"] == name
    assert cause["FailureReason"] == "AlgorithmError: , exit code: 4"


@pytest.mark.parametrize("caught", ["States.TaskFailed", "States.ALL"])
def test_a_failed_job_can_be_caught(aws: Aws, start_machine: StartMachine, request_for: Any, caught: str) -> None:
    catch = [{"ErrorEquals": [caught], "Next": "Caught", "ResultPath": "$.error"}]
    states = {
        "Run": run_job(request_for("raise SystemExit(1)"), Catch=catch),
        "Caught": {"Type": "Pass", "End": True},
    }
    ended = wait_for_execution(aws("stepfunctions"), start_machine(states, {"kept": 1}))
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    assert (output["kept"], output["error"]["Error"]) == (1, "States.TaskFailed")


def test_a_name_that_is_taken_has_an_error_of_its_own(
    aws: Aws, start_machine: StartMachine, request_for: Any, name: str
) -> None:
    request = request_for("print('first')")
    aws("sagemaker").create_processing_job(**request)
    wait_for_job(aws("sagemaker"), name, ENDED)
    ended = wait_for_execution(aws("stepfunctions"), start_machine({"Run": run_job(request)}))
    assert (ended["status"], ended["error"]) == ("FAILED", "SageMaker.ResourceInUseException")
    assert f"a job {name} exists" in ended["cause"]
    assert "(Service: AmazonSageMaker; Status Code: 400; Error Code: ResourceInUse)" in ended["cause"]


def test_any_other_refusal_is_the_services_catch_all(aws: Aws, start_machine: StartMachine, request_for: Any) -> None:
    request = {**request_for(""), "ProcessingJobName": "with space"}
    ended = wait_for_execution(aws("stepfunctions"), start_machine({"Run": run_job(request)}))
    assert (ended["status"], ended["error"]) == ("FAILED", "SageMaker.AmazonSageMakerException")
    assert "with space" in ended["cause"]


def test_a_stopped_execution_stops_its_job_and_stays_aborted(
    aws: Aws, start_machine: StartMachine, request_for: Any, name: str
) -> None:
    execution = start_machine({"Run": run_job(request_for("import time\ntime.sleep(600)"))})
    _wait_until_there(aws("sagemaker"), name)
    aws("stepfunctions").stop_execution(executionArn=execution, error="Changed", cause="my mind")
    assert wait_for_job(aws("sagemaker"), name, ENDED)["ProcessingJobStatus"] == "Stopped"
    assert wait_for_execution(aws("stepfunctions"), execution)["status"] == "ABORTED"


def test_a_state_that_runs_out_of_time_stops_its_job(
    aws: Aws, start_machine: StartMachine, request_for: Any, name: str
) -> None:
    state = run_job(request_for("import time\ntime.sleep(600)"), TimeoutSeconds=1)
    ended = wait_for_execution(aws("stepfunctions"), start_machine({"Run": state}))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")
    assert wait_for_job(aws("sagemaker"), name, ENDED)["ProcessingJobStatus"] == "Stopped"


def test_each_retry_has_a_name_of_its_own(aws: Aws, start_machine: StartMachine, request_for: Any, name: str) -> None:
    request = request_for("raise SystemExit(1)")
    del request["ProcessingJobName"]
    request["ProcessingJobName.$"] = f"States.Format('{name}-{{}}', States.UUID())"
    retry = [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    ended = wait_for_execution(aws("stepfunctions"), start_machine({"Run": run_job(request, Retry=retry)}))
    assert ended["error"] == "States.TaskFailed"
    found = aws("sagemaker").list_processing_jobs(NameContains=name)["ProcessingJobSummaries"]
    names = [summary["ProcessingJobName"] for summary in found]
    assert len(set(names)) == len(names) == 2
    assert all(str(uuid.UUID(job.removeprefix(f"{name}-"))) in job for job in names)


@pytest.mark.parametrize(("script", "status"), [("print('ok')", "SUCCEEDED"), ("raise SystemExit(1)", "FAILED")])
def test_a_topic_hears_of_an_executions_end(
    aws: Aws, start_machine: StartMachine, request_for: Any, name: str, script: str, status: str
) -> None:
    topic = topic_for(aws, name)
    queue = queue_for(aws, name)
    aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    detail = {"status": [status], "stateMachineArn": [{"suffix": f":{name}"}]}
    pattern = {"source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"], "detail": detail}
    aws("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    aws("events").put_targets(Rule=name, Targets=[{"Id": "topic", "Arn": topic}])
    execution = start_machine({"Run": run_job(request_for(script))}, {"day": "日"})
    ended = wait_for_execution(aws("stepfunctions"), execution)
    (body,) = queue.bodies()
    event = json.loads(body["Message"])
    assert (event["source"], event["resources"]) == ("aws.states", [execution])
    assert (event["detail"]["status"], event["detail"]["executionArn"]) == (status, execution)
    assert json.loads(event["detail"]["input"]) == {"day": "日"}
    assert event["detail"]["cause"] == ended.get("cause")
    assert event["detail"]["stopDate"] >= event["detail"]["startDate"]
    told = dt.datetime.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    assert abs((told - ended["stopDate"]).total_seconds()) < 60


def test_an_execution_without_a_name_gets_one(aws: Aws, start_machine: StartMachine) -> None:
    execution = start_machine({"Nothing": {"Type": "Pass", "End": True}})
    given = execution.rsplit(":", 1)[1]
    assert str(uuid.UUID(given)) == given
    assert wait_for_execution(aws("stepfunctions"), execution)["name"] == given


def _wait_until_there(sagemaker: Any, job: str) -> None:
    while not sagemaker.list_processing_jobs(NameContains=job)["ProcessingJobSummaries"]:
        time.sleep(0.05)


def test_an_answer_of_an_sdk_call_has_times_and_text(aws: Aws, bucket: str, state_machines: StateMachines) -> None:
    aws("s3").put_object(Bucket=bucket, Key="k", Body="日")
    get = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
        "Parameters": {"Bucket": bucket, "Key": "k"},
    }
    answer = state_machines.output(get)
    assert answer["Body"] == "日"
    assert dt.datetime.fromisoformat(answer["LastModified"]).tzinfo == dt.UTC
