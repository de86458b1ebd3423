"""Asynchronous invocations are answered at once, retried twice, and then in the dead-letter queue."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.deployment_package import packed
from cloud_under_test.event_targets import Queue, queue_for, topic_for
from cloud_under_test.observation import log_lines
from cloud_under_test.refusal import refusal_of
from local_cloud.lambda_functions import asynchronous

if TYPE_CHECKING:
    from collections.abc import Callable

Aws = Any
FAILS = """
def handle(event, context):
    print("attempt of", context.aws_request_id)
    raise ValueError(event["why"])
"""


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry at once."""
    monkeypatch.setattr(asynchronous, "RETRY_DELAYS_SECONDS", [0.0, 0.0])


@pytest.fixture
def create(aws: Aws, role_arn: str, name: str) -> Callable[..., None]:
    """Create a function with this source of its handler."""

    def call(text: str, **more: Any) -> None:
        aws("lambda").create_function(
            FunctionName=name, Runtime="python3.11", Role=role_arn, Handler="app.handler.handle",
            Code={"ZipFile": packed(text)}, Timeout=60, **more,
        )  # fmt: skip

    return call


@pytest.fixture
def queue(aws: Aws, name: str) -> Queue:
    """A dead-letter queue."""
    return queue_for(aws, name)


def invoke(aws: Aws, name: str, event: Any, kind: str = "Event") -> dict[str, Any]:
    answer: dict[str, Any] = aws("lambda").invoke(FunctionName=name, InvocationType=kind, Payload=json.dumps(event))
    assert answer["Payload"].read() == b""
    assert "FunctionError" not in answer
    return answer


def printed(aws: Aws, name: str) -> list[str]:
    try:
        return [line for line in log_lines(aws("logs"), f"/aws/lambda/{name}") if line.startswith("attempt")]
    except aws("logs").exceptions.ResourceNotFoundException:
        return []


def test_a_success_runs_once_after_the_answer(aws: Aws, create: Any, name: str) -> None:
    create("import time\ndef handle(event, context):\n    time.sleep(2)\n    print('attempt', event['n'])")
    started = time.monotonic()
    assert invoke(aws, name, {"n": 1})["StatusCode"] == 202
    assert time.monotonic() - started < 2
    while not printed(aws, name):
        time.sleep(0.05)
    time.sleep(0.5)
    assert printed(aws, name) == ["attempt 1"]


def test_a_failure_is_retried_twice_and_kept(aws: Aws, create: Any, queue: Queue, name: str) -> None:
    create(FAILS, DeadLetterConfig={"TargetArn": queue.arn})
    request_id = invoke(aws, name, {"why": "no column"})["ResponseMetadata"]["RequestId"]
    (message,) = queue.messages()
    assert json.loads(message["Body"]) == {"why": "no column"}
    assert message["MessageAttributes"] == {
        "RequestID": {"DataType": "String", "StringValue": request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": "no column"},
    }
    assert printed(aws, name) == [f"attempt of {request_id}"] * 3


def test_a_dead_letter_topic_gets_it_too(aws: Aws, create: Any, queue: Queue, name: str) -> None:
    topic = topic_for(aws, name)
    aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes={"RawMessageDelivery": "true"})
    create(FAILS, DeadLetterConfig={"TargetArn": topic})
    invoke(aws, name, {"why": "x"})
    (message,) = queue.messages()
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "x"


def test_a_dead_letter_queue_is_changed_and_removed(aws: Aws, create: Any, queue: Queue, name: str) -> None:
    functions = aws("lambda")
    create(FAILS)
    assert "DeadLetterConfig" not in functions.get_function_configuration(FunctionName=name)
    functions.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": queue.arn})
    functions.update_function_configuration(FunctionName=name, Timeout=9)
    assert functions.get_function_configuration(FunctionName=name)["DeadLetterConfig"] == {"TargetArn": queue.arn}
    functions.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": ""})
    assert "DeadLetterConfig" not in functions.get_function_configuration(FunctionName=name)
    code, message = refusal_of(
        functions.update_function_configuration, FunctionName=name, DeadLetterConfig={"TargetArn": "arn:aws:s3:::b"}
    )
    assert (code, "is not a queue or a topic" in message) == ("InvalidParameterValueException", True)


def test_an_invocation_that_is_lost_is_logged(
    aws: Aws, create: Any, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    create(FAILS)
    invoke(aws, name, {"why": "nobody"})
    while "has no dead-letter queue, so the event is lost" not in caplog.text:
        time.sleep(0.05)


def test_a_dry_run_runs_nothing(aws: Aws, create: Any, name: str) -> None:
    create("def handle(event, context):\n    print('attempt')")
    assert invoke(aws, name, {}, "DryRun")["StatusCode"] == 204
    time.sleep(0.5)
    assert printed(aws, name) == []


def test_what_is_no_json_or_not_there_is_refused(aws: Aws, create: Any, name: str) -> None:
    assert refusal_of(invoke, aws=aws, name=name, event={})[0] == "ResourceNotFoundException"
    create(FAILS)
    for kind in ("Event", "RequestResponse"):
        code, _ = refusal_of(aws("lambda").invoke, FunctionName=name, InvocationType=kind, Payload=b"{")
        assert code == "InvalidRequestContentException"


def test_the_retries_cannot_be_configured(aws: Aws, create: Any, name: str) -> None:
    create(FAILS)
    _, message = refusal_of(aws("lambda").put_function_event_invoke_config, FunctionName=name, MaximumRetryAttempts=0)
    assert "PutFunctionEventInvokeConfig is not supported by the local cloud" in message
