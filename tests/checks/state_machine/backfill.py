"""Checks of the state machine that runs a pipeline's backfills; each returns its findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.checks.external_tools.service_model import request_findings
from tests.checks.pipeline.pipeline import machine_log_findings
from tests.checks.state_machine.machine_states import all_states
from tests.checks.state_machine.payload_template import ExpressionError, evaluate_template
from tests.iam import expected_permissions as expected_permissions
from tests.iam.policies import permissions_findings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.subject import Subject

_KEY, _NAME = "backfills/p/0123456789/items.json", "bf-0123456789-20261101T050000Z"
_INPUT = {"items_key": _KEY, "max_concurrency": 4}
_START_EXECUTION = "states:startExecution.sync:2"
_START_PIPELINE, _DESCRIBE_PIPELINE = (f"aws-sdk:sagemaker:{call}PipelineExecution" for call in ("start", "describe"))


def backfill_map(subject: Subject) -> list[str]:
    """Check the map: a history for each run, items and concurrency from the input, and no failed run that stops another."""
    states = subject.stack.backfill_machine["Definition"]["States"]
    (state,) = states.values()
    expected = {
        "Type": "Map",
        "ItemSelector": {"item.$": "$$.Map.Item.Value"},
        "MaxConcurrencyPath": "$.max_concurrency",
        "ToleratedFailurePercentage": 100,
        "ResultSelector": {},
    }
    found = [f"the map's {name} is {state.get(name)}" for name, value in expected.items() if state.get(name) != value]
    if state["ItemProcessor"].get("ProcessorConfig") != {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}:
        found.append(f"runs share a history: {state['ItemProcessor'].get('ProcessorConfig')}")
    reader = state["ItemReader"]
    request = evaluate_template(reader["Parameters"], _INPUT, {}, make_uuid=str)
    if request != {"Bucket": subject.lake_bucket, "Key": _KEY} or reader["ReaderConfig"] != {"InputType": "JSON"}:
        found.append(f"the items are read from {request} as {reader['ReaderConfig']}")
    children = all_states(state["ItemProcessor"])
    found += [f"{name} has a Catch" for name, child in {**states, **children}.items() if "Catch" in child]
    found += [
        f"{name} repeats {error}, a run that failed"
        for name, child in children.items()
        for retry in child.get("Retry", [])
        for error in retry["ErrorEquals"]
        if error in ("States.ALL", "States.TaskFailed")
    ]
    return found


def backfill_runs(subject: Subject) -> list[str]:
    """Check that an item starts an execution of this pipeline, with the item's name and input, and a start that can be repeated."""
    states = all_states(subject.stack.backfill_machine["Definition"]["States"]["EachInterval"]["ItemProcessor"])
    tasks = {
        state["Resource"].rpartition(":states:::")[2]: state for state in states.values() if state["Type"] == "Task"
    }
    if subject.is_sagemaker_pipeline:
        return _pipeline_runs(subject, states, tasks)
    if set(tasks) != {_START_EXECUTION}:
        return [f"a run is started by {sorted(tasks)}"]
    given = {"date": "2026-11-01"}
    request = _request(tasks[_START_EXECUTION], {"name": _NAME, "input": given})
    expected = {"StateMachineArn": subject.stack.outputs["StateMachineArn"], "Name": _NAME, "Input": given}
    return [] if request == expected else [f"a run is started with {request}"]


def _pipeline_runs(subject: Subject, states: dict[str, Any], tasks: dict[str, Any]) -> list[str]:
    if set(tasks) != {_START_PIPELINE, _DESCRIBE_PIPELINE}:
        return [f"a run is started by {sorted(tasks)}"]
    given = [{"Name": "date", "Value": "2026-11-01"}]
    request = _request(tasks[_START_PIPELINE], {"name": _NAME, "input": given})
    if isinstance(request, str):
        return [request]
    found = request_findings("sagemaker", "StartPipelineExecution", request)
    token = request.pop("ClientRequestToken", "")
    if _NAME not in token:
        found.append(f"the token {token} is not the run's own")
    expected = {
        "PipelineName": subject.stack.outputs["PipelineName"],
        "PipelineExecutionDisplayName": _NAME,
        "PipelineParameters": given,
    }
    if request != expected:
        found.append(f"a run is started with {request}")
    choice = next(state for state in states.values() if state["Type"] == "Choice")
    following = {
        rule["StringEquals"]: states[rule["Next"]]["Type"]
        for rule in choice["Choices"]
        if rule["Variable"] == "$.run.PipelineExecutionStatus"
    }
    if following != {"Executing": "Wait", "Stopping": "Wait", "Succeeded": "Pass"}:
        found.append(f"after a look at the run comes {following}")
    if states[choice["Default"]]["Type"] != "Fail":
        found.append("a run that did not succeed is not counted as failed")
    return found


def _request(state: dict[str, Any], item: dict[str, Any]) -> Any:
    try:
        return evaluate_template(state["Parameters"], {"item": item}, {}, make_uuid=str)
    except ExpressionError as error:
        return f"a run is not started: {error}"


def backfill_machine_permissions(subject: Subject) -> list[str]:
    """Check the permissions of the state machine's role."""
    role = subject.stack.role_of("states.amazonaws.com", within="Backfill")
    expected = expected_permissions.backfill_permissions(subject)
    return permissions_findings("the backfill", subject.stack.statements_of(role), expected)


def backfill_log(subject: Subject) -> list[str]:
    """Check the name of the machine, which its own policy contains, its log and its traces."""
    machine, name = subject.stack.backfill_machine, f"{subject.stack.name}_backfill"
    found = machine_log_findings(machine, name)
    if machine.get("StateMachineName") != name:
        found.append(f"the backfill is named {machine.get('StateMachineName')}")
    return found


BACKFILL_CHECKS: dict[str, Callable[[Subject], list[str]]] = {
    check.__name__: check for check in (backfill_map, backfill_runs, backfill_machine_permissions, backfill_log)
}
