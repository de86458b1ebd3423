"""Tests that all roles have the permissions boundary that an account requires."""

from pathlib import Path

from tests.synthesized.synthesis import ROOT, Synthesis, synthesize

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


def test_without_the_option_there_is_none(tmp_path: Path) -> None:
    assert set(_boundaries(synthesize(OUTSIDE, tmp_path / "cdk.out"))) == {None}
