"""The table in which all ways register, and the payload of RegisterPartitions."""

from __future__ import annotations

from typing import Any

from partitioned_pipelines.lake.tables.storage_format import storage_descriptor, table_parameters

REGION = "ap-northeast-1"
LOCATION = "s3://lake/tables/db/t/runs/"
_COLUMNS = [{"name": "feature1", "type": "string"}, {"name": "y", "type": "int"}]


def run_prefix(run: str) -> str:
    """Return the key prefix of a run's output."""
    return f"tables/db/t/runs/{run}/0b1c/"


def table_input() -> dict[str, Any]:
    """Return the Glue table."""
    return {
        "Name": "t",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": table_parameters("csv"),
        "PartitionKeys": [{"Name": "n", "Type": "int"}],
        "StorageDescriptor": storage_descriptor("csv", _COLUMNS, LOCATION),
    }


def partition_input(run: str, number: int) -> dict[str, Any]:
    """Return a partition that exists before the measurement."""
    location = f"s3://lake/{run_prefix(run)}n={number}/"
    return {
        "Values": [str(number)],
        "StorageDescriptor": {**table_input()["StorageDescriptor"], "Location": location},
        "Parameters": {"run_id": run, "run_started_at": "2026-11-22T16:25:00Z", "objects": "1", "bytes": "4"},
    }


def registration_event(run: str, *, audited: bool = False) -> dict[str, Any]:
    """Return RegisterPartitions' payload; with ``audited``, as if an earlier call had read the sample of the files."""
    event: dict[str, Any] = {
        "table": {
            "database_name": "db",
            "table_name": "t",
            "location": LOCATION,
            "layout": "versioned",
            "format": "csv",
            "columns": _COLUMNS,
            "partition_keys": [{"name": "n", "type": "int", "date_format": None}],
            "on_bad_path": "fail",
            "allow_empty": False,
        },
        "source": {"s3_uri": f"s3://lake/{run_prefix(run)}", "creation_time": None},
        "run": {
            "pipeline": "bench",
            "run_id": run,
            "started_at": "2026-11-23T16:25:08Z",
            "execution_arn": f"arn:aws:states:{REGION}:123456789012:execution:bench:{run}",
            "process_start": "2021-12-15",
            "process_end": "2021-12-16",
        },
    }
    if audited:
        from partitioned_pipelines.lake.function_events.continuation import Continuation

        continuation = Continuation(event["source"]["s3_uri"], audited=True).document()
        event["registrations"] = {"db__t": {"table": "db.t", "continuation": continuation}}
    return event
