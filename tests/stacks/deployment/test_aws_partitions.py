"""Tests of China and GovCloud: every ARN of the templates has the region's own partition, with every option."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.synthesized.every_option import SECRETS_MANAGER, write_every_option_project
from tests.synthesized.sagemaker_fixtures import synthesize_by
from tests.synthesized.synthesis import ROOT, Synthesis, synthesize

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT = "123456789012"
REGIONS = {"cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"}
_ARN = re.compile(r"arn:aws[a-z-]*:")


def options_of(region: str) -> dict[str, Any]:
    """Return every option that can be combined, with ARNs of the region's partition."""
    partition = REGIONS[region]
    key = f"arn:{partition}:kms:{region}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    return {
        "account": ACCOUNT,
        "region": region,
        "removal_policy": "destroy",
        "permissions_boundary": f"arn:{partition}:iam::{ACCOUNT}:policy/boundary",
        "kms": "create",
        "former_kms": [key],
        "assets_kms": key,
        "access_logs": "create",
        "database_suffix": "_{prefix}",
        "encrypt_inter_container_traffic": True,
    }


def foreign_arns(synthesis: Synthesis, partition: str) -> list[str]:
    """Return the literal ARNs in the templates with another partition."""
    texts = [(synthesis.assembly / stack.template_file).read_text(encoding="utf-8") for stack in synthesis.stacks]
    # Only the project's own text, without the fixture's secrets and subscriber: a user's ARN is kept as written.
    own = (SECRETS_MANAGER, "arn:aws:sqs:ap-northeast-1:123456789012:incidents")
    return [
        text[found.start() : found.start() + 80]
        for text in texts
        for found in _ARN.finditer(text)
        if found[0] != f"arn:{partition}:" and not text.startswith(own, found.start())
    ]


@pytest.mark.parametrize("region", REGIONS)
def test_no_template_has_an_arn_of_another_partition(region: str, tmp_path: Path) -> None:
    project = write_every_option_project(tmp_path / "project")
    synthesis = synthesize(project, tmp_path / "cdk.out", options_of(region))
    assert foreign_arns(synthesis, REGIONS[region]) == []


@pytest.mark.parametrize("region", REGIONS)
def test_nor_has_one_of_a_warehouse_s_readers(region: str, tmp_path: Path) -> None:
    """The repository's pipelines in an existing bucket, read by Redshift."""
    partition = REGIONS[region]
    options = {
        "region": region,
        "bucket": "team-lake",
        "kms": f"arn:{partition}:kms:{region}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "redshift": True,
    }
    assert foreign_arns(synthesize(ROOT, tmp_path / "cdk.out", options), partition) == []


@pytest.mark.parametrize("region", REGIONS)
def test_nor_has_one_of_sagemaker_pipelines(region: str, tmp_path: Path) -> None:
    synthesis = synthesize_by("sagemaker_pipelines", tmp_path, options_of(region))
    assert foreign_arns(synthesis, REGIONS[region]) == []


def test_templates_for_any_region_name_no_partition(every_option: Synthesis, locked_down: Synthesis) -> None:
    for synthesis in (every_option, locked_down):
        assert [arn for arn in foreign_arns(synthesis, "none") if ":kms:ap-northeast-1:" not in arn] == []


def _each(services: Any) -> list[Any]:
    return services if isinstance(services, list) else [services]


def test_the_services_whose_principals_have_a_suffix_of_their_own(tmp_path: Path) -> None:
    """The CloudWatch Logs principal has the region and the partition's suffix; the others are the same everywhere."""
    project = ROOT / "tests" / "fixtures" / "projects" / "outside"
    synthesis = synthesize(project, tmp_path / "cdk.out", {"region": "cn-north-1", "kms": "create"})
    services = {
        json.dumps(service)
        for stack in synthesis.stacks
        for resource in synthesis.template(stack)["Resources"].values()
        for name in ("KeyPolicy", "AssumeRolePolicyDocument", "PolicyDocument")
        for statement in resource.get("Properties", {}).get(name, {}).get("Statement", [])
        if isinstance(statement.get("Principal"), dict) and "Service" in statement["Principal"]
        for service in _each(statement["Principal"]["Service"])
    }
    assert {service for service in services if "Fn::Join" in service} == {
        '{"Fn::Join": ["", ["logs.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}]]}'
    }
    for service in services:
        assert service.startswith('{"Fn::Join"') or re.fullmatch(r'"[a-z-]+\.amazonaws\.com"', service), service
