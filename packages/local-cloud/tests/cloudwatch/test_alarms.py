"""CloudWatch's metric alarms, by templates and by the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloud_under_test.stacks import resource
from cloud_under_test.template_parts import succeed

if TYPE_CHECKING:
    from cloud_under_test.stacks import Stacks

Aws = Any
METRIC = {
    "Namespace": "AWS/SQS",
    "MetricName": "ApproximateNumberOfMessagesVisible",
    "Dimensions": [{"Name": "QueueName", "Value": "q"}],
    "Statistic": "Maximum",
    "Period": 300,
    "EvaluationPeriods": 1,
    "Threshold": 0,
    "ComparisonOperator": "GreaterThanThreshold",
}
TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:t"


def of(**more: Any) -> dict[str, Any]:
    return {"Alarm": resource("AWS::CloudWatch::Alarm", {**METRIC, **more})}


def described(aws: Aws, name: str) -> dict[str, Any]:
    (alarm,) = aws("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    found: dict[str, Any] = alarm
    return found


def test_an_alarm_is_created_changed_and_deleted(aws: Aws, stacks: Stacks) -> None:
    output = {"Arn": {"Value": {"Fn::GetAtt": ["Alarm", "Arn"]}}}
    given = of(
        AlarmName=stacks.name,
        AlarmDescription="what to do",
        AlarmActions=[TOPIC],
        TreatMissingData="ignore",
        Threshold="0",
        Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}],
    )
    made = stacks.create(given, Outputs=output)
    succeed(made)
    alarm = described(aws, stacks.name)
    assert made["Outputs"][0]["OutputValue"] == alarm["AlarmArn"]
    assert stacks.physical_id("Alarm") == stacks.name
    assert {key: alarm[key] for key in METRIC} == METRIC
    assert (alarm["AlarmDescription"], alarm["AlarmActions"], alarm["TreatMissingData"]) == (
        "what to do",
        [TOPIC],
        "ignore",
    )
    changed = of(AlarmName=stacks.name, OKActions=[TOPIC], Threshold=5, Tags=[{"Key": "b", "Value": "2"}])
    succeed(stacks.update(changed, Outputs=output))
    alarm = described(aws, stacks.name)
    assert (alarm["Threshold"], alarm["AlarmActions"], alarm["OKActions"]) == (5, [], [TOPIC])
    assert aws("cloudwatch").list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"] == [
        {"Key": "b", "Value": "2"}
    ]
    succeed(stacks.update(of(AlarmName=f"{stacks.name}-2")))
    assert stacks.physical_id("Alarm") == f"{stacks.name}-2"
    assert aws("cloudwatch").describe_alarms(AlarmNames=[stacks.name])["MetricAlarms"] == []
    succeed(stacks.delete())
    assert aws("cloudwatch").describe_alarms(AlarmNamePrefix=stacks.name)["MetricAlarms"] == []


def test_a_name_is_generated(aws: Aws, stacks: Stacks) -> None:
    succeed(stacks.create(of()))
    assert described(aws, stacks.physical_id("Alarm"))["AlarmName"].startswith(f"{stacks.name}-Alarm-")


@pytest.mark.parametrize("name", ["ThresholdMetricId", "Metrics", "ExtendedStatistic", "Colour"])
def test_what_could_not_be_evaluated_is_refused_by_name(stacks: Stacks, name: str) -> None:
    stack = stacks.create(of(**{name: "x"}))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any(f"AWS::CloudWatch::Alarm has no property {name}" in reason for _, _, reason in stacks.events())


def test_a_new_alarm_has_no_data_and_a_changed_one_keeps_its_state(aws: Aws, name: str) -> None:
    cloudwatch = aws("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName=name, **METRIC)
    alarm = described(aws, name)
    assert (alarm["StateValue"], alarm["StateReason"]) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="one message")
    cloudwatch.put_metric_alarm(AlarmName=name, **{**METRIC, "Threshold": 3})
    alarm = described(aws, name)
    assert (alarm["StateValue"], alarm["StateReason"], alarm["Threshold"]) == ("ALARM", "one message", 3)
    cloudwatch.delete_alarms(AlarmNames=[name])
    cloudwatch.put_metric_alarm(AlarmName=name, **METRIC)
    assert described(aws, name)["StateValue"] == "INSUFFICIENT_DATA"


def test_other_kinds_of_alarms_are_refused_by_name(aws: Aws, name: str) -> None:
    with pytest.raises(ClientError, match="PutCompositeAlarm: composite alarms are not supported by the local cloud"):
        aws("cloudwatch").put_composite_alarm(AlarmName=name, AlarmRule="TRUE")
    with pytest.raises(ClientError, match="DescribeAlarmHistory"):
        aws("cloudwatch").describe_alarm_history(AlarmName=name)
