"""Tests that cfn-lint, parliament and asl-validator find nothing in the stacks, but do find planted errors."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sqs as sqs

from tests.checks.external_tools import linters
from tests.synthesized.fixtures import PIPELINES, PROJECTS
from tests.synthesized.resolved_stack import ResolvedStack
from tests.synthesized.synthesis import Synthesis, app_context

LINTERS = [linters.cfn_lint, linters.parliament, linters.asl_validator]


@pytest.mark.parametrize(("project", "pipeline"), PIPELINES)
@pytest.mark.parametrize("linter", LINTERS)
def test_pipeline(
    linter: Callable[[ResolvedStack], list[str]], project: str, pipeline: str, request: pytest.FixtureRequest
) -> None:
    synthesis: Synthesis = request.getfixturevalue(project)
    assert linter(synthesis.resolved(pipeline)) == []


@pytest.mark.parametrize("project", PROJECTS)
def test_lake(project: str, request: pytest.FixtureRequest) -> None:
    lake = request.getfixturevalue(project).resolved_lake()
    assert linters.cfn_lint(lake) == []
    # A denial of s3:* for old TLS covers every action, even those that do not support the condition, as in AWS's documentation,
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html#example-object-tls-version
    findings = {finding.partition(": ")[2] for finding in linters.parliament(lake)}
    if not lake.of_type("AWS::S3::BucketPolicy"):
        assert findings == set()
        return
    assert findings == {
        f"UNKNOWN_CONDITION_FOR_ACTION Unknown condition s3:TlsVersion for action s3:{action}"
        for action in ("InitiateReplication", "PutAccessPointPublicAccessBlock")
    }


@pytest.mark.parametrize("project", PROJECTS)
def test_templates_as_they_are(project: str, request: pytest.FixtureRequest) -> None:
    synthesis: Synthesis = request.getfixturevalue(project)
    findings = [
        finding for stack in synthesis.stacks for finding in linters.cfn_lint_template(synthesis.template(stack))
    ]
    # The CDK makes functions and schedules depend on their role in two ways, which is redundant but harmless.
    redundant = re.compile(
        r"Resources/\w+/DependsOn/\d+: W3005 '\w+' dependency already enforced by a 'GetAtt' at .*/Role(Arn)?'"
    )
    assert [finding for finding in findings if not redundant.fullmatch(finding)] == []


def test_the_cdk_s_own_validation_stops_a_synthesis(tmp_path: Path) -> None:
    # Requires the context of cdk.json: without it, the CDK only warns, and writes the template.
    app = cdk.App(outdir=str(tmp_path / "cdk.out"), context=app_context())
    sqs.CfnQueue(cdk.Stack(app, "stack"), "Queue", message_retention_period=99_999_999)
    with pytest.raises(RuntimeError, match="99999999 is greater than the maximum of 1209600"):
        app.synth()


def test_the_cdk_s_own_validation_finds_nothing_here(repository: Synthesis, every_option: Synthesis) -> None:
    for synthesis in (repository, every_option):
        report = json.loads((synthesis.assembly / "validation-report.json").read_text(encoding="utf-8"))
        assert [plugin["violations"] for plugin in report["pluginReports"]] in ([], [[]])
