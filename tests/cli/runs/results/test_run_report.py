"""Tests of a run's result: the document of ``run --json``, and the text."""

from __future__ import annotations

import json

import pytest

from partitioned_pipelines.cli.project import how_partitions_are_seen
from partitioned_pipelines.cli.runs.results.run_report import RunError, RunReport
from partitioned_pipelines.runtime.executions.history import Failed
from partitioned_pipelines.spec.model.pipeline import Column, PartitionKey, Table, TableSource

PLAN = {"outcome": "run", "run_id": "r1", "process_start": "2013-01-01", "process_end": "2014-01-01"}


def test_the_counts_of_all_tables_together() -> None:
    registrations = {
        "a": {"table": "db.a", "created": 2, "repointed": 1, "unchanged": 0},
        "b": {"table": "db.b", "created": 3, "repointed": 0, "unchanged": 5, "kept_newer": 4},
    }
    report = RunReport("arn:e", "SUCCEEDED", {"plan": PLAN, "registrations": registrations}, None)
    assert report.document() == {
        "execution_arn": "arn:e",
        "status": "SUCCEEDED",
        "run_id": "r1",
        "process_start": "2013-01-01",
        "process_end": "2014-01-01",
        "partitions": {"created": 5, "repointed": 1, "unchanged": 5, "kept_newer": 4},
        "tables": [],
        "error": None,
    }
    assert report.nothing_done_because is None
    assert report.process_days == "2013-01-01 to 2014-01-01"


def test_a_table_that_athena_repaired_counts_nothing() -> None:
    registrations = {"a": {"table": "db.a", "outcome": "repaired", "query_execution_id": "q"}}
    report = RunReport("arn:e", "SUCCEEDED", {"plan": PLAN, "registrations": registrations}, None)
    assert set(report.document()["partitions"].values()) == {0}


def test_how_partitions_are_seen_without_a_registration() -> None:
    table = Table(
        source=TableSource(step="a"),
        database="db",
        name="t",
        layout="in_place",
        columns=(Column(name="c", type="string"),),
        partition_keys=(PartitionKey(name="dt"),),
    )
    assert how_partitions_are_seen(table) is None
    repaired = how_partitions_are_seen(table.model_copy(update={"registration": "msck"}))
    assert repaired is not None
    assert repaired.startswith("db.t: each run lets Athena look for new folders (MSCK REPAIR TABLE)")
    projected = how_partitions_are_seen(table.model_copy(update={"registration": "projection"}))
    assert projected is not None
    assert "the catalog holds none" in projected


@pytest.mark.parametrize("outcome", ["duplicate", "missing_input"])
def test_a_run_that_had_nothing_to_do(outcome: str) -> None:
    plan = {**PLAN, "outcome": outcome, "reason": "because", "process_date": "2013-01-01"}
    report = RunReport("arn:e", "SUCCEEDED", {"plan": plan}, None)
    assert report.nothing_done_because == "because"
    assert report.process_days == "2013-01-01"
    assert set(report.document()["partitions"].values()) == {0}


def test_an_execution_that_failed_before_it_was_planned() -> None:
    report = RunReport("arn:e", "FAILED", {}, RunError("PlanRun", "E", "cause", "message", None))
    document = report.document()
    assert (document["run_id"], document["process_start"], document["process_end"]) == (None, None, None)
    assert report.process_days is None
    assert not report.succeeded


@pytest.mark.parametrize(
    ("cause", "error", "message", "job_name"),
    [
        ({"ExitMessage": "no 特徴量", "FailureReason": "AlgorithmError", "ProcessingJobName": "j"}, "E", "no 特徴量", "j"),
        ({"FailureReason": "CapacityError: none"}, "E", "CapacityError: none", "of the history"),
        ({"errorMessage": "nothing there", "errorType": "MissingInputError"}, "MissingInputError", "nothing there", "of the history"),
        ("plain text", "E", "plain text", "of the history"),
        ("", "E", "", "of the history"),
    ],
)  # fmt: skip
def test_words_for_a_cause(cause: object, error: str, message: str, job_name: str) -> None:
    text = cause if isinstance(cause, str) else json.dumps(cause)
    found = RunError.from_failure(Failed("state", 1.0, "E", text), "of the history")
    assert (found.error, found.message, found.job_name, found.cause) == (error, message, job_name, text)


def test_the_document_of_an_error() -> None:
    error = RunError("", "Timeout", "c", "m", "j", ("one", "two"))
    assert error.document() == {
        "state": None, "error": "Timeout", "message": "m", "cause": "c", "job_name": "j", "log_tail": ["one", "two"],
        "traceback": None, "printed": [],
    }  # fmt: skip
