"""Run as a separate process: registers 100,000 partitions with clients that answer immediately, and prints the growth of its memory in MiB."""

from __future__ import annotations

import json
import resource
from datetime import UTC, datetime
from io import BytesIO
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from botocore.hooks import HierarchicalEmitter

from partitioned_pipelines.runtime.registration.registration import register_partitions

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTITIONS = 100_000
_ROOT = "tables/analytics/features/runs/20261123T162508Z-1a2b3c4d/0f8fad5b-d9cb-469f-a165-70867728950e/"


class NoSuchKeyError(Exception):
    """S3's error for a key that does not exist."""


class Lake:
    """A fake of both S3 and Glue, which stores only the lease and the size of the receipt."""

    exceptions = type("Exceptions", (), {"NoSuchKey": NoSuchKeyError, "ClientError": NoSuchKeyError})

    def __init__(self) -> None:
        self.meta = SimpleNamespace(events=HierarchicalEmitter())  # where a client's own attempts are observed
        self.lease = b""
        self.created = self.receipt_bytes = 0

    def get_paginator(self, _name: str) -> Lake:
        return self

    def paginate(self, **_: object) -> Iterator[dict[str, Any]]:
        for start in range(0, PARTITIONS, 1000):
            keys = (
                f"{_ROOT}year=2026/customer=customer-{number:06}/part-00000.parquet.csv"
                for number in range(start, start + 1000)
            )
            yield {"Contents": [{"Key": key, "Size": 4, "ETag": '"e"', "LastModified": None} for key in keys]}

    def get_object(self, *, Key: str, **_: object) -> dict[str, Any]:  # noqa: N803  # boto3's name
        body = self.lease if Key.startswith("locks/") else b"a,1\n"
        return {"Body": BytesIO(body), "ETag": '"e"', "LastModified": datetime.now(UTC)}

    def put_object(self, *, Key: str, Body: Any, **_: object) -> dict[str, str]:  # noqa: N803
        if Key.startswith("locks/"):
            self.lease = Body
        else:
            self.receipt_bytes = len(Body.read())
        return {"ETag": '"e"'}

    def delete_object(self, **_: object) -> None:
        self.lease = b""

    def get_table(self, **_: object) -> dict[str, Any]:
        keys = [{"Name": "year", "Type": "string"}, {"Name": "customer", "Type": "string"}]
        columns = [{"Name": f"column_{number}", "Type": "string"} for number in range(30)]
        return {"Table": {"PartitionKeys": keys, "StorageDescriptor": {"Columns": columns, "Location": "s3://lake/t/"}}}

    def batch_create_partition(self, *, PartitionInputList: list[Any], **_: object) -> dict[str, Any]:  # noqa: N803
        json.dumps(PartitionInputList)  # as botocore does
        self.created += len(PartitionInputList)
        return {}

    def get_partitions(self, **_: object) -> dict[str, Any]:
        return {"Partitions": []}

    def batch_get_partition(self, *, PartitionsToGet: list[Any], **_: object) -> dict[str, Any]:  # noqa: N803
        """Return the created partitions, computed from their values."""
        found = []
        for values in (wanted["Values"] for wanted in PartitionsToGet):
            location = f"s3://lake/{_ROOT}year={values[0]}/customer={values[1]}/"
            found.append({"Values": values, "StorageDescriptor": {"Location": location}, "Parameters": {"run_id": "r"}})
        return {"Partitions": found, "UnprocessedKeys": []}


def main() -> None:
    """Measure the growth of the peak memory after the imports."""
    lake: Any = Lake()
    table = {
        "database_name": "analytics",
        "table_name": "features",
        "location": "s3://lake/tables/analytics/features/runs/",
        "layout": "versioned",
        "format": "csv",
        "columns": [{"name": "a", "type": "string"}, {"name": "n", "type": "int"}],
        "partition_keys": [{"name": "year", "type": "string"}, {"name": "customer", "type": "string"}],
        "on_bad_path": "fail",
        "allow_empty": False,
    }
    run = {"pipeline": "p", "run_id": "r", "started_at": "2026-11-23T16:25:08Z", "execution_arn": "arn:e"}
    run |= {"process_start": "2026-11-23", "process_end": "2026-11-24"}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = register_partitions({"table": table, "source": {"s3_uri": f"s3://lake/{_ROOT}"}, "run": run}, lake, lake)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(json.dumps({"mib": grown, "created": result["created"], "sent": lake.created, "receipt": lake.receipt_bytes}))


if __name__ == "__main__":
    main()
