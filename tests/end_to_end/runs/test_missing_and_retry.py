"""A failed run is missing, with its reason, until its retry publishes the interval: by both orchestrators."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from partitioned_pipelines.lake.key_layout import interval_marks_prefix
from tests.end_to_end.deployment import ROOT, Deployment

RAW = ROOT / "examples" / "feature_table" / "raw.csv"

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("end_to_end")]


def missing(both: Deployment, pipeline: str, day: str, *, code: int) -> dict[str, Any]:
    after = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    finished = both.command("missing", pipeline, "--from", day, "--to", after, "--json")
    assert finished.returncode == code, finished.stdout + finished.stderr
    document: dict[str, Any] = json.loads(finished.stdout)
    assert document["expected"] == 1
    return document


@pytest.mark.parametrize(
    ("pipeline", "table", "day"),
    [
        ("feature_table", "partitioned_table_sample", "2021-10-05"),
        ("by_pipelines", "sample_by_pipelines", "2021-10-06"),
    ],
)
def test_a_run_without_input_is_retried_when_the_input_has_come(
    both: Deployment, pipeline: str, table: str, day: str
) -> None:
    assert missing(both, pipeline, day, code=1)["missing"][0]["state"] == "never_started"
    assert both.command("run", pipeline, "--date", day, "--no-deploy").returncode == 1

    (failed,) = missing(both, pipeline, day, code=1)["missing"]
    run_id = failed["run_id"]
    assert failed["state"] == "failed"
    assert f"no objects under s3://{both.lake}/raw/feature_table/{day.replace('-', '/')}/" in failed["reason"]

    both.client("s3").upload_file(str(RAW), both.lake, f"raw/feature_table/{day.replace('-', '/')}/raw.csv")
    retried = both.json("retry", pipeline)
    assert (retried["status"], retried["run_id"], retried["partitions"]["created"]) == ("SUCCEEDED", run_id, 1)

    assert missing(both, pipeline, day, code=0)["counts"]["published"] == 1
    marks = both.keys(interval_marks_prefix("analytics", table))
    assert [key for key in marks if key.endswith(f".published.{run_id}")]

    refused = both.command("retry", pipeline, run_id)
    assert refused.returncode == 1
    assert f"the run {run_id} cannot be retried" in refused.stderr


def test_an_interval_that_a_later_run_has_published_is_not_retried(both: Deployment) -> None:
    day = "2021-10-07"
    assert both.command("run", "feature_table", "--date", day, "--no-deploy").returncode == 1
    (failed,) = missing(both, "feature_table", day, code=1)["missing"]
    later = both.json("run", "feature_table", "--date", day, "--input", f"raw={RAW}", "--no-deploy")
    refused = both.command("retry", "feature_table", failed["run_id"])
    assert refused.returncode == 1
    assert f"{day} has been published by {later['run_id']}" in refused.stderr
    assert f"pipelines run feature_table --date {day}" in refused.stderr
