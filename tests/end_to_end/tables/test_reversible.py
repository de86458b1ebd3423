"""Tests of a day that is run twice, rolled back, vacuumed, and restored from its receipts, with the real commands."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from partitioned_pipelines.lake.key_layout import receipts_prefix
from tests.end_to_end.deployment import Deployment

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("end_to_end")]

PARTITION = "year=2013/month=5/day=6"
COUNT = "SELECT count(*) AS n FROM analytics.flights WHERE year = 2013 AND month = 5 AND day = 6"


@pytest.fixture
def run_day(deployment: Deployment, raw_flights: Path, tmp_path: Path) -> Callable[[int], str]:
    """Return a function that runs the sixth of May with its first rows only, and returns the run's id."""
    raw = pd.read_csv(raw_flights, dtype=str)
    day = raw[(raw["month"] == "5") & (raw["day"] == "6")]

    def run(rows: int) -> str:
        path = tmp_path / "flights.csv"
        day.head(rows).to_csv(path, index=False)
        run_id: str = deployment.json("run", "flights", "--date", "2013-05-06", "--input", f"raw={path}")["run_id"]
        return run_id

    return run


def live_run(deployment: Deployment) -> str:
    (run,) = [run["run_id"] for run in deployment.json("runs", "flights") if PARTITION in run["live"]]
    return str(run)


def findings(deployment: Deployment) -> list[dict[str, str]]:
    """Return the doctor's findings; check that its exit code agrees."""
    finished = deployment.command("doctor", "flights", "--json")
    found: list[dict[str, str]] = json.loads(finished.stdout)["findings"]
    assert finished.returncode == bool(found), finished.stderr
    return found


def test_a_day_is_gone_back_to_cleaned_up_and_restored(deployment: Deployment, run_day: Callable[[int], str]) -> None:
    found_before = findings(deployment)  # other tests may have left a failed run
    first, second, third = run_day(50), run_day(20), run_day(10)
    assert deployment.json("query", COUNT) == [{"n": 10}]
    runs = {run["run_id"]: run for run in deployment.json("runs", "flights")}
    assert [runs[run]["live"] for run in (first, second, third)] == [[], [], [PARTITION]]
    assert runs[first]["bytes"] > 0

    audited = deployment.json("audit", "flights", first, "--full")
    assert (audited["files"], audited["count"]) == (runs[first]["objects"], 0)

    planned = deployment.json("rollback", "flights", "--partition", PARTITION, "--dry-run")
    assert deployment.json("query", COUNT) == [{"n": 10}]
    done = deployment.json("rollback", "flights", "--partition", PARTITION)
    assert done == {**planned, "dry_run": False}
    assert [(move["from_run"], move["to_run"]) for move in done["moved"]] == [(third, second)]
    assert deployment.json("query", COUNT) == [{"n": 20}]

    deployment.json("rollback", "flights", "--partition", PARTITION, "--to", first)
    assert deployment.json("query", COUNT) == [{"n": 50}]
    assert live_run(deployment) == first
    assert findings(deployment) == found_before

    kept = deployment.json("vacuum", "flights", "--keep", "7d")
    assert kept["removed"] == []
    before = deployment.keys("tables/analytics/flights/")
    planned = deployment.json("vacuum", "flights", "--keep", "0d", "--dry-run")
    assert {second, third} <= {run["run_id"] for run in planned["removed"]}
    assert first not in {run["run_id"] for run in planned["removed"]}
    assert deployment.keys("tables/analytics/flights/") == before
    assert {**planned, "dry_run": False} == deployment.json("vacuum", "flights", "--keep", "0d")
    assert deployment.keys(f"tables/analytics/flights/runs/{second}/") == []
    assert deployment.keys(f"{receipts_prefix('analytics', 'flights')}removed/{second}.json") != []
    assert deployment.json("query", COUNT) == [{"n": 50}]
    assert findings(deployment) == found_before

    refused = deployment.command("rollback", "flights", "--partition", PARTITION, "--to", second, "--json")
    assert refused.returncode == 1
    assert "has no run" in json.loads(refused.stdout)["error"]["message"]


def test_a_catalog_that_lost_its_partitions_is_restored_from_the_receipts(
    deployment: Deployment, run_day: Callable[[int], str]
) -> None:
    run_day(30)
    before, found_before = deployment.json("partitions", "flights"), findings(deployment)
    glue = deployment.client("glue")
    for partition in before:
        glue.delete_partition(
            DatabaseName="analytics", TableName="flights", PartitionValues=list(partition["values"].values())
        )
    assert deployment.json("query", COUNT) == [{"n": 0}]
    refused = deployment.command("vacuum", "flights", "--keep", "0d")
    assert refused.returncode == 1
    assert "contradicts its receipts" in refused.stderr
    missing = [each for each in findings(deployment) if each["kind"] == "missing_partition"]
    assert len(missing) == len(before)

    restored = json.loads(deployment.command("doctor", "flights", "--rebuild", "--json").stdout)
    assert restored["rebuilt"] == {"created": len(before), "repointed": 0, "without_data": []}
    assert findings(deployment) == found_before
    assert deployment.json("query", COUNT) == [{"n": 30}]
    where = [(partition["values"], partition["location"]) for partition in before]
    assert [(each["values"], each["location"]) for each in deployment.json("partitions", "flights")] == where
