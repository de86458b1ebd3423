"""Which context a deployment takes: a name that nothing reads is refused, and so is what cannot go with the account and region."""

import json
import re
from typing import Any

import pytest

from pipeline_spec import CONTEXT_NAMES
from stacks.node_runtime import use_packaged_node

use_packaged_node()

import aws_cdk as cdk  # noqa: E402

from stacks.deployment_settings import DeploymentSettings, InvalidContextError  # noqa: E402
from tests.judges.synthesis import ROOT, app_context  # noqa: E402

KEY = "arn:aws:kms:eu-west-1:210987654321:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BOUNDARY = "arn:aws:iam::123456789012:policy/team/boundary"


class _Asked:
    """Stands in for a node, and keeps the names that it is asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def get_all_context(self) -> dict[str, Any]:
        return {}

    def try_get_context(self, name: str) -> None:
        self.names.add(name)


def _settings(context: dict[str, Any]) -> DeploymentSettings:
    return DeploymentSettings.from_context(cdk.App(context={**app_context(), **context}).node)


def test_the_names_are_those_that_are_read() -> None:
    asked = _Asked()
    DeploymentSettings.from_context(asked)  # type: ignore[arg-type]  # all of a node that it uses
    assert asked.names == CONTEXT_NAMES


@pytest.mark.parametrize(
    ("context", "named"),
    [
        ({"permission_boundary": BOUNDARY}, ["context permission_boundary: there is no such option, did you mean"]),
        ({"kms-key": "create"}, ["context kms-key: there is no such option, did you mean 'kms'?"]),
        ({"KMS": "create", "tags": {"a": "b"}}, ["context KMS: ", "context tags: "]),
        ({"stacks": "50"}, ["context stacks: there is no such option"]),
    ],
)
def test_a_name_that_nothing_reads_is_refused(context: dict[str, Any], named: list[str]) -> None:
    with pytest.raises(InvalidContextError) as caught:
        _settings(context)
    lines = str(caught.value).splitlines()
    assert [line[: len(start)] for line, start in zip(lines, named, strict=True)] == named


@pytest.mark.parametrize(
    "name",
    [
        "@aws-cdk/core:newStyleStackSynthesis",
        "aws:cdk:bundling-stacks",
        "aws-cdk:enableDiffNoFail",
        "availability-zones:account=123456789012:region=eu-west-1",
        "vpc-provider:account=123456789012:filter.isDefault=true:region=eu-west-1",
        "acknowledged-issue-numbers",
        "cli-telemetry",
    ],
)
def test_the_cdks_own_is_left_alone(name: str) -> None:
    assert _settings({name: json.dumps(True)}).prefix == "pipelines"


@pytest.mark.parametrize(
    ("context", "named"),
    [
        ({"region": "eu-west-2", "kms": KEY}, "with region=eu-west-2: services use a key of their own region only"),
        ({"region": "eu-west-2", "assets_kms": KEY}, f"context assets_kms={KEY!r} with region=eu-west-2"),
        ({"account": "210987654321", "permissions_boundary": BOUNDARY}, "a policy of the role's own account"),
    ],
)
def test_what_another_region_or_account_has_is_refused(context: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidContextError, match=re.escape(named)):
        _settings(context)


@pytest.mark.parametrize(
    "context",
    [
        {"account": "123456789012", "region": "eu-west-1", "kms": KEY, "assets_kms": KEY},
        {"kms": KEY, "permissions_boundary": BOUNDARY},
        {"region": "eu-west-2", "kms": "create"},
        {"account": "123456789012", "permissions_boundary": BOUNDARY},
        {"account": "210987654321", "permissions_boundary": "arn:aws:iam::aws:policy/PowerUserAccess"},
    ],
)
def test_what_can_be_is_taken(context: dict[str, Any]) -> None:
    settings = _settings(context)
    assert settings.security.kms == context.get("kms")
    assert settings.permissions_boundary == context.get("permissions_boundary")


def test_every_option_is_in_the_documents() -> None:
    documents = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("security.md", "redshift.md"))
    assert [name for name in sorted(CONTEXT_NAMES) if f"`{name}" not in documents] == []
