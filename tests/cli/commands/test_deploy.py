"""Tests of ``pipelines deploy --target aws``: its checks, its calls of the CDK CLI, and its final reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from partitioned_pipelines.cli.deployment.removal.stacks import DeployedStack
from partitioned_pipelines.cli.remedies import LOG_IN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Invoke

GONE = DeployedStack(
    "pipelines-gone", "arn:aws:cloudformation:eu-west-1:123456789012:stack/x/y", "gone", "CREATE_COMPLETE"
)
CONFIGURATION = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
)


@dataclass
class Cdk:
    """A fake of the CDK CLI that records its calls."""

    calls: list[str] = field(default_factory=list)

    def synthesize(self, *_given: Any) -> None:
        self.calls.append("synth")

    def run(self, arguments: list[str]) -> None:
        self.calls.append(arguments[0])

    def deploy(self, _assembly: Path, flags: list[str]) -> None:
        self.calls.append(f"deploy {' '.join(flags)}")


@pytest.fixture
def cdk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cdk:
    """Replace the CDK CLI with a fake, and remove this machine's credentials and region."""
    for name in CONFIGURATION:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    cdk = Cdk()
    monkeypatch.setattr("partitioned_pipelines.cli.deployment.deployment.Cdk.for_aws", lambda: cdk)
    monkeypatch.setattr("partitioned_pipelines.cli.deployment.deployment.run_preflight", lambda *_given: None)
    monkeypatch.setattr(
        "partitioned_pipelines.cli.deployment.deployment.find_stacks", lambda *_given, **_options: [GONE]
    )
    return cdk


@pytest.fixture
def logged_in(cdk: Cdk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cdk]:
    """Provide an account mocked by moto."""
    with mock_aws():
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        monkeypatch.setenv("AWS_REGION", "eu-west-1")
        yield cdk


@pytest.mark.parametrize(("bootstrap", "calls"), [([], []), (["--bootstrap"], ["bootstrap"])])
def test_the_account_is_named_first_and_what_has_no_file_last(
    logged_in: Cdk, invoke: Invoke, project: Path, bootstrap: list[str], calls: list[str]
) -> None:
    result = invoke("deploy", "--target", "aws", "--project", project, *bootstrap)
    assert result.exit_code == 0, result.output
    assert logged_in.calls == ["synth", *calls, "deploy --require-approval=broadening"]
    first, last = result.stderr.splitlines()
    assert first == "deploying to the AWS account 123456789012 in eu-west-1"
    assert last.startswith(
        "pipelines-gone is deployed, and pipelines/gone.yaml does not exist: its schedule still runs."
    )
    assert "pipelines destroy gone --target aws --project " in last


def test_without_credentials_nothing_is_called_and_no_bootstrap_suggested(
    cdk: Cdk, invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    result = invoke("deploy", "--target", "aws", "--project", project)
    assert result.exit_code == 3
    assert result.stderr == f"error: there are no AWS credentials\n{LOG_IN}\n"
    assert cdk.calls == []


def test_without_a_region_nothing_is_deployed_to_some_region(
    logged_in: Cdk, invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_REGION")
    result = invoke("deploy", "--target", "aws", "--project", project)
    assert result.exit_code == 3
    assert "no AWS region is set\nset AWS_REGION" in result.stderr
    assert logged_in.calls == []
