"""Tests that cdk-nag's findings are exactly the acknowledged ones."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns

from tests.checks.external_tools import security_review
from tests.synthesized.fixtures import PIPELINES, PROJECTS
from tests.synthesized.synthesis import ROOT, Synthesis, synthesize

if TYPE_CHECKING:
    from stacks.pipeline.processing_role import ProcessingRole


@pytest.mark.parametrize("project", PROJECTS)
def test_lake(project: str, request: pytest.FixtureRequest) -> None:
    synthesis: Synthesis = request.getfixturevalue(project)
    assert security_review.findings(synthesis, synthesis.lake) == set(security_review.lake_acknowledged(synthesis))


@pytest.mark.parametrize(("project", "pipeline"), PIPELINES)
def test_pipeline(project: str, pipeline: str, request: pytest.FixtureRequest) -> None:
    synthesis: Synthesis = request.getfixturevalue(project)
    found = security_review.findings(synthesis, synthesis.pipelines[pipeline])
    assert found == set(security_review.acknowledged(synthesis.pipeline(pipeline), synthesis.options.lake_formation))


def test_it_finds_what_is_not_on_record(tmp_path: Path) -> None:
    synthesis = synthesize(ROOT / "tests" / "fixtures" / "projects" / "outside", tmp_path / "cdk.out")
    stack = synthesis.pipelines["word_count"]
    before = security_review.findings(synthesis, stack)
    role = cast("ProcessingRole", stack.node.find_child("Processing")).role
    role.add_to_policy(iam.PolicyStatement(actions=["s3:*"], resources=["arn:aws:s3:::other"]))
    sns.Topic(stack, "Plain")
    assert security_review.findings(synthesis, stack) - before == {
        ("Processing/Role/Policy/Resource", "AwsSolutions-IAM5[Action::s3:*]"),
        ("Plain/Resource", "AwsSolutions-SNS3"),
    }


def test_every_record_has_a_reason(every_option: Synthesis) -> None:
    records = {
        **security_review.lake_acknowledged(every_option),
        **security_review.acknowledged(every_option.pipeline("everything")),
    }
    assert all(len(reason) > 20 for reason in records.values())
