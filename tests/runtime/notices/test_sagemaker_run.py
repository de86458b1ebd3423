"""Tests of the notices of runs and backfills under SageMaker Pipelines."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.lake.runs.run_facts import build_run_id
from tests.runtime.notices.services import JOB, PIPELINE, PLAN, START, Logs, Pages, StepFunctions, World, refused

if TYPE_CHECKING:
    from collections.abc import Callable

JOB_ARN = f"arn:aws:sagemaker:eu-central-1:123456789012:processing-job/{JOB}"


def lambda_step(name: str, outputs: dict[str, str], status: str = "Succeeded", reason: str = "") -> dict[str, Any]:
    parameters = [{"Name": key, "Value": value} for key, value in outputs.items()]
    return {
        "StepName": name,
        "StepStatus": status,
        "Metadata": {"Lambda": {"OutputParameters": parameters}},
        **({"FailureReason": reason} if reason else {}),
    }


def job_step(status: str, name: str = "transform") -> dict[str, Any]:
    return {
        "StepName": name,
        "StepStatus": status,
        "Metadata": {"ProcessingJob": {"Arn": JOB_ARN}},
        **({"FailureReason": "ClientError: AlgorithmError"} if status == "Failed" else {}),
    }


PLANNED = lambda_step("PlanRun", {**PLAN, "reason": ""})


@dataclass
class Run:
    """An execution of the pipeline."""

    number: int
    status: str = "Succeeded"
    name: str = ""
    steps: list[dict[str, Any]] = field(default_factory=lambda: [PLANNED, job_step("Succeeded")])
    parameters: dict[str, str] = field(default_factory=lambda: {"scheduled_time": "2026-02-02T06:00:00Z", "date": ""})

    @property
    def arn(self) -> str:
        return f"{PIPELINE}/execution/e{self.number}"

    @property
    def detail(self) -> dict[str, Any]:
        return {
            "pipelineArn": PIPELINE,
            "pipelineExecutionArn": self.arn,
            "pipelineExecutionDisplayName": self.name or f"execution-{self.number}",
            "currentPipelineExecutionStatus": self.status,
            "executionStartTime": "Feb 2, 2026, 6:00:00 AM",
        }


@dataclass
class Sagemaker:
    """SageMaker, with executions in the order of their start."""

    runs: list[Run]
    refuses: set[str] = field(default_factory=set)

    def get_paginator(self, operation: str) -> Pages:
        operations: dict[str, tuple[Callable[..., list[Any]], str]] = {
            "list_pipeline_executions": (self._list, "PipelineExecutionSummaries"),
            "list_pipeline_execution_steps": (self._steps, "PipelineExecutionSteps"),
            "list_pipeline_parameters_for_execution": (self._parameters, "PipelineParameters"),
        }
        items, member = operations[operation]
        return Pages(items, member, operation in self.refuses)

    def describe_processing_job(self, *, ProcessingJobName: str) -> dict[str, str]:  # noqa: N803 - boto3's spelling
        if "describe_processing_job" in self.refuses:
            raise refused("DescribeProcessingJob")
        assert ProcessingJobName == JOB
        return {"ExitMessage": "ValueError: no column amount", "FailureReason": "AlgorithmError"}

    def _list(self, *, PipelineName: str, SortBy: str, SortOrder: str) -> list[dict[str, Any]]:  # noqa: N803 - boto3's spelling
        assert (PipelineName, SortBy, SortOrder) == ("pipelines-told", "CreationTime", "Descending")
        return [
            {
                "PipelineExecutionArn": run.arn,
                "PipelineExecutionStatus": run.status,
                "PipelineExecutionDisplayName": run.name or f"execution-{run.number}",
                "StartTime": START + timedelta(days=run.number),
            }
            for run in sorted(self.runs, key=lambda each: each.number, reverse=True)
        ]

    def _steps(self, *, PipelineExecutionArn: str, SortOrder: str) -> list[dict[str, Any]]:  # noqa: N803 - boto3's spelling
        assert SortOrder == "Ascending"
        return next(run for run in self.runs if run.arn == PipelineExecutionArn).steps

    def _parameters(self, *, PipelineExecutionArn: str) -> list[dict[str, str]]:  # noqa: N803 - boto3's spelling
        (run,) = (each for each in self.runs if each.arn == PipelineExecutionArn)
        return [{"Name": name, "Value": value} for name, value in run.parameters.items()]


def told(sagemaker: Sagemaker, run: Run) -> Any:
    """Return the notice of a run's end."""
    sagemaker.runs.append(run)
    world = World(StepFunctions([]), Logs({JOB: ["ValueError: no column amount"]}), sagemaker=sagemaker)
    return world.notify({"detail": run.detail, "of": world.of("run", PIPELINE)})


def failed(number: int) -> Run:
    return Run(number, "Failed", steps=[PLANNED, job_step("Failed")])


def test_a_script_that_raised() -> None:
    run = failed(1)
    notice = told(Sagemaker([Run(0)]), run)
    run_id = build_run_id(START + timedelta(days=1), run.arn)
    assert (
        notice.text
        == f"""\
told failed at its step transform for 2026-02-01 (started by its schedule of 2026-02-02T06:00:00Z).
Run {run_id}

Error: ValueError: no column amount

The last lines of its script:
    ValueError: no column amount

analytics.told is what it was before this run.

Log    pipelines logs told {run_id} --target aws
Retry  pipelines retry told {run_id} --target aws
Open   https://eu-central-1.console.aws.amazon.com/sagemaker/home?region=eu-central-1#/processing-jobs/{JOB}

This is the 1st failure in a row. The next notices come with the 2nd, 4th, 8th and so on, and with the first run that succeeds."""
    )


def test_powers_of_two_and_one_recovery() -> None:
    sagemaker = Sagemaker([Run(0)])
    found = [told(sagemaker, failed(number)) for number in range(1, 10)]
    assert [each.facts["failures_in_a_row"] for each in found if each] == [1, 2, 4, 8]
    recovered = told(sagemaker, Run(10))
    assert (recovered.kind, recovered.facts["failures_in_a_row"]) == ("recovered", 9)
    assert told(sagemaker, Run(11)) is None


def test_a_run_that_did_nothing_neither_recovers_nor_ends_a_row() -> None:
    sagemaker = Sagemaker([Run(0)])
    nothing = [lambda_step("PlanRun", {"outcome": "missing_input", "run_id": "r"})]
    assert told(sagemaker, failed(1)).facts["failures_in_a_row"] == 1
    assert told(sagemaker, Run(2, steps=nothing)) is None
    assert told(sagemaker, failed(3)).facts["failures_in_a_row"] == 2


def test_a_failure_in_planrun_names_the_interval_that_the_parameters_ask_for() -> None:
    run = Run(1, "Failed", steps=[lambda_step("PlanRun", {}, "Failed", "MissingInputError: no objects")])
    run.parameters = {"date": "2026-02-05", "scheduled_time": ""}
    notice = told(Sagemaker([]), run)
    assert notice.text.startswith("told failed at its step PlanRun for 2026-02-05 (started by hand).\n")
    assert "Error: MissingInputError: no objects\n" in notice.text
    assert notice.facts["link"] is None


@pytest.mark.parametrize(("error", "seen"), [("InvalidDataError", "unchanged"), ("LeaseLostError", "partly")])
def test_a_failed_registration(error: str, seen: str) -> None:
    registration = lambda_step("RegisterPartitions", {}, "Failed", f"Lambda function failed: {error}: of the run")
    notice = told(Sagemaker([]), Run(1, "Failed", steps=[PLANNED, job_step("Succeeded"), registration]))
    assert notice.facts["tables"] == {"analytics.told": seen}


def test_a_table_that_was_published_before_another_failed() -> None:
    good = lambda_step("RegisterPartitions.analytics.told", {"table": "analytics.told", "outcome": "registered"})
    bad = lambda_step("RegisterPartitions.analytics.other", {}, "Failed", "InvalidDataError")
    notice = told(Sagemaker([]), Run(1, "Failed", steps=[PLANNED, job_step("Succeeded"), good, bad]))
    assert notice.facts["tables"] == {"analytics.told": "published"}


def test_a_run_that_was_stopped() -> None:
    notice = told(Sagemaker([]), Run(1, "Stopped", steps=[PLANNED, job_step("Stopped")]))
    assert notice.text.startswith("told was stopped at its step transform for 2026-02-01")


@pytest.mark.parametrize(
    ("refuses", "missing"),
    [
        ("list_pipeline_executions", "failure in a row"),
        ("list_pipeline_execution_steps", "at its step"),
        ("describe_processing_job", "Error: ValueError"),
        ("list_pipeline_parameters_for_execution", "(started"),
    ],
)
def test_what_cannot_be_read_leaves_its_part_out(refuses: str, missing: str) -> None:
    notice = told(Sagemaker([Run(0)], {refuses}), failed(1))
    assert missing not in notice.text
    assert "pipelines retry told " in notice.text
    assert told(Sagemaker([Run(0)]), failed(1)).text.count(missing) == 1, "and it is there otherwise"


def test_a_backfill() -> None:
    runs = [Run(number, "Failed" if number == 2 else "Succeeded", name=f"bf-0a-2026-03-0{number}") for number in (1, 2)]
    sagemaker = Sagemaker([Run(0), *runs, Run(3, "Failed")])
    assert told(sagemaker, Run(4, "Failed", name="bf-0a-2026-03-04")) is None
    world = World(StepFunctions([]), sagemaker=sagemaker)
    milliseconds = int(START.timestamp() * 1000)
    detail = {
        "executionArn": "arn:aws:states:eu-central-1:1:execution:x_backfill:bf-0a",
        "name": "bf-0a",
        "status": "SUCCEEDED",
        "startDate": milliseconds,
        "stopDate": milliseconds + 1,
    }
    notice = world.notify({"detail": detail, "of": world.of("backfill", PIPELINE)})
    assert notice
    assert (notice.facts["runs"], notice.facts["failed"]) == (3, 2)
    assert notice.facts["first_failed_intervals"] == ["2026-03-02", "2026-03-04"]
