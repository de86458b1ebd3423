"""Tests of a run's reported results for its tables, from registrations, receipts and the catalog."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from partitioned_pipelines.cli.runs.results.run_report import RunError, RunReport
from partitioned_pipelines.cli.runs.results.table_outcome import (
    TableOutcome,
    find_outcomes,
    note_on_failure,
    notes_on_left_out,
    table_rows,
)
from partitioned_pipelines.cli.settings import Settings, Target
from partitioned_pipelines.lake.function_events.lambda_step import registration_outputs
from partitioned_pipelines.runtime.executions.history import Failed
from partitioned_pipelines.spec.model.pipeline import Column, PartitionKey, Table, TableSource
from tests.moto_lake import STARTED_AT, aws, glue, lake, s3  # noqa: F401  # fixtures

if TYPE_CHECKING:
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.lake.function_events.payloads import RegistrationAnswer
    from partitioned_pipelines.spec.model.pipeline import Pipeline
    from tests.moto_lake import Lake

SETTINGS = Settings(Path.cwd(), Target.LOCAL, None, json=False)
PLAN = {"outcome": "run", "run_id": "r1", "process_start": "2021-12-15", "process_end": "2021-12-16"}
FAILURE = RunError.from_failure(Failed("RegisterPartitions.analytics.other", 1.0, "E", "why"), None)


class ThisCloud:
    """A fake cloud with only two clients."""

    def __init__(self, lake: Lake) -> None:  # noqa: F811
        self.s3, self.glue = lake.s3, lake.glue


def pipeline(**changes: str) -> Pipeline:
    def table(name: str) -> Table:
        made = Table(
            source=TableSource(step="a"),
            database="analytics",
            name=name,
            layout="versioned",
            columns=(Column(name="c", type="string"),),
            partition_keys=(PartitionKey(name="dt"),),
        )
        return made.model_copy(update=changes)

    class Two:
        name = "p"
        tables = (table("features"), table("other"))

    return cast("Pipeline", Two())


def outcomes_of(lake: Lake, report: RunReport, **changes: str) -> tuple[TableOutcome, ...]:  # noqa: F811
    return find_outcomes(cast("Cloud", ThisCloud(lake)), pipeline(**changes), report)


def failed(registrations: dict[str, Any], *, begun: bool = True) -> RunReport:
    return RunReport("arn:e", "FAILED", {"plan": PLAN, "registrations": registrations}, FAILURE, begun)


@pytest.fixture
def published(lake: Lake) -> tuple[Lake, dict[str, Any]]:  # noqa: F811
    """Return a run that skipped a path, left a newer partition unchanged and published another, with its answer."""
    lake.create_table()
    lake.write("dt=2021-12-16/a.csv", run="r2")
    lake.register("r2", STARTED_AT.replace(year=2030))
    for key in ("dt=2021-12-15/a.csv", "dt=2021-12-16/a.csv", "dt=2021-12-17/a.csv", "dt=2021-12-17/x/a.csv", "_x/a"):
        lake.write(key)
    return lake, lake.register("r1", on_bad_path="skip")


@pytest.mark.parametrize("orchestrator", ["step_functions", "sagemaker_pipelines"])
def test_what_was_skipped_and_left_alone_is_reported(published: tuple[Lake, dict[str, Any]], orchestrator: str) -> None:
    lake, answer = published  # noqa: F811
    passed_on = (
        registration_outputs(cast("RegistrationAnswer", answer)) if orchestrator == "sagemaker_pipelines" else answer
    )
    report = RunReport("arn:e", "SUCCEEDED", {"plan": PLAN, "registrations": {"t": passed_on}}, None)
    features, _ = outcomes = outcomes_of(lake, report)
    document = report.document([outcome.document() for outcome in outcomes])
    assert json.loads(json.dumps(document)) == document
    assert document["partitions"] == {"created": 1, "repointed": 0, "unchanged": 0, "kept_newer": 1}
    told = document["tables"][0]
    assert (told["outcome"], told["published"], told["kept_newer"], told["skipped_partitions"]) == (
        "registered",
        1,
        1,
        1,
    )
    assert told["kept_newer_partitions"] == [{"partition": "dt=2021-12-16", "kept_by": "r2"}]
    assert told["ignored"] == {"hidden": 1, "empty": 0, "marker": 0}
    (bad,) = told["bad_paths"]
    assert "dt=2021-12-17/x/a.csv: " in bad
    assert table_rows([features]) == [["analytics.features", "1", "0", "0", "1", "1"]]
    assert list(notes_on_left_out(features)) == [
        "skipped in analytics.features: 1 path, and 1 partition with a bad path in them",
        f"  {bad}",
        "unchanged in analytics.features: 1 partition that a later run published",
        "  dt=2021-12-16 keeps the files of r2",
        "ignored in analytics.features (hidden: names that begin with _ or .): 1 hidden",
    ]


def test_of_two_tables_one_is_published_and_the_other_is_not(published: tuple[Lake, dict[str, Any]]) -> None:
    lake, answer = published  # noqa: F811
    lake.glue.create_table(DatabaseName="analytics", TableInput={"Name": "other", "PartitionKeys": [{"Name": "dt"}]})
    features, other = outcomes_of(lake, failed({"t": answer}))
    assert note_on_failure(SETTINGS, features, "p") == "analytics.features: published: 1 partition"
    assert note_on_failure(SETTINGS, other, "p") == "analytics.other: nothing was published"


@pytest.mark.parametrize(
    "answer", [{}, {"table": "analytics.features", "outcome": "continue", "receipt": "", "created": 0}]
)
def test_what_a_failed_registration_left_is_counted_in_the_catalog(lake: Lake, answer: dict[str, Any]) -> None:  # noqa: F811
    lake.create_table(keys="n:int")
    for number in range(150):
        lake.write(f"n={number}/a.csv")
    calls = [1]

    def refuse_the_second(_params: dict[str, Any]) -> dict[str, Any] | None:
        calls[0] -= 1
        return {"Error": {"Code": "AccessDeniedException", "Message": "no"}} if calls[0] < 0 else None

    lake.answer("glue.BatchCreatePartition", refuse_the_second)
    with pytest.raises(ClientError):
        lake.register("r1")
    features, other = outcomes_of(lake, failed({"t": answer}))
    assert (features.outcome, features.published) == ("incomplete", 100)
    assert "100 partitions of the run published, and no receipt" in note_on_failure(SETTINGS, features, "p")
    assert "pipelines rollback p --table analytics.features" in note_on_failure(SETTINGS, features, "p")
    assert (other.outcome, other.published) == ("unknown", None), "there is no such table, and nobody knows why"
    assert "not known" in note_on_failure(SETTINGS, other, "p")


def test_a_run_that_never_came_to_registering_has_published_nothing(lake: Lake) -> None:  # noqa: F811
    """This is known without the catalog, in which there is not even a table."""
    features, other = outcomes_of(lake, failed({}, begun=False))
    assert {features.outcome, other.outcome} == {"not_published"}


def test_a_table_that_athena_repairs(lake: Lake) -> None:  # noqa: F811
    report = RunReport(
        "arn:e", "SUCCEEDED", {"plan": PLAN, "registrations": {"t": {"table": "analytics.features"}}}, None
    )
    features, other = outcomes_of(lake, report, registration="msck")
    assert (features.outcome, other.outcome) == ("repaired", "not_published")
    assert table_rows([features, other]) == []


def test_a_run_that_did_nothing_has_no_outcomes(lake: Lake) -> None:  # noqa: F811
    report = RunReport("arn:e", "SUCCEEDED", {"plan": {**PLAN, "outcome": "duplicate"}}, None)
    assert outcomes_of(lake, report) == ()


def test_many_paths_are_shown_by_the_first_and_the_receipt() -> None:
    outcome = TableOutcome(
        "d.t",
        "registered",
        1,
        {"kept_newer": 0},
        1200,
        tuple(f"s3://b/{n}: bad" for n in range(9)),
        receipt="s3://b/r.json",
    )
    first, *paths, more = notes_on_left_out(outcome)
    assert (first, len(paths), more) == ("skipped in d.t: 1,200 paths", 5, "  and 1,195 more: s3://b/r.json")
