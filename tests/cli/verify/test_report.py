"""Tests of a verification's output and exit code."""

from __future__ import annotations

import json

import pytest

from partitioned_pipelines.cli.errors import ExitCode
from partitioned_pipelines.cli.verify.assumptions import ASSUMPTIONS, BY_HAND
from partitioned_pipelines.cli.verify.report import exit_code, report
from partitioned_pipelines.cli.verify.verification import Outcome, Seen, Step, Verification

FACTS = {"target": "aws", "account": "123456789012", "region": "us-east-1", "prefix": "verify-0a1b2c3d", "stays": []}


def all_held() -> Verification:
    verification = Verification(local=False, steps=[Step("deploy", "deployed", "ok", 1.0)])
    for assumption in sorted(set(ASSUMPTIONS) - set(BY_HAND)):
        verification.observe(Seen(assumption, held=True, what="seen"))
    return verification


def test_all_that_can_be_seen_held() -> None:
    verification = all_held()
    assert verification.held
    assert exit_code(verification) == ExitCode.OK
    assert verification.outcome(BY_HAND[0]) is Outcome.BY_HAND


def test_what_did_not_hold_once_does_not_hold() -> None:
    verification = all_held()
    verification.observe(Seen("A05", held=False, what="planned twice"))
    verification.observe(Seen("A05", held=True, what="fine"))
    assert verification.outcome("A05") is Outcome.NOT_HELD
    assert verification.seen["A05"].what == "planned twice"
    assert exit_code(verification) == ExitCode.FAILED


def test_what_was_not_seen_is_not_taken_for_held() -> None:
    verification = all_held()
    del verification.seen["A05"]
    assert verification.outcome("A05") is Outcome.NOT_SEEN
    assert exit_code(verification) == ExitCode.FAILED


def test_what_a_local_cloud_cannot_show_does_not_count_there() -> None:
    verification = all_held()
    del verification.seen["A05"]
    verification.not_on_local.add("A05")
    assert verification.outcome("A05") is Outcome.NOT_ON_LOCAL
    assert verification.held


@pytest.mark.parametrize("status", ["failed", "not made"])
def test_a_step_that_did_not_go_well_counts(status: str) -> None:
    verification = all_held()
    verification.steps.append(Step("rollback", "rolled back", status, 0.0, "for a reason"))
    assert exit_code(verification) == ExitCode.FAILED


def test_what_is_left_counts_and_is_told_with_the_way_to_remove_it(capsys: pytest.CaptureFixture[str]) -> None:
    verification = all_held()
    verification.left = ["queue verify-0a1b2c3d-notifications"]
    report(verification, FACTS, json=False)
    said = capsys.readouterr()
    assert "left: queue verify-0a1b2c3d-notifications" in said.err
    assert "pipelines verify --target aws --remove verify-0a1b2c3d" in said.err
    assert exit_code(verification) == ExitCode.FAILED


def test_the_document_has_every_assumption_and_step(capsys: pytest.CaptureFixture[str]) -> None:
    verification = all_held()
    report(verification, FACTS, json=True)
    document = json.loads(capsys.readouterr().out)
    assert {one["id"]: one["outcome"] for one in document["assumptions"]} == {
        assumption: "by hand" if assumption in BY_HAND else "held" for assumption in ASSUMPTIONS
    }
    assert document["steps"] == [
        {"name": "deploy", "title": "deployed", "status": "ok", "seconds": 1.0, "reason": None}
    ]
    assert (document["held"], document["left"], document["account"]) == (True, [], "123456789012")


def test_the_tables_have_them_too(capsys: pytest.CaptureFixture[str]) -> None:
    verification = all_held()
    verification.observe(Seen("A32", held=False, what="101 were taken"))
    report(verification, FACTS, json=False)
    said = capsys.readouterr()
    lines = {line[:3]: line for line in said.out.splitlines()}
    assert set(ASSUMPTIONS) <= set(lines)
    assert "did not hold" in lines["A32"]
    assert "101 were taken" in lines["A32"]
    assert "not all held" in said.err
