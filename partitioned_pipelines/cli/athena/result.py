"""The result of a query: its columns, and its rows as a stream, of which no more than a piece is ever held."""

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
# Rows beyond the first ones are counted in this much of a result, and no more of it is downloaded: S3 bills transfer out of AWS.
COUNTED_BYTES = 256 << 20
_INTEGERS = {"tinyint", "smallint", "integer", "int", "bigint"}
_FLOATS = {"float", "real", "double"}


@dataclass(frozen=True)
class ResultObject:
    """A result's object; who may read the result by Athena may read it: GetQueryResults asks for the same right.

    https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html
    """

    s3: S3Client
    uri: str

    def chunks(self) -> Iterator[bytes]:
        """Yield the content, piece by piece."""
        bucket, key = split_s3_uri(self.uri)
        body = self.s3.get_object(Bucket=bucket, Key=key)["Body"]
        try:
            yield from body.iter_chunks(_CHUNK_BYTES)
        finally:
            body.close()

    def download(self, file: IO[bytes], report: Callable[[int], None]) -> None:
        """Write the content to a file, in parallel if it is large; ``report`` is called with the bytes of each piece."""
        bucket, key = split_s3_uri(self.uri)
        self.s3.download_fileobj(bucket, key, file, Callback=report)


@dataclass(frozen=True)
class ResultColumn:
    """A column of a result.

    Attributes
    ----------
    label
        Its name, which others of the result may have, too.
    name
        Its name, or with a number behind it: no two columns share it, in any case.
    kind
        Athena's name of the type, without its parameters.
    precision, scale
        Of a decimal.
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
    """How many rows there are.

    Attributes
    ----------
    is_all
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
    """Rows that are read once, from the first on.

    Attributes
    ----------
    width
        The number of cells, of rows that are CSV.
    taken
        How many rows were read.
    """

    unread: Iterator[bytes | Row]
    width: int = 0
    taken: int = 0

    def take(self, limit: int | None) -> Iterator[Row]:
        """Yield the next rows: cells as Athena writes them, None for null."""
        for row in islice(self.unread, limit):
            self.taken += 1
            yield parse_row(row, self.width) if isinstance(row, bytes) else row

    def count_others(self) -> RowCount:
        """Read on, and count."""
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
    bytes_scanned
        What AWS bills.
    object
        The object of a SELECT's rows; None for other statements, whose rows are asked of Athena.
    has_header
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
        """Describe the result of a query that succeeded."""
        query_id = execution["QueryExecutionId"]
        # The smallest page: the columns alone are wanted.
        first = athena.get_query_results(QueryExecutionId=query_id, MaxResults=1)["ResultSet"]
        columns = read_columns(first.get("ResultSetMetadata", {}).get("ColumnInfo", []))
        location = execution.get("ResultConfiguration", {}).get("OutputLocation", "")
        is_query = execution.get("StatementType", "DML") == "DML"
        # .csv is a query's, .txt another statement's: https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
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
        """Yield the rows, or the first of them."""
        return self.stream().take(limit)

    def stream(self) -> RowStream:
        """Begin to read the rows."""
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
    """Read the columns of a result, and number those that share a name, so that none is lost in an object or a file."""
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
