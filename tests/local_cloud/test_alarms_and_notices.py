"""``local alarms`` and ``local notices`` on a local cloud in this process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from partitioned_pipelines.cli.commands import local_alarms, local_notices
from partitioned_pipelines.cli.main import app
from partitioned_pipelines.cli.target.local_endpoint import LocalEndpoint
from partitioned_pipelines.cli.target.local_state import RunningCloud

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.server import LocalCloud

Aws = Any


@pytest.fixture
def pipelines(local_cloud_server: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Run ``pipelines local`` on the cloud, and return the exit code and the output."""
    key = local_cloud_server.access_key
    endpoint = LocalEndpoint(local_cloud_server.endpoint_url, key.access_key_id, key.secret_access_key)
    for module in (local_alarms, local_notices):
        monkeypatch.setattr(module, "find_running", lambda _settings: RunningCloud(1, endpoint))

    def run(*arguments: str) -> tuple[int, str]:
        finished = CliRunner().invoke(app, ["local", *arguments], catch_exceptions=False)
        return finished.exit_code, finished.output

    return run


@pytest.fixture
def alarm(aws: Aws, name: str) -> str:
    """An alarm on a metric of this test, with a topic that an address subscribes; returns the topic's ARN."""
    topic: str = aws("sns").create_topic(Name=name)["TopicArn"]
    aws("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")
    aws("cloudwatch").put_metric_alarm(
        AlarmName=name, Namespace="Test", MetricName=name, Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=0,
        ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching", AlarmActions=[topic],
    )  # fmt: skip
    return topic


def test_an_alarm_is_printed_and_its_notice_is_read(
    aws: Aws, pipelines: Callable[..., tuple[int, str]], alarm: str, name: str
) -> None:
    others = [
        one["AlarmName"] for one in aws("cloudwatch").describe_alarms()["MetricAlarms"] if one["AlarmName"] != name
    ]
    aws("cloudwatch").delete_alarms(AlarmNames=others)
    code, output = pipelines("alarms")
    assert (code, f"OK  {name}  since " in output) == (0, True)
    assert ", before: INSUFFICIENT_DATA" in output
    aws("cloudwatch").put_metric_data(Namespace="Test", MetricData=[{"MetricName": name, "Value": 1}])
    code, output = pipelines("alarms")
    assert code == 1
    assert f"ALARM  {name}  since " in output
    assert "was greater than the threshold (0.0)" in output
    assert f"notified {alarm}" in output
    code, output = pipelines("alarms", "--json")
    (evaluated,) = (each for each in json.loads(output)["alarms"] if each["name"] == name)
    assert (code, evaluated["state"], evaluated["previous"], evaluated["actions"]) == (1, "ALARM", "ALARM", [])
    code, output = pipelines("notices", "--limit", "1")
    assert code == 0
    assert f'Subject: ALARM: "{name}" in Asia Pacific (Tokyo)' in output
    assert "to email a@example.com (pending: not delivered)" in output
    code, output = pipelines("notices", "--json")
    assert json.loads(json.loads(output)["notices"][-1]["text"])["AlarmName"] == name
    code, output = pipelines("alarms", "--at", "2031-01-01T00:00:00Z", "--json")
    (evaluated,) = (each for each in json.loads(output)["alarms"] if each["name"] == name)
    assert (code, evaluated["state"], evaluated["since"]) == (0, "OK", "2031-01-01T00:00:00Z")
    aws("cloudwatch").delete_alarms(AlarmNames=[name])


def test_a_notice_has_its_attributes_and_lines(aws: Aws, pipelines: Callable[..., tuple[int, str]], name: str) -> None:
    topic = aws("sns").create_topic(Name=name)["TopicArn"]
    attributes = {
        key: {"DataType": "String", "StringValue": value} for key, value in {"pipeline": "a", "kind": "failed"}.items()
    }
    text = json.dumps({"default": "d", "email": "first line\nsecond \x1b[31mline"})
    aws("sns").publish(
        TopicArn=topic, Subject="a failed", Message=text, MessageStructure="json", MessageAttributes=attributes
    )
    _, output = pipelines("notices", "--limit", "1")
    first, *rest = output.splitlines()
    assert first.endswith(f"Z  {name}  kind=failed pipeline=a")
    assert rest[:2] == ["  > Subject: a failed", "  > first line"]
    assert rest[2].startswith("  > second ")
    assert "\x1b" not in output
