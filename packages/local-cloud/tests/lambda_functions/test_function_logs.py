"""What functions log, in the formats and levels of their LoggingConfig."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloud_under_test.deployment_package import packed
from cloud_under_test.observation import log_lines
from lambda_functions.log_records import REQUEST_ID, records
from local_cloud.lambda_functions import invocation

if TYPE_CHECKING:
    from types import ModuleType

Aws = Any
HANDLER = """
import logging
logging.getLogger("botocore").setLevel("WARNING")
log = logging.getLogger("ours")
def handle(event, context):
    print("printed")
    for level in (10, 20, 30):
        log.log(level, "of level %d", level, extra={"partitions_created": level})
    if event:
        raise ValueError(event["fail"])
"""


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("AWS_LAMBDA_LOG_FORMAT", "JSON")
    specification = importlib.util.spec_from_file_location("runtime", Path(invocation.__file__).with_name("runtime.py"))
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    monkeypatch.setattr(module, "_request_id", REQUEST_ID)
    return module


@pytest.mark.parametrize("name", records())
def test_a_record_is_the_line_that_aws_writes(name: str, runtime: ModuleType) -> None:
    expected = json.loads(Path(__file__).with_name("log_lines.json").read_text(encoding="utf-8"))
    assert f"{runtime.JsonFormatter().format(records()[name])}\n" == expected[name]


def run(aws: Aws, name: str, role_arn: str, event: Any = None, **config: str) -> list[str]:
    """Create a function that logs, invoke it, and return the lines of its log."""
    aws("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=role_arn,
        Handler="app.handler.handle",
        Code={"ZipFile": packed(HANDLER)},
        LoggingConfig=config,
    )
    aws("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return log_lines(aws("logs"), f"/aws/lambda/{name}")


def test_a_log_in_json_is_of_one_object_a_line(aws: Aws, name: str, role_arn: str) -> None:
    start, printed, info, warning, report = run(aws, name, role_arn, LogFormat="JSON")
    assert printed == "printed"
    assert json.loads(start)["type"] == "platform.start"
    request_id = json.loads(start)["record"]["requestId"]
    line = json.loads(info)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", line.pop("timestamp"))
    assert line == {
        "level": "INFO",
        "message": "of level 20",
        "logger": "ours",
        "requestId": request_id,
        "partitions_created": 20,
    }
    assert json.loads(warning)["level"] == "WARNING"
    record = json.loads(report)["record"]
    assert (record["requestId"], record["status"]) == (request_id, "success")
    assert record["metrics"]["billedDurationMs"] >= record["metrics"]["durationMs"] > 0


@pytest.mark.parametrize(("level", "logged"), [("DEBUG", [10, 20, 30]), ("TRACE", [10, 20, 30]), ("WARN", [30])])
def test_the_application_level_filters_records(
    aws: Aws, name: str, role_arn: str, level: str, logged: list[int]
) -> None:
    lines = run(aws, name, role_arn, LogFormat="JSON", ApplicationLogLevel=level)
    assert [number for number in (10, 20, 30) if any(f"of level {number}" in line for line in lines)] == logged


def test_the_system_level_filters_the_lines_about_an_invocation(aws: Aws, name: str, role_arn: str) -> None:
    lines = run(aws, name, role_arn, LogFormat="JSON", SystemLogLevel="WARN")
    assert not any("platform." in line for line in lines)


def test_an_exception_in_json_is_one_line(aws: Aws, name: str, role_arn: str) -> None:
    *_, error, report = run(aws, name, role_arn, {"fail": "first\nsecond"}, LogFormat="JSON")
    line = json.loads(error)
    assert (line["level"], line["errorType"], line["errorMessage"]) == ("ERROR", "ValueError", "first\nsecond")
    assert line["stackTrace"][-1].endswith('raise ValueError(event["fail"])\n')
    assert json.loads(report)["record"]["status"] == "error"


def test_text_has_records_from_warning_on(aws: Aws, name: str, role_arn: str) -> None:
    start, printed, warning, *_ = run(aws, name, role_arn)
    assert start.startswith("START RequestId: ")
    assert printed == "printed"
    assert re.fullmatch(r"\[WARNING\]\t20[\d-]+T[\d:]+\.\d{3}Z\t[0-9a-f-]{36}\tof level 30", warning)


def test_an_exception_in_text_has_its_traceback(aws: Aws, name: str, role_arn: str) -> None:
    lines = run(aws, name, role_arn, {"fail": "no such day"})
    at = lines.index("[ERROR] ValueError: no such day")
    assert lines[at + 1] == "Traceback (most recent call last):"


def test_the_configuration_is_described_with_its_defaults(aws: Aws, name: str, role_arn: str) -> None:
    run(aws, name, role_arn, LogFormat="JSON", SystemLogLevel="DEBUG")
    assert aws("lambda").get_function_configuration(FunctionName=name)["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "DEBUG",
        "LogGroup": f"/aws/lambda/{name}",
    }


def test_levels_are_for_json_alone(aws: Aws, name: str, role_arn: str) -> None:
    with pytest.raises(ClientError, match="ApplicationLogLevel is supported only if LogFormat is set to JSON"):
        run(aws, name, role_arn, ApplicationLogLevel="INFO")


def test_a_refused_update_changes_nothing(aws: Aws, name: str, role_arn: str) -> None:
    run(aws, name, role_arn)
    config = {"LogFormat": "Text", "ApplicationLogLevel": "DEBUG"}
    before = aws("lambda").get_function_configuration(FunctionName=name)
    with pytest.raises(ClientError, match="only if LogFormat is set to JSON"):
        aws("lambda").update_function_configuration(FunctionName=name, Timeout=77, LoggingConfig=config)
    after = aws("lambda").get_function_configuration(FunctionName=name)
    assert (after["Timeout"], after["LoggingConfig"]) == (before["Timeout"], before["LoggingConfig"])
