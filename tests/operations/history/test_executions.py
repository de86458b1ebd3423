"""Tests of finding a run's execution by the run's id alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
import pytest

from partitioned_pipelines.lake.runs.run_facts import build_run_id
from partitioned_pipelines.operations.history.executions import Executions
from tests.moto_lake import REGION

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

ROLE = "arn:aws:iam::123456789012:role/r"
DEFINITION = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})


@pytest.fixture
def sfn(aws: None) -> SFNClient:
    return boto3.client("stepfunctions", region_name=REGION)


def test_an_execution_is_found_and_its_state_asked_anew(sfn: SFNClient) -> None:
    machine = sfn.create_state_machine(name="m", definition=DEFINITION, roleArn=ROLE)["stateMachineArn"]
    arns = [sfn.start_execution(stateMachineArn=machine, name=f"e{number}")["executionArn"] for number in range(3)]
    run_id = build_run_id(sfn.describe_execution(executionArn=arns[1])["startDate"], arns[1])
    executions = Executions(sfn, machine)
    found = executions.find(run_id)
    assert found is not None
    assert (found.arn, found.status, found.closed_at) == (arns[1], "RUNNING", None)
    sfn.stop_execution(executionArn=arns[1])
    stopped = executions.find(run_id)
    assert stopped is not None
    assert stopped.status == "ABORTED"
    assert stopped.closed_at == sfn.describe_execution(executionArn=arns[1])["stopDate"]


def test_what_step_functions_does_not_know_is_not_found(sfn: SFNClient) -> None:
    machine = sfn.create_state_machine(name="m", definition=DEFINITION, roleArn=ROLE)["stateMachineArn"]
    assert Executions(sfn, machine).find("20261101T000000Z-00000000") is None
    assert Executions(sfn, None).find("20261101T000000Z-00000000") is None
