"""Tests that the removal always takes place, whatever happens after the deployment."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any, cast

import pytest

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.verify import session
from partitioned_pipelines.cli.verify.removal import Removal
from partitioned_pipelines.cli.verify.report import exit_code
from partitioned_pipelines.cli.verify.scene import CheckFailedError
from partitioned_pipelines.cli.verify.session import verify_copy
from partitioned_pipelines.cli.verify.verification import Check, Outcome, Seen
from tests.cli.verify.account import JOB_LOGS, deploy_stacks, inventory, leave_traces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import boto3

    from partitioned_pipelines.cli.deployment.cdk import Cdk
    from partitioned_pipelines.cli.verify.scene import Scene
    from partitioned_pipelines.cli.verify.verification import Verification

    Verify = Callable[..., Verification]


@pytest.fixture
def verify(account: boto3.Session, scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Verify:
    """Return a function that verifies with the test's checks, on a deployment to moto."""

    def deploy(*_arguments: Any) -> None:
        leave_traces(account, scene.names, deploy_stacks(account, scene.names))

    def run(*checks: Check, deploy: Callable[..., None] = deploy) -> Verification:
        monkeypatch.setattr(session, "deploy_copy", deploy)
        return verify_copy(scene, cast("Cdk", None), tmp_path, checks=checks)

    return run


def nothing_is_left(account: boto3.Session) -> bool:
    return not any(inventory(account).values())


def interrupt(_scene: Scene) -> Iterator[Seen]:
    yield Seen("A01", held=True, what="seen before")
    raise KeyboardInterrupt


def terminate(_scene: Scene) -> Iterator[Seen]:
    yield Seen("A01", held=True, what="seen before")
    os.kill(os.getpid(), signal.SIGTERM)


def fail(_scene: Scene) -> Iterator[Seen]:
    yield Seen("A01", held=True, what="seen before")
    raise CheckFailedError("it went wrong")


@pytest.mark.parametrize("broken_off", [interrupt, terminate])
def test_a_verification_that_is_broken_off_removes_its_copy(
    account: boto3.Session, verify: Verify, broken_off: Callable[..., Iterator[Seen]]
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    verification = verify(Check("one", "first", broken_off, ("A01",)), Check("two", "second", fail, ("A02",)))
    assert nothing_is_left(account)
    assert [(step.name, step.status) for step in verification.steps] == [
        ("deploy", "ok"),
        ("one", "failed"),
        ("remove", "ok"),
    ]
    assert verification.outcome("A01") is Outcome.HELD
    assert verification.outcome("A02") is Outcome.NOT_SEEN
    assert (verification.interrupted, verification.held) == (True, False)
    assert exit_code(verification) == ExitCode.FAILED
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_check_that_fails_is_named_and_those_that_need_it_are_not_made(
    account: boto3.Session, verify: Verify
) -> None:
    made = []

    def perform(_scene: Scene) -> list[Seen]:
        made.append(True)
        return [Seen("A03", held=True, what="")]

    verification = verify(
        Check("one", "first", fail, ("A01",)),
        Check("two", "second", perform, ("A02",), needs=("one",)),
        Check("three", "third", perform, ("A03",)),
    )
    assert [(step.name, step.status) for step in verification.steps][1:4] == [
        ("one", "failed"),
        ("two", "not made"),
        ("three", "ok"),
    ]
    assert verification.steps[1].reason == "it went wrong"
    assert verification.steps[2].reason == "one did not go well"
    assert made == [True]
    assert nothing_is_left(account)


def test_a_deployment_that_fails_half_way_is_removed_and_nothing_is_checked(
    account: boto3.Session, scene: Scene, verify: Verify
) -> None:
    def deploy(*_arguments: Any) -> None:
        leave_traces(account, scene.names, deploy_stacks(account, scene.names))
        raise CommandError("cdk deploy failed", exit_code=ExitCode.NO_CLOUD)

    verification = verify(Check("one", "first", fail, ("A01",)), deploy=deploy)
    assert nothing_is_left(account)
    assert [step.status for step in verification.steps] == ["failed", "not made", "ok"]
    assert exit_code(verification) == ExitCode.NO_CLOUD


def test_a_mistake_of_this_program_is_raised_once_all_is_removed(account: boto3.Session, verify: Verify) -> None:
    def mistake(_scene: Scene) -> list[Seen]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        verify(Check("one", "first", mistake, ("A01",)))
    assert nothing_is_left(account)


def test_a_second_interruption_leaves_what_it_names(
    account: boto3.Session, scene: Scene, verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_off(_removal: Removal) -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(Removal, "run", broken_off)
    verification = verify(Check("one", "first", interrupt, ("A01",)))
    assert {f"stack {stack} (CREATE_COMPLETE)" for stack in scene.names.stacks} < set(verification.left)
    assert f"queue {scene.names.queue}" in verification.left
    assert not verification.held


def test_a_stack_of_that_name_that_is_there_already_is_not_touched(
    account: boto3.Session, scene: Scene, verify: Verify
) -> None:
    deploy_stacks(account, scene.names)
    account.client("logs").create_log_group(logGroupName=JOB_LOGS)
    before = inventory(account)
    with pytest.raises(CommandError, match="already"):
        verify(Check("one", "first", fail, ("A01",)))
    assert inventory(account) == before
