"""The tables and views that a query reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local_cloud.athena.analysis.information_schema import information_schema_columns, information_schema_view
from local_cloud.athena.analysis.scope import matching
from local_cloud.athena.analysis.views import read_view
from local_cloud.athena.catalog.glue_catalog import find_table
from local_cloud.athena.errors import DatabaseNotFoundError, QueryFailedError, TableNotFoundError
from local_cloud.athena.scan.table_scan import PATH_COLUMN
from local_cloud.athena.sql import tree
from local_cloud.athena.sql.query_parser import parse_query
from local_cloud.athena.types.trino_types import BIGINT, VARCHAR, Type, type_of_hive

if TYPE_CHECKING:
    from local_cloud.athena.analysis.scope import Scope
    from local_cloud.athena.catalog.glue_catalog import CatalogTable
    from local_cloud.athena.scan.table_scan import Scanner

_PARTITIONS = "$partitions"  # https://docs.aws.amazon.com/athena/latest/ug/show-partitions.html


@dataclass(slots=True)
class Scan:
    """One reading of a table.

    Attributes
    ----------
    columns
        The names and types, with the pseudo column ``"$path"``.
    conditions
        The conditions on partition keys, in DuckDB's SQL.
    values
        The values that the query gives for a key, by key.
    """

    number: int
    view: str
    table: CatalogTable | None
    columns: list[tuple[str, Type]]
    keys: frozenset[str] = frozenset()
    conditions: list[str] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)


class Tables:
    """The tables of one query; their files are read when it has been analyzed."""

    def __init__(self, scanner: Scanner, region: str) -> None:
        self._scanner, self._region = scanner, region
        self.scans: list[Scan] = []
        self.depth = 0

    def view(self, database: str, name: str, position: str) -> tuple[tree.Query, str] | None:
        """Return a view's query and its database, or None if the table is not a view."""
        if database == "information_schema" or name.endswith(_PARTITIONS):
            return None
        try:
            found = read_view(find_table(database, name, self._region).definition)
        except (DatabaseNotFoundError, TableNotFoundError):
            return None  # reported by the scan
        return (parse_query(found[0]), found[1]) if found else None

    def scan(self, database: str, name: str, position: str) -> Scan:
        """Return a new scan of a table. Raises QueryFailedError if it does not exist."""
        number = len(self.scans) + 1
        if database == "information_schema":
            view = information_schema_view(self._scanner.connection, name, self._region)
            columns = [
                (column, BIGINT if kind == "BIGINT" else VARCHAR)
                for column, kind in information_schema_columns(name).items()
            ]
            scan = Scan(number, view, None, columns)
        elif name.endswith(_PARTITIONS):
            table = find_table(database, name.removesuffix(_PARTITIONS), self._region, position)
            view = self._scanner.make_partitions_view(table)
            scan = Scan(number, view, None, [(key, type_of_hive(kind)) for key, kind in table.partition_keys])
        else:
            table = find_table(database, name, self._region, position)
            table.check_format()
            columns = [(column, type_of_hive(kind)) for column, kind in [*table.columns, *table.partition_keys]]
            if not columns:
                raise QueryFailedError("HIVE_INVALID_METADATA", f"{table.database}.{table.name} has no columns")
            keys = frozenset(key for key, _ in table.partition_keys)
            scan = Scan(number, f"scan_{number}", table, [*columns, (PATH_COLUMN, VARCHAR)], keys)
        self.scans.append(scan)
        return scan

    def add_condition(self, number: int, condition: str, node: tree.Expression, scope: Scope) -> None:
        """Add a condition on the partitions of a scan."""
        scan = self.scans[number - 1]
        scan.conditions.append(condition)
        match node:
            case tree.Comparison(operator="="):
                pairs = [(node.left, [node.right]), (node.right, [node.left])]
            case tree.InList():
                pairs = [(node.value, node.items)]
            case _:
                return
        for name, values in pairs:
            if isinstance(name, tree.Name) and all(isinstance(value, tree.Literal) for value in values):
                for one in matching(scope.fields, [name.name]):
                    if number in one.origins:
                        scan.values[one.origins[number]] = [
                            value.text for value in values if isinstance(value, tree.Literal)
                        ]

    def create_views(self, reading: set[tuple[int, str]]) -> None:
        """Create the views of all scans in DuckDB."""
        for scan in self.scans:
            if scan.table is not None:
                read = frozenset(column for number, column in reading if number == scan.number)
                partitions = scan.table.partitions(scan.values)
                self._scanner.make_view(scan.view, scan.table, partitions, scan.conditions, read)
