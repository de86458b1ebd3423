"""Tests of a year of flights in one run, and of a day that is rerun with other rows and fewer files."""

from pathlib import Path

import pandas as pd
import pytest

from tests.end_to_end.deployment import Deployment

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("end_to_end")]

BY_MONTH = """
    SELECT month, count(*) AS flights, avg(dep_delay) AS mean_departure_delay
    FROM analytics.flights WHERE year = 2013 GROUP BY month ORDER BY month
"""


def test_the_year_equals_what_pandas_computes_from_the_raw_file(deployment: Deployment, raw_flights: Path) -> None:
    run = deployment.json(
        "run", "flights", "--from", "2013-01-01", "--to", "2014-01-01", "--input", f"raw={raw_flights}"
    )
    assert run["partitions"] == {"created": 365, "repointed": 0, "unchanged": 0, "kept_newer": 0}

    raw = pd.read_csv(raw_flights)
    by_month = raw.groupby("month").agg(flights=("flight", "size"), mean_departure_delay=("dep_delay", "mean"))
    rows = deployment.json("query", BY_MONTH)
    assert [row["month"] for row in rows] == list(range(1, 13))
    assert [row["flights"] for row in rows] == by_month["flights"].tolist()
    assert [row["mean_departure_delay"] for row in rows] == pytest.approx(by_month["mean_departure_delay"].tolist())
    assert sum(row["flights"] for row in rows) == 336_776


def test_a_day_run_again_shows_the_second_runs_rows_only(
    deployment: Deployment, raw_flights: Path, tmp_path: Path
) -> None:
    day = pd.read_csv(raw_flights, dtype=str).query("month == '2' and day == '3'")
    fewer = day[day["origin"] == "JFK"].head(40)
    assert 0 < len(fewer) < len(day)
    query = "SELECT count(*) AS n, count(DISTINCT origin) AS origins FROM analytics.flights WHERE month = 2 AND day = 3"

    runs, locations = [], []
    for rows in (day, fewer):
        raw = tmp_path / "flights.csv"
        rows.to_csv(raw, index=False)
        runs.append(deployment.json("run", "flights", "--date", "2013-02-03", "--input", f"raw={raw}"))
        (location,) = [
            partition["location"]
            for partition in deployment.json("partitions", "flights")
            if partition["values"] == {"year": "2013", "month": "2", "day": "3"}
        ]
        locations.append(location)
        assert deployment.json("query", query) == [{"n": len(rows), "origins": rows["origin"].nunique()}]

    assert runs[1]["partitions"] == {"created": 0, "repointed": 1, "unchanged": 0, "kept_newer": 0}
    prefixes = [location.removeprefix(f"s3://{deployment.lake}/") for location in locations]
    assert [len(deployment.keys(prefix)) for prefix in prefixes] == [3, 1], "the first run's files must still be there"
    assert [run["run_id"] in prefix for run, prefix in zip(runs, prefixes, strict=True)] == [True, True]


def test_data_that_validation_refuses_is_not_published(
    deployment: Deployment, raw_flights: Path, tmp_path: Path
) -> None:
    bad = pd.read_csv(raw_flights, dtype=str).query("month == '3' and day == '4'")
    bad.loc[bad.index[:2], "dest"] = None
    raw = tmp_path / "flights.csv"
    bad.to_csv(raw, index=False)
    before = deployment.json("partitions", "flights")
    finished = deployment.command("run", "flights", "--date", "2013-03-04", "--input", f"raw={raw}")
    assert finished.returncode == 1
    assert "2 rows have no dest" in finished.stdout + finished.stderr
    assert deployment.json("partitions", "flights") == before
