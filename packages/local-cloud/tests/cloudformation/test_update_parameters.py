"""UpdateStack and change sets keep a parameter's previous value, even if it was the default, which the CDK CLI relies on."""

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


def test_a_change_set_keeps_the_name_of_an_ssm_parameter_and_reads_it_anew(
    aws: Callable[[str], Any], name: str
) -> None:
    cloudformation, ssm = aws("cloudformation"), aws("ssm")
    ssm.put_parameter(Name=f"/{name}", Value=f"{name}-first", Type="String")
    declared = {
        "Given": {"Type": "AWS::SSM::Parameter::Value<String>"},
        "Defaulted": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": f"/{name}"},
    }
    group = {"LogGroupName": {"Ref": "Given"}, "RetentionInDays": 7}
    body = {"Parameters": declared, "Resources": {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": group}}}
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=json.dumps(body),
        Parameters=[{"ParameterKey": "Given", "ParameterValue": f"/{name}"}],
    )
    ssm.put_parameter(Name=f"/{name}", Value=f"{name}-second", Type="String", Overwrite=True)
    group["RetentionInDays"] = 14
    cloudformation.create_change_set(
        StackName=name,
        ChangeSetName="again",
        ChangeSetType="UPDATE",
        TemplateBody=json.dumps(body),
        Parameters=[{"ParameterKey": key, "UsePreviousValue": True} for key in declared],
    )
    cloudformation.execute_change_set(StackName=name, ChangeSetName="again")
    (made,) = aws("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert (made["logGroupName"], made["retentionInDays"]) == (f"{name}-second", 14)


def test_a_list_is_described_as_it_was_given(aws: Callable[[str], Any], name: str) -> None:
    cloudformation = aws("cloudformation")
    lists = {
        "Given": {"Type": "CommaDelimitedList"},
        "Empty": {"Type": "CommaDelimitedList", "Default": ""},
    }
    queue: dict[str, Any] = {"QueueName": {"Fn::Join": ["-", [name, {"Fn::Select": [1, {"Ref": "Given"}]}]]}}
    body = {"Parameters": lists, "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": queue}}}
    given = [{"ParameterKey": "Given", "ParameterValue": "a,b"}]
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(body), Parameters=given)
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    assert stack["Parameters"] == [*given, {"ParameterKey": "Empty", "ParameterValue": ""}]
    queue["VisibilityTimeout"] = 7
    cloudformation.update_stack(
        StackName=name,
        TemplateBody=json.dumps(body),
        Parameters=[{"ParameterKey": key, "UsePreviousValue": True} for key in lists],
    )
    (again,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    assert again["Parameters"] == stack["Parameters"]
    assert aws("sqs").get_queue_url(QueueName=f"{name}-b")["QueueUrl"]
