"""Alarms that are evaluated on request: their states by the metrics of services, and the messages to their topics."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from cloud_under_test.admin import ask
from cloud_under_test.deployment_package import packed
from cloud_under_test.event_targets import Queue, queue_for, topic_for
from cloud_under_test.refusal import refusal_of
from local_cloud.lambda_functions import asynchronous

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud_under_test.state_machines import StateMachines
    from local_cloud.server import LocalCloud

Aws = Any
CLOUDWATCH = "cloudwatch.amazonaws.com"


@pytest.fixture
def told(aws: Aws, name: str) -> Queue:
    """A queue that gets the messages of this test's topic, which CloudWatch may publish to."""
    queue = queue_for(aws, f"{name}-told")
    topic = topic_for(aws, name, CLOUDWATCH)
    aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    return queue


@pytest.fixture
def topic(told: Queue, name: str) -> str:
    """The ARN of this test's topic."""
    return f"arn:aws:sns:ap-northeast-1:123456789012:{name}"


@pytest.fixture
def put_alarm(aws: Aws, name: str) -> Callable[..., None]:
    """Create this test's alarm, by default on a metric of its own."""

    def put(**more: Any) -> None:
        alarm = {
            "Namespace": "Test", "MetricName": name, "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 0,
            "ComparisonOperator": "GreaterThanThreshold", **more,
        }  # fmt: skip
        aws("cloudwatch").put_metric_alarm(AlarmName=name, **alarm)

    return put


@pytest.fixture
def evaluate(local_cloud_server: LocalCloud, name: str) -> Callable[..., dict[str, Any]]:
    """Evaluate all alarms, and return this test's."""

    def call(at: str = "") -> dict[str, Any]:
        query = f"?{urlencode({'at': at})}" if at else ""
        status, document = ask(local_cloud_server, "POST", f"alarms/evaluate{query}")
        assert status == 200, document
        (found,) = (alarm for alarm in document["alarms"] if alarm["name"] == name)
        evaluated: dict[str, Any] = found
        return evaluated

    return call


def test_a_full_dead_letter_queue_is_told_and_its_end_too(
    aws: Aws, put_alarm: Any, evaluate: Any, told: Queue, topic: str, name: str
) -> None:
    queue = queue_for(aws, name)
    dimensions = [{"Name": "QueueName", "Value": name}]
    put_alarm(
        Namespace="AWS/SQS", MetricName="ApproximateNumberOfMessagesVisible", Dimensions=dimensions, Statistic="Maximum",
        Period=300, TreatMissingData="ignore", AlarmDescription="what to do", AlarmActions=[topic], OKActions=[topic],
    )  # fmt: skip
    assert evaluate()["state"] == "INSUFFICIENT_DATA", "an unused queue is not reported"
    aws("sqs").send_message(QueueUrl=queue.url, MessageBody="lost")
    alarm = evaluate()
    assert (alarm["state"], alarm["previous"], alarm["actions"], alarm["failed_actions"]) == (
        "ALARM",
        "INSUFFICIENT_DATA",
        [topic],
        [],
    )
    assert evaluate()["previous"] == "ALARM"
    (notification,) = told.bodies()
    assert notification["Subject"] == f'ALARM: "{name}" in Asia Pacific (Tokyo)'
    message = json.loads(notification["Message"])
    for field in ("AlarmConfigurationUpdatedTimestamp", "StateChangeTime"):
        assert dt.datetime.strptime(message.pop(field), "%Y-%m-%dT%H:%M:%S.%f%z").tzinfo
    assert message.pop("NewStateReason") == alarm["reason"]
    assert message == {
        "AlarmName": name, "AlarmDescription": "what to do", "AWSAccountId": "123456789012",
        "NewStateValue": "ALARM", "OldStateValue": "INSUFFICIENT_DATA",
        "Region": "Asia Pacific (Tokyo)", "AlarmArn": f"arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:{name}",
        "OKActions": [topic], "AlarmActions": [topic], "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "ApproximateNumberOfMessagesVisible", "Namespace": "AWS/SQS", "StatisticType": "Statistic", "Statistic": "MAXIMUM",
            "Unit": None, "Dimensions": [{"value": name, "name": "QueueName"}], "Period": 300, "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanThreshold", "Threshold": 0.0, "TreatMissingData": "ignore",
            "EvaluateLowSampleCountPercentile": "",
        },
    }  # fmt: skip
    (described,) = aws("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert (described["StateValue"], described["StateReason"]) == ("ALARM", alarm["reason"])
    assert described["StateUpdatedTimestamp"].strftime("%Y-%m-%dT%H:%M:%SZ") == alarm["since"]
    aws("sqs").purge_queue(QueueUrl=queue.url)
    assert evaluate()["state"] == "OK"
    assert told.bodies()[0]["Subject"].startswith("OK:")


def test_an_alarm_on_a_silent_function(
    aws: Aws, put_alarm: Any, evaluate: Any, told: Queue, topic: str, name: str, role_arn: str
) -> None:
    put_alarm(
        Namespace="AWS/Lambda", MetricName="Invocations", Dimensions=[{"Name": "FunctionName", "Value": name}],
        Period=3600, EvaluationPeriods=3, Threshold=1, ComparisonOperator="LessThanThreshold", TreatMissingData="missing",
        InsufficientDataActions=[topic], AlarmActions=[topic],
    )  # fmt: skip
    assert evaluate()["state"] == "INSUFFICIENT_DATA"
    aws("lambda").create_function(
        FunctionName=name, Runtime="python3.11", Role=role_arn, Handler="app.handler.handle", Timeout=60,
        Code={"ZipFile": packed("def handle(event, context):\n    return 1")},
    )  # fmt: skip
    aws("lambda").invoke(FunctionName=name)
    assert evaluate()["state"] == "OK"
    later = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=6)).replace(microsecond=0)
    alarm = evaluate(later.isoformat())
    assert (alarm["state"], alarm["since"]) == ("INSUFFICIENT_DATA", f"{later:%Y-%m-%dT%H:%M:%SZ}")
    (notification,) = told.bodies()  # a new alarm has no data, which is no change
    assert json.loads(notification["Message"])["NewStateReason"] == "Insufficient Data: 3 datapoints were unknown."


def test_the_metrics_of_functions_count_errors(
    aws: Aws, name: str, role_arn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asynchronous, "RETRY_DELAYS_SECONDS", [0.0, 0.0])
    aws("lambda").create_function(
        FunctionName=name, Runtime="python3.11", Role=role_arn, Handler="app.handler.handle", Timeout=60,
        Code={"ZipFile": packed("def handle(event, context):\n    return 1 / event")},
    )  # fmt: skip
    aws("lambda").invoke(FunctionName=name, Payload="1")
    aws("lambda").invoke(FunctionName=name, Payload="0", InvocationType="Event")
    named = {"Namespace": "AWS/Lambda", "Dimensions": [{"Name": "FunctionName", "Value": name}]}
    while totals(aws, "Invocations", **named) < 4:
        time.sleep(0.1)
    assert totals(aws, "Errors", **named) == 3
    assert totals(aws, "Duration", **named) > 0


def totals(aws: Aws, metric: str, **more: Any) -> float:
    now = dt.datetime.now(dt.UTC)
    points = aws("cloudwatch").get_metric_statistics(
        MetricName=metric,
        StartTime=now - dt.timedelta(minutes=9),
        EndTime=now + dt.timedelta(minutes=1),
        Period=600,
        Statistics=["Sum"],
        **more,
    )["Datapoints"]
    return float(sum(point["Sum"] for point in points))


def test_the_metrics_of_executions(aws: Aws, state_machines: StateMachines) -> None:
    sfn = aws("stepfunctions")

    def metrics(states: dict[str, Any], *, stop: bool = False) -> dict[str, float]:
        machine = state_machines.create(states)
        execution = sfn.start_execution(stateMachineArn=machine)["executionArn"]
        if stop:
            sfn.stop_execution(executionArn=execution)
        named = {"Namespace": "AWS/States", "Dimensions": [{"Name": "StateMachineArn", "Value": machine}]}
        ends = ("ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted")
        found: dict[str, float] = {}
        while not any(found.values()):
            found = {end: totals(aws, end, **named) for end in ends}
        assert totals(aws, "ExecutionsStarted", **named) == 1
        assert totals(aws, "ExecutionTime", **named) >= 0
        return {end: value for end, value in found.items() if value}

    wait = {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}
    assert metrics({"Done": {"Type": "Pass", "End": True}}) == {"ExecutionsSucceeded": 1}
    assert metrics({"Fail": {"Type": "Fail"}}) == {"ExecutionsFailed": 1}
    assert metrics(wait, stop=True) == {"ExecutionsAborted": 1}


def test_only_the_alarms_own_dimensions_period_and_unit_count(
    aws: Aws, put_alarm: Any, evaluate: Any, name: str
) -> None:
    put_alarm(Unit="Count", TreatMissingData="notBreaching")

    def put(**more: Any) -> None:
        aws("cloudwatch").put_metric_data(
            Namespace=more.pop("Namespace", "Test"),
            MetricData=[{"MetricName": name, "Value": 1, "Unit": "Count", **more}],
        )

    put(Namespace="Other")
    put(Dimensions=[{"Name": "a", "Value": "b"}])
    put(Unit="Seconds")
    put(Timestamp=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10))
    assert evaluate()["state"] == "OK"
    put()
    assert evaluate()["state"] == "ALARM"


def test_actions_that_are_not_executed(aws: Aws, put_alarm: Any, evaluate: Any, name: str) -> None:
    closed = topic_for(aws, name, "events.amazonaws.com")
    default = aws("sns").create_topic(Name=f"{name}-default")["TopicArn"]
    action = "arn:aws:lambda:ap-northeast-1:123456789012:function:f"
    put_alarm(TreatMissingData="breaching", AlarmActions=[closed, default, action])
    alarm = evaluate()
    errors = {failed["action"]: failed["error"] for failed in alarm["failed_actions"]}
    assert alarm["actions"] == [default]  # a topic's default policy allows its owner's alarms
    assert "does not allow cloudwatch.amazonaws.com to publish" in errors[closed]
    assert "only executes actions on SNS topics" in errors[action]
    aws("cloudwatch").disable_alarm_actions(AlarmNames=[name])
    aws("cloudwatch").set_alarm_state(AlarmName=name, StateValue="OK", StateReason="tried")
    alarm = evaluate()
    assert (alarm["state"], alarm["actions"], alarm["failed_actions"]) == ("ALARM", [], [])


def test_alarms_of_other_kinds_are_refused(aws: Aws, put_alarm: Any, name: str) -> None:
    code, message = refusal_of(put_alarm, Statistic="Sum", ComparisonOperator="GreaterThanUpperThreshold")
    assert (code, "does not support GreaterThanUpperThreshold" in message) == ("ValidationError", True)
    query = [{"Id": "e", "Expression": "1 + 1", "ReturnData": True}]
    call = aws("cloudwatch").put_metric_alarm
    _, message = refusal_of(
        call, AlarmName=name, EvaluationPeriods=1, ComparisonOperator="LessThanThreshold", Threshold=1, Metrics=query
    )
    assert "alarms on expressions are not supported" in message


def test_a_time_needs_an_offset(local_cloud_server: LocalCloud) -> None:
    status, document = ask(local_cloud_server, "POST", "alarms/evaluate?at=2026-11-29T00:00")
    assert (status, "is not a time with an offset" in document["message"]) == (400, True)


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_time_is_of_these_years(local_cloud_server: LocalCloud, time: str) -> None:
    status, document = ask(local_cloud_server, "POST", f"alarms/evaluate?at={time}")
    assert (status, "is not a time of the years 1970 to 2100" in document["message"]) == (400, True)
