"""Fixtures of a local cloud in a separate process, which clients find through the environment, with a table."""

# ruff: noqa: S608 - the SQL is the tests' own

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[2]
REGION = "ap-northeast-1"
BUCKET = "clients-lake"
DATABASE = "clients"
ROWS = 2500


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Yield the environment for clients of a ``python -m local_cloud serve`` that ends with the tests."""
    folders = [f"--{name}={tmp_path_factory.mktemp(name)}" for name in ("state-dir", "image-store")]
    command = [sys.executable, "-m", "local_cloud", "serve", "--exit-with-parent", *folders]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        yield {
            "AWS_ENDPOINT_URL": ready["endpoint"],
            "AWS_ACCESS_KEY_ID": ready["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": ready["secret_access_key"],
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture(scope="session")
def table(environment: dict[str, str]) -> str:
    """Create a Parquet table with Athena: 2,500 rows in three partitions."""
    session = boto3.Session(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], region_name=REGION)
    endpoint = environment["AWS_ENDPOINT_URL"]
    s3: Any = session.client("s3", endpoint_url=endpoint)
    athena: Any = session.client("athena", endpoint_url=endpoint)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    for sql in (
        f"CREATE DATABASE {DATABASE}",
        f"CREATE TABLE numbers WITH (external_location = 's3://{BUCKET}/numbers', partitioned_by = ARRAY['third']) AS "
        "SELECT n, 'n' || CAST(n AS varchar) AS name, n * 1.5e0 AS price, CAST(n AS decimal(10,2)) AS exact, n % 2 = 0 AS even, "
        "timestamp '2021-12-15 01:02:03' AS seen, date '2021-12-15' AS day, CAST(n % 3 AS varchar) AS third "
        f"FROM UNNEST(sequence(1, {ROWS})) AS t(n)",
    ):
        _run(athena, sql)
    return "numbers"


@pytest.fixture(autouse=True)
def client_environment(environment: dict[str, str], table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment for clients in this process, whose default session may have the credentials of an earlier test."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def _run(athena: Any, sql: str) -> None:
    identifier = athena.start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": DATABASE},
        ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/results/"},
    )["QueryExecutionId"]
    while True:
        status = athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]["Status"]
        if status["State"] not in {"QUEUED", "RUNNING"}:
            break
    assert status["State"] == "SUCCEEDED", status
