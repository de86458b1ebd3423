"""Executions are stopped in any state, and their history has the event."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from moto.stepfunctions.parser.asl.component.common.timeouts.heartbeat import HeartbeatSeconds
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSeconds

from cloud_under_test.deployment_package import packed
from cloud_under_test.observation import wait_for_execution

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.server import LocalCloud

Aws = Any


@pytest.mark.parametrize("seconds", [TimeoutSeconds(7), HeartbeatSeconds(7)])
def test_a_timeout_is_told_as_it_is_although_the_execution_was_stopped(
    local_cloud_server: LocalCloud, seconds: TimeoutSeconds | HeartbeatSeconds
) -> None:
    environment: Any = SimpleNamespace(is_running=lambda: False, stack=[{"the task's": "parameters"}])
    seconds.eval(environment)
    assert environment.stack == [{"the task's": "parameters"}, 7]


def test_an_execution_is_stopped_that_has_only_just_been_started(
    aws: Callable[[str], Aws], role_arn: str, name: str
) -> None:
    sfn = aws("stepfunctions")
    definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}}
    machine = sfn.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role_arn)
    for _ in range(20):
        arn = sfn.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
        answer = sfn.stop_execution(executionArn=arn, cause="enough")
        assert answer["ResponseMetadata"]["RetryAttempts"] == 0
        assert wait_for_execution(sfn, arn)["status"] == "ABORTED"
        told = sfn.get_execution_history(executionArn=arn, reverseOrder=True)["events"]
        assert [event["type"] for event in told] == ["ExecutionAborted", "WaitStateEntered", "ExecutionStarted"]
        assert told[0]["executionAbortedEventDetails"]["cause"] == "enough"


def test_what_fails_after_the_stop_is_not_how_the_execution_ended(
    aws: Callable[[str], Aws], role_arn: str, name: str
) -> None:
    fails_late = "import time\n\ndef handle(event, context):\n    time.sleep(1.5)\n    raise RuntimeError('late')"
    function = aws("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=role_arn,
        Handler="app.handler.handle",
        Code={"ZipFile": packed(fails_late)},
    )["FunctionArn"]
    sfn = aws("stepfunctions")
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": function}}
    definition = {"StartAt": "Late", "States": {"Late": {**task, "End": True}}}
    machine = sfn.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role_arn)
    arn = sfn.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
    sfn.stop_execution(executionArn=arn, error="Enough")
    assert wait_for_execution(sfn, arn)["status"] == "ABORTED"
    last = sfn.get_execution_history(executionArn=arn, reverseOrder=True)["events"][0]
    assert (last["type"], last["executionAbortedEventDetails"]["error"]) == ("ExecutionAborted", "Enough")
