"""A bucket, a Glue database and queries on them, by boto3."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow.parquet

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

LAZY_SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
HCATALOG_JSON = "org.apache.hive.hcatalog.data.JsonSerDe"
OPENX_JSON = "org.openx.data.jsonserde.JsonSerDe"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
Row = tuple[str | None, ...]


@dataclass(frozen=True)
class Answer:
    """The result of a query: its description, its rows without the header, and its columns."""

    execution: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    columns: list[dict[str, Any]] = field(default_factory=list)

    @property
    def state(self) -> str:
        return str(self.execution["Status"]["State"])

    @property
    def reason(self) -> str:
        return str(self.execution["Status"].get("StateChangeReason", ""))

    @property
    def scanned(self) -> int:
        return int(self.execution["Statistics"]["DataScannedInBytes"])

    @property
    def types(self) -> list[str]:
        return [column["Type"] for column in self.columns]


class Lake:
    """The data of a test."""

    def __init__(self, aws: Callable[[str], Any], name: str) -> None:
        self.s3, self.glue, self.athena = aws("s3"), aws("glue"), aws("athena")
        self.bucket, self.database = name, name.replace("-", "_")
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
        self.glue.create_database(DatabaseInput={"Name": self.database})

    def uri(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"

    def put(self, key: str, content: bytes | str) -> int:
        body = content.encode() if isinstance(content, str) else content
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return len(body)

    def put_parquet(self, key: str, table: pa.Table) -> int:
        stream = io.BytesIO()
        pyarrow.parquet.write_table(table, stream)
        return self.put(key, stream.getvalue())

    def get(self, uri: str) -> bytes:
        key = uri.removeprefix(f"s3://{self.bucket}/")
        return bytes(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def table(
        self,
        columns: str,
        *,
        keys: str = "",
        serde: str = LAZY_SIMPLE,
        serde_parameters: dict[str, str] | None = None,
        parameters: dict[str, str] | None = None,
        name: str = "t",
    ) -> None:
        """Create a table at ``<name>/``, by default comma-separated."""
        self.glue.create_table(
            DatabaseName=self.database,
            TableInput={
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "Parameters": parameters or {},
                "PartitionKeys": _columns(keys),
                "StorageDescriptor": self.storage(columns, f"{name}/", serde, serde_parameters),
            },
        )

    def storage(
        self, columns: str, prefix: str, serde: str = LAZY_SIMPLE, serde_parameters: dict[str, str] | None = None
    ) -> dict[str, Any]:
        given = {"field.delim": ","} if serde_parameters is None and serde == LAZY_SIMPLE else serde_parameters or {}
        return {
            "Columns": _columns(columns),
            "Location": self.uri(prefix),
            "SerdeInfo": {"SerializationLibrary": serde, "Parameters": given},
        }

    def partition(
        self, *values: str, prefix: str | None = None, storage: dict[str, Any] | None = None, table: str = "t"
    ) -> None:
        """Register a partition, by default at ``<table>/<values>/`` with the table's storage descriptor."""
        own = storage or self.glue.get_table(DatabaseName=self.database, Name=table)["Table"]["StorageDescriptor"]
        location = own["Location"] if storage else self.uri(prefix or f"{table}/{'/'.join(values)}/")
        self.glue.create_partition(
            DatabaseName=self.database,
            TableName=table,
            PartitionInput={"Values": list(values), "StorageDescriptor": {**own, "Location": location}},
        )

    def start(self, sql: str, **request: Any) -> str:
        request.setdefault("ResultConfiguration", {"OutputLocation": self.uri("results/")})
        request.setdefault("QueryExecutionContext", {"Database": self.database})
        return str(self.athena.start_query_execution(QueryString=sql, **request)["QueryExecutionId"])

    def wait(self, identifier: str) -> dict[str, Any]:
        while True:
            execution: dict[str, Any] = self.athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]
            if execution["Status"]["State"] not in {"QUEUED", "RUNNING"}:
                return execution
            time.sleep(0.01)

    def run(self, sql: str, **request: Any) -> Answer:
        """Run a statement until it ends."""
        identifier = self.start(sql, **request)
        execution = self.wait(identifier)
        if execution["Status"]["State"] != "SUCCEEDED":
            return Answer(execution)
        pages = self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=identifier)
        results = [page["ResultSet"] for page in pages]
        columns = results[0]["ResultSetMetadata"]["ColumnInfo"]
        rows = [tuple(cell.get("VarCharValue") for cell in row["Data"]) for result in results for row in result["Rows"]]
        if execution["StatementType"] == "DML" and execution["SubstatementType"] == "SELECT":
            assert rows.pop(0) == tuple(column["Name"] for column in columns)
        return Answer(execution, rows, columns)

    def rows(self, sql: str, **request: Any) -> list[Row]:
        """Run a statement that succeeds, and return its rows."""
        answer = self.run(sql, **request)
        assert answer.state == "SUCCEEDED", answer.reason
        return answer.rows

    def refusal(self, sql: str, **request: Any) -> str:
        """Run a statement that fails, and return the reason."""
        answer = self.run(sql, **request)
        assert answer.state == "FAILED", answer.rows
        return answer.reason


def _columns(text: str) -> list[dict[str, str]]:
    return [dict(zip(("Name", "Type"), column.split(), strict=True)) for column in text.split(", ") if column]
