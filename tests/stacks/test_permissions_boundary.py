"""Where an account asks for a permissions boundary, no role is without it."""

from pathlib import Path

import pytest

from stacks.deployment_settings import InvalidContextError
from tests.judges.synthesis import ROOT, Synthesis, synthesize

OUTSIDE = ROOT / "tests" / "fixtures" / "projects" / "outside"
BOUNDARY = "arn:aws:iam::123456789012:policy/team/boundary"


def _boundaries(synthesis: Synthesis) -> list[object]:
    return [
        resource["Properties"].get("PermissionsBoundary")
        for stack in synthesis.stacks
        for resource in synthesis.template(stack)["Resources"].values()
        if resource["Type"] == "AWS::IAM::Role"
    ]


def test_every_role_has_it(tmp_path: Path) -> None:
    found = _boundaries(synthesize(OUTSIDE, tmp_path / "cdk.out", {"permissions_boundary": BOUNDARY}))
    assert len(found) >= 4
    assert set(found) == {BOUNDARY}


def test_without_the_context_there_is_none(tmp_path: Path) -> None:
    assert set(_boundaries(synthesize(OUTSIDE, tmp_path / "cdk.out"))) == {None}


@pytest.mark.parametrize("boundary", ["boundary", "arn:aws:iam::123456789012:role/x", "arn:aws:iam::1:policy/x"])
def test_what_is_no_policy_is_refused(boundary: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidContextError, match=r"give the ARN of a managed policy"):
        synthesize(OUTSIDE, tmp_path / "cdk.out", {"permissions_boundary": boundary})
