"""Documents in requests that are nested too deeply are rejected with a message."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    Aws = Callable[[str], Any]

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
PASS = '{"StartAt": "a", "States": {"a": {"Type": "Pass", "End": true%s}}}'
TOPIC = '{"Resources": {"T": {"Type": "AWS::SNS::Topic"%s}}}'


def nested(depth: int) -> str:
    """Return a nested JSON object, which is also YAML."""
    return '{"a": ' * depth + "1" + "}" * depth


def parallel(depth: int) -> str:
    """Return a state machine of nested branches."""
    outer = '{"StartAt":"a","States":{"a":{"Type":"Parallel","End":true,"Branches":['
    return outer * depth + PASS % "" + "]}}}" * depth


@pytest.fixture
def role(aws: Aws, name: str) -> str:
    arn: str = aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    return arn


@pytest.fixture
def machine(aws: Aws, name: str, role: str) -> str:
    made = aws("stepfunctions").create_state_machine(name=name, roleArn=role, definition=PASS % "")
    arn: str = made["stateMachineArn"]
    return arn


@pytest.fixture
def calls(aws: Aws, name: str, role: str, machine: str) -> dict[str, Callable[[str], Any]]:
    """Calls that accept a document, by service and kind of document."""
    cloudformation, states, iam = aws("cloudformation"), aws("stepfunctions"), aws("iam")
    aws("events").put_rule(Name=name, EventPattern='{"source": ["x"]}')
    topic = aws("sns").create_topic(Name=name)["TopicArn"]
    queue = aws("sqs").create_queue(QueueName=name)["QueueUrl"]
    key = aws("kms").create_key()["KeyMetadata"]["KeyId"]
    aws("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    schedule = {"Name": name, "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}}
    return {
        "stack": lambda text: cloudformation.create_stack(
            StackName=f"{name}-s", TemplateBody=TOPIC % f', "Metadata": {text}'
        ),
        "stack-yaml": lambda text: cloudformation.create_stack(
            StackName=f"{name}-y", TemplateBody=f"Resources:\n  T:\n    Type: AWS::SNS::Topic\n    Metadata: {text}\n"
        ),
        "change-set": lambda text: cloudformation.create_change_set(
            StackName=f"{name}-c", ChangeSetName="c", ChangeSetType="CREATE",
            TemplateBody=TOPIC % f', "Properties": {{"TopicName": {text}}}',
        ),
        "state-machine": lambda text: states.create_state_machine(
            name=f"{name}-m", roleArn=role, definition=PASS % f', "Result": {text}'
        ),
        "update": lambda text: states.update_state_machine(
            stateMachineArn=machine, definition=PASS % f', "Result": {text}'
        ),
        "execution": lambda text: states.start_execution(stateMachineArn=machine, input=text),
        "sagemaker": lambda text: aws("sagemaker").create_pipeline(
            PipelineName=name, PipelineDefinition=text, ClientRequestToken="x" * 32, RoleArn=role
        ),
        "trust": lambda text: iam.update_assume_role_policy(RoleName=name, PolicyDocument=text),
        "role-policy": lambda text: iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=text),
        "event-pattern": lambda text: aws("events").put_rule(Name=f"{name}-r", EventPattern=text),
        "event": lambda text: aws("events").put_events(Entries=[{"Source": "x", "DetailType": "y", "Detail": text}]),
        "schedule": lambda text: aws("scheduler").create_schedule(
            **schedule, Target={"Arn": machine, "RoleArn": role, "Input": text}
        ),
        "topic-policy": lambda text: aws("sns").set_topic_attributes(
            TopicArn=topic, AttributeName="Policy", AttributeValue=text
        ),
        "queue-policy": lambda text: aws("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": text}),
        "key-policy": lambda text: aws("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=text),
        "log-policy": lambda text: aws("logs").put_resource_policy(policyName=name, policyDocument=text),
    }  # fmt: skip


@pytest.fixture(autouse=True)
def _asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disable retries of clients."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


@pytest.mark.parametrize("depth", [150, 400, 5000])
def test_a_document_is_taken_or_refused_in_words(calls: dict[str, Callable[[str], Any]], depth: int) -> None:
    """An error is the client's fault (4xx) and has no effect; no response is an HTML page."""
    for kind, call in calls.items():
        refusal = refusal_of(lambda call=call: call(nested(depth)))  # type: ignore[misc]
        if refusal is not None:
            assert 400 <= refusal.response["ResponseMetadata"]["HTTPStatusCode"] < 500, f"{kind}: {refusal}"
            assert "RecursionError" not in str(refusal), kind


def test_a_body_that_is_nested_too_deeply_is_refused(aws: Aws) -> None:
    body = '{"TableName": "t", "Item": {"a": ' + '{"L": [' * 2000 + '{"S": "x"}' + "]}" * 2000 + "}}"
    client = aws("dynamodb")
    client.meta.events.register("before-sign.dynamodb.PutItem", lambda request, **_: request.__setattr__("data", body))
    with pytest.raises(ClientError, match="nested too deeply"):
        client.put_item(TableName="t", Item={"a": {"S": "x"}})


@pytest.mark.parametrize("depth", [3, 30, 300])
def test_branches_in_branches_are_run_or_refused(aws: Aws, machine: str, depth: int) -> None:
    states = aws("stepfunctions")
    refusal = refusal_of(lambda: states.update_state_machine(stateMachineArn=machine, definition=parallel(depth)))
    if refusal is not None:
        assert depth > 3
        assert "nested too deeply" in str(refusal)
        return
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    assert end_of(states, execution) in {"SUCCEEDED", "FAILED"}


@pytest.mark.parametrize("depth", [100, 400, 5000])
def test_an_execution_of_a_deep_input_ends(aws: Aws, machine: str, depth: int) -> None:
    states = aws("stepfunctions")
    started: list[str] = []
    refusal = refusal_of(
        lambda: started.append(states.start_execution(stateMachineArn=machine, input=nested(depth))["executionArn"])
    )
    if refusal is not None:
        assert depth == 5000
        assert "RecursionError" not in str(refusal)
        return
    assert end_of(states, started[0]) == "SUCCEEDED"


def refusal_of(call: Callable[[], Any]) -> ClientError | None:
    try:
        call()
    except ClientError as error:
        return error
    return None


def end_of(states: Any, execution: str) -> str:
    deadline = time.monotonic() + 60
    while (status := states.describe_execution(executionArn=execution)["status"]) == "RUNNING":
        assert time.monotonic() < deadline, "it never ends"
        time.sleep(0.2)
    return str(status)
