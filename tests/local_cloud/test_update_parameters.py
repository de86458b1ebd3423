"""UpdateStack keeps a parameter's previous value, also where that was the template's default, as the CDK CLI asks for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def template(retention: int) -> str:
    group = {"LogGroupName": {"Fn::Sub": "${Name}-${Suffix}"}, "RetentionInDays": retention}
    return json.dumps(
        {
            "Parameters": {"Name": {"Type": "String"}, "Suffix": {"Type": "String", "Default": "defaulted"}},
            "Resources": {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": group}},
        }
    )


def test_given_and_defaulted_parameters_stay_as_they_are(aws: Callable[[str], Any]) -> None:
    cloudformation = aws("cloudformation")
    cloudformation.create_stack(
        StackName="update-parameters",
        TemplateBody=template(7),
        Parameters=[{"ParameterKey": "Name", "ParameterValue": "given"}],
    )
    keep = [{"ParameterKey": name, "UsePreviousValue": True} for name in ("Name", "Suffix")]
    cloudformation.update_stack(StackName="update-parameters", TemplateBody=template(14), Parameters=keep)
    (group,) = aws("logs").describe_log_groups(logGroupNamePrefix="given-defaulted")["logGroups"]
    assert group["retentionInDays"] == 14
