"""Tests of documents as flat text for a Lambda step of SageMaker Pipelines, and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from partitioned_pipelines.lake.function_events.lambda_step import (
    LONGEST_OUTPUT,
    OversizedOutputError,
    UnfinishedRegistrationError,
    asks_for_jobs,
    plan_event,
    plan_output_names,
    plan_outputs,
    registration_arguments,
    registration_event,
    registration_outputs,
    run_outputs,
)
from partitioned_pipelines.lake.function_events.requests import InvalidRequestError, PlanRequest

STEPS: list[dict[str, Any]] = [
    {
        "name": name,
        "job_stem": f"p--{name}",
        "missing_input": "fail",
        "inputs": [{"name": "raw", "uri": "s3://{lake}/raw/"}],
        "arguments": ["--day", "{process_date}"],
        "environment": {},
        "outputs": [{"name": "out", "prefix": "s3://{lake}/{run_id}/"}],
    }
    for name in ("a", "a_input")
]
SPEC: Any = {"pipeline": "p", "timezone": "UTC", "date_offset_days": 0, "lake_bucket": "lake", "steps": STEPS}
ARGUMENTS = {
    "spec": json.dumps(SPEC),
    "execution_arn": "arn:e",
    "start_time": "2026-11-23T16:25:08Z",
    "date": "",
    "from": "",
    "to": "",
    "scheduled_time": "",
}


@pytest.mark.parametrize(
    "given",
    [
        {"date": "2021-12-15"},
        {"from": "2021-12-15", "to": "2021-12-17"},
        {"scheduled_time": "2021-12-15T21:00:00Z"},
        {"date": "2021-12-15", "inputs": "required"},
    ],
)
def test_parameters_are_an_execution_s_input(given: dict[str, str]) -> None:
    request = PlanRequest.from_event(plan_event({**ARGUMENTS, **given}))
    assert request.execution_input == given
    assert request.execution_arn == "arn:e"


@pytest.mark.parametrize("without", ["spec", "execution_arn", "date"])
def test_missing_arguments_are_named(without: str) -> None:
    arguments = {name: value for name, value in ARGUMENTS.items() if name != without}
    with pytest.raises(InvalidRequestError, match=f"PlanRun.*{without}"):
        plan_event(arguments)


def planned(step: str, **more: Any) -> dict[str, Any]:
    return {
        "inputs": {"raw": f"s3://lake/{step}/"},
        "outputs": {"out": f"s3://lake/r/{step}"},
        "arguments": ["--day", "2021-12-15"],
        **more,
    }


def test_a_plan_is_flat_text_and_each_step_has_its_own() -> None:
    plan: Any = {"outcome": "run", "run_id": "r", "steps": {"a": planned("a"), "a_input": planned("b")}}
    outputs = plan_outputs(SPEC, plan)
    assert outputs["step1_input_raw"] == "s3://lake/a/"
    assert outputs["step2_input_raw"] == "s3://lake/b/"
    assert outputs["step2_output_out"] == "s3://lake/r/b"
    assert outputs["step1_argument_1"] == "2021-12-15"
    assert list(outputs) == plan_output_names(SPEC)
    assert len(outputs) == len(run_outputs(SPEC)) + 2 * 4


def test_the_hour_is_passed_on_only_by_intervals_that_have_one() -> None:
    hourly: Any = {**SPEC, "interval": "hour", "offset": -1}
    assert set(plan_output_names(hourly)) - set(plan_output_names(SPEC)) == {"process_hour"}
    plan: Any = {"outcome": "duplicate", "process_hour": "05"}
    assert plan_outputs(hourly, plan)["process_hour"] == "05"
    daily: Any = {**SPEC, "interval": "day", "offset": -1}
    assert "process_hour" not in plan_outputs(daily, plan)


def test_a_run_that_does_nothing_has_all_outputs_too() -> None:
    plan: Any = {"outcome": "duplicate", "reason": "x" * 2000, "run_id": "r"}
    outputs = plan_outputs(SPEC, plan)
    assert outputs["outcome"] == "duplicate"
    assert len(outputs["reason"]) == LONGEST_OUTPUT
    assert list(outputs) == plan_output_names(SPEC)


def test_a_text_that_would_be_cut_is_refused() -> None:
    steps = {"a": planned("a", inputs={"raw": "s3://" + "x" * LONGEST_OUTPUT}), "a_input": planned("b")}
    plan: Any = {"outcome": "run", "steps": steps}
    with pytest.raises(OversizedOutputError, match="step1_input_raw has 1029 characters"):
        plan_outputs(SPEC, plan)


def test_a_registration_says_that_its_root_is_shared() -> None:
    arguments = {
        "table": json.dumps({"table_name": "t"}),
        "run": json.dumps({"pipeline": "p", "script_hash": "h", "image_uri": "i"}),
        "s3_uri": "s3://lake/r/",
        "processing_job_arn": "arn:j",
        "require_success_marker": "true",
        "execution_arn": "arn:e",
        **dict.fromkeys(("run_id", "started_at", "process_start", "process_end"), "x"),
    }
    job = {"CreationTime": datetime(2026, 11, 23, 16, tzinfo=UTC), "ProcessingJobStatus": "Stopped"}
    event = registration_event(arguments, job)
    assert event["source"]["processing_job_status"] == "Stopped"
    assert event["source"]["shared_by_attempts"] is True
    assert event["source"]["require_success_marker"] is True
    assert event["source"]["creation_time"] == "2026-11-23T16:00:00+00:00"
    assert event["run"]["execution_arn"] == "arn:e"
    assert "inputs_record" not in event["run"], "of a definition that an earlier version deployed"
    recorded = registration_event({**arguments, "inputs_record": "s3://lake/x.json"}, job)
    assert recorded["run"]["inputs_record"] == "s3://lake/x.json"
    del arguments["run_id"]
    with pytest.raises(InvalidRequestError, match="run_id"):
        registration_event(arguments, job)


def test_counts_are_text_and_an_unfinished_registration_is_no_success() -> None:
    counts = dict.fromkeys(("created", "repointed", "unchanged", "kept_newer", "swept", "objects", "bytes"), 1)
    left_out: dict[str, Any] = {
        "bad_path_count": 9,
        "bad_paths": ["s3://lake/é: " + "x" * 290] * 5,
        "skipped_partitions": 2,
        "ignored": {"hidden": 1},
    }
    answer: Any = {"table": "d.t", "outcome": "registered", "receipt": "s3://r", **counts, **left_out}
    outputs = registration_outputs(answer)
    assert outputs["created"] == "1"
    assert (outputs["bad_path_count"], json.loads(outputs["ignored"])) == ("9", {"hidden": 1})
    assert json.loads(outputs["bad_paths"]) == left_out["bad_paths"][:3], "as many as fit into 1,024 characters"
    assert max(map(len, outputs.values())) <= LONGEST_OUTPUT
    assert all(isinstance(value, str) for value in outputs.values())
    answer["outcome"] = "continue"
    with pytest.raises(UnfinishedRegistrationError, match="retry-pipeline-execution"):
        registration_outputs(answer)


@pytest.mark.parametrize("first", [True, False])
def test_only_the_first_table_gets_the_usage_of_the_run(first: bool) -> None:
    usage = {"jobs": [{"step": "x"}] if first else [], **({"planning": "<reference>"} if first else {})}
    payload: Any = {
        "table": {},
        "run": {},
        "source": {"s3_uri": "s3://x/", "processing_job_arn": "arn:j"},
        "usage": usage,
    }
    arguments = registration_arguments(payload, lambda value: value)
    told = {name: arguments.get(name) for name in ("keeps_usage", "planning_usage")}
    assert told == {"keeps_usage": "true", "planning_usage": "<reference>" if first else None}
    assert asks_for_jobs(arguments) is first


def test_a_definition_from_before_receipts_kept_usage_passes_none() -> None:
    payload: Any = {"table": {}, "run": {}, "source": {"s3_uri": "s3://x/", "processing_job_arn": "arn:j"}}
    arguments = registration_arguments(payload, lambda value: value)
    assert not {"keeps_usage", "planning_usage"} & arguments.keys()
    assert asks_for_jobs(arguments) is False
