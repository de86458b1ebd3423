"""An execution that did not succeed is redriven: it goes on where it has not succeeded, and stays the same execution."""

from __future__ import annotations

import datetime as dt
import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from cloud_under_test.event_targets import queue_for
from cloud_under_test.observation import wait_for_execution
from cloud_under_test.refusal import refusal_of
from local_cloud.settings import ACCOUNT_ID, region

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud_under_test.state_machines import StateMachines

Aws = Any
PUT = "arn:aws:states:::aws-sdk:s3:putObject"
LOOK = "arn:aws:states:::aws-sdk:s3:getObjectTagging"


class Scene:
    """A bucket in which states leave objects, and look for objects."""

    def __init__(self, s3: Any, sfn: Any, machines: StateMachines, bucket: str) -> None:
        self.s3, self.sfn, self.machines, self.bucket = s3, sfn, machines, bucket

    def leave(self, prefix: str, **more: Any) -> dict[str, Any]:
        """Return a state that leaves a new object each time that it runs."""
        parameters = {"Bucket": self.bucket, "Key.$": f"States.Format('{prefix}/{{}}', States.UUID())", "Body": "x"}
        return {"Type": "Task", "Resource": PUT, "Parameters": parameters, "ResultPath": None, **more}

    def needs(self, key: str, **more: Any) -> dict[str, Any]:
        """Return a state that fails until an object is there."""
        parameters: dict[str, Any] = {"Bucket": self.bucket}
        parameters |= {"Key.$": key} if key.startswith("$") else {"Key": key}
        return {"Type": "Task", "Resource": LOOK, "Parameters": parameters, "ResultPath": None, **more}

    def put(self, key: str) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key)

    def count(self, prefix: str) -> int:
        return int(self.s3.list_objects_v2(Bucket=self.bucket, Prefix=f"{prefix}/")["KeyCount"])

    def run(self, states: dict[str, Any], given: Any = None) -> dict[str, Any]:
        return self.machines.run(states, given)

    def redrive(self, ended: dict[str, Any], **more: Any) -> dict[str, Any]:
        self.sfn.redrive_execution(executionArn=ended["executionArn"], **more)
        return wait_for_execution(self.sfn, ended["executionArn"])

    def kinds(self, ended: dict[str, Any]) -> list[str]:
        events = self.sfn.get_execution_history(executionArn=ended["executionArn"])["events"]
        assert [event["id"] for event in events] == list(range(1, len(events) + 1))
        return [event["type"] for event in events]

    def children(self, map_run: str, **filters: str) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.sfn.list_executions(mapRunArn=map_run, **filters)["executions"]
        return listed


@pytest.fixture
def scene(aws: Callable[[str], Aws], state_machines: StateMachines, bucket: str) -> Scene:
    return Scene(aws("s3"), aws("stepfunctions"), state_machines, bucket)


def in_process(arn: str) -> Any:
    return stepfunctions_parser_backends[ACCOUNT_ID][region()].describe_execution(arn)


def test_it_goes_on_at_the_failed_state_with_its_input(scene: Scene) -> None:
    states = {
        "First": scene.leave("first", Next="Second"),
        "Second": scene.needs("there", Next="Third"),
        "Third": {"Type": "Pass", "Parameters": {"n.$": "$.n", "count.$": "$$.Execution.RedriveCount"}, "End": True},
    }
    failed = scene.run(states, {"n": 1})
    assert (failed["status"], failed["redriveStatus"], failed["redriveCount"]) == ("FAILED", "REDRIVABLE", 0)
    assert "redriveStatusReason" not in failed
    assert "redriveDate" not in failed
    before = scene.kinds(failed)
    # It fails again: the input is not there yet.
    again = scene.redrive(failed)
    assert (again["status"], again["redriveCount"]) == ("FAILED", 1)
    assert scene.kinds(failed) == [*before, "ExecutionRedriven", *before[-4:]]
    assert before[-5:-3] == ["TaskStateEntered", "TaskScheduled"]
    scene.put("there")
    ended = scene.redrive(failed)
    assert (ended["status"], ended["redriveCount"], json.loads(ended["output"])) == (
        "SUCCEEDED",
        2,
        {"n": 1, "count": 2},
    )
    assert ended["redriveDate"] > again["redriveDate"] > failed["stopDate"]
    assert not {"error", "cause"} & ended.keys()
    same = ("executionArn", "stateMachineArn", "name", "startDate", "input")
    assert {key: ended[key] for key in same} == {key: failed[key] for key in same}
    assert scene.count("first") == 1
    history = scene.sfn.get_execution_history(executionArn=failed["executionArn"])["events"]
    redriven = [event for event in history if event["type"] == "ExecutionRedriven"]
    assert [event["executionRedrivenEventDetails"]["redriveCount"] for event in redriven] == [1, 2]
    (listed,) = scene.sfn.list_executions(stateMachineArn=failed["stateMachineArn"])["executions"]
    assert (listed["status"], listed["redriveCount"], listed["redriveDate"]) == ("SUCCEEDED", 2, ended["redriveDate"])
    code, message = refusal_of(scene.sfn.redrive_execution, executionArn=failed["executionArn"])
    assert code == "ExecutionNotRedrivable"
    assert "Execution is SUCCEEDED and cannot be redriven" in message
    assert ended["redriveStatus"] == "NOT_REDRIVABLE"
    assert ended["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"


def test_it_keeps_the_definition_of_its_start(scene: Scene) -> None:
    failed = scene.run(
        {"Look": scene.needs("there", Next="Old"), "Old": {"Type": "Pass", "Result": "old", "End": True}}
    )
    new = {"StartAt": "New", "States": {"New": {"Type": "Pass", "Result": "new", "End": True}}}
    scene.sfn.update_state_machine(stateMachineArn=failed["stateMachineArn"], definition=json.dumps(new))
    scene.put("there")
    assert scene.redrive(failed)["output"] == '"old"'
    described = scene.sfn.describe_state_machine_for_execution(executionArn=failed["executionArn"])
    assert "Old" in json.loads(described["definition"])["States"]


def branch(**states: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def test_only_the_branches_that_failed_run_again(scene: Scene) -> None:
    # What fails begins late, so that the others have ended.
    late = {"Type": "Wait", "Seconds": 1, "Next": "Bad"}
    bad = scene.needs("there", End=True)
    deep = [branch(Deep=scene.leave("deep", End=True)), branch(Later=late, Bad=bad)]
    branches = [
        branch(Good=scene.leave("good", ResultPath="$.tag", ResultSelector={"v": 1}, End=True)),
        branch(Before=scene.leave("before", Next="Late"), Late=late, Bad=bad),
        branch(Inner={"Type": "Parallel", "Branches": deep, "End": True}),
    ]
    states = {
        "Both": {"Type": "Parallel", "Branches": branches, "Next": "After"},
        "After": scene.leave("after", End=True),
    }
    failed = scene.run(states, {"n": 1})
    assert failed["status"] == "FAILED"
    assert [scene.count(each) for each in ("good", "before", "deep", "after")] == [1, 1, 1, 0]
    scene.put("there")
    ended = scene.redrive(failed)
    assert ended["status"] == "SUCCEEDED", ended
    assert [scene.count(each) for each in ("good", "before", "deep", "after")] == [1, 1, 1, 1]
    assert json.loads(ended["output"]) == [{"n": 1, "tag": {"v": 1}}, {"n": 1}, [{"n": 1}, {"n": 1}]]
    told = scene.kinds(failed)
    after = told[told.index("ExecutionRedriven") :]
    assert "ParallelStateEntered" not in after
    assert after[-1] == "ExecutionSucceeded"


@pytest.mark.parametrize("first", ["Choice", "Catch"])
def test_a_state_that_a_choice_or_a_catcher_has_chosen_goes_on(scene: Scene, first: str) -> None:
    way = {
        "Choice": {"Type": "Choice", "Choices": [{"Variable": "$.n", "IsPresent": True, "Next": "Both"}]},
        "Catch": scene.needs(
            "never", Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Both"}], End=True
        ),
    }
    late = {"Type": "Wait", "Seconds": 1, "Next": "Bad"}
    branches = [branch(Good=scene.leave("good", End=True)), branch(Late=late, Bad=scene.needs("there", End=True))]
    both = {"Type": "Parallel", "Branches": branches, "End": True}
    failed = scene.run({"First": way[first], "Both": both}, {"n": 1})
    assert (failed["status"], scene.count("good")) == ("FAILED", 1)
    scene.put("there")
    assert scene.redrive(failed)["status"] == "SUCCEEDED"
    assert scene.count("good") == 1
    told = scene.kinds(failed)
    after = told[told.index("ExecutionRedriven") :]
    assert not {"ChoiceStateEntered", "ParallelStateEntered"} & set(after)


def test_a_retry_of_a_parallel_state_runs_all_of_its_branches(scene: Scene) -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    late = {"Type": "Wait", "Seconds": 1, "Next": "Bad"}
    branches = [branch(Good=scene.leave("good", End=True)), branch(Late=late, Bad=scene.needs("there", End=True))]
    failed = scene.run({"Both": {"Type": "Parallel", "Branches": branches, "Retry": retry, "End": True}}, {})
    assert (failed["status"], scene.count("good")) == ("FAILED", 2)
    # The redrive leaves the good branch; the retry after it does not. Retriers count anew.
    again = scene.redrive(failed)
    assert (again["status"], scene.count("good")) == ("FAILED", 3)


def test_only_the_items_that_failed_run_again(scene: Scene) -> None:
    look = {"Left": scene.leave("left", Next="Look"), "Look": scene.needs("$.key", End=True)}
    state = {"Type": "Map", "ItemProcessor": {"StartAt": "Left", "States": look}, "MaxConcurrency": 1, "End": True}
    scene.put("a")
    given = [{"key": "a"}, {"key": "b"}, {"key": "c"}]
    failed = scene.run({"Map": state}, given)
    assert (failed["status"], scene.count("left")) == ("FAILED", 2)
    scene.put("b")
    scene.put("c")
    ended = scene.redrive(failed)
    assert (ended["status"], scene.count("left")) == ("SUCCEEDED", 3)
    assert json.loads(ended["output"]) == given
    told = scene.kinds(failed)
    assert told[told.index("ExecutionRedriven") :].count("MapIterationSucceeded") == 2


def test_a_map_run_goes_on_with_the_items_that_failed_or_waited(scene: Scene) -> None:
    look = {"Left": scene.leave("left", Next="Look"), "Look": scene.needs("$.key", End=True)}
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Left",
        "States": look,
    }
    scene.put("a")
    given = [{"key": "a"}, {"key": "b"}, {"key": "c"}]
    failed = scene.run({"Map": {"Type": "Map", "ItemProcessor": processor, "MaxConcurrency": 1, "End": True}}, given)
    assert (failed["status"], scene.count("left")) == ("FAILED", 2)
    (listed,) = scene.sfn.list_map_runs(executionArn=failed["executionArn"])["mapRuns"]
    (unsuccessful,) = scene.children(listed["mapRunArn"], statusFilter="FAILED")
    assert scene.children(listed["mapRunArn"], redriveFilter="REDRIVEN") == []
    scene.put("b")
    scene.put("c")
    ended = scene.redrive(failed)
    assert (ended["status"], scene.count("left")) == ("SUCCEEDED", 3), ended
    assert json.loads(ended["output"]) == given
    # The child that failed stays the same execution, and the one that waited is a new one.
    (redriven,) = scene.children(listed["mapRunArn"], redriveFilter="REDRIVEN")
    for key in ("executionArn", "name", "startDate"):
        assert redriven[key] == unsuccessful[key]
    assert (redriven["status"], redriven["redriveCount"]) == ("SUCCEEDED", 1)
    assert unsuccessful["stopDate"] <= redriven["redriveDate"] <= redriven["stopDate"]
    others = scene.children(listed["mapRunArn"], redriveFilter="NOT_REDRIVEN")
    assert [(child["redriveCount"], "redriveDate" in child) for child in others] == [(0, False)] * 2
    run = scene.sfn.describe_map_run(mapRunArn=listed["mapRunArn"])
    assert (run["status"], run["redriveCount"], run["itemCounts"]["succeeded"]) == ("SUCCEEDED", 1, 3)
    history = scene.sfn.get_execution_history(executionArn=failed["executionArn"])["events"]
    (event,) = [event for event in history if event["type"] == "MapRunRedriven"]
    assert event["mapRunRedrivenEventDetails"] == {"mapRunArn": run["mapRunArn"], "redriveCount": 1}


def test_children_wait_for_their_redrive(scene: Scene) -> None:
    states = {"Look": scene.needs("$.key", Next="Wait"), "Wait": {"Type": "Wait", "Seconds": 600, "End": True}}
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Look",
        "States": states,
    }
    more = {"MaxConcurrency": 1, "ToleratedFailureCount": 1, "End": True}
    failed = scene.run({"Map": {"Type": "Map", "ItemProcessor": processor, **more}}, [{"key": "a"}, {"key": "b"}])
    (listed,) = scene.sfn.list_map_runs(executionArn=failed["executionArn"])["mapRuns"]
    assert len(scene.children(listed["mapRunArn"], statusFilter="FAILED")) == 2
    scene.put("a")
    scene.put("b")
    scene.sfn.redrive_execution(executionArn=failed["executionArn"])
    while not (running := scene.children(listed["mapRunArn"], statusFilter="RUNNING")):
        time.sleep(0.02)
    (waiting,) = scene.children(listed["mapRunArn"], statusFilter="PENDING_REDRIVE")
    assert [child["redriveCount"] for child in (*running, waiting)] == [1, 0]
    counts = scene.sfn.describe_map_run(mapRunArn=listed["mapRunArn"])["executionCounts"]
    assert {name: count for name, count in counts.items() if count} == {"running": 1, "pendingRedrive": 1, "total": 2}
    scene.sfn.stop_execution(executionArn=failed["executionArn"])


def test_a_map_run_that_was_stopped_goes_on(scene: Scene) -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 100}]
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Left",
        "States": {"Left": scene.leave("left", Next="Look"), "Look": scene.needs("$.key", Retry=retry, End=True)},
    }
    machine = scene.machines.create(
        {"Map": {"Type": "Map", "ItemProcessor": processor, "MaxConcurrency": 2, "End": True}}
    )
    given = [{"key": "a"}, {"key": "b"}, {"key": "c"}, {"key": "d"}]
    scene.put("a")
    started = scene.sfn.start_execution(stateMachineArn=machine, input=json.dumps(given))
    while scene.count("left") < 3:
        time.sleep(0.02)
    scene.sfn.stop_execution(executionArn=started["executionArn"])
    stopped = wait_for_execution(scene.sfn, started["executionArn"])
    (listed,) = scene.sfn.list_map_runs(executionArn=stopped["executionArn"])["mapRuns"]
    counts = scene.sfn.describe_map_run(mapRunArn=listed["mapRunArn"])["itemCounts"]
    assert (stopped["status"], counts["succeeded"], counts["aborted"], counts["pending"]) == ("ABORTED", 1, 2, 1)
    for key in "bcd":
        scene.put(key)
    ended = scene.redrive(stopped)
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", given)
    assert scene.count("left") == 4
    run = scene.sfn.describe_map_run(mapRunArn=listed["mapRunArn"])
    assert (run["status"], run["redriveCount"], run["itemCounts"]["succeeded"]) == ("SUCCEEDED", 1, 4)


def test_a_stopped_execution_goes_on_and_can_be_stopped_again(scene: Scene) -> None:
    states = {"First": scene.leave("first", Next="Wait"), "Wait": {"Type": "Wait", "Seconds": 600, "End": True}}
    machine = scene.machines.create(states)
    arn = scene.sfn.start_execution(stateMachineArn=machine)["executionArn"]
    while scene.count("first") == 0:
        time.sleep(0.02)
    for count in range(3):
        described = scene.sfn.describe_execution(executionArn=arn)
        assert described["redriveStatusReason"] == "Execution is RUNNING and cannot be redriven"
        assert refusal_of(scene.sfn.redrive_execution, executionArn=arn)[0] == "ExecutionNotRedrivable"
        scene.sfn.stop_execution(executionArn=arn, error="Enough")
        ended = wait_for_execution(scene.sfn, arn)
        assert (ended["status"], ended["error"], ended["redriveCount"]) == ("ABORTED", "Enough", count)
        assert scene.kinds(ended)[-1] == "ExecutionAborted"
        scene.sfn.redrive_execution(executionArn=arn)
    scene.sfn.stop_execution(executionArn=arn)
    assert scene.kinds(wait_for_execution(scene.sfn, arn))[-1] == "ExecutionAborted"
    assert scene.count("first") == 1


def test_the_timeout_of_the_machine_begins_anew(scene: Scene) -> None:
    states = {
        "Wait": {"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Look"},
        "Look": scene.needs("there", End=True),
    }
    definition = json.dumps({"StartAt": "Wait", "States": states, "TimeoutSeconds": 2})
    machine = scene.machines.create(states, definition=definition)
    started = scene.sfn.start_execution(stateMachineArn=machine, input='{"seconds": 5}')
    late = wait_for_execution(scene.sfn, started["executionArn"])
    assert (late["status"], late["redriveStatus"]) == ("TIMED_OUT", "REDRIVABLE")
    again = scene.redrive(late)
    assert (again["status"], again["redriveCount"]) == ("TIMED_OUT", 1)
    assert [kind for kind in scene.kinds(late) if kind.startswith("Execution")] == [
        "ExecutionStarted",
        "ExecutionTimedOut",
        "ExecutionRedriven",
        "ExecutionTimedOut",
    ]


def test_a_fail_state_fails_again(scene: Scene) -> None:
    failed = scene.run({"Fail": {"Type": "Fail", "Error": "Meant"}})
    again = scene.redrive(failed)
    assert (again["status"], again["error"]) == ("FAILED", "Meant")
    assert scene.kinds(failed)[-3:] == ["ExecutionRedriven", "FailStateEntered", "ExecutionFailed"]


def test_a_result_that_was_too_large_is_made_anew(scene: Scene) -> None:
    large = branch(Left=scene.leave("left", Next="Large"), Large={"Type": "Pass", "Result": "x" * 150_000, "End": True})
    failed = scene.run({"Both": {"Type": "Parallel", "Branches": [large, large], "End": True}}, {})
    assert (failed["error"], scene.count("left")) == ("States.DataLimitExceeded", 2)
    scene.redrive(failed)
    assert scene.count("left") == 4


def test_a_name_stays_taken_by_a_nested_execution(scene: Scene, name: str) -> None:
    child = scene.machines.create({"Look": scene.needs("there", End=True)})
    parameters = {"StateMachineArn": child, "Name": name, "Input": {}}
    resource = "arn:aws:states:::states:startExecution.sync:2"
    failed = scene.run({"Run": {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}})
    assert failed["error"] == "States.TaskFailed"
    scene.put("there")
    again = scene.redrive(failed)
    assert (again["status"], again["error"]) == ("FAILED", "StepFunctions.ExecutionAlreadyExistsException")
    nested = child.replace(":stateMachine:", ":execution:") + f":{name}"
    assert scene.redrive({"executionArn": nested})["status"] == "SUCCEEDED"


def test_a_client_token_redrives_once(scene: Scene) -> None:
    failed = scene.run({"Fail": {"Type": "Fail"}})
    token = uuid.uuid4().hex
    first = scene.sfn.redrive_execution(executionArn=failed["executionArn"], clientToken=token)
    wait_for_execution(scene.sfn, failed["executionArn"])
    second = scene.sfn.redrive_execution(executionArn=failed["executionArn"], clientToken=token)
    assert first["redriveDate"] == second["redriveDate"]
    assert scene.sfn.describe_execution(executionArn=failed["executionArn"])["redriveCount"] == 1
    assert scene.redrive(failed, clientToken=uuid.uuid4().hex)["redriveCount"] == 2


@pytest.mark.parametrize(
    ("member", "age", "reason"),
    [
        ("stop_date", dt.timedelta(days=14, seconds=1), "Execution redrivable period exceeded"),
        ("stop_date", dt.timedelta(days=14, seconds=-60), None),
        ("start_date", dt.timedelta(days=365, seconds=1), "Execution has exceeded the max execution time"),
    ],
)
def test_an_old_execution_cannot_be_redriven(scene: Scene, member: str, age: dt.timedelta, reason: str | None) -> None:
    failed = scene.run({"Fail": {"Type": "Fail"}})
    setattr(in_process(failed["executionArn"]), member, dt.datetime.now(dt.UTC) - age)
    described = scene.sfn.describe_execution(executionArn=failed["executionArn"])
    assert described.get("redriveStatusReason") == reason
    if reason is None:
        assert scene.redrive(failed)["redriveCount"] == 1
    else:
        code, message = refusal_of(scene.sfn.redrive_execution, executionArn=failed["executionArn"])
        assert (code, reason in message) == ("ExecutionNotRedrivable", True)


def test_a_full_history_cannot_be_redriven(scene: Scene) -> None:
    failed = scene.run({"Fail": {"Type": "Fail"}})
    events = in_process(failed["executionArn"]).exec_worker.env.event_manager._history_event_list
    events.extend([events[-1]] * (24_999 - len(events)))
    described = scene.sfn.describe_execution(executionArn=failed["executionArn"])
    assert described["redriveStatusReason"] == "Execution history event limit exceeded"


def test_an_execution_that_is_not_there_cannot_be_redriven(scene: Scene) -> None:
    arn = scene.machines.create({"Fail": {"Type": "Fail"}}).replace(":stateMachine:", ":execution:") + ":missing"
    assert refusal_of(scene.sfn.redrive_execution, executionArn=arn)[0] == "ExecutionDoesNotExist"


def test_the_status_changes_are_sent_again(aws: Callable[[str], Aws], scene: Scene, name: str) -> None:
    queue = queue_for(aws, name)
    failed = scene.run({"Look": scene.needs("there", End=True)})
    pattern = {"source": ["aws.states"], "detail": {"executionArn": [failed["executionArn"]]}}
    aws("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    aws("events").put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue.arn}])
    scene.put("there")
    scene.redrive(failed)
    told: dict[str, Any] = {}
    while len(told) < 2:
        for body in queue.bodies():
            told[body["detail"]["status"]] = body["detail"]
    assert told.keys() == {"RUNNING", "SUCCEEDED"}
    assert all(detail["redriveCount"] == 1 and detail["redriveDate"] for detail in told.values())
    assert (told["RUNNING"]["stopDate"], told["RUNNING"]["error"]) == (None, None)
    assert told["SUCCEEDED"]["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"
