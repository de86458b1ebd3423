"""Tests of pipelines with ``jobs: shared``, as their jobs and functions receive it, by both orchestrators."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from partitioned_pipelines.in_container import run_steps
from partitioned_pipelines.lake.runs.shared_job import RUNNER_PATH
from partitioned_pipelines.spec import jobs_of
from tests.checks.sagemaker_pipeline.pipeline_walk import walk_pipeline
from tests.checks.state_machine.dry_run import dry_run
from tests.checks.state_machine.machine import ONE_DAY
from tests.synthesized.subject import Subject, filled_s3
from tests.synthesized.synthesis import ROOT, Synthesis, synthesize

CHAIN = ROOT / "tests" / "fixtures" / "projects" / "chained"
STEPS, FOLDER = "/opt/ml/processing/steps", "/opt/ml/processing"


def copied(project: Path, target: Path, jobs: str, more: str = "") -> Path:
    """Copy a project, with the same ``jobs`` in each of its pipelines."""
    shutil.copytree(project, target, ignore=shutil.ignore_patterns(".*", "node_modules", "tests", "*.egg-info"))
    for path in (target / "pipelines").glob("*.yaml"):
        kept = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("jobs:")]
        path.write_text("\n".join([*kept, f"jobs: {jobs}", more, ""]), encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def chains(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Synthesis]:
    """Return the chain's stacks with a shared job, by orchestrator."""
    folder = tmp_path_factory.mktemp("chains")
    return {
        name: synthesize(copied(CHAIN, folder / name, "shared", f"orchestrator: {name}"), folder / f"{name}.out")
        for name in ("step_functions", "sagemaker_pipelines")
    }


@pytest.fixture(scope="module")
def requests(chains: dict[str, Synthesis]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the requests of a run by orchestrator and state, with all values of the run."""
    machine = Subject.of(chains["step_functions"], "chain").stack.definition
    pipeline = Subject.of(chains["sagemaker_pipelines"], "chain").stack.pipeline_definition
    return {
        "step_functions": {each.state: each.parameters for each in dry_run(machine, filled_s3(), ONE_DAY)},
        "sagemaker_pipelines": walk_pipeline(pipeline, filled_s3(), ONE_DAY["date"]),
    }


@pytest.mark.parametrize("orchestrator", ["step_functions", "sagemaker_pipelines"])
def test_the_job_runs_all_steps(requests: dict[str, dict[str, dict[str, Any]]], orchestrator: str) -> None:
    (request,) = (each for name, each in requests[orchestrator].items() if name == "read-to-count")
    application = request["AppSpecification"]
    assert application["ContainerEntrypoint"] == ["python3", RUNNER_PATH, "read", "check", "count"]
    assert application["ContainerArguments"] == ["--day", "2021-12-15", "two words", "--since", "2021-12-15"]
    inputs = {entry["InputName"]: entry["S3Input"] for entry in request["ProcessingInputs"]}
    assert {name: source["LocalPath"] for name, source in inputs.items()} == {
        "read-raw": f"{STEPS}/read/input/raw",
        "read-code": f"{STEPS}/read/input/code",
        "check-code": f"{STEPS}/check/input/code",
        "count-code": f"{STEPS}/count/input/code",
        "runner": f"{STEPS}/runner",
    }
    assert inputs["read-raw"]["S3Uri"].endswith("/raw/chain/2021-12-15/")
    outputs = {entry["OutputName"]: entry["S3Output"] for entry in request["ProcessingOutputConfig"]["Outputs"]}
    assert {name: (written["LocalPath"], written["S3UploadMode"]) for name, written in outputs.items()} == {
        "check-table": (f"{STEPS}/check/output/table", "EndOfJob"),
        "count-count": (f"{STEPS}/count/output/count", "EndOfJob"),
    }
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 3 * 60 * 60}
    assert set(request["Environment"]) >= {"PROCESS_DATE", "PROCESS_START", "PROCESS_END", "PROCESS_TIMEZONE", "RUN_ID"}
    assert not {"STEP", "ONLY_READ"} & set(request["Environment"]), "a step's own variables are not the job's"
    assert request["ProcessingJobName"].startswith("chain--read")


@pytest.mark.parametrize("orchestrator", ["step_functions", "sagemaker_pipelines"])
def test_each_table_is_registered_from_its_own_output(
    requests: dict[str, dict[str, dict[str, Any]]], orchestrator: str
) -> None:
    told = {name: each for name, each in requests[orchestrator].items() if name.startswith("RegisterPartitions")}
    assert len(told) == 2
    text = json.dumps(list(told.values()))
    for table in ("lines", "sights"):
        assert f"/tables/chained/{table}/runs/" in text
    if orchestrator == "step_functions":
        first = next(each["Payload"] for name, each in told.items() if name.endswith("chained.lines"))
        assert [(job["step"], job["steps"]) for job in first["usage"]["jobs"]] == [
            ("read-to-count", ["read", "check", "count"])
        ]


def test_the_runner_and_its_document_are_published(chains: dict[str, Synthesis]) -> None:
    synthesis = chains["step_functions"]
    stack = synthesis.pipelines["chain"]
    published = {
        destination["objectKey"]: (synthesis.assembly / entry["source"]["path"]).read_bytes()
        for entry in synthesis.asset_manifest(stack)["files"].values()
        for destination in entry["destinations"].values()
        if ".files/" in destination["objectKey"]
    }
    (document,) = (content for key, content in published.items() if key.endswith(".files/steps.json"))
    (runner,) = (content for key, content in published.items() if key.endswith(".files/run_steps.py"))
    assert [step["environment"] for step in json.loads(document)["steps"]] == [
        {"STEP": "reads", "ONLY_READ": "1"},
        {"STEP": "checks"},
        {"STEP": "counts"},
    ]
    assert runner == Path(run_steps.__file__).read_bytes()


def test_roles_reach_only_jobs_that_there_are(chains: dict[str, Synthesis]) -> None:
    for synthesis in chains.values():
        stack = Subject.of(synthesis, "chain").stack
        policies = json.dumps([*stack.of_type("AWS::IAM::Role"), *stack.of_type("AWS::IAM::Policy")])
        assert "processing-job/chain--read-*" in policies
        assert "chain--check" not in policies
        assert "chain--count" not in policies


@pytest.mark.thorough
@pytest.mark.parametrize(
    "project", [ROOT, ROOT / "examples" / "more", *sorted((ROOT / "tests" / "fixtures" / "projects").iterdir())],
    ids=lambda path: path.name if path != ROOT else "examples",
)  # fmt: skip
def test_steps_that_cannot_share_are_the_same_both_ways(project: Path, tmp_path: Path) -> None:
    """Of every example and fixture: the templates of pipelines without a shared job do not change."""
    ways = [
        synthesize(copied(project, tmp_path / f"with_{jobs}", jobs), tmp_path / jobs) for jobs in ("separate", "shared")
    ]
    sharing = {
        pipeline.name for pipeline in ways[1].project.pipelines if any(job.is_shared for job in jobs_of(pipeline))
    }
    for name in ways[0].pipelines:
        one, two = (way.template(way.pipelines[name]) for way in ways)
        assert (one == two) is (name not in sharing)
    if not sharing:  # the watch knows how long a run may take
        assert ways[0].template(ways[0].lake) == ways[1].template(ways[1].lake)
