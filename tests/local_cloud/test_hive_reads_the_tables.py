"""Tests that Hive, in Spark, reads a synthesized table with its own SerDe classes, and finds the local Athena's rows."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet
import pytest

from cloud_under_test.extras import needs_java, needs_pyspark
from tests.spark.metastore import read_by_hive
from tests.synthesized.subject import Subject
from tests.synthesized.synthesis import synthesize

if TYPE_CHECKING:
    from pathlib import Path

    from cloud_under_test.lake import Lake

DAY = "2021-12-15"
FORMATS = ("csv", "parquet", "orc")  # PySpark ships no SerDe for JSON
COLUMNS = {"number": "int", "text": "string", "ratio": "double", "big": "bigint", "flag": "boolean", "day": "date"}
# One row each: complete; NULL as \N; empty, possible only for strings; unparsable; quotes and a delimiter within them; a fraction, which is
# cut to a whole number; Japanese.
CSV = (
    "1,plain,1.5,9007199254740993,true,2021-12-15\n"
    "\\N,\\N,\\N,\\N,\\N,\\N\n"
    "4,,,,,\n"
    "5x,unparsable,x,9223372036854775808,yes,15/12/2021\n"
    '6,"quoted",2.5,-1,false,1969-12-31\n'
    '7,"a,b",x,0,true,2021-01-01\n'
    "5.5,fraction,0.5,2.5,true,2021-12-15\n"
    "8,特徴量\t😀 '\\\\',-2.0,1,FALSE,2024-02-29\n"
)
COLUMNAR = pa.table(
    {
        "number": pa.array([1, None, -7], pa.int32()),
        "text": pa.array(["特徴量 😀, \"quoted\" 'n' \\N", None, ""], pa.string()),
        "ratio": pa.array([1.5, None, -0.25], pa.float64()),
        "big": pa.array([9007199254740993, None, -1], pa.int64()),
        "flag": pa.array([True, None, False], pa.bool_()),
        "day": pa.array([dt.date(2021, 12, 15), None, dt.date(1969, 12, 31)], pa.date32()),
    }
)


def write_project(folder: Path) -> Path:
    """Write a project of one pipeline with a table of each format for which Spark has a SerDe."""
    document = {
        "name": "cells",
        "image": {"uri": "public.ecr.aws/docker/library/python:3.13-slim"},
        "steps": [
            {
                "name": "write",
                "script": "scripts/write.py",
                "inputs": {"raw": "s3://{lake}/raw/cells/"},
                "outputs": {kind: f"/opt/ml/processing/{kind}" for kind in FORMATS},
            }
        ],
        "tables": [
            {
                "source": {"step": "write", "output": kind},
                "database": "cells",
                "name": f"t_{kind}",
                "description": "セル's table",
                "format": kind,
                "columns": [{"name": column, "type": type_, "comment": "列"} for column, type_ in COLUMNS.items()],
                "partition_keys": [{"name": "dt", "type": "string"}],
            }
            for kind in FORMATS
        ],
    }
    (folder / "scripts").mkdir(parents=True)
    (folder / "scripts" / "write.py").write_text("", encoding="utf-8")
    (folder / "pipelines").mkdir()
    (folder / "pipelines" / "cells.yaml").write_text(json.dumps(document), encoding="utf-8")
    return folder


@pytest.mark.heavy
@pytest.mark.spark
@needs_pyspark
@needs_java
@pytest.mark.timeout(600)
def test_hive_and_the_local_athena_read_the_same_rows(lake: Lake, tmp_path: Path) -> None:
    synthesis = synthesize(write_project(tmp_path / "project"), tmp_path / "cdk.out")
    inputs = [
        resource["Properties"]["TableInput"]
        for resource in Subject.of(synthesis, "cells").stack.of_type("AWS::Glue::Table")
    ]
    parquet = tmp_path / "1.parquet"
    pyarrow.parquet.write_table(COLUMNAR, parquet)
    pyarrow.orc.write_table(COLUMNAR, tmp_path / "1.orc", compression="snappy")
    contents = {
        "t_csv": CSV.encode(),
        "t_parquet": parquet.read_bytes(),
        "t_orc": (tmp_path / "1.orc").read_bytes(),
    }
    tables: list[dict[str, Any]] = []
    by_athena: dict[str, list[list[str | None]]] = {}
    for table_input in inputs:
        table = table_input["Name"]
        folder = tmp_path / table / f"dt={DAY}"
        folder.mkdir(parents=True)
        (folder / "1").write_bytes(contents[table])
        tables.append(
            {"table_input": table_input, "location": str(folder.parent), "partitions": [[[DAY], str(folder)]]}
        )
        lake.put(f"{table}/dt={DAY}/1", contents[table])
        storage = {**table_input["StorageDescriptor"], "Location": lake.uri(f"{table}/")}
        lake.glue.create_table(DatabaseName=lake.database, TableInput={**table_input, "StorageDescriptor": storage})
        lake.partition(DAY, prefix=f"{table}/dt={DAY}/", table=table)
        by_athena[table] = sorted(map(list, lake.rows(f'SELECT * FROM "{table}"')), key=str)  # noqa: S608  # a name of the test's own
    by_hive = {table: hive.rows for table, hive in read_by_hive(tables, tmp_path / "spark").items()}
    assert {table: sorted(rows, key=str) for table, rows in by_hive.items()} == by_athena
    assert {table: len(rows) for table, rows in by_athena.items()} == {"t_csv": 8, "t_parquet": 3, "t_orc": 3}
    assert [None, None, None, None, None, None, DAY] in by_athena["t_csv"]
