"""Checks of the tags by which a bill is divided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.checks.pipeline.job_requests import job_request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.synthesized.resolved_stack import ResolvedStack
    from tests.synthesized.subject import Subject

# The types of the stacks' resources that have tags and may be billed. Roles are not, but their tags show who owns them.
_TAGGED = {
    "AWS::Athena::WorkGroup",
    "AWS::CloudWatch::Alarm",
    "AWS::Events::Rule",
    "AWS::IAM::Role",
    "AWS::KMS::Key",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SageMaker::Pipeline",
    "AWS::Scheduler::ScheduleGroup",
    "AWS::StepFunctions::StateMachine",
}


def cost_tags(subject: Subject) -> list[str]:
    """Check that each resource of a pipeline and the request of each job name the deployment and the pipeline."""
    name = subject.pipeline.name
    prefix = subject.stack.name.removesuffix(f"-{name.replace('_', '-')}")
    expected = {"environment": prefix, "pipeline": name}
    found = _resource_findings(subject.stack, expected)
    for step in subject.pipeline.steps:
        given = _tags(job_request(subject.stack, step.name))
        if given != expected:
            found.append(f"the job of {step.name} has the tags {given}")
    return found


def lake_tags(lake: ResolvedStack) -> list[str]:
    """Check that each resource that all pipelines share names the deployment, and no pipeline."""
    return _resource_findings(lake, {"environment": lake.name.removesuffix("-data-lake")})


def _resource_findings(stack: ResolvedStack, expected: Mapping[str, str]) -> list[str]:
    return [
        f"{name} has the tags {given}"
        for name, resource in stack.resources.items()
        if resource["Type"] in _TAGGED
        for given in [_tags(resource.get("Properties", {}))]
        if given != expected
    ]


def _tags(properties: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}


TAG_CHECKS: dict[str, Callable[[Subject], list[str]]] = {"cost_tags": cost_tags}
LAKE_TAG_CHECKS: dict[str, Callable[[ResolvedStack], list[str]]] = {"lake_tags": lake_tags}
