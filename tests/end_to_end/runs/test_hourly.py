"""Tests of hourly pipelines on the night on which New York's clocks go forward, and on the one on which they go back."""

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.end_to_end.deployment import PROJECTS, Deployment, deployed

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("hourly")]

# The hour in UTC of each firing at five past, the local hour before it, and the stations that reported in it.
NIGHTS = {
    "2026-03-08": [("06", "00-0500", ["a"]), ("07", "01-0500", ["b", "c"]), ("08", "03-0400", ["d", "e", "f"])],
    "2026-11-01": [("05", "00-0400", ["g"]), ("06", "01-0400", ["h", "i"]), ("07", "01-0500", ["j", "k", "l"])],
}


@pytest.fixture(scope="module")
def hourly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Yield a deployment with the readings of both nights, each hour processed by a firing of the schedule."""
    project = tmp_path_factory.mktemp("hourly") / "project"
    shutil.copytree(PROJECTS / "hourly", project)
    with deployed(project) as deployment:
        for day, hours in NIGHTS.items():
            for hour, _, stations in hours:
                key = f"raw/readings/{day.replace('-', '/')}/{_before(hour)}/stations.csv"
                deployment.client("s3").put_object(Bucket=deployment.lake, Key=key, Body="\n".join(stations).encode())
                fired = deployment.command("local", "fire", "readings", "--at", f"{day}T{hour}:05:00Z")
                assert fired.returncode == 0, fired.stderr
                assert "warning" not in fired.stderr, "AWS fires then, too"
        yield deployment


def _before(hour: str) -> str:
    return f"{int(hour) - 1:02d}"


@pytest.mark.parametrize(("pipeline", "minute"), [("readings", 5), ("counts", 35), ("recent", 50)])
def test_an_hourly_schedule_is_deployed_in_utc(hourly: Deployment, pipeline: str, minute: int) -> None:
    name = hourly.outputs(hourly.stack(pipeline))["ScheduleName"]
    schedule = hourly.client("scheduler").get_schedule(GroupName=name, Name=name)
    assert schedule["ScheduleExpression"] == f"cron({minute} * * * ? *)"
    assert schedule["ScheduleExpressionTimezone"] == "UTC"


@pytest.mark.parametrize("day", NIGHTS)
def test_each_hour_has_its_own_partition(hourly: Deployment, day: str) -> None:
    columns = "hour, station, process_hour"
    of_day = f"SELECT {columns} FROM weather.readings WHERE dt = DATE '{day}' ORDER BY station"  # noqa: S608  # literals
    assert hourly.json("query", of_day) == [
        {"hour": hour, "station": station, "process_hour": hour[:2]}
        for _, hour, stations in NIGHTS[day]
        for station in stations
    ]


def test_the_hour_that_comes_twice_is_queried_by_its_offset(hourly: Deployment) -> None:
    select = "SELECT station, process_start, process_end FROM weather.readings WHERE dt = DATE '2026-11-01' AND hour ="
    first, second = (hourly.json("query", f"{select} '01-0{offset}00' ORDER BY station") for offset in (4, 5))
    assert [(row["station"], row["process_start"], row["process_end"]) for row in first] == [
        (station, "2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00") for station in "hi"
    ]
    assert [(row["station"], row["process_start"], row["process_end"]) for row in second] == [
        (station, "2026-11-01T01:00:00-05:00", "2026-11-01T02:00:00-05:00") for station in "jkl"
    ]


def test_sagemaker_pipelines_read_the_same_hours(hourly: Deployment) -> None:
    """The table's keys have New York's offsets, and those of the counts are in UTC, as numbers without zeros."""
    for hour in ("06", "07"):
        fired = hourly.json("local", "fire", "counts", "--at", f"2026-11-01T{hour}:35:00Z")
        assert fired["partitions"]["created"] == 1
    assert _counts(hourly, "2026-11-01") == [
        _count(5, 2, "2026-11-01T01:00:00-04:00", "01"),
        _count(6, 3, "2026-11-01T01:00:00-05:00", "01"),
    ]
    # One run about four hours: 00, 01, 03 and 04. There is no single hour, so the variable is empty.
    several = hourly.json("run", "counts", "--from", "2026-03-08", "--to", "2026-03-08T05", "--no-deploy")
    assert (several["process_start"], several["process_end"]) == (
        "2026-03-08T00:00:00-05:00",
        "2026-03-08T05:00:00-04:00",
    )
    assert _counts(hourly, "2026-03-08") == [_count(5, 6, "2026-03-08T00:00:00-05:00", "")]


def test_a_run_looks_back_and_reads_a_window(hourly: Deployment) -> None:
    """The run is about both hours from 01:00, and reads the two hours before each of them: 23:00 (no readings), 00:00 and the first 01:00."""
    fired = hourly.json("local", "fire", "recent", "--at", "2026-11-01T07:50:00Z")
    assert (fired["process_start"], fired["process_end"]) == ("2026-11-01T01:00:00-04:00", "2026-11-01T02:00:00-05:00")
    assert _counts(hourly, "2026-11-01", "recent") == [_count(5, 3, "2026-11-01T01:00:00-04:00", "")]
    (receipt,) = [
        json.loads(hourly.client("s3").get_object(Bucket=hourly.lake, Key=key)["Body"].read())
        for key in hourly.keys("tables/weather/recent/receipts/")
        if key.count("/") == 4
    ]
    assert receipt["run"]["process_end"] == "2026-11-01T02:00:00-05:00"
    # A named hour is processed alone: it reads 01:00 twice, and no lookback.
    named = hourly.json("run", "recent", "--at", "2026-11-01T02:00", "--no-deploy")
    assert (named["process_start"], named["process_end"]) == ("2026-11-01T02:00:00-05:00", "2026-11-01T03:00:00-05:00")
    assert _counts(hourly, "2026-11-01", "recent")[1] == _count(7, 5, "2026-11-01T02:00:00-05:00", "02")


def _counts(hourly: Deployment, day: str, table: str = "counts") -> Any:
    columns = "hour, readings, process_start, process_date, process_hour"
    of_day = f"SELECT {columns} FROM weather.{table} WHERE dt = DATE '{day}' ORDER BY hour"  # noqa: S608  # literals
    return hourly.json("query", of_day)


def _count(hour: int, readings: int, start: str, process_hour: str) -> dict[str, Any]:
    return {
        "hour": hour,
        "readings": readings,
        "process_start": start,
        "process_date": start[:10],
        "process_hour": process_hour,
    }


def test_a_time_that_is_skipped_or_comes_twice_is_refused(hourly: Deployment) -> None:
    skipped = hourly.command("local", "fire", "readings", "--at", "2026-03-08T02:05")
    assert (skipped.returncode, "does not exist in America/New_York" in skipped.stderr) == (2, True)
    twice = hourly.command("local", "fire", "readings", "--at", "2026-11-01T01:05")
    assert twice.returncode == 2
    assert "use 2026-11-01T01:05:00-04:00 or 2026-11-01T01:05:00-05:00" in twice.stderr
    again = hourly.command("local", "fire", "readings", "--at", "2026-11-01T01:05:00-05:00")
    assert again.returncode == 0
    assert "nothing was done: the event scheduled for 2026-11-01T06:05:00Z" in again.stderr


def test_one_run_about_an_hour_or_none_about_a_day(hourly: Deployment) -> None:
    run = hourly.json("run", "readings", "--at", "2026-11-01T01:00-05:00", "--no-deploy")
    assert (run["process_start"], run["partitions"]["repointed"]) == ("2026-11-01T01:00:00-05:00", 1)
    refused = hourly.command("run", "readings", "--date", "2026-11-01", "--no-deploy")
    assert refused.returncode == 2
    assert "would read s3://bucket/raw/readings/2026/11/01/04/, while its interval" in refused.stderr
