"""Tests of the project examples/more: Spark writes the flights table, pandera checks it, and a model's quality becomes a table."""

from __future__ import annotations

import json
import math
import shutil
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from cloud_under_test.extras import needs_java
from partitioned_pipelines.spec import load_project
from tests.end_to_end.deployment import ROOT, Deployment, deployed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MORE = ROOT / "examples" / "more"
EVERY_FLIGHT = """SELECT carrier, flight, tailnum, origin, dest, sched_dep_time, dep_time, dep_delay, sched_arr_time, arr_time, arr_delay,
    air_time, distance, scheduled_hour, year, month, day FROM analytics.flights
    ORDER BY year, month, day, origin, scheduled_hour, carrier, flight"""

on_a_local_cloud = [
    pytest.mark.e2e,
    pytest.mark.heavy,
    pytest.mark.xdist_group("more_examples"),
    pytest.mark.timeout(900),
    needs_java,
]


@pytest.fixture(scope="module")
def more(tmp_path_factory: pytest.TempPathFactory, raw_flights: Path) -> Iterator[Deployment]:
    """Yield the unchanged project, with the flights of the year in its table."""
    project = shutil.copytree(MORE, tmp_path_factory.mktemp("more") / "project")
    with deployed(project) as cloud:
        whole_year = ("--from", "2013-01-01", "--to", "2014-01-01", "--input", f"raw={raw_flights}")
        run = cloud.json("run", "flights_spark", *whole_year)
        assert run["partitions"] == {"created": 365, "repointed": 0, "unchanged": 0, "kept_newer": 0}
        yield cloud


def csv_of(cloud: Deployment, query: str) -> bytes:
    """Query Athena; return the result's file, because a whole table is too long for pages."""
    athena, s3 = cloud.client("athena"), cloud.client("s3")
    bucket = cloud.lake
    asked = athena.start_query_execution(
        QueryString=query, ResultConfiguration={"OutputLocation": f"s3://{bucket}/results/"}
    )
    execution: dict[str, Any] = {}

    def ended() -> bool:
        execution.update(athena.get_query_execution(QueryExecutionId=asked["QueryExecutionId"])["QueryExecution"])
        return execution["Status"]["State"] not in {"QUEUED", "RUNNING"}

    cloud.wait_until(ended, seconds=120)
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    key = execution["ResultConfiguration"]["OutputLocation"].removeprefix(f"s3://{bucket}/")
    body: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return body


def test_spark_writes_the_table_that_the_flights_pipeline_writes() -> None:
    (plain,) = load_project(ROOT).pipeline("flights").tables
    (spark,) = load_project(MORE).pipeline("flights_spark").tables
    assert spark == plain


class TestOnALocalCloud:
    pytestmark = on_a_local_cloud

    def test_spark_writes_the_rows_that_the_flights_pipeline_writes(
        self, more: Deployment, raw_flights: Path, tmp_path: Path
    ) -> None:
        project = tmp_path / "project"
        shutil.copytree(ROOT / "processing_scripts" / "flights", project / "processing_scripts" / "flights")
        (project / "pipelines").mkdir()
        shutil.copy(ROOT / "pipelines" / "flights.yaml", project / "pipelines")
        with deployed(project) as plain:
            plain.json("run", "flights", "--from", "2013-01-01", "--to", "2014-01-01", "--input", f"raw={raw_flights}")
            expected = csv_of(plain, EVERY_FLIGHT)
        assert expected.count(b"\n") == 336_776 + 1
        assert csv_of(more, EVERY_FLIGHT) == expected

    def test_a_run_without_sparks_marker_is_not_published(self, more: Deployment, raw_flights: Path) -> None:
        path = more.project / "pipelines" / "flights_spark.yaml"
        original = path.read_text(encoding="utf-8")
        before = more.json("partitions", "flights_spark")
        setting = "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs"
        path.write_text(original.replace("Properties: {", f'Properties: {{{setting}: "false", '), encoding="utf-8")
        try:
            failed = more.command("run", "flights_spark", "--date", "2013-02-03", "--input", f"raw={raw_flights}")
        finally:
            path.write_text(original, encoding="utf-8")
        assert failed.returncode == 1
        assert "_SUCCESS" in failed.stderr
        assert more.json("partitions", "flights_spark") == before

    def test_data_that_the_rules_refuse_is_not_published(
        self, more: Deployment, raw_flights: Path, tmp_path: Path
    ) -> None:
        bad = pd.read_csv(raw_flights, dtype=str).query("month == '3' and day == '4'")
        bad.loc[bad.index[:2], "dest"] = None
        bad.loc[bad.index[2:5], "dep_delay"] = "late"
        bad = pd.concat([bad, bad.tail(1)])
        raw = tmp_path / "flights.csv"
        bad.to_csv(raw, index=False)
        before = more.json("partitions", "flights_spark")
        failed = more.command("run", "flights_spark", "--date", "2013-03-04", "--input", f"raw={raw}")
        assert failed.returncode == 1
        said = failed.stdout + failed.stderr
        assert "2 rows have no dest" in said
        assert "3 rows have a dep_delay that is no integer" in said
        assert "1 rows repeat a flight" in said
        assert more.json("partitions", "flights_spark") == before

    def test_checks_and_failing_rows_become_partitions(self, more: Deployment, raw_flights: Path) -> None:
        run = more.json("run", "flights_quality", "--from", "2013-07-10", "--to", "2013-07-12")
        assert run["partitions"] == {"created": 4, "repointed": 0, "unchanged": 0, "kept_newer": 0}

        raw = pd.read_csv(raw_flights).query("month == 7 and day == 10")
        expected = {
            "not_nullable of tailnum": int(raw["tailnum"].isna().sum()),
            "a flight that departed has arrived": int((raw["dep_time"].notna() & raw["arr_time"].isna()).sum()),
            "a flight that arrived has its air time": int((raw["arr_time"].notna() & raw["air_time"].isna()).sum()),
        }
        assert all(expected.values()), "the day must have something to find"
        checks = more.json(
            "query",
            "SELECT check_name, column_name, flights, failing, passed FROM analytics.flights_checks "
            "WHERE flight_date = DATE '2013-07-10'",
        )
        assert len(checks) == 17
        assert {row["flights"] for row in checks} == {len(raw)}
        assert all(row["passed"] == (row["failing"] == 0) for row in checks)
        failing = {
            " of ".join(filter(None, (row["check_name"], row["column_name"]))): row["failing"]
            for row in checks
            if not row["passed"]
        }
        assert failing == expected

        rows = more.json(
            "query",
            "SELECT check_name, carrier, flight, origin FROM analytics.flights_failing_rows "
            "WHERE flight_date = DATE '2013-07-10' AND check_name = 'not_nullable'",
        )
        without = raw[raw["tailnum"].isna()]
        assert sorted((row["carrier"], row["flight"], row["origin"]) for row in rows) == sorted(
            without[["carrier", "flight", "origin"]].itertuples(index=False, name=None)
        )

    @pytest.mark.parametrize(
        ("pipeline", "table"), [("flights_quality", "flights_checks"), ("delay_model", "delay_model_metrics")]
    )
    def test_the_table_that_they_read_may_lie_by_its_whole_keys(
        self, more: Deployment, pipeline: str, table: str
    ) -> None:
        rows = []
        for way in ("below_prefix", "whole_key", "below_prefix"):
            more.admin("POST", f"undocumented/manifest_files/{way}")
            more.json("run", pipeline, "--date", "2013-07-20")
            of_day = f"SELECT * FROM analytics.{table} WHERE flight_date = DATE '2013-07-20' ORDER BY 1, 2, 3"  # noqa: S608  # literals
            rows.append(csv_of(more, of_day))
        assert rows[0].count(b"\n") > 1
        assert rows[0] == rows[1] == rows[2]

    def test_a_model_reads_sixty_days_and_not_the_whole_table(self, more: Deployment) -> None:
        run = more.json("run", "delay_model", "--date", "2013-07-20")
        read = {}
        for key in more.keys(f"intermediates/delay_model/{run['run_id']}/manifests/"):
            body = more.client("s3").get_object(Bucket=more.lake, Key=key)["Body"].read()
            folders = {file.rpartition("/")[0] for file in json.loads(body)[1:]}
            days = sorted(date(*(int(part.partition("=")[2]) for part in folder.split("/")[-3:])) for folder in folders)
            read[key.rpartition("/")[2]] = (len(days), days[0], days[-1])
        assert read == {
            "train.flights.json": (60, date(2013, 5, 21), date(2013, 7, 19)),
            "evaluate.flights.json": (1, date(2013, 7, 20), date(2013, 7, 20)),
        }

    def test_the_quality_of_a_model_becomes_a_partition_of_each_day(self, more: Deployment, raw_flights: Path) -> None:
        run = more.json("run", "delay_model", "--from", "2013-07-10", "--to", "2013-07-13")
        assert run["partitions"] == {"created": 3, "repointed": 0, "unchanged": 0, "kept_newer": 0}
        rows = more.json(
            "query",
            "SELECT flight_date, origin, flights, delayed, foretold, roc_auc, log_loss, baseline_log_loss, trained_on, trained_until "
            "FROM analytics.delay_model_metrics WHERE flight_date < DATE '2013-07-13' ORDER BY flight_date, origin",
        )
        days = ["2013-07-10", "2013-07-11", "2013-07-12"]
        assert [(row["flight_date"], row["origin"]) for row in rows] == [
            (day, origin) for day in days for origin in ("ALL", "EWR", "JFK", "LGA")
        ]
        raw = pd.read_csv(raw_flights)
        raw["date"] = pd.to_datetime(raw[["year", "month", "day"]])
        departed = raw[raw["dep_delay"].notna()]
        seen = departed["date"].between("2013-05-11", "2013-07-09")
        for row in rows:
            of_day = departed[departed["date"] == row["flight_date"]]
            of_day = of_day if row["origin"] == "ALL" else of_day[of_day["origin"] == row["origin"]]
            assert (row["flights"], row["delayed"]) == (len(of_day), int((of_day["dep_delay"] >= 15).sum()))
            assert (row["trained_on"], row["trained_until"]) == (seen.sum(), "2013-07-10")
        share = (departed.loc[seen, "dep_delay"] >= 15).mean()
        for row in rows:
            on_time = row["flights"] - row["delayed"]
            loss = -(row["delayed"] * math.log(share) + on_time * math.log(1 - share)) / row["flights"]
            assert row["baseline_log_loss"] == pytest.approx(loss)
        # On a single day the model may well be worse than the share of delays alone: the table shows that.
        days_rows = rows[::4]
        assert all(row["roc_auc"] > 0.6 for row in days_rows), (
            "whoever knows the hour of the day does better than chance"
        )
        model, baseline = (
            sum(row[loss] * row["flights"] for row in days_rows) for loss in ("log_loss", "baseline_log_loss")
        )
        assert model < baseline
