"""Writing the rows of a query to files in S3."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local_cloud.athena.analysis.scope import Value
from local_cloud.athena.catalog.hive_types import duckdb_type, literal, quoted
from local_cloud.athena.catalog.partition_path import HIVE_NULL, partition_path
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.functions.casts import cast_sql
from local_cloud.athena.functions.time.times import UnsupportedYearError
from local_cloud.athena.statements.file_content import FileWriter
from local_cloud.athena.types.coercions import common_type
from local_cloud.athena.types.trino_types import hive_type_of, type_of_hive
from local_cloud.object_store import split_uri, write_object

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from local_cloud.athena.select.query import Evaluation
    from local_cloud.athena.statement_context import StatementContext
    from local_cloud.athena.types.trino_types import Type

_WIDE_YEAR = r"(^|[^\d])\d{5,}-\d\d-\d\d|\d-\d\d-\d\d \(BC\)"
_MOST_PARTITIONS = 100  # https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html


@dataclass(frozen=True, slots=True)
class Target:
    """The destination and the format of written rows.

    Attributes
    ----------
    file_format
        PARQUET, ORC, TEXTFILE or JSON.
    compression
        Athena's name, such as SNAPPY.
    columns
        The name and Hive type of each column of an existing table, matched by position.
    inserted
        The names of the columns that are written, if not all are; the others are null.
    """

    location: str
    file_format: str
    compression: str
    partition_keys: list[str]
    delimiter: str
    columns: Sequence[tuple[str, str]] | None = None
    inserted: Sequence[str] | None = None


@dataclass(slots=True)
class DataWriter:
    """Writes a query's rows, one file for each partition.

    Attributes
    ----------
    uris
        The URIs of the files.
    partitions
        The locations of the partitions, by their values.
    columns
        All columns that were written, in Glue's form.
    """

    target: Target
    context: StatementContext
    is_empty: bool = False
    rows: int = 0
    uris: list[str] = field(default_factory=list)
    partitions: dict[tuple[str, ...], str] = field(default_factory=dict)
    columns: list[dict[str, str]] = field(default_factory=list)

    def write(self, evaluation: Evaluation) -> int:
        """Write all rows, and return the number of scanned bytes."""
        target = self.target
        folder = self.context.cache_folder
        writer = FileWriter(evaluation.connection, folder, target.file_format, target.compression, target.delimiter)
        names = self._define(evaluation)
        selected = ", ".join(
            f"CAST({own} AS {duckdb_type(column['Type'])}) AS {quoted(column['Name'])}"
            for own, column in zip(self._converted(evaluation), self.columns, strict=True)
        )
        connection = evaluation.connection
        evaluation.relation.project(selected).create("written_rows")
        evaluation.functions.check()
        keys = target.partition_keys
        for column in self.columns:
            held = duckdb_type(column["Type"])
            if "TIMESTAMP" in held or ("DATE" in held and (target.file_format != "PARQUET" or column["Name"] in keys)):
                _check_years(connection, quoted(column["Name"]))
        if self.is_empty:
            return 0
        self.rows = connection.execute("SELECT count(*) FROM written_rows").fetchall()[0][0]
        data = ", ".join(quoted(name) for name in names if name not in keys)
        if not keys:
            if self.rows:  # Trino writes no file without rows
                self._file(writer, f"SELECT {data} FROM written_rows", target.location)
            return evaluation.scanned_bytes
        listed = ", ".join(quoted(key) for key in keys)
        texts = ", ".join(
            f"coalesce(CAST({quoted(key)} AS VARCHAR), {literal(HIVE_NULL)}) AS {quoted(key)}" for key in keys
        )
        found = connection.execute(f"SELECT DISTINCT {texts} FROM written_rows ORDER BY {listed}").fetchall()
        if len(found) > _MOST_PARTITIONS:
            raise QueryFailedError(
                "HIVE_TOO_MANY_OPEN_PARTITIONS",
                f"Exceeded limit of {_MOST_PARTITIONS} open writers for partitions/buckets",
            )
        for values in found:
            conditions = " AND ".join(
                f"coalesce(CAST({quoted(key)} AS VARCHAR), {literal(HIVE_NULL)}) = {literal(value)}"
                for key, value in zip(keys, values, strict=True)
            )
            location = f"{self.target.location}{partition_path(keys, values)}/"
            self.partitions[tuple(values)] = location
            self._file(writer, f"SELECT {data} FROM written_rows WHERE {conditions}", location)
        return evaluation.scanned_bytes

    def _define(self, evaluation: Evaluation) -> list[str]:
        """Check and return the names of the columns; partition keys must be last."""
        target = self.target
        if target.columns is not None:
            expected = len(target.columns if target.inserted is None else target.inserted)
            if expected != len(evaluation.columns):
                raise QueryFailedError(
                    "TYPE_MISMATCH",
                    f"Insert query has mismatched columns: Table: {[kind for _, kind in target.columns]}",
                )
            self.columns = [{"Name": name, "Type": kind} for name, kind in target.columns]
            return [name for name, _ in target.columns]
        names = [name for name, _ in evaluation.columns]
        for position, name in enumerate(names, start=1):
            if name.startswith("_col"):
                raise QueryFailedError(
                    "MISSING_COLUMN_NAME", f"line 1:1: Column name not specified at position {position}"
                )
            if names.index(name) != position - 1:
                raise QueryFailedError(
                    "DUPLICATE_COLUMN_NAME", f"line 1:1: Column name '{name}' specified more than once"
                )
        keys = target.partition_keys
        if keys and (names[-len(keys) :] != keys or len(keys) == len(names)):
            raise QueryFailedError(
                "INVALID_TABLE_PROPERTY",
                f"Partition keys must be the last columns in the table and in the same order as the table properties: {keys}",
            )
        self.columns = [{"Name": name, "Type": _stored_type(kind)} for name, kind in evaluation.columns]
        return names

    def _converted(self, evaluation: Evaluation) -> list[str]:
        """Return the SQL of each column, converted to the table's type by Trino's rules."""
        names = self.target.inserted
        given = dict(
            zip(
                names or [column["Name"] for column in self.columns],
                zip(evaluation.relation.columns, evaluation.columns, strict=True),
                strict=True,
            )
        )
        converted = []
        for column in self.columns:
            wanted = type_of_hive(column["Type"])
            if column["Name"] not in given:
                converted.append("NULL")
                continue
            own, (_, kind) = given[column["Name"]]
            if common_type(kind, wanted) is None:
                raise QueryFailedError(
                    "TYPE_MISMATCH",
                    "line 1:1: Insert query has mismatched column types: "
                    f"Table: [{', '.join(str(type_of_hive(one['Type'])) for one in self.columns)}], "
                    f"Query: [{', '.join(str(one) for _, one in evaluation.columns)}]",
                )
            converted.append(cast_sql(Value(quoted(own), kind, plain=True), wanted, evaluation.functions))
        return converted

    def _file(self, writer: FileWriter, sql: str, location: str) -> None:
        uri = f"{location}{self.context.identifier.replace('-', '_')}_{uuid.uuid4()}{writer.suffix}"
        keys = self.target.partition_keys
        kinds = [type_of_hive(column["Type"]) for column in self.columns if column["Name"] not in keys]
        write_object(*split_uri(uri), writer.content(sql, kinds))
        self.uris.append(uri)


def _check_years(connection: duckdb.DuckDBPyConnection, column: str) -> None:
    """Raise QueryFailedError for a year before 1 or after 9999, which DuckDB writes otherwise than Trino."""
    matches = f"regexp_matches(CAST({column} AS VARCHAR), '{_WIDE_YEAR}')"
    if found := connection.execute(f"SELECT {column} FROM written_rows WHERE {matches} LIMIT 1").fetchall():
        raise UnsupportedYearError(f"writing {column}: {found[0][0]}")


def _stored_type(kind: Type) -> str:
    found = hive_type_of(kind)
    if found is None:
        raise QueryFailedError("NOT_SUPPORTED", f"Unsupported Hive type: {kind}")
    return found
