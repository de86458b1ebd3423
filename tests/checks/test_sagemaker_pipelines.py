"""Tests of stacks for SageMaker Pipelines, compared with the same pipelines' stacks for Step Functions."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.checks.external_tools import security_review
from tests.checks.sagemaker_pipeline.pipeline_walk import EXECUTION_ID, walk_pipeline
from tests.checks.state_machine.dry_run import dry_run
from tests.mutations.mutation import Mutation, assert_found
from tests.mutations.sagemaker_pipeline.sagemaker_pipeline import (
    SAGEMAKER_CHECKS,
    SAGEMAKER_LINTERS,
    SAGEMAKER_MUTATIONS,
)
from tests.synthesized.resolved_stack import ResolvedStack
from tests.synthesized.sagemaker_fixtures import SAGEMAKER_PIPELINES as PIPELINES
from tests.synthesized.sagemaker_fixtures import synthesize_by
from tests.synthesized.subject import Subject, filled_s3
from tests.synthesized.synthesis import Synthesis

pytestmark = pytest.mark.xdist_group("sagemaker_pipelines")  # one worker synthesizes them for all tests

DATE = "2021-12-15"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


def comparable(request: dict[str, Any]) -> Any:
    """Return a request without execution-specific values and explicit defaults."""
    kept = {name: value for name, value in request.items() if name != "ProcessingJobName"}
    if "NetworkConfig" in kept:
        kept["NetworkConfig"] = {"EnableNetworkIsolation": False, **kept["NetworkConfig"]}
    text = json.dumps(kept, sort_keys=True).replace(EXECUTION_ID, "<new>")
    return json.loads(_RUN_ID.sub("<run>", _UUID.sub("<new>", text)))


@pytest.mark.parametrize("name", PIPELINES)
def test_both_orchestrators_ask_for_the_same_jobs(
    name: str, by_pipelines: Synthesis, by_step_functions: Synthesis
) -> None:
    given = walk_pipeline(by_pipelines.resolved(name).pipeline_definition, filled_s3(), DATE)
    machine = by_step_functions.resolved(name).definition
    jobs = {request.state: request for request in dry_run(machine, filled_s3(), {"date": DATE}) if request.is_job}
    assert set(jobs) == {step.name for step in by_pipelines.pipeline(name).steps}
    for step, job in jobs.items():
        assert comparable(given[step]) == comparable(job.parameters)


@pytest.mark.parametrize("name", PIPELINES)
@pytest.mark.parametrize("check", SAGEMAKER_CHECKS.values(), ids=SAGEMAKER_CHECKS)
def test_checks_find_nothing(check: Callable[[Subject], list[str]], name: str, by_pipelines: Synthesis) -> None:
    assert check(Subject.of(by_pipelines, name)) == []


@pytest.mark.parametrize("name", PIPELINES)
@pytest.mark.parametrize("linter", SAGEMAKER_LINTERS.values(), ids=SAGEMAKER_LINTERS)
def test_linters_find_nothing(linter: Callable[[ResolvedStack], list[str]], name: str, by_pipelines: Synthesis) -> None:
    assert linter(by_pipelines.resolved(name)) == []


@pytest.mark.parametrize("mutation", SAGEMAKER_MUTATIONS, ids=lambda mutation: mutation.name)
def test_mutations(mutation: Mutation, by_pipelines: Synthesis) -> None:
    """Break one property; the named check must report it."""
    subject = Subject.of(by_pipelines, mutation.pipeline)
    mutation.apply(subject.stack)
    linter = SAGEMAKER_LINTERS.get(mutation.check)
    assert_found(mutation, linter(subject.stack) if linter else SAGEMAKER_CHECKS[mutation.check](subject))


@pytest.mark.parametrize("name", PIPELINES)
def test_the_security_review_finds_what_it_finds_of_the_state_machine(
    name: str, by_pipelines: Synthesis, by_step_functions: Synthesis
) -> None:
    """Except for the name of the role, the registrar's descriptions of the run's jobs, and the runs of a backfill."""
    ours = security_review.findings(by_pipelines, by_pipelines.pipelines[name])
    theirs = security_review.findings(by_step_functions, by_step_functions.pipelines[name])
    jobs = {rule for place, rule in theirs if place.startswith("Workflow/") and ":processing-job/" in rule}
    registers = any(table.registration == "lambda" for table in by_pipelines.pipeline(name).tables)
    registrar = "Registrar/RegisterPartitions/Role/Policy/Resource"
    expected = {(place, rule) for place, rule in theirs if not place.startswith("Workflow/")}
    expected |= {("Workflow/Role/Policy/Resource", rule) for rule in jobs}
    expected |= {(registrar, rule) for rule in jobs if registers}
    stack, place = by_pipelines.pipelines[name].stack_name, "Backfill/StateMachine/Role/Policy/Resource"
    region = "<AWS::Region>:<AWS::AccountId>"
    executions = {
        f"arn:<AWS::Partition>:states:{region}:execution:{stack}:*": "theirs",
        f"arn:<AWS::Partition>:sagemaker:{region}:pipeline/{stack}/execution/*": "ours",
    }
    notify = "Notices/Notify/Role/Policy/Resource"
    if registers:
        expected.add(
            (
                registrar,
                f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:sagemaker:{region}:pipeline/{stack}/execution/*]",
            )
        )
    of_runs = {
        whose: {(reader, f"AwsSolutions-IAM5[Resource::{arn}]") for reader in (place, notify)}
        for arn, whose in executions.items()
    }
    assert of_runs["theirs"] <= theirs
    assert ours == expected - of_runs["theirs"] | of_runs["ours"] | {(notify, rule) for rule in jobs}


def written(synthesis: Synthesis, name: str) -> list[dict[str, Any]]:
    """Return the SageMaker pipeline resources in the template."""
    resources = synthesis.template(synthesis.pipelines[name])["Resources"].values()
    return [resource for resource in resources if resource["Type"] == "AWS::SageMaker::Pipeline"]


def test_the_same_project_gives_the_same_bytes(by_pipelines: Synthesis, tmp_path: Path) -> None:
    again = synthesize_by("sagemaker_pipelines", tmp_path)
    for name in PIPELINES:
        assert len(written(again, name)) == 1
        assert written(again, name) == written(by_pipelines, name)


def test_every_check_can_find_something() -> None:
    assert {mutation.check for mutation in SAGEMAKER_MUTATIONS} == {*SAGEMAKER_CHECKS, *SAGEMAKER_LINTERS}
    names = [mutation.name for mutation in SAGEMAKER_MUTATIONS]
    assert len(names) == len(set(names))
