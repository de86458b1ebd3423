"""Pipelines with every kind of step, in parallel and in sequence, and every registration mode."""

from __future__ import annotations

from typing import Any

from tests.synthesized.hostile_text import HOSTILE

IMAGE_URI = f"210987654321.dkr.ecr.eu-west-1.amazonaws.com/team/etl@sha256:{'ab' * 32}"
SHARED_BUCKET = "partner-shards"

# Written by hand, not taken from the tested code: the steps that run in parallel.
LAYERS = {"kinds": [["fetch", "lookup", "features"], ["crunch"], ["daily", "monthly"]]}


def kinds_document() -> dict[str, Any]:
    """Return the pipeline file."""
    return {
        "name": "kinds",
        "description": HOSTILE,
        "image": {"sklearn": "1.4-2"},
        "steps": [
            {
                "name": "fetch",
                "script": "scripts/gather.py",
                "inputs": {
                    "raw": {"uri": f"s3://{SHARED_BUCKET}/daily/{{process_date:%Y}}/", "distribution": "sharded"}
                },
                "instance": {"count": 3},
                "timeout_minutes": 600,
                "retries": 2,
            },
            {
                "name": "lookup",
                "image": {"uri": IMAGE_URI},
                "entrypoint": ["python3", "-m", HOSTILE],
                "arguments": ["--dt", "{process_date}"],
                "inputs": {"raw": {"uri": "s3://{lake}/raw/kinds/", "distribution": "replicated"}},
            },
            {
                "name": "features",
                "script": "scripts/split.py",
                "inputs": {
                    "day": {"table": "db_in_place.t_csv", "partitions": "interval", "distribution": "sharded"},
                    "whole": {"table": "db_versioned.t_json"},
                },
                "instance": {"count": 2},
            },
            {
                "name": "crunch",
                "script": "spark/crunch.py",
                "image": {"spark": "3.5-cpu-py312-v1.3"},
                "inputs": {
                    "fetch": {"step": "fetch"},
                    "lookup": {"step": "lookup"},
                    "stores": "s3://{lake}/raw/stores/",
                    "hourly": "s3://{lake}/raw/hourly/{process_date:%Y}/",
                    "rates": f"s3://{SHARED_BUCKET}/rates/",
                    "days": {"table": "db_in_place.t_csv", "partitions": {"last": "60 days"}},
                },
                "outputs": {"rows": "/opt/ml/processing/output/rows", "rest": "/opt/ml/processing/output/rest"},
                "needs": ["features"],
                "instance": {"type": "ml.m5.xlarge", "count": 20},
                "spark": {
                    "py_files": ["scripts/lib/h.py"],
                    "configuration": [{"Classification": "spark-defaults", "Properties": {"spark.app.name": HOSTILE}}],
                    "event_logs": True,
                },
            },
            {
                "name": "daily",
                "image": {"uri": IMAGE_URI},
                "entrypoint": ["/bin/daily"],
                "inputs": {"rest": {"step": "crunch", "output": "rest"}},
                "instance": {"type": "ml.g4dn.xlarge"},
            },
            {
                "name": "monthly",
                "script": "scripts/split.py",
                "inputs": {"rest": {"step": "crunch", "output": "rest"}},
            },
        ],
        "tables": [
            _table("crunch", "rows", "t_rows", "versioned", "lambda", [{"name": "dt", "type": "date"}]),
            _table("daily", "daily", "t_daily", "in_place", "msck", [{"name": "dt"}]),
            _table(
                "monthly",
                "monthly",
                "t_monthly",
                "in_place",
                "projection",
                [
                    {"name": "month", "date_format": "%Y-%m", "projection": {"range": ["2013-01", "NOW"]}},
                    {"name": "origin", "projection": {"values": ["EWR", "JFK", "LGA"]}},
                    {"name": "hour", "type": "int", "projection": {"range": [0, 23], "digits": 2}},
                ],
            ),
        ],
    }


def repaired_document() -> dict[str, Any]:
    """Return the file of a pipeline without registrations by the function."""
    return {
        "name": "repaired",
        "steps": [
            {
                "name": "gather",
                "script": "scripts/gather.py",
                "image": {"sklearn": "1.2-1"},
                "inputs": {"raw": "s3://{lake}/raw/repaired/"},
            }
        ],
        "table": {
            **_table("gather", "gather", "t", "in_place", "msck", [{"name": "dt"}]),
            "database": "repaired_tables",
        },
    }


def _table(
    step: str, output: str, name: str, layout: str, registration: str, keys: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "source": {"step": step, "output": output},
        "database": "kinds",
        "name": name,
        "description": HOSTILE,
        "format": "parquet",
        "layout": layout,
        "registration": registration,
        "columns": [{"name": "a", "type": "string"}],
        "partition_keys": keys,
    }
