"""A rule's targets get the events that its pattern matches; what cannot be delivered is in the dead-letter queue."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloud_under_test.deployment_package import packed
from cloud_under_test.event_targets import EVENTS, Queue, queue_for, role_for, topic_for
from cloud_under_test.observation import wait_for_execution
from cloud_under_test.refusal import refusal_of
from cloud_under_test.sagemaker_pipelines import definition, wait_for_pipeline
from cloud_under_test.stacks import resource
from cloud_under_test.template_parts import succeed, trust
from local_cloud.events import delivery

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud_under_test.stacks import Stacks
    from cloud_under_test.state_machines import StateMachines

Aws = Any
PASS: dict[str, Any] = {"Done": {"Type": "Pass", "End": True}}
# Sends its event to the queue that the environment names.
FORWARDS = """
import json, os, boto3
def handle(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(event))
"""


@pytest.fixture
def rule(aws: Aws, name: str) -> Callable[..., str]:
    """Create a rule for this test's events with a target, and return its ARN."""

    def create(target: dict[str, Any], **more: Any) -> str:
        arn: str = aws("events").put_rule(Name=name, EventPattern=json.dumps({"source": [name]}), **more)["RuleArn"]
        aws("events").put_targets(Rule=name, Targets=[{"Id": "t", **target}])
        return arn

    return create


@pytest.fixture
def put(aws: Aws, name: str) -> Callable[..., dict[str, Any]]:
    """Put an event of this test's source."""

    def call(detail: Any, **more: Any) -> dict[str, Any]:
        entry = {"Source": name, "DetailType": "tested", "Detail": json.dumps(detail), **more}
        (result,) = aws("events").put_events(Entries=[entry])["Entries"]
        found: dict[str, Any] = result
        return found

    return call


@pytest.fixture
def queue(aws: Aws, name: str) -> Queue:
    """A queue that rules may send to."""
    return queue_for(aws, name)


@pytest.fixture
def function(aws: Aws, name: str, role_arn: str, queue: Queue) -> str:
    """A function that forwards its events to the queue."""
    created = aws("lambda").create_function(
        FunctionName=name, Runtime="python3.11", Role=role_arn, Handler="app.handler.handle",
        Code={"ZipFile": packed(FORWARDS)}, Timeout=60, Environment={"Variables": {"QUEUE": queue.url}},
    )  # fmt: skip
    return str(created["FunctionArn"])


def allow(aws: Aws, function: str, **source: str) -> None:
    aws("lambda").add_permission(
        FunctionName=function, StatementId="rule", Action="lambda:InvokeFunction", Principal=EVENTS, **source
    )


def attributes(message: dict[str, Any]) -> dict[str, str]:
    return {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}


def test_a_function_gets_the_event(aws: Aws, rule: Any, put: Any, function: str, queue: Queue, name: str) -> None:
    rule_arn = rule({"Arn": function})
    allow(aws, function, SourceArn=rule_arn)
    event_id = put({"n": 1, "text": "日本"}, Resources=["arn:x"])["EventId"]
    (event,) = queue.bodies()
    assert abs(time.time() - time.mktime(time.strptime(event.pop("time"), "%Y-%m-%dT%H:%M:%SZ")) + time.timezone) < 60
    assert event == {
        "version": "0",
        "id": event_id,
        "detail-type": "tested",
        "source": name,
        "account": "123456789012",
        "region": "ap-northeast-1",
        "resources": ["arn:x"],
        "detail": {"n": 1, "text": "日本"},
    }


def test_a_function_gets_the_transformed_event(aws: Aws, rule: Any, put: Any, function: str, queue: Queue) -> None:
    transformer = {
        "InputPathsMap": {"detail": "$.detail"},
        "InputTemplate": '{"pipeline": "p", "detail": <detail>}',
    }
    allow(aws, function, SourceArn=rule({"Arn": function, "InputTransformer": transformer}))
    put({"n": 1})
    assert queue.bodies() == [{"pipeline": "p", "detail": {"n": 1}}]


@pytest.mark.parametrize("permission", [None, "arn:aws:events:ap-northeast-1:123456789012:rule/another"])
def test_a_function_without_permission_is_not_invoked(
    aws: Aws, rule: Any, put: Any, function: str, queue: Queue, permission: str | None
) -> None:
    dead = queue_for(aws, f"{queue.name}-dead")
    rule_arn = rule({"Arn": function, "DeadLetterConfig": {"Arn": dead.arn}})
    if permission:
        allow(aws, function, SourceArn=permission)
    put({"n": 1})
    (message,) = dead.messages()
    assert json.loads(message["Body"])["detail"] == {"n": 1}
    found = attributes(message)
    assert "does not allow events.amazonaws.com to call lambda:InvokeFunction" in found.pop("ERROR_MESSAGE")
    assert found == {
        "ERROR_CODE": "NO_PERMISSIONS",
        "RETRY_ATTEMPTS": "0",
        "RULE_ARN": rule_arn,
        "TARGET_ARN": function,
    }


def test_a_target_that_does_not_exist_is_reported(aws: Aws, rule: Any, put: Any, queue: Queue) -> None:
    gone = "arn:aws:lambda:ap-northeast-1:123456789012:function:gone"
    rule({"Arn": gone, "DeadLetterConfig": {"Arn": queue.arn}})
    put({})
    (message,) = queue.messages()
    assert attributes(message)["ERROR_CODE"] == "NO_RESOURCE"


def test_a_state_machine_is_started_by_the_role(
    aws: Aws, rule: Any, put: Any, state_machines: StateMachines, name: str
) -> None:
    machine = state_machines.create(PASS)
    rule({"Arn": machine, "RoleArn": role_for(aws, f"{name}-events"), "InputPath": "$.detail"})
    event_id = put({"n": 1})["EventId"]
    sfn = aws("stepfunctions")
    while not (found := sfn.list_executions(stateMachineArn=machine)["executions"]):
        time.sleep(0.05)
    (execution,) = found
    assert execution["name"].startswith(f"{event_id}_")
    assert json.loads(wait_for_execution(sfn, execution["executionArn"])["input"]) == {"n": 1}


def test_a_role_that_events_may_not_assume_starts_nothing(
    aws: Aws, rule: Any, put: Any, queue: Queue, role_arn: str, state_machines: StateMachines
) -> None:
    rule({"Arn": state_machines.create(PASS), "RoleArn": role_arn, "DeadLetterConfig": {"Arn": queue.arn}})
    put({})
    (message,) = queue.messages()
    assert attributes(message)["ERROR_CODE"] == "FAILED_TO_ASSUME_ROLE"


def test_a_pipeline_gets_parameters_of_the_event(aws: Aws, rule: Any, put: Any, name: str) -> None:
    role, sagemaker = role_for(aws, name), aws("sagemaker")
    parameters = [{"Name": each, "Type": "String", "DefaultValue": "none"} for each in ("Day", "Fixed")]
    step = {"Name": "Wrong", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Parameters.Day"}}}
    pipeline = sagemaker.create_pipeline(
        PipelineName=name, PipelineDefinition=definition([step], parameters), ClientRequestToken="x" * 32, RoleArn=role
    )["PipelineArn"]
    given = [{"Name": "Day", "Value": "$.detail.day"}, {"Name": "Fixed", "Value": "f"}]
    rule({"Arn": pipeline, "RoleArn": role, "SageMakerPipelineParameters": {"PipelineParameterList": given}})
    put({"day": "2026-11-29"})
    while not (found := sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]):
        time.sleep(0.05)
    arn = found[0]["PipelineExecutionArn"]
    wait_for_pipeline(sagemaker, arn)
    started = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
    assert {item["Name"]: item["Value"] for item in started} == {"Day": "2026-11-29", "Fixed": "f"}


def test_topics_and_queues_get_it_if_their_policy_allows(
    aws: Aws, rule: Any, put: Any, queue: Queue, name: str
) -> None:
    closed = aws("sqs").create_queue(QueueName=f"{name}-closed")["QueueUrl"]
    topic = topic_for(aws, name)
    aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    rule({"Arn": topic, "InputPath": "$.detail"})
    aws("events").put_targets(
        Rule=name,
        Targets=[
            {"Id": "closed", "Arn": f"{queue.arn}-closed"},
            {"Id": "queue", "Arn": queue.arn, "Input": '{"fixed":  true}'},
        ],
    )
    put({"n": 1})
    bodies = [message["Body"] for message in queue.messages(2)]
    assert '{"fixed":  true}' in bodies
    assert [json.loads(body)["Message"] for body in bodies if "Message" in json.loads(body)] == ['{"n":1}']
    assert "Messages" not in aws("sqs").receive_message(QueueUrl=closed)


def test_a_disabled_rule_delivers_nothing(aws: Aws, rule: Any, put: Any, queue: Queue, name: str) -> None:
    rule({"Arn": queue.arn}, State="DISABLED")
    put({"n": 1})
    aws("events").enable_rule(Name=name)
    put({"n": 2})
    assert [event["detail"] for event in queue.bodies()] == [{"n": 2}]


def test_a_rule_with_a_schedule_only_matches_no_event(aws: Aws, put: Any, queue: Queue, name: str) -> None:
    aws("events").put_rule(Name=name, ScheduleExpression="rate(1 day)")
    aws("events").put_targets(Rule=name, Targets=[{"Id": "scheduled", "Arn": queue.arn, "Input": '"scheduled"'}])
    aws("events").put_rule(Name=f"{name}-2", EventPattern=json.dumps({"source": [name]}))
    aws("events").put_targets(Rule=f"{name}-2", Targets=[{"Id": "all", "Arn": queue.arn, "Input": '"matched"'}])
    put({})
    assert queue.bodies() == ["matched"]


def test_what_could_not_be_delivered_is_refused(aws: Aws, name: str) -> None:
    events = aws("events")
    events.put_rule(Name=name, EventPattern='{"source": ["x"]}')

    def refusal(**target: Any) -> str:
        code, message = refusal_of(events.put_targets, Rule=name, Targets=[{"Id": "t", **target}])
        assert code == "ValidationException"
        return message

    machine = "arn:aws:states:ap-northeast-1:123456789012:stateMachine:m"
    assert refusal(Arn=machine) == f"RoleArn is required for target {machine}."
    assert "does not deliver events to arn:aws:kinesis" in refusal(
        Arn="arn:aws:kinesis:ap-northeast-1:123456789012:stream/s"
    )
    assert "JSON syntax error in input for target t." in refusal(
        Arn="arn:aws:sns:ap-northeast-1:123456789012:t", Input="{a}"
    )


def test_events_of_users_are_checked(aws: Aws, put: Any) -> None:
    assert put({}, Source="aws.states")["ErrorCode"] == "NotAuthorizedForSourceException"
    assert put(["a"])["ErrorCode"] == "MalformedDetail"
    assert put({}, DetailType="")["ErrorCode"] == "InvalidArgument"


def test_a_template_makes_the_rule_its_permission_and_its_function(
    aws: Aws, stacks: Stacks, put: Any, queue: Queue, name: str
) -> None:
    code = FORWARDS.replace("handle", "handler")
    arn = {"Fn::GetAtt": ["Function", "Arn"]}
    succeed(
        stacks.create(
            {
                "Role": resource("AWS::IAM::Role", {"AssumeRolePolicyDocument": trust()}),
                "Function": resource(
                    "AWS::Lambda::Function",
                    {
                        "Code": {"ZipFile": code}, "Handler": "index.handler", "Runtime": "python3.11", "Timeout": 60,
                        "Role": {"Fn::GetAtt": ["Role", "Arn"]}, "Environment": {"Variables": {"QUEUE": queue.url}},
                        "DeadLetterConfig": {"TargetArn": queue.arn},
                    },
                ),
                "Rule": resource(
                    "AWS::Events::Rule",
                    {
                        "EventPattern": {"source": [name], "detail": {"status": [{"anything-but": "RUNNING"}]}},
                        "Targets": [
                            {
                                "Id": "Target0", "Arn": arn, "RetryPolicy": {"MaximumRetryAttempts": 3},
                                "InputTransformer": {"InputPathsMap": {"f1": "$.detail"}, "InputTemplate": '{"detail":<f1>}'},
                            }
                        ],
                    },
                ),
                "Permission": resource(
                    "AWS::Lambda::Permission",
                    {
                        "Action": "lambda:InvokeFunction", "FunctionName": arn, "Principal": EVENTS,
                        "SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]},
                    },
                ),
            }
        )
    )  # fmt: skip
    configured = aws("lambda").get_function_configuration(FunctionName=stacks.physical_id("Function"))
    assert configured["DeadLetterConfig"] == {"TargetArn": queue.arn}
    put({"status": "RUNNING"})
    put({"status": "FAILED"})
    assert queue.bodies() == [{"detail": {"status": "FAILED"}}]


@pytest.mark.parametrize(("refused", "attempts"), [(2, 185), (9, 2)])
def test_a_target_that_is_throttled_is_retried(
    aws: Aws, rule: Any, put: Any, queue: Queue, state_machines: StateMachines, name: str, monkeypatch: pytest.MonkeyPatch, refused: int,
    attempts: int,
) -> None:  # fmt: skip
    tries: list[str] = []
    begin = delivery.start

    def throttled_at_first(target: dict[str, Any], payload: str) -> str:
        tries.append(payload)
        if len(tries) <= refused:
            answer: Any = {
                "Error": {"Code": "ThrottlingException", "Message": "later"},
                "ResponseMetadata": {"HTTPStatusCode": 400},
            }
            raise ClientError(answer, "StartExecution")
        return begin(target, payload)

    monkeypatch.setattr(delivery, "start", throttled_at_first)
    machine = state_machines.create(PASS)
    dead = {"DeadLetterConfig": {"Arn": queue.arn}, "RetryPolicy": {"MaximumRetryAttempts": attempts}}
    rule({"Arn": machine, "RoleArn": role_for(aws, f"{name}-events"), "InputPath": "$.detail", **dead})
    put({"n": 1})
    if refused < attempts:
        while not aws("stepfunctions").list_executions(stateMachineArn=machine)["executions"]:
            time.sleep(0.05)
        assert tries == ['{"n":1}'] * (refused + 1)
        return
    (message,) = queue.messages()
    found = attributes(message)
    assert (found["ERROR_CODE"], found["EXHAUSTED_RETRY_CONDITION"], found["RETRY_ATTEMPTS"]) == (
        "THROTTLING",
        "MaximumRetryAttempts",
        str(attempts),
    )
    assert len(tries) == attempts + 1
