"""Pages of an execution's history, forwards and backwards."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

Aws = Any


@pytest.fixture
def execution(aws: Callable[[str], Aws], role_arn: str, name: str) -> str:
    """A finished execution of 60 states, with 122 events."""
    sfn = aws("stepfunctions")
    states = {f"S{number}": {"Type": "Pass", "Next": f"S{number + 1}"} for number in range(59)}
    definition = {"StartAt": "S0", "States": {**states, "S59": {"Type": "Pass", "End": True}}}
    machine = sfn.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role_arn)
    arn = str(sfn.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"])
    while sfn.describe_execution(executionArn=arn)["status"] == "RUNNING":
        time.sleep(0.05)
    return arn


def test_pages_hold_each_event_once_in_order(aws: Callable[[str], Aws], execution: str) -> None:
    sfn = aws("stepfunctions")
    first = sfn.get_execution_history(executionArn=execution)
    assert len(first["events"]) == 100
    rest = sfn.get_execution_history(executionArn=execution, nextToken=first["nextToken"])
    assert "nextToken" not in rest
    assert [event["id"] for event in first["events"] + rest["events"]] == list(range(1, 123))
    pages = sfn.get_paginator("get_execution_history").paginate(
        executionArn=execution, PaginationConfig={"PageSize": 50}
    )
    assert [len(page["events"]) for page in pages] == [50, 50, 22]


def test_the_last_event_comes_first_when_asked(aws: Callable[[str], Aws], execution: str) -> None:
    newest = aws("stepfunctions").get_execution_history(executionArn=execution, reverseOrder=True, maxResults=2)
    assert [event["type"] for event in newest["events"]] == ["ExecutionSucceeded", "PassStateExited"]


def test_a_token_that_was_never_given_is_refused(aws: Callable[[str], Aws], execution: str) -> None:
    with pytest.raises(ClientError) as caught:
        aws("stepfunctions").get_execution_history(executionArn=execution, nextToken="x")
    assert caught.value.response["Error"]["Code"] == "InvalidToken"


def test_who_stops_an_execution_says_why(aws: Callable[[str], Aws], role_arn: str, name: str) -> None:
    sfn = aws("stepfunctions")
    definition = {"StartAt": "S", "States": {"S": {"Type": "Wait", "Seconds": 600, "End": True}}}
    machine = sfn.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role_arn)
    arn = sfn.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
    assert sfn.stop_execution(executionArn=arn, error="Enough", cause="no more of it")["stopDate"]
    while sfn.describe_execution(executionArn=arn)["status"] == "RUNNING":
        time.sleep(0.05)
    (newest,) = sfn.get_execution_history(executionArn=arn, reverseOrder=True, maxResults=1)["events"]
    assert newest["executionAbortedEventDetails"] == {"error": "Enough", "cause": "no more of it"}
