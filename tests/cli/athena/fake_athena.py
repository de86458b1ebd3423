"""Fakes of Athena and S3 with one query's result, like AWS: pages of at most 1,000 rows, and an object."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from partitioned_pipelines.cli.athena.execution import run_query
from partitioned_pipelines.cli.athena.result_csv import write_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.cli.athena.result import QueryResult

    Cells = list[str | None]


class InvalidRequestError(ClientError):
    """Athena's InvalidRequestException."""


class Athena:
    """A fake Athena with one query: its successive states, and pages of rows."""

    class exceptions:  # noqa: N801  # as on a boto3 client
        InvalidRequestException = InvalidRequestError

    def __init__(self, columns: list[tuple[str, str]], pages: list[list[Cells]], **execution: Any) -> None:
        self.columns, self.pages = columns, pages
        self.execution = {"QueryExecutionId": "q", "Status": {"State": "SUCCEEDED"}, "StatementType": "DML"} | execution
        self.states = ["QUEUED", "RUNNING"]
        self.asked: dict[str, Any] = {}
        self.stopped: list[str] = []

    def start_query_execution(self, **request: Any) -> dict[str, str]:
        if request["QueryString"] == "":
            raise InvalidRequestError({"Error": {"Code": "InvalidRequestException", "Message": "empty"}}, "Start")
        self.asked = request
        return {"QueryExecutionId": "q"}

    def get_query_execution(self, QueryExecutionId: str) -> dict[str, Any]:  # noqa: N803  # boto3's name
        if self.states:
            state = {"State": self.states.pop(0)}
            return {"QueryExecution": {"Status": state, "Statistics": {"DataScannedInBytes": 1_200_000}}}
        return {"QueryExecution": self.execution}

    def stop_query_execution(self, QueryExecutionId: str) -> None:  # noqa: N803
        self.stopped.append(QueryExecutionId)

    def get_query_results(self, QueryExecutionId: str, MaxResults: int) -> dict[str, Any]:  # noqa: N803
        return self._page(self.pages[0][:MaxResults])

    def get_paginator(self, operation: str) -> Athena:
        assert operation == "get_query_results"
        return self

    def paginate(self, QueryExecutionId: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        return map(self._page, self.pages)

    def _page(self, rows: list[Cells]) -> dict[str, Any]:
        info = [{"Name": name, "Type": kind} for name, kind in self.columns]
        found = [{"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]} for row in rows]
        return {"ResultSet": {"ResultSetMetadata": {"ColumnInfo": info}, "Rows": found}}


class S3:
    """A fake S3 with one object, which counts the bytes read."""

    def __init__(self, content: bytes = b"") -> None:
        self.stream = io.BytesIO(content)
        self.size = len(content)

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        assert (Bucket, Key) == ("bucket", "results/q.csv")
        self.stream.seek(0)
        return {"Body": StreamingBody(cast("Any", _Unclosed(self.stream)), self.size)}

    def download_fileobj(self, Bucket: str, Key: str, file: io.BytesIO, Callback: Callable[[int], None]) -> None:  # noqa: N803
        content = self.get_object(Bucket=Bucket, Key=Key)["Body"].read()
        file.write(content)
        Callback(len(content))

    @property
    def read_bytes(self) -> int:
        return self.stream.tell()


class _Unclosed(io.BytesIO):
    """A stream that stays readable after the response body closes it."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__()
        self._stream = stream

    def read(self, amount: int | None = None) -> bytes:
        return self._stream.read(amount)


def of_select(columns: list[tuple[str, str]], rows: list[Cells]) -> tuple[Athena, S3]:
    """Return both fakes with the result of a SELECT."""
    header: Cells = [name for name, _ in columns]
    location = {"OutputLocation": "s3://bucket/results/q.csv"}
    athena = Athena(columns, [[header, *rows][:1000]], ResultConfiguration=location)
    return athena, S3("".join(map(write_row, [header, *rows])).encode())


def ask(
    athena: Athena, s3: S3 | None = None, sql: str = "SELECT", database: str | None = None, **options: Any
) -> QueryResult:
    """Run a query; return its result."""
    clients = cast("AthenaClient", athena), cast("S3Client", s3 or S3())
    return run_query(*clients, sql, work_group="w", database=database, **options)
