"""Tests of the app's context: the project's folder and the deployment; other options belong in deployment.yaml."""

import json
from pathlib import Path
from typing import Any

import pytest

from partitioned_pipelines.spec import CONTEXT_NAMES, Deployment
from stacks import use_packaged_node

use_packaged_node()

import aws_cdk as cdk  # noqa: E402

from stacks.settings import Context, DeploymentSettings, InvalidContextError  # noqa: E402
from tests.synthesized.synthesis import ROOT, app_context  # noqa: E402


class _Asked:
    """A fake of a construct node that records the requested names."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def get_all_context(self) -> dict[str, Any]:
        return {}

    def try_get_context(self, name: str) -> None:
        self.names.add(name)


def _context(**given: Any) -> Context:
    return Context.of(cdk.App(context={**app_context(), **given}).node)


def test_the_names_are_those_that_are_read() -> None:
    asked = _Asked()
    Context.of(asked)  # type: ignore[arg-type]  # all of a node that it uses
    assert asked.names == CONTEXT_NAMES


def test_what_is_given_is_read() -> None:
    assert _context() == Context(Path.cwd(), {})
    given = _context(project=str(ROOT), prefix="team", account="123456789012", region="eu-west-1", local="true")
    overrides = {"prefix": "team", "account": "123456789012", "region": "eu-west-1"}
    assert given == Context(ROOT, overrides, local=True)


@pytest.mark.parametrize(
    ("file", "given", "named"),
    [
        (None, "pipelines", None),
        (None, "team", "team"),
        ("team", "team", None),
        ("team", "pipelines", "pipelines"),
        ("team", None, None),
    ],
)
def test_commands_name_the_prefix_if_it_is_not_the_files(
    tmp_path: Path, file: str | None, given: str | None, named: str | None
) -> None:
    if file:
        (tmp_path / "deployment.yaml").write_text(f"prefix: {file}\n", encoding="utf-8")
    context = _context(project=str(tmp_path), **({"prefix": given} if given else {}))
    assert context.given_prefix == named
    settings = DeploymentSettings(Deployment(), local=False, given_prefix=context.given_prefix)
    assert settings.command_options == ["--target", "aws", *(["--prefix", named] if named else [])]
    assert DeploymentSettings(Deployment(), local=True).command_options == []


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("kms", "create", "context kms: write `kms: create` into deployment.yaml"),
        ("permission_boundary", "x", "no such option, did you mean 'permissions_boundary'"),
        ("local", "yes", "context local is 'yes': write true or false"),
    ],
)
def test_other_context_is_refused(name: str, value: str, says: str) -> None:
    with pytest.raises(InvalidContextError, match=says):
        _context(**{name: value})


@pytest.mark.parametrize("name", ["@aws-cdk/core:newStyleStackSynthesis", "aws:cdk:bundling-stacks", "cli-telemetry"])
def test_the_cdks_own_is_left_alone(name: str) -> None:
    assert _context(**{name: json.dumps(True)}).overrides == {}
