"""Tests that Hive, through the tables of the deployed templates, and the local Athena read the same rows from the example scripts' output.

Hive 2.3, which Spark includes, reads a Parquet timestamp as INT96 and fails on the INT64 that polars writes
(ClassCastException) and Athena reads: that one column is read by Spark's own reader,
through the same table of the metastore, and all others by both.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from pyathena import connect
from ruamel.yaml import YAML

from cloud_under_test.extras import needs_java, needs_pyspark
from tests.end_to_end.deployment import REGION, ROOT, Deployment
from tests.spark.metastore import HiveTable, read_by_hive

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.heavy,
    needs_pyspark,
    needs_java,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("end_to_end"),
]

RAW_FEATURES = ROOT / "examples" / "feature_table" / "raw.csv"
# A blizzard with 472 cancelled flights, and the day with a missing hour in New York.
FLIGHT_DAYS = (dt.date(2013, 2, 8), dt.date(2013, 3, 10))
FEATURE_DAYS = (dt.date(2021, 11, 6), dt.date(2021, 11, 7))
PARTITIONS = {
    "flights": [[str(day.year), str(day.month), str(day.day)] for day in FLIGHT_DAYS],
    "feature_table": [[day.isoformat()] for day in FEATURE_DAYS],
}
TYPED: dict[str | None, Callable[[str], object]] = {"string": str, "int": int, "timestamp": dt.datetime.fromisoformat}
ATHENA_TYPES = {"varchar": "string", "integer": "int", "timestamp": "timestamp"}
NOT_BY_HIVE = {"flights": ["scheduled_hour"], "feature_table": []}
SERDES = {
    "flights": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    "feature_table": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
}


def table_input(deployment: Deployment, pipeline: str) -> dict[str, Any]:
    """Return the table in the deployed template."""
    stack = f"pipelines-{pipeline.replace('_', '-')}"
    template: Any = deployment.client("cloudformation").get_template(StackName=stack)["TemplateBody"]
    (table,) = [entry for entry in template["Resources"].values() if entry["Type"] == "AWS::Glue::Table"]
    found: dict[str, Any] = table["Properties"]["TableInput"]
    return found


def copied(deployment: Deployment, table: str, wanted: list[list[str]], folder: Path) -> list[list[Any]]:
    """Copy the live objects of partitions from the lake, under the scripts' paths; return the folder of each partition."""
    s3, glue = deployment.client("s3"), deployment.client("glue")
    root = f"tables/analytics/{table}/"
    pages = glue.get_paginator("get_partitions").paginate(DatabaseName="analytics", TableName=table)
    partitions = []
    for partition in (partition for page in pages for partition in page["Partitions"]):
        if partition["Values"] not in wanted:
            continue
        prefix = partition["StorageDescriptor"]["Location"].removeprefix(f"s3://{deployment.lake}/")
        for key in deployment.keys(prefix):
            file = folder / key.removeprefix(root)
            file.parent.mkdir(parents=True, exist_ok=True)
            s3.download_file(deployment.lake, key, str(file))
        partitions.append([partition["Values"], str(folder / prefix.removeprefix(root))])
    return partitions


def rows_by_athena(deployment: Deployment, sql: str) -> tuple[list[tuple[Any, ...]], list[tuple[str, str | None]]]:
    """Query with PyAthena, which converts cells by their column's type; return the rows, and names and types."""
    connection = connect(
        s3_staging_dir=f"s3://{deployment.lake}/athena-results/",
        endpoint_url=deployment.endpoint_url,
        region_name=REGION,
        aws_access_key_id=deployment.endpoint.access_key_id,
        aws_secret_access_key=deployment.endpoint.secret_access_key,
        poll_interval=0.05,
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall(), [(column[0], ATHENA_TYPES[column[1]]) for column in cursor.description or ()]


def typed(rows: list[list[str | None]], types: list[str | None]) -> list[tuple[object, ...]]:
    """Return the rows, sorted, with cells converted by their column's type."""
    readers = [TYPED[type_] for type_ in types]
    cells = (tuple(None if c is None else read(c) for read, c in zip(readers, row, strict=True)) for row in rows)
    return sorted(cells, key=repr)


def where(pipeline: str) -> str:
    """Return the condition for this test's own partitions."""
    if pipeline == "flights":
        return " OR ".join(f"(year = {day.year} AND month = {day.month} AND day = {day.day})" for day in FLIGHT_DAYS)
    return " OR ".join(f"process_date_jst = '{day}'" for day in FEATURE_DAYS)


@pytest.fixture(scope="module")
def by_hive(
    deployment: Deployment, raw_flights: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[dict[str, Any], HiveTable]]:
    """Run the scripts, and read their output with Hive; return each pipeline's table input and table."""
    for pipeline, days, raw in (("flights", FLIGHT_DAYS, raw_flights), ("feature_table", FEATURE_DAYS, RAW_FEATURES)):
        for day in days:
            deployment.json("run", pipeline, "--date", day.isoformat(), "--input", f"raw={raw}")
    folder = tmp_path_factory.mktemp("hive")
    tables: dict[str, dict[str, Any]] = {}
    for pipeline, values in PARTITIONS.items():
        given = table_input(deployment, pipeline)
        partitions = copied(deployment, given["Name"], values, folder / pipeline)
        assert sorted(own for own, _ in partitions) == values
        tables[pipeline] = {
            "table_input": given,
            "location": str(folder / pipeline),
            "partitions": partitions,
            "not_by_hive": NOT_BY_HIVE[pipeline],
        }
    # In place, one folder contains all partitions: Hive itself finds them with MSCK REPAIR TABLE, as in the article.
    tables["feature_table"].update(location=str(folder / "feature_table" / "output"), partitions=[])
    found = read_by_hive(list(tables.values()), folder / "spark")
    return {pipeline: (table["table_input"], found[table["table_input"]["Name"]]) for pipeline, table in tables.items()}


@pytest.mark.parametrize("pipeline", PARTITIONS)
def test_hive_and_the_local_athena_read_the_same_rows(
    deployment: Deployment, by_hive: dict[str, tuple[dict[str, Any], HiveTable]], pipeline: str
) -> None:
    given, hive = by_hive[pipeline]
    rows, columns = rows_by_athena(deployment, f"SELECT * FROM analytics.{given['Name']} WHERE {where(pipeline)}")  # noqa: S608  # the test's own
    assert [(name, type_) for name, type_, _ in hive.columns] == columns
    assert typed(hive.rows_by_spark, [type_ for _, type_, _ in hive.columns]) == sorted(rows, key=repr)
    kept = [place for place, (name, _) in enumerate(columns) if name not in NOT_BY_HIVE[pipeline]]
    by_athena = sorted((tuple(row[place] for place in kept) for row in rows), key=repr)
    assert typed(hive.rows, [columns[place][1] for place in kept]) == by_athena


def test_the_rows_are_those_of_the_raw_files(
    by_hive: dict[str, tuple[dict[str, Any], HiveTable]], raw_flights: Path
) -> None:
    """This finds what both readers could lose: cancelled flights, hours in UTC, a day with a missing hour."""
    _, flights = by_hive["flights"]
    names = [name for name, _, _ in flights.columns]
    found = pd.DataFrame(flights.rows_by_spark, columns=names)
    raw = pd.read_csv(raw_flights, dtype=str)
    for day in FLIGHT_DAYS:
        expected = raw[(raw["month"] == str(day.month)) & (raw["day"] == str(day.day))]
        own = found[(found["month"] == str(day.month)) & (found["day"] == str(day.day))]
        assert own["dep_time"].isna().sum() == expected["dep_time"].isna().sum() > 0
        hours = expected["time_hour"].str.replace("T", " ").str.removesuffix("Z")
        assert sorted(own["scheduled_hour"]) == sorted(hours)
    _, features = by_hive["feature_table"]
    expected = pd.read_csv(RAW_FEATURES, dtype=str)[["feature1", "feature2", "y"]]
    wanted = [[*row, day.isoformat()] for day in FEATURE_DAYS for row in expected.to_numpy().tolist()]
    assert sorted(features.rows) == sorted(wanted)


@pytest.mark.parametrize("pipeline", PARTITIONS)
def test_hive_describes_the_table_as_the_pipeline_file_does(
    by_hive: dict[str, tuple[dict[str, Any], HiveTable]], pipeline: str
) -> None:
    _, hive = by_hive[pipeline]
    table = YAML(typ="safe").load((ROOT / "pipelines" / f"{pipeline}.yaml").read_text(encoding="utf-8"))["table"]
    declared = [*table["columns"], *table["partition_keys"]]
    assert [(name, type_, comment or "") for name, type_, comment in hive.columns] == [
        (column["name"], column["type"], column.get("comment", "")) for column in declared
    ]
    assert hive.properties["Comment"] == table["description"]
    assert hive.properties["Serde Library"] == SERDES[pipeline]
