"""Functions run from their deployed archive, in execution environments that are used again, as in Lambda."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import zipfile
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from cloud_under_test.deployment_package import packed
from cloud_under_test.observation import log_lines
from local_cloud.lambda_functions.invocation import FunctionRunner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Aws = Any
Invoke = Any


@pytest.fixture
def create_function(aws: Aws, role_arn: str, name: str) -> Callable[..., dict[str, Any]]:
    """Create a function with this source of its handler."""

    def create(text: str, **more: Any) -> Any:
        return aws("lambda").create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role=role_arn,
            Handler="app.handler.handle",
            Code={"ZipFile": packed(text)},
            **more,
        )

    return create


@pytest.fixture
def invoke(aws: Aws, name: str) -> Invoke:
    """Invoke the function of this test, and return whether it failed and its response."""

    def call(event: Any = None) -> tuple[bool, Any]:
        answer = aws("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        return "FunctionError" in answer, json.loads(answer["Payload"].read())

    return call


def test_the_answer_is_the_handlers(create_function: Any, invoke: Invoke) -> None:
    create_function("def handle(event, context):\n    return {'twice': event['n'] * 2, 'of': event}")
    assert invoke({"n": 21, "text": "日本"}) == (False, {"twice": 42, "of": {"n": 21, "text": "日本"}})


def test_new_code_answers_after_an_update(aws: Aws, create_function: Any, invoke: Invoke, name: str) -> None:
    create_function("def handle(event, context):\n    return 'old'")
    assert invoke() == (False, "old")
    new = packed("def handle(event, context):\n    return 'new'")
    aws("lambda").update_function_code(FunctionName=name, ZipFile=new)
    assert invoke() == (False, "new")


def test_nothing_of_this_process_reaches_it(
    create_function: Any, invoke: Invoke, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_PARENT", "hidden")
    text = """
import importlib.util, os
def handle(event, context):
    found = [module for module in event if importlib.util.find_spec(module)]
    return {"importable": found, "environment": dict(os.environ)}
"""
    create_function(text, Environment={"Variables": {"TABLE": "t"}})
    failed, answer = invoke(["local_cloud", "partitioned_pipelines", "lambdas", "boto3"])
    assert not failed
    # boto3 is in Lambda's own runtime; an editable install of this project is not.
    assert answer["importable"] == ["boto3"]
    assert answer["environment"]["TABLE"] == "t"
    assert answer["environment"]["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert "SECRET_OF_THE_PARENT" not in answer["environment"]


def test_a_function_reaches_the_local_cloud(aws: Aws, create_function: Any, invoke: Invoke, bucket: str) -> None:
    aws("s3").put_object(Bucket=bucket, Key="k", Body=b"content")
    text = """
import boto3
def handle(event, context):
    return boto3.client("s3").get_object(Bucket=event, Key="k")["Body"].read().decode()
"""
    create_function(text, Timeout=60)
    assert invoke(bucket) == (False, "content")


def test_an_exception_is_the_answer(create_function: Any, invoke: Invoke) -> None:
    text = "class OddError(Exception):\n    pass\ndef handle(event, context):\n    raise OddError('not even')"
    create_function(text)
    failed, answer = invoke()
    assert failed
    assert (answer["errorType"], answer["errorMessage"]) == ("OddError", "not even")
    assert "raise OddError('not even')" in answer["stackTrace"][-1]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("import sys\ndef handle(event, context):\n    sys.exit(0)", "Runtime.ExitError"),
        ("import os\ndef handle(event, context):\n    os._exit(7)", "Runtime.ExitError"),
        ("import nothing_of_this_name\ndef handle(event, context):\n    pass", "ModuleNotFoundError"),
        ("def handle(event, context):\n    return {1, 2}", "TypeError"),
    ],
)
def test_a_function_that_gives_no_answer_fails(create_function: Any, invoke: Invoke, text: str, kind: str) -> None:
    create_function(text)
    failed, answer = invoke()
    assert failed
    assert answer["errorType"] == kind


def test_a_function_is_ended_at_its_timeout(aws: Aws, create_function: Any, invoke: Invoke, name: str) -> None:
    create_function(
        "import time\ndef handle(event, context):\n    print('before', flush=True)\n    time.sleep(600)", Timeout=1
    )
    failed, answer = invoke()
    assert failed
    assert answer == {"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out after 1.00 seconds"}
    assert log_lines(aws("logs"), f"/aws/lambda/{name}")[1:-2] == ["before"]


def test_lines_go_to_the_log_group_that_the_configuration_names(
    aws: Aws, create_function: Any, invoke: Invoke, name: str
) -> None:
    made = create_function(
        "import os\ndef handle(event, context):\n    print('logged')\n    return context.log_group_name",
        LoggingConfig={"LogFormat": "Text", "LogGroup": f"/own/{name}"},
    )
    assert made["LoggingConfig"]["LogGroup"] == f"/own/{name}"
    assert invoke() == (False, f"/own/{name}")
    assert log_lines(aws("logs"), f"/own/{name}")[1:-2] == ["logged"]


def test_another_log_group_is_used_after_an_update(aws: Aws, create_function: Any, invoke: Invoke, name: str) -> None:
    create_function("def handle(event, context):\n    print('logged')")
    aws("lambda").update_function_configuration(FunctionName=name, LoggingConfig={"LogGroup": f"/new/{name}"})
    aws("lambda").update_function_configuration(FunctionName=name, Timeout=9)
    configuration = aws("lambda").get_function_configuration(FunctionName=name)
    assert (configuration["LoggingConfig"]["LogGroup"], configuration["Timeout"]) == (f"/new/{name}", 9)
    invoke()
    assert log_lines(aws("logs"), f"/new/{name}")[1:-2] == ["logged"]


def test_each_invocation_is_reported_around_what_it_prints(
    aws: Aws, create_function: Any, invoke: Invoke, name: str
) -> None:
    create_function("def handle(event, context):\n    print('mine')\n    return context.aws_request_id")
    request_id = invoke()[1]
    start, mine, end, report = log_lines(aws("logs"), f"/aws/lambda/{name}")
    assert (start, mine, end) == (
        f"START RequestId: {request_id} Version: $LATEST",
        "mine",
        f"END RequestId: {request_id}",
    )
    assert re.fullmatch(
        rf"REPORT RequestId: {request_id}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB", report
    )


COUNTS = """
import sys
print("imported")
calls = []
def handle(event, context):
    calls.append(context.aws_request_id)
    print("call", len(calls), flush=True)
    if event == "exit":
        sys.exit(1)
    if event == "fail":
        raise ValueError(event)
    return len(calls), len(set(calls)), sys.stdin.read()
"""


def test_an_environment_is_used_again_as_in_lambda(aws: Aws, create_function: Any, invoke: Invoke, name: str) -> None:
    create_function(COUNTS)
    assert [invoke()[1], invoke()[1], invoke("fail")[0], invoke()[1]] == [[1, 1, ""], [2, 2, ""], True, [4, 4, ""]]
    streams = aws("logs").describe_log_streams(logGroupName=f"/aws/lambda/{name}")["logStreams"]
    assert len(streams) == 1, "one for all invocations of an environment"
    printed = [line for line in log_lines(aws("logs"), f"/aws/lambda/{name}") if line.startswith(("imported", "call"))]
    assert printed == ["imported", "call 1", "call 2", "call 3", "call 4"]


@pytest.mark.parametrize("change", ["exit", "variables", "code"])
def test_a_new_environment_follows(aws: Aws, create_function: Any, invoke: Invoke, name: str, change: str) -> None:
    create_function(COUNTS)
    invoke()
    if change == "exit":
        assert invoke("exit")[0]
    elif change == "variables":
        aws("lambda").update_function_configuration(FunctionName=name, Environment={"Variables": {"TABLE": "t"}})
    else:
        aws("lambda").update_function_code(FunctionName=name, ZipFile=packed(f"{COUNTS}# changed"))
    assert invoke() == (False, [1, 1, ""])


def test_a_disk_that_is_full_is_the_invocations_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: zipfile.ZipFile, path: Path) -> None:
        (path / "half").write_text("")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(zipfile.ZipFile, "extractall", full)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.py", "")
    function = cast(
        "Any",
        SimpleNamespace(code_sha_256="abc=", code_bytes=content.getvalue(), function_name="f", region="ap-northeast-1"),
    )
    response, failed, log = FunctionRunner(tmp_path / "lambda").invoke(function, {})
    assert failed
    assert json.loads(response)["errorType"] == "OSError"
    assert "No space left on device" in json.loads(response)["errorMessage"]
    assert "No space left on device" in log
    assert list((tmp_path / "lambda").iterdir()) == [], "half an archive takes the room that is missing"
