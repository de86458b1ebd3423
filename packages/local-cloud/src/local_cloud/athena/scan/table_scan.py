"""Tables as DuckDB views: each partition is read by its own storage descriptor, with its partition values as columns."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local_cloud.athena.catalog.hive_types import duckdb_type, literal, quoted
from local_cloud.athena.errors import TableNotFoundError
from local_cloud.athena.formats.serde import is_text, row_counter, select_sql
from local_cloud.athena.scan.partition_schema import stored_columns

if TYPE_CHECKING:
    import duckdb

    from local_cloud.athena.catalog.glue_catalog import CatalogTable, Partition
    from local_cloud.athena.scan.object_cache import DataFile, ObjectCache

PATH_COLUMN = "$path"  # https://docs.aws.amazon.com/athena/latest/ug/querying-finding-source-data.html
_HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"


@dataclass(slots=True)
class Scanner:
    """Creates views of tables, and counts the bytes read.

    Attributes
    ----------
    scanned
        The sizes of the objects that the views read, by URI.
    """

    connection: duckdb.DuckDBPyConnection
    cache: ObjectCache
    scanned: dict[str, int] = field(default_factory=dict)
    _made: int = 0

    def make_view(
        self, name: str, table: CatalogTable, partitions: list[Partition], conditions: list[str], read: frozenset[str]
    ) -> None:
        """Create a view of a table, with the pseudo column ``"$path"``.

        Parameters
        ----------
        conditions
            SQL conditions on partition keys; partitions that do not meet them are not read.
        read
            The columns that the query reads. The others are null.
        """
        reads_columns = any(column in read for column, _ in table.columns)
        number = self._made = self._made + 1
        keys = [(name, duckdb_type(kind)) for name, kind in table.partition_keys]
        partitions = self._pruned(partitions, keys, conditions, number)
        groups: dict[str, list[tuple[Partition, DataFile]]] = {}
        for partition in partitions:
            storage = {name: value for name, value in partition.storage.items() if name in {"Columns", "SerdeInfo"}}
            counter = None if reads_columns else row_counter(self.connection, storage, table.parameters)
            location = partition.storage["Location"]
            for data_file in self.cache.data_files(location, text=is_text(storage), count=counter):
                groups.setdefault(json.dumps(storage, sort_keys=True), []).append((partition, data_file))
                self.scanned[data_file.uri] = data_file.size
        selects = [
            self._select(table, group, keys, f"{number}_{index}", read=read, reads_columns=reads_columns)
            for index, group in enumerate(groups.values())
        ]
        self.connection.execute(f"CREATE TEMP VIEW {name} AS {' UNION ALL '.join(selects) or _empty(table, keys)}")

    def make_partitions_view(self, table: CatalogTable) -> str:
        """Create a view of a table's partitions, ``"table$partitions"``, and return its name."""
        number = self._made = self._made + 1
        keys = [(name, duckdb_type(kind)) for name, kind in table.partition_keys]
        if not keys:
            raise TableNotFoundError(table.database, f"{table.name}$partitions")
        rows = [partition.values for partition in table.partitions()]
        self._table(f"partitions_{number}", [f"{quoted(name)} VARCHAR" for name, _ in keys], rows)
        typed = ", ".join(f"{_key_value(name, kind)} AS {quoted(name)}" for name, kind in keys)
        self.connection.execute(f"CREATE TEMP VIEW all_partitions_{number} AS SELECT {typed} FROM partitions_{number}")
        return f"all_partitions_{number}"

    def _pruned(
        self, partitions: list[Partition], keys: list[tuple[str, str]], conditions: list[str], number: int
    ) -> list[Partition]:
        if not conditions or not partitions:
            return partitions
        rows = [(index, *partition.values) for index, partition in enumerate(partitions)]
        self._table(f"partitions_{number}", ["position BIGINT", *(f"{quoted(name)} VARCHAR" for name, _ in keys)], rows)
        typed = ", ".join(f"{_key_value(name, kind)} AS {quoted(name)}" for name, kind in keys)
        kept = self.connection.execute(
            f"SELECT position FROM (SELECT position, {typed} FROM partitions_{number}) "
            f"WHERE {' AND '.join(f'({condition})' for condition in conditions)} ORDER BY position"
        ).fetchall()
        return [partitions[row[0]] for row in kept]

    def _select(
        self,
        table: CatalogTable,
        group: list[tuple[Partition, DataFile]],
        keys: list[tuple[str, str]],
        suffix: str,
        *,
        read: frozenset[str],
        reads_columns: bool,
    ) -> str:
        rows = [(str(data.path), data.uri, *partition.values) for partition, data in group]
        columns = ["path VARCHAR", "uri VARCHAR", *(f"{quoted(name)} VARCHAR" for name, _ in keys)]
        self._table(f"files_{suffix}", columns, rows)
        stored = stored_columns(table, group[0][0])
        wanted = [column for column in stored if column.name in read]
        counted = {data.path: data.rows for _, data in group if data.rows is not None}
        inner = [f"SELECT {literal(str(path))} AS filename FROM range({count})" for path, count in counted.items()]
        if paths := [data.path for _, data in group if data.rows is None]:
            columns_sql = select_sql(
                self.connection,
                group[0][0].storage,
                [(column.name, column.stored_type) for column in stored],
                table.parameters,
                paths,
                reads_columns=reads_columns,
                read={column.name for column in wanted},
            )
            inner.append(f"SELECT {'*' if reads_columns else 'filename'} FROM ({columns_sql})")
        selected = [
            f"{column.value_sql(f'd.{quoted(column.name)}', 'f.path')} AS {quoted(column.name)}"
            if column.name in read
            else f"NULL::{duckdb_type(column.type)} AS {quoted(column.name)}"
            for column in stored
        ]
        selected += [f"{_key_value(name, kind, 'f.')} AS {quoted(name)}" for name, kind in keys]
        selected.append(f"f.uri AS {quoted(PATH_COLUMN)}")
        return f"SELECT {', '.join(selected)} FROM ({' UNION ALL '.join(inner)}) d JOIN files_{suffix} f ON d.filename = f.path"

    def _table(self, name: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        """Create a table of many small rows, whose columns are passed as one list each."""
        self.connection.execute(f"CREATE TEMP TABLE {name} ({', '.join(columns)})")
        if rows:
            lists = ", ".join(f"unnest(?::{column.rpartition(' ')[2]}[])" for column in columns)
            self.connection.execute(
                f"INSERT INTO {name} SELECT {lists}", [list(values) for values in zip(*rows, strict=True)]
            )


def _key_value(name: str, kind: str, prefix: str = "") -> str:
    text = f"nullif({prefix}{quoted(name)}, {literal(_HIVE_NULL)})"
    if kind == "VARCHAR":
        return text
    before, after = "HIVE_INVALID_PARTITION_VALUE: Invalid partition value '", f"' for {kind} partition key: {name}"
    said = f"{literal(before)} || {text} || {literal(after)}"
    return f"CASE WHEN {text} IS NULL THEN NULL ELSE coalesce(TRY_CAST({text} AS {kind}), error({said})) END"


def _empty(table: CatalogTable, keys: list[tuple[str, str]]) -> str:
    columns = [*((name, duckdb_type(kind)) for name, kind in table.columns), *keys, (PATH_COLUMN, "VARCHAR")]
    selected = ", ".join(f"NULL::{kind} AS {quoted(name)}" for name, kind in columns)
    return f"SELECT {selected} WHERE false"
