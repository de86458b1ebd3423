"""Types of compute and messaging services are created, updated and deleted, as shown by their service's API."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.stacks import resource
from cloud_under_test.template_parts import ROLE, ROLE_ARN, STATES_ROLE, policy, succeed

if TYPE_CHECKING:
    from cloud_under_test.stacks import Stacks

Aws = Any
ACCOUNT = "123456789012"


def test_function_and_permission(aws: Aws, stacks: Stacks) -> None:
    functions = aws("lambda")

    def of(text: str, **more: Any) -> dict[str, Any]:
        code = {"ZipFile": f"def handler(event, context):\n    print('logged')\n    return {text!r}"}
        given = {"Code": code, "Handler": "index.handler", "Runtime": "python3.11", "Role": ROLE_ARN, **more}
        permission = {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": "Function"},
            "Principal": "events.amazonaws.com",
        }
        return {
            "Function": resource("AWS::Lambda::Function", given),
            "Permission": resource("AWS::Lambda::Permission", permission),
            "Role": ROLE,
        }

    def answer() -> Any:
        return json.loads(functions.invoke(FunctionName=name)["Payload"].read())

    group = f"/own/{stacks.name}"
    succeed(stacks.create(of("one", Timeout="30", LoggingConfig={"LogGroup": group})))
    name = stacks.physical_id("Function")
    assert answer() == "one"
    assert aws("logs").describe_log_streams(logGroupName=group)["logStreams"]
    configuration = functions.get_function_configuration(FunctionName=name)
    assert (configuration["Timeout"], configuration["LoggingConfig"]["LogGroup"]) == (30, group)
    (statement,) = json.loads(functions.get_policy(FunctionName=name)["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    succeed(stacks.update(of("two", Environment={"Variables": {"TABLE": "1"}}, ReservedConcurrentExecutions=1)))
    assert (stacks.physical_id("Function"), answer()) == (name, "two")
    configuration = functions.get_function_configuration(FunctionName=name)
    assert (configuration["Timeout"], configuration["Environment"]["Variables"]) == (3, {"TABLE": "1"})
    assert configuration["LoggingConfig"]["LogGroup"] == f"/aws/lambda/{name}"
    succeed(stacks.delete())
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_function(FunctionName=name)


def test_state_machine(aws: Aws, stacks: Stacks) -> None:
    stepfunctions = aws("stepfunctions")

    def of(result: str) -> dict[str, Any]:
        definition = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": "${Word} ${Other}", "End": True}}}
        given = {
            "DefinitionString": json.dumps(definition),
            "DefinitionSubstitutions": {"Word": result},
            "RoleArn": ROLE_ARN,
        }
        return {"Machine": resource("AWS::StepFunctions::StateMachine", given), "Role": STATES_ROLE}

    succeed(stacks.create(of("one")))
    arn = stacks.physical_id("Machine")
    # The name has no stack name, as on AWS: policies that name machines by prefix need an explicit name.
    assert re.fullmatch(r".+:stateMachine:Machine-[A-Z0-9]{12}", arn)
    succeed(stacks.update(of("two")))
    assert stacks.physical_id("Machine") == arn
    definition = json.loads(stepfunctions.describe_state_machine(stateMachineArn=arn)["definition"])
    assert definition["States"]["P"]["Result"] == "two ${Other}"
    succeed(stacks.delete())
    assert arn not in [item["stateMachineArn"] for item in stepfunctions.list_state_machines()["stateMachines"]]


def test_log_group(aws: Aws, stacks: Stacks) -> None:
    def found() -> list[Any]:
        groups = aws("logs").describe_log_groups(logGroupNamePrefix=f"/{stacks.name}")["logGroups"]
        return [(group["logGroupName"], group.get("retentionInDays")) for group in groups]

    for given, expected in (({"RetentionInDays": 7}, 7), ({"RetentionInDays": 14}, 14), ({}, None)):
        deploy = stacks.update if expected != 7 else stacks.create
        named = {"LogGroupName": f"/{stacks.name}", "Tags": [{"Key": "days", "Value": str(expected)}]}
        succeed(deploy({"Group": resource("AWS::Logs::LogGroup", {**named, **given})}))
        assert found() == [(f"/{stacks.name}", expected)]
    succeed(stacks.delete())
    assert found() == []


def test_topic_queue_and_what_joins_them(aws: Aws, stacks: Stacks) -> None:
    sns, sqs = aws("sns"), aws("sqs")
    queue_arn, send = {"Fn::GetAtt": ["Queue", "Arn"]}, {"Principal": {"Service": "sns.amazonaws.com"}}

    def of(raw: bool, seconds: int, action: str) -> dict[str, Any]:
        subscription = {
            "TopicArn": {"Ref": "Topic"},
            "Protocol": "sqs",
            "Endpoint": queue_arn,
            "RawMessageDelivery": raw,
        }
        to_topic = policy(action, {"Ref": "Topic"}, Principal={"Service": "events.amazonaws.com"})
        to_queue = policy("sqs:SendMessage", queue_arn, **send)
        queue = {"VisibilityTimeout": seconds, "RedrivePolicy": {"deadLetterTargetArn": dead, "maxReceiveCount": 3}}
        return {
            "Topic": resource("AWS::SNS::Topic", {"DisplayName": action}),
            "TopicPolicy": resource(
                "AWS::SNS::TopicPolicy", {"Topics": [{"Ref": "Topic"}], "PolicyDocument": to_topic}
            ),
            "Subscription": resource("AWS::SNS::Subscription", subscription),
            "Dead": resource("AWS::SQS::Queue"),
            "Queue": resource("AWS::SQS::Queue", queue),
            "QueuePolicy": resource(
                "AWS::SQS::QueuePolicy", {"Queues": [{"Ref": "Queue"}], "PolicyDocument": to_queue}
            ),
        }

    dead = {"Fn::GetAtt": ["Dead", "Arn"]}
    succeed(stacks.create(of(False, 40, "sns:Publish")))
    topic, queue = stacks.physical_id("Topic"), stacks.physical_id("Queue")
    sns.publish(TopicArn=topic, Message="wrapped")
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"])["Message"] == "wrapped"
    succeed(stacks.update(of(True, 50, "sns:GetTopicAttributes")))
    assert (stacks.physical_id("Topic"), stacks.physical_id("Queue")) == (topic, queue)
    sns.publish(TopicArn=topic, Message="raw")
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert message["Body"] == "raw"
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "50"
    assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] == 3
    assert json.loads(attributes["Policy"])["Statement"][0]["Action"] == "sqs:SendMessage"
    described = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert described["DisplayName"] == "sns:GetTopicAttributes"
    assert json.loads(described["Policy"])["Statement"][0]["Action"] == "sns:GetTopicAttributes"
    succeed(stacks.delete())
    with pytest.raises(sns.exceptions.NotFoundException):
        sns.get_topic_attributes(TopicArn=topic)
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_attributes(QueueUrl=queue)


def test_rule(aws: Aws, stacks: Stacks) -> None:
    events = aws("events")

    def of(source: str, targets: list[str]) -> dict[str, Any]:
        arns = [{"Id": name, "Arn": f"arn:aws:sns:ap-northeast-1:{ACCOUNT}:{name}"} for name in targets]
        return {"Rule": resource("AWS::Events::Rule", {"EventPattern": {"source": [source]}, "Targets": arns})}

    succeed(stacks.create(of("one", ["a", "b"])))
    rule = stacks.physical_id("Rule")
    succeed(stacks.update(of("two", ["b", "c"])))
    assert stacks.physical_id("Rule") == rule
    assert json.loads(events.describe_rule(Name=rule)["EventPattern"]) == {"source": ["two"]}
    assert {target["Id"] for target in events.list_targets_by_rule(Rule=rule)["Targets"]} == {"b", "c"}
    succeed(stacks.delete())
    with pytest.raises(events.exceptions.ResourceNotFoundException):
        events.describe_rule(Name=rule)


def test_schedule_and_group(aws: Aws, stacks: Stacks) -> None:
    scheduler = aws("scheduler")

    def of(cron: str, group: str) -> dict[str, Any]:
        schedule = {
            "ScheduleExpression": cron,
            "ScheduleExpressionTimezone": "Asia/Tokyo",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "GroupName": {"Ref": group},
            "Target": {"Arn": f"arn:aws:sqs:ap-northeast-1:{ACCOUNT}:q", "RoleArn": ROLE_ARN, "Input": "{}"},
        }
        groups = {name: resource("AWS::Scheduler::ScheduleGroup") for name in ("One", "Two")}
        return {**groups, "Schedule": resource("AWS::Scheduler::Schedule", schedule), "Role": ROLE}

    def found(group: str) -> list[str]:
        listed = scheduler.list_schedules(GroupName=stacks.physical_id(group))["Schedules"]
        return [
            scheduler.get_schedule(Name=item["Name"], GroupName=item["GroupName"])["ScheduleExpression"]
            for item in listed
        ]

    succeed(stacks.create(of("cron(0 6 * * ? *)", "One")))
    succeed(stacks.update(of("cron(0 7 * * ? *)", "One")))
    assert (found("One"), found("Two")) == (["cron(0 7 * * ? *)"], [])
    succeed(stacks.update(of("cron(0 7 * * ? *)", "Two")))
    assert (found("One"), found("Two")) == ([], ["cron(0 7 * * ? *)"])
    group = stacks.physical_id("One")
    succeed(stacks.delete())
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException):
        scheduler.get_schedule_group(Name=group)
