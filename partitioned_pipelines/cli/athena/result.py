"""The result of a query: its columns, and its rows as a stream, held in memory one chunk at a time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import IO, TYPE_CHECKING

from partitioned_pipelines.cli.athena.result_csv import parse_row, row_bytes
from partitioned_pipelines.lake.s3_uri import split_s3_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_athena.type_defs import ColumnInfoTypeDef, QueryExecutionTypeDef
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.cli.athena.result_csv import Row

_CHUNK_BYTES = 1 << 20
# Remaining rows are counted in at most this many bytes of a result, which are downloaded: S3 bills transfer out of AWS.
COUNTED_BYTES = 256 << 20
_INTEGERS = {"tinyint", "smallint", "integer", "int", "bigint"}
_FLOATS = {"float", "real", "double"}


@dataclass(frozen=True)
class ResultObject:
    """The S3 object of a result. Readers of the result through Athena may read it: GetQueryResults requires the same permission.

    https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html
    """

    s3: S3Client
    uri: str

    def chunks(self) -> Iterator[bytes]:
        """Yield the content in chunks."""
        bucket, key = split_s3_uri(self.uri)
        body = self.s3.get_object(Bucket=bucket, Key=key)["Body"]
        try:
            yield from body.iter_chunks(_CHUNK_BYTES)
        finally:
            body.close()

    def download(self, file: IO[bytes], report: Callable[[int], None]) -> None:
        """Write the content to a file, in parallel if it is large; ``report`` is called with the bytes of each chunk."""
        bucket, key = split_s3_uri(self.uri)
        self.s3.download_fileobj(bucket, key, file, Callback=report)


@dataclass(frozen=True)
class ResultColumn:
    """A column of a result.

    Attributes
    ----------
    label
        The column's name, which may occur more than once in the result.
    name
        The column's name, with a numeric suffix if needed: unique in the result, ignoring case.
    kind
        Athena's name of the type, without parameters.
    precision, scale
        Of a decimal type.
    """

    label: str
    name: str
    kind: str
    precision: int = 0
    scale: int = 0

    @property
    def is_integer(self) -> bool:
        return self.kind in _INTEGERS

    @property
    def is_float(self) -> bool:
        return self.kind in _FLOATS

    @property
    def is_decimal(self) -> bool:
        return self.kind.startswith("decimal")

    @property
    def is_numeric(self) -> bool:
        return self.is_integer or self.is_float or self.is_decimal


@dataclass(frozen=True)
class RowCount:
    """A number of rows, exact or a lower bound.

    Attributes
    ----------
    False if there are more rows, which were not counted.
        False if there are more, which were not counted.
    """

    count: int
    is_all: bool = True

    def __bool__(self) -> bool:
        return self.count > 0 or not self.is_all

    def __str__(self) -> str:
        return f"{self.count:,}" if self.is_all else f"at least {self.count:,}"


@dataclass
class RowStream:
    """Rows that are read once, in order.

    Attributes
    ----------
    The number of cells per row, for rows in CSV.
        The number of cells, of rows that are CSV.
    The number of rows read.
        How many rows were read.
    """

    unread: Iterator[bytes | Row]
    width: int = 0
    taken: int = 0

    def take(self, limit: int | None) -> Iterator[Row]:
        """Yield the next rows: cells as Athena writes them, None for NULL."""
        for row in islice(self.unread, limit):
            self.taken += 1
            yield parse_row(row, self.width) if isinstance(row, bytes) else row

    def count_others(self) -> RowCount:
        """Return the number of unread rows, which are read."""
        count = size = 0
        for row in self.unread:
            count, size = count + 1, size + len(row)
            if size > COUNTED_BYTES:
                return RowCount(count, is_all=False)
        return RowCount(count)


@dataclass(frozen=True)
class QueryResult:
    """The result of a query.

    Attributes
    ----------
    columns
        Empty for a statement without a result, such as CREATE TABLE.
    The bytes that AWS bills.
        What AWS bills.
    The S3 object with the rows of a SELECT; None for other statements, whose rows are fetched from Athena.
        The object of a SELECT's rows; None for other statements, whose rows are asked of Athena.
    Whether the first row from Athena may be the header.
        Whether the first row that Athena returns may be the header.
    """

    athena: AthenaClient
    query_id: str
    columns: tuple[ResultColumn, ...]
    bytes_scanned: int
    object: ResultObject | None
    has_header: bool

    @classmethod
    def of(cls, athena: AthenaClient, s3: S3Client, execution: QueryExecutionTypeDef) -> QueryResult:
        """Return the result of a successful query."""
        query_id = execution["QueryExecutionId"]
        # The smallest page: only the columns are needed.
        first = athena.get_query_results(QueryExecutionId=query_id, MaxResults=1)["ResultSet"]
        columns = read_columns(first.get("ResultSetMetadata", {}).get("ColumnInfo", []))
        location = execution.get("ResultConfiguration", {}).get("OutputLocation", "")
        is_query = execution.get("StatementType", "DML") == "DML"
        # A query's file is .csv, another statement's .txt: https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
        has_object = is_query and bool(columns) and location.endswith(f"{query_id}.csv")
        return cls(
            athena,
            query_id,
            columns,
            execution.get("Statistics", {}).get("DataScannedInBytes", 0),
            ResultObject(s3, location) if has_object else None,
            is_query,
        )

    def rows(self, limit: int | None = None) -> Iterator[Row]:
        """Yield the rows, at most ``limit`` of them."""
        return self.stream().take(limit)

    def stream(self) -> RowStream:
        """Return a stream of the rows."""
        if self.object is None:
            return RowStream(self._rows_of_pages())
        rows = row_bytes(self.object.chunks())
        next(rows, None)  # the header
        return RowStream(rows, len(self.columns))

    def _rows_of_pages(self) -> Iterator[Row]:
        names = tuple(column.label for column in self.columns)
        is_first = self.has_header
        for page in self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=self.query_id):
            for row in page["ResultSet"].get("Rows", []):
                cells = tuple(cell.get("VarCharValue") for cell in row["Data"])
                if not is_first or cells != names:
                    yield cells
                is_first = False


def read_columns(described: Sequence[ColumnInfoTypeDef]) -> tuple[ResultColumn, ...]:
    """Return the columns of a result; columns with the same name are numbered, so that none is lost in a JSON object or a file."""
    columns: list[ResultColumn] = []
    taken: set[str] = set()
    all_names = {each["Name"].casefold() for each in described}
    for each in described:
        name, count = each["Name"], 1
        while name.casefold() in taken or (count > 1 and name.casefold() in all_names):
            count += 1
            name = f"{each['Name']}_{count}"
        taken.add(name.casefold())
        columns.append(ResultColumn(each["Name"], name, each["Type"], each.get("Precision", 0), each.get("Scale", 0)))
    return tuple(columns)
