"""Tests of what a shared job's message and log say of its steps."""

from __future__ import annotations

import pytest

from partitioned_pipelines.lake.runs.shared_job import (
    RUNNER_PATH,
    StepLines,
    failed_step,
    last_step_lines,
    lines_by_step,
    steps_of_job,
)
from partitioned_pipelines.lake.runs.usage import JobUsage

M, OTHER = "[steps 0123456789abcdef] ", "[steps fedcba9876543210] "
LOG = [
    f"{M}runs a, b, c",
    f"{M}a begins",
    "Traceback (most recent call last):",
    f"{OTHER}c begins",
    f"its last words{M}a ended with exit code 0 after 0.1 s",
    f"{M}b begins",
    f"{M}b ended with exit code 0 after 0.1 s",
    f"{M}c begins",
    "1 row",
    f"{M}c ended with exit code 3 after 0.1 s",
    "the runner's own words",
]
SAID = [
    ("a", "Traceback (most recent call last):"),
    ("a", f"{OTHER}c begins"),
    ("a", "its last words"),
    ("c", "1 row"),
    (None, "the runner's own words"),
]


def test_lines_belong_to_steps() -> None:
    reader = StepLines()
    assert [found for line in LOG for found in reader.read(line)] == SAID


@pytest.mark.parametrize("cut", range(len(LOG)))
def test_the_end_of_a_log_is_read_alike(cut: int) -> None:
    said = lines_by_step(LOG[cut:])
    assert said == SAID[len(SAID) - len(said) :]


def test_the_last_step_is_the_one_that_failed() -> None:
    assert last_step_lines(LOG) == ["1 row"]
    assert last_step_lines(["of a job", "with one step"]) == ["of a job", "with one step"]
    assert last_step_lines([]) == []


@pytest.mark.parametrize(
    ("job", "message", "step"),
    [
        ("a-to-c", "step b failed with exit code 3: step c failed with exit code 4", "b"),
        ("a-to-c", "AlgorithmError: step b failed with exit code 137 (SIGKILL), exit code: 137", "b"),
        ("a-to-c", "ClientError: Please use an instance type with more memory", None),
        ("a", "step b failed with exit code 3", None),
    ],
)
def test_the_step_that_failed(job: str, message: str, step: str | None) -> None:
    assert failed_step(job, message) == step


def test_the_steps_of_a_job() -> None:
    description = {"AppSpecification": {"ContainerEntrypoint": ["python3", RUNNER_PATH, "a", "b"]}}
    assert steps_of_job(description) == ("a", "b")
    for entrypoint in (["python3", "/opt/ml/processing/input/code/a.py"], ["etl"], []):
        assert steps_of_job({"AppSpecification": {"ContainerEntrypoint": entrypoint}}) == ()


def test_the_usage_of_a_shared_job_names_its_steps() -> None:
    usage = JobUsage("a-to-b", "p--a-1", "ml.t3.medium", 1, 30, None, None, ("a", "b"))
    assert JobUsage.parse(usage.document()) == usage
    assert usage.document()["steps"] == ["a", "b"]
    alone = JobUsage("a", "p--a-1", "ml.t3.medium", 1, 30, None, None)
    assert "steps" not in alone.document()
    assert JobUsage.parse(alone.document()) == alone
