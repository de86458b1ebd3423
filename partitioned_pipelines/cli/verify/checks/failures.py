"""Runs that do not succeed at first: rejected, retried, failed and redriven, stopped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.verify.scene import demand
from partitioned_pipelines.cli.verify.verification import Check, Seen
from partitioned_pipelines.runtime.executions.history import parse_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.cli.verify.history import History
    from partitioned_pipelines.cli.verify.scene import Scene

_RETRIED_DAY = "2026-01-02"
RETRIED_LINES = ["vier", "fünf"]
_FAILED_DAY = "2026-01-04"
_MESSAGE = "told to fail: 失敗"
_STOPPED_DAY = "2026-01-06"


def _refuse(scene: Scene) -> Iterator[Seen]:
    history = scene.start(scene.names.reading_pipeline, {"date": "2026-01-03"})
    status = scene.finish(history)
    demand(status == "FAILED", f"a run without its input ended as {status}")
    errors = [error for error, _ in history.failed_attempts()]
    yield Seen("A08", errors == ["MissingInputError"], f"{errors}")


REFUSE = Check("refuse", "a run without its input is refused", _refuse, ("A08",))


def _retry(scene: Scene) -> Iterator[Seen]:
    scene.put_raw(scene.names.pipeline, _RETRIED_DAY, "!fail")
    history = scene.start(scene.names.pipeline, {"date": _RETRIED_DAY})
    # The state waits a minute before its retry: time to fix the job's input.
    scene.wait("the failure of the first attempt", lambda: _has_failed(history), seconds=3600)
    scene.put_raw(scene.names.pipeline, _RETRIED_DAY, "\n".join(RETRIED_LINES))
    status = scene.finish(history)
    demand(status == "SUCCEEDED", f"the retry ended as {status}: {history.why}")
    asked = history.job_requests()
    names = {one["ProcessingJobName"] for one in asked}
    prefixes = {one["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] for one in asked}
    yield Seen("A04", len(asked) == len(names) == len(prefixes) == 2, f"the attempts were {sorted(names)}")
    found = scene.rows(_RETRIED_DAY)
    demand(found == RETRIED_LINES, f"the query found {found}, and not {RETRIED_LINES}")


def _has_failed(history: History) -> bool:
    history.read()
    return bool(history.failed_attempts()) or history.ended() is not None


RETRY = Check("retry", "a job that fails at first is tried again", _retry, ("A04",), needs=("run",))


def _fail(scene: Scene) -> Iterator[Seen]:
    queue = _listen(scene)
    scene.put_raw(scene.names.reading_pipeline, _FAILED_DAY, "!fail")
    history = scene.start(scene.names.reading_pipeline, {"date": _FAILED_DAY})
    status = scene.finish(history)
    demand(status == "FAILED", f"a run whose job fails ended as {status}")
    scene.executions["fail"] = history
    (error, cause), *_ = history.failed_attempts() or [("", "")]
    described = parse_object(cause)
    name = history.job_requests()[0]["ProcessingJobName"]
    yield Seen(
        "A03",
        error == "States.TaskFailed" and described.get("ProcessingJobName") == name,
        f"{error}, of {described.get('ProcessingJobName')}",
    )
    # The messages of several hosts are concatenated: https://docs.aws.amazon.com/sagemaker/latest/dg/byoc-metadata.html
    yield Seen("A14", _MESSAGE in str(described.get("ExitMessage")), f"{described.get('ExitMessage')!r}")
    notice = scene.wait("the notification", lambda: _receive(scene, queue), seconds=300)
    yield Seen("A07", history.arn in notice and "FAILED" in notice, notice)
    partitions = scene.cloud.glue.get_partitions(DatabaseName=scene.names.database, TableName="files")["Partitions"]
    demand(not partitions, "a run that failed has registered a partition")


def _listen(scene: Scene) -> str:
    """Subscribe a queue of the copy to the pipeline's topic; return the queue's URL."""
    topic = scene.outputs(scene.names.reading_pipeline)["NotificationTopicArn"]
    account, region = topic.split(":")[4], topic.split(":")[3]
    arn = f"{topic.split(':sns:')[0]}:sqs:{region}:{account}:{scene.names.queue}"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    queue = scene.clients.sqs.create_queue(QueueName=scene.names.queue, Attributes={"Policy": policy})["QueueUrl"]
    scene.clients.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return queue


def _receive(scene: Scene, queue: str) -> str | None:
    received = scene.clients.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=2, MaxNumberOfMessages=10)
    texts = [str(parse_object(message["Body"]).get("Message")) for message in received.get("Messages", [])]
    execution = scene.executions["fail"].arn
    return next((text for text in texts if execution in text), None)


FAIL = Check(
    "fail", "a run fails on purpose, and its topic is notified", _fail, ("A03", "A07", "A14"), needs=("rerun", "retry")
)


def _redrive(scene: Scene) -> Iterator[Seen]:
    history = scene.executions["fail"]
    scene.put_raw(scene.names.reading_pipeline, _FAILED_DAY, "go on")
    scene.cloud.step_functions.redrive_execution(executionArn=history.arn)
    status = scene.finish(history)
    demand(status == "SUCCEEDED", f"the redriven run ended as {status}: {history.why}")
    planned = [
        event
        for event in history.events
        if event["type"] == "TaskStateEntered" and event["stateEnteredEventDetails"]["name"] == "PlanRun"
    ]
    names = [one["ProcessingJobName"] for one in history.job_requests()]
    yield Seen(
        "A05", len(planned) == 1 and len(set(names)) == len(names) == 2, f"planned {len(planned)} times, {names}"
    )


REDRIVE = Check("redrive", "the failed run is redriven", _redrive, ("A05",), needs=("fail",))


def _stop(scene: Scene) -> Iterator[Seen]:
    scene.put_raw(scene.names.pipeline, _STOPPED_DAY, "!wait")
    history = scene.start(scene.names.pipeline, {"date": _STOPPED_DAY})
    name = scene.wait("the job", lambda: _job(scene, history), seconds=1800)
    scene.cloud.step_functions.stop_execution(executionArn=history.arn, cause="pipelines verify stops it")
    status = scene.finish(history)
    demand(status == "ABORTED", f"the execution that was stopped is {status}")
    job = scene.wait("the job's end", lambda: _end(scene, name), seconds=900)
    yield Seen("A09", job == "Stopped", f"the job is {job}")


def _job(scene: Scene, history: History) -> str | None:
    history.read()
    demand(history.ended() is None, f"the execution ended before it could be stopped: {history.why}")
    names = [one["ProcessingJobName"] for one in history.job_requests()]
    # The job was requested; check whether it exists.
    beginning = scene.names.job_beginning
    summaries = scene.cloud.sagemaker.list_processing_jobs(NameContains=beginning, StatusEquals="InProgress")
    there = {one["ProcessingJobName"] for one in summaries["ProcessingJobSummaries"]}
    return next((name for name in names if name in there), None)


def _end(scene: Scene, name: str) -> str | None:
    status: str = scene.cloud.sagemaker.describe_processing_job(ProcessingJobName=name)["ProcessingJobStatus"]
    return None if status in {"InProgress", "Stopping"} else status


STOP = Check("stop", "an execution is stopped while its job runs", _stop, ("A09",), needs=("run",))
