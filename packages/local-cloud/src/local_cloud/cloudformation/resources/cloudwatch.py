"""AWS::CloudWatch::Alarm."""

from __future__ import annotations

from typing import Any

from moto.core.common_models import CloudFormationModel

from local_cloud.cloudformation.api_resource import ApiResource, tag_dict

_NUMBERS = {"DatapointsToAlarm": int, "EvaluationPeriods": int, "Period": int, "Threshold": float}


class Alarm(ApiResource, CloudFormationModel):
    """An alarm on one metric: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html.

    Properties of alarms on expressions, anomaly bands or percentiles are rejected, since the local cloud cannot evaluate them.
    """

    type_name = "AWS::CloudWatch::Alarm"
    service = "cloudwatch"
    name_property = "AlarmName"
    name_length = 255
    attributes = frozenset({"Arn"})
    known = frozenset(
        {
            *_NUMBERS,
            "ActionsEnabled",
            "AlarmActions",
            "AlarmDescription",
            "AlarmName",
            "ComparisonOperator",
            "Dimensions",
            "InsufficientDataActions",
            "MetricName",
            "Namespace",
            "OKActions",
            "Statistic",
            "Tags",
            "TreatMissingData",
            "Unit",
        }
    )

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        api.put_metric_alarm(**_settings(name, properties), Tags=properties.get("Tags", []))
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        # The call replaces the whole configuration, and only sets tags of new alarms.
        api.put_metric_alarm(**_settings(physical_id, new))
        arn = _arn(api, physical_id)
        if gone := tag_dict(old).keys() - tag_dict(new).keys():
            api.untag_resource(ResourceARN=arn, TagKeys=sorted(gone))
        if tags := new.get("Tags"):
            api.tag_resource(ResourceARN=arn, Tags=tags)

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_alarms(AlarmNames=[physical_id])

    def attribute(self, api: Any, name: str) -> str:
        return _arn(api, self.physical_resource_id)


def _settings(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of PutMetricAlarm; numbers may be strings in templates."""
    given = {key: value for key, value in properties.items() if key not in {"AlarmName", "Tags"}}
    for key, number in _NUMBERS.items():
        if key in given:
            given[key] = number(given[key])
    if "ActionsEnabled" in given:
        given["ActionsEnabled"] = str(given["ActionsEnabled"]).lower() == "true"
    return {"AlarmName": name, **given}


def _arn(api: Any, name: str) -> str:
    (alarm,) = api.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(alarm["AlarmArn"])
