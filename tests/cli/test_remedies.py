"""Tests that remedies fit the cause of a failure; the messages are those of the CDK CLI, botocore and AWS's services."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError, SSOTokenLoadError, UnauthorizedSSOTokenError

from partitioned_pipelines.cli.deployment.cdk import Cdk
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.remedies import BOOTSTRAP, LOG_IN, remedy_for
from partitioned_pipelines.cli.target.target import told_in_words

if TYPE_CHECKING:
    from pathlib import Path

    from partitioned_pipelines.operations.remedy import Remedy

EXPIRED = "the credentials have expired"
NO_BOOTSTRAP = [
    "SSM parameter /cdk-bootstrap/hnb659fds/version not found in aws://123456789012/eu-west-1. Has the environment been "
    "bootstrapped? Please run 'cdk bootstrap' (see https://docs.aws.amazon.com/cdk/latest/guide/bootstrapping.html)",
    "This CDK deployment requires bootstrap stack version '30', found '6' in aws://1/eu-west-1. Please run 'cdk bootstrap'.",
    'This stack uses assets, so the toolkit stack must be deployed to the environment (Run "cdk bootstrap aws://1/eu-west-1")',
    "No bucket named 'cdk-hnb659fds-assets-1-eu-west-1'. Is account 1 bootstrapped?",
    "No ECR repository named 'cdk-x' in account 123456789012. Is this account bootstrapped?",
    "the environment has not been bootstrapped",
]
NO_CREDENTIALS = [
    "Need to perform AWS calls for account 123456789012, but no credentials have been configured",
    "Unable to resolve AWS account to use. It must be either configured when you define your CDK Stack, or through the environment",
    "Could not load credentials from any providers",
]
EXPIRED_CREDENTIALS = [
    "ExpiredToken: The security token included in the request is expired",
    "Error when retrieving token from sso: Token has expired and refresh failed",
    "The SSO session associated with this profile has expired or is otherwise invalid.",
]


@pytest.mark.parametrize("said", NO_BOOTSTRAP)
def test_only_what_speaks_of_the_bootstrap_suggests_it(said: str) -> None:
    assert remedy_for(f"❌ Deployment failed: {said}") == BOOTSTRAP


@pytest.mark.parametrize("said", NO_CREDENTIALS)
def test_missing_credentials(said: str) -> None:
    assert remedy_for(said) == LOG_IN


@pytest.mark.parametrize("said", EXPIRED_CREDENTIALS)
def test_expired_credentials(said: str) -> None:
    assert str(remedy_for(said)).startswith(EXPIRED)


def test_other_causes() -> None:
    assert "of the account that is named" in str(
        remedy_for("Need to perform AWS calls for account 1, but the current credentials are for 2")
    )
    assert LOG_IN in str(remedy_for("InvalidClientTokenId: The security token included in the request is invalid"))
    assumed = remedy_for(
        "Could not assume role in target account using current credentials no. Please make sure that this role exists in "
        "the account. If it doesn't exist, (re)-bootstrap the environment with the right '--trust'"
    )
    assert "sts:AssumeRole" in str(assumed)


def test_a_failure_of_a_resource_suggests_nothing() -> None:
    assert remedy_for("❌ pipelines-flights failed: Resource handler returned message: Bucket already exists") is None


@pytest.mark.parametrize(
    ("said", "remedy"),
    [(NO_BOOTSTRAP[0], BOOTSTRAP), (NO_CREDENTIALS[0], LOG_IN), ("A resource failed", None)],
)
def test_a_deployment_on_the_terminal_is_passed_on_and_its_cause_read(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    said: str,
    remedy: str | Remedy | None,
) -> None:
    tool = tmp_path / "cdk"
    tool.write_text(f"#!{sys.executable}\nimport sys\nprint('asked')\nprint({said!r}, file=sys.stderr)\nsys.exit(1)\n")
    tool.chmod(0o755)
    monkeypatch.setattr("partitioned_pipelines.cli.deployment.cdk.cdk_program", lambda: tool)
    with pytest.raises(CommandError, match="cdk deploy failed") as caught:
        Cdk(dict(os.environ)).run(["deploy"])
    assert caught.value.remedy == remedy
    passed_on = capfdbinary.readouterr()
    assert passed_on.out == b"asked\n"
    assert said.encode() in passed_on.err


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (ClientError({"Error": {"Code": "ExpiredToken", "Message": "is expired"}}, "GetCallerIdentity"), EXPIRED),
        (ClientError({"Error": {"Code": "ExpiredTokenException", "Message": "x"}}, "ListStacks"), EXPIRED),
        (UnauthorizedSSOTokenError(), EXPIRED),
        (SSOTokenLoadError(error_msg="no token"), LOG_IN),
        (
            ClientError({"Error": {"Code": "InvalidClientTokenId", "Message": "invalid"}}, "GetCallerIdentity"),
            "AWS does",
        ),
    ],
)
def test_what_boto3_raises_has_its_remedy(error: Exception, remedy: str) -> None:
    with pytest.raises(CommandError) as caught, told_in_words():
        raise error
    assert str(caught.value.remedy).startswith(remedy)
