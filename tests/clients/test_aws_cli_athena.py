"""Tests of the AWS CLI with Athena."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.clients.conftest import BUCKET, DATABASE

AWS = Path(sys.executable).with_name("aws")


def aws(*arguments: str) -> Any:
    """Run a command; return its parsed output."""
    done = subprocess.run(
        [AWS, *arguments, "--output", "json"], env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "null")


def run(sql: str) -> tuple[str, dict[str, Any]]:
    """Run a query; return its id and execution."""
    started = aws(
        "athena",
        "start-query-execution",
        f"--query-string={sql}",
        f"--query-execution-context=Database={DATABASE}",
        f"--result-configuration=OutputLocation=s3://{BUCKET}/partitioned_pipelines/cli/",
    )
    while True:
        execution = aws("athena", "get-query-execution", f"--query-execution-id={started['QueryExecutionId']}")[
            "QueryExecution"
        ]
        if execution["Status"]["State"] not in {"QUEUED", "RUNNING"}:
            return started["QueryExecutionId"], execution
        time.sleep(0.05)


def test_a_query_from_its_start_to_its_rows_and_its_file(tmp_path: Path) -> None:
    identifier, execution = run("SELECT third, count(*) AS n FROM numbers GROUP BY third ORDER BY third")
    assert execution["Status"]["State"] == "SUCCEEDED"
    rows = aws("athena", "get-query-results", f"--query-execution-id={identifier}")["ResultSet"]["Rows"]
    cells = [[cell["VarCharValue"] for cell in row["Data"]] for row in rows]
    assert cells == [["third", "n"], ["0", "833"], ["1", "834"], ["2", "833"]]
    file = tmp_path / "result.csv"
    bucket, _, key = execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").partition("/")
    aws("s3api", "get-object", f"--bucket={bucket}", f"--key={key}", str(file))
    assert file.read_text(encoding="utf-8") == '"third","n"\n"0","833"\n"1","834"\n"2","833"\n'


def test_all_pages_are_read() -> None:
    identifier, _ = run("SELECT n FROM numbers")
    assert len(aws("athena", "get-query-results", f"--query-execution-id={identifier}")["ResultSet"]["Rows"]) == 2501


def test_a_failure_and_metadata() -> None:
    _, execution = run("SELECT * FROM nope")
    assert execution["Status"]["AthenaError"]["ErrorMessage"].startswith("TABLE_NOT_FOUND")
    table = aws(
        "athena",
        "get-table-metadata",
        "--catalog-name=AwsDataCatalog",
        f"--database-name={DATABASE}",
        "--table-name=numbers",
    )["TableMetadata"]
    assert [key["Name"] for key in table["PartitionKeys"]] == ["third"]
