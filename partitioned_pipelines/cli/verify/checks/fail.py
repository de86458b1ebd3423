"""A job that fails for good: what is told of it, and to whom."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.runs.execution_progress import parse_object
from partitioned_pipelines.cli.verify.outcome import Check, Seen
from partitioned_pipelines.cli.verify.scene import demand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.cli.verify.scene import Scene

DAY = "2026-01-04"
_MESSAGE = "told to fail: 失敗"


def _fail(scene: Scene) -> Iterator[Seen]:
    queue = _listen(scene)
    scene.put_raw(scene.names.reading_pipeline, DAY, "!fail")
    history = scene.start(scene.names.reading_pipeline, {"date": DAY})
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
    # The messages of several hosts are put one after the other: https://docs.aws.amazon.com/sagemaker/latest/dg/byoc-metadata.html
    yield Seen("A14", _MESSAGE in str(described.get("ExitMessage")), f"{described.get('ExitMessage')!r}")
    notice = scene.wait("the notification", lambda: _receive(scene, queue), seconds=300)
    yield Seen("A07", history.arn in notice and "FAILED" in notice, notice)
    partitions = scene.cloud.glue.get_partitions(DatabaseName=scene.names.database, TableName="files")["Partitions"]
    demand(not partitions, "a run that failed has registered a partition")


def _listen(scene: Scene) -> str:
    """Let the topic tell a queue of the copy's."""
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


CHECK = Check(
    "fail", "a run fails on purpose, and its topic is told", _fail, ("A03", "A07", "A14"), needs=("rerun", "retry")
)
