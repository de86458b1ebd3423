"""Tests of waiting for stacks as AWS deletes them: slowly, not always, and with an outdated status."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from partitioned_pipelines.cli.deployment.removal.stacks import delete_stacks


@dataclass
class Formation:
    """A fake CloudFormation with given statuses; None is a stack that does not exist."""

    statuses: list[str | None]
    events: list[dict[str, str]] = field(default_factory=list)
    asked: int = 0

    def describe_stacks(self, StackName: str) -> Any:  # noqa: N803  # boto3's name
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status is None:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "DescribeStacks")
        return {"Stacks": [{"StackStatus": status}]}

    def delete_stack(self, StackName: str) -> None:  # noqa: N803  # boto3's name
        self.asked += 1

    def get_paginator(self, _name: str) -> Any:
        return SimpleNamespace(paginate=lambda **_given: iter([{"StackEvents": self.events}]))


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the clock with one that only sleeping advances."""
    now = [0.0]
    monkeypatch.setattr("partitioned_pipelines.cli.deployment.removal.stacks.time.monotonic", lambda: now[0])
    monkeypatch.setattr(
        "partitioned_pipelines.cli.deployment.removal.stacks.time.sleep",
        lambda seconds: now.__setitem__(0, now[0] + seconds),
    )


def delete(formation: Formation) -> dict[str, str]:
    cloud: Any = SimpleNamespace(cloudformation=formation, is_local=False, poll_seconds=3.0)
    return delete_stacks(cloud, ["s"])


def event(resource: str, status: str, reason: str = "") -> dict[str, str]:
    return {
        "StackId": "id",
        "PhysicalResourceId": "id" if resource == "s" else resource,
        "LogicalResourceId": resource,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


@pytest.mark.parametrize(
    "statuses",
    [
        ["CREATE_COMPLETE", "DELETE_IN_PROGRESS", None],
        ["CREATE_COMPLETE", "CREATE_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"],
        ["DELETE_FAILED", "DELETE_FAILED", "DELETE_IN_PROGRESS", None],
        ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE", "DELETE_IN_PROGRESS", None],
    ],
)
def test_it_is_asked_once_and_waited_for(statuses: list[str | None]) -> None:
    formation = Formation(statuses)
    assert delete(formation) == {}
    assert formation.asked == 1


def test_one_that_is_gone_is_not_asked_for() -> None:
    formation = Formation([None])
    assert delete(formation) == {}
    assert formation.asked == 0


def test_the_reason_is_that_of_the_newest_attempt() -> None:
    events = [
        event("s", "DELETE_FAILED", "The following resource(s) failed to delete: [Bucket]"),
        event("Bucket", "DELETE_FAILED", "not empty"),
        event("s", "DELETE_IN_PROGRESS"),
        event("Key", "DELETE_FAILED", "of an earlier attempt"),
    ]
    formation = Formation(["CREATE_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_FAILED"], events)
    assert delete(formation) == {"s": "it is DELETE_FAILED: Bucket: not empty"}


def test_a_stack_that_keeps_its_status_is_given_up_after_a_while() -> None:
    events = [event("s", "CREATE_COMPLETE", "Export x cannot be deleted as it is in use by other")]
    assert delete(Formation(["CREATE_COMPLETE"], events)) == {
        "s": "it is CREATE_COMPLETE: Export x cannot be deleted as it is in use by other"
    }


def test_a_deletion_that_never_ends_is_given_up() -> None:
    assert delete(Formation(["CREATE_COMPLETE", "DELETE_IN_PROGRESS"])) == {"s": "it is still DELETE_IN_PROGRESS"}
