"""Tests that a copy is removed including all versions, other resources are kept, and leftovers are reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from partitioned_pipelines.cli.verify import removal as removal_module
from partitioned_pipelines.cli.verify.removal import Removal, find_leftovers
from partitioned_pipelines.cli.verify.scene import CheckFailedError
from tests.cli.verify.account import deploy_stacks, inventory, leave_traces, make_neighbours

if TYPE_CHECKING:
    import boto3

    from partitioned_pipelines.cli.verify.scene import Scene


@pytest.fixture
def bucket(account: boto3.Session, scene: Scene) -> str:
    """Return the bucket of a deployed copy that has run."""
    bucket = deploy_stacks(account, scene.names)
    leave_traces(account, scene.names, bucket)
    return bucket


def test_all_of_the_copy_goes_and_nothing_else(account: boto3.Session, scene: Scene, bucket: str) -> None:
    make_neighbours(account)
    before = inventory(account)
    assert find_leftovers(scene) != []
    assert Removal(scene).run() == []
    after = inventory(account)
    removed = {kind: set(before[kind]) - set(after[kind]) for kind in before}
    assert removed == {
        "buckets": {bucket},
        "objects": {f"{bucket}/tables/file"} | {f"{bucket}/raw/file"},
        "stacks": set(scene.names.stacks),
        "queues": {url for url in before["queues"] if url.endswith(scene.names.queue)},
        "streams": {f"{scene.names.prefix}--write-1/algo-1-1"},
    }
    assert all(after.values()), "the neighbours are still there"


def test_where_nothing_was_deployed_there_is_nothing_to_do(account: boto3.Session, scene: Scene) -> None:
    assert Removal(scene).run() == []


def test_half_a_deployment_is_removed_too(account: boto3.Session, scene: Scene, bucket: str) -> None:
    account.client("cloudformation").delete_stack(StackName=scene.names.stacks[0])
    assert Removal(scene).run() == []


def test_one_part_that_fails_keeps_no_other_from_being_removed_and_is_named(
    account: boto3.Session, scene: Scene, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(_scene: Scene) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListObjectVersions")

    def gives_up(_what: object, _look: object, *, seconds: float) -> None:
        raise CheckFailedError(f"not within {seconds} s")

    monkeypatch.setattr(removal_module, "empty_own_buckets", deny)
    removal = Removal(scene)
    # Unlike AWS, moto deletes a bucket that is not empty, so the stack is kept in another way.
    monkeypatch.setattr(
        removal, "_delete_stack", lambda stack: deny(scene) if stack.endswith("-data-lake") else None, raising=True
    )
    monkeypatch.setattr(scene, "wait", gives_up)
    left = removal.run()
    assert any(one.startswith("its objects: ") and "AccessDenied" in one for one in left)
    assert any(one.startswith(f"the stack {scene.names.stacks[2]}: ") for one in left)
    queues = account.client("sqs").list_queues().get("QueueUrls", [])
    assert queues == [], "what could be removed was"


def test_a_job_that_was_not_stopped_is(account: boto3.Session, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = []
    jobs = {"InProgress": ["verify-0a1b2c3d--write-1", "other-verify-0a1b2c3d-"], "Stopping": []}

    class Pages:
        def paginate(self, *, NameContains: str, StatusEquals: str) -> list[dict[str, list[dict[str, str]]]]:  # noqa: N803  # boto3's
            return [{"ProcessingJobSummaries": [{"ProcessingJobName": name} for name in jobs[StatusEquals]]}]

    class SageMaker:
        def get_paginator(self, _name: str) -> Pages:
            return Pages()

        def stop_processing_job(self, *, ProcessingJobName: str) -> None:  # noqa: N803  # boto3's
            stopped.append(ProcessingJobName)
            jobs["InProgress"].remove(ProcessingJobName)

    monkeypatch.setitem(vars(scene.cloud), "sagemaker", SageMaker())
    assert Removal(scene).run() == []
    assert stopped == ["verify-0a1b2c3d--write-1"]
