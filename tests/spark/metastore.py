"""A Hive metastore in Spark, in a separate process, with Glue's tables."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.spark.spark_process import run_by_spark

READER = Path(__file__).with_name("read_from_metastore.py")


@dataclass(frozen=True)
class HiveTable:
    """A table in Hive.

    Attributes
    ----------
    rows
        All rows, read by Hive's own classes, each cell as text; partition keys last.
    rows_by_spark
        The rows read by Spark's Parquet reader, for a Parquet table.
    described
        The output of DESCRIBE EXTENDED: name, type and comment of each column, then, after a line without a name, everything else.
    """

    rows: list[list[str | None]]
    rows_by_spark: list[list[str | None]]
    described: list[list[str | None]]

    @property
    def columns(self) -> list[list[str | None]]:
        """Name, type and comment of each column, partition keys last."""
        return list(itertools.takewhile(lambda line: not (line[0] or "").startswith("#"), self.described))

    @property
    def properties(self) -> dict[str | None, str | None]:
        """The properties of the table, such as ``Serde Library`` and ``Comment``."""
        return {name: value for name, value, _ in self.described[len(self.columns) :]}


def read_by_hive(tables: list[dict[str, Any]], folder: Path) -> dict[str, HiveTable]:
    """Create tables from their Glue table inputs, add their partitions, and read them all with Hive's own classes.

    Parameters
    ----------
    tables
        Each with ``table_input``, ``location``, ``partitions`` and optionally ``not_by_hive``, as the reader expects.
    folder
        Folder for the metastore and Spark's other files; it is created.
    """
    folder.mkdir()
    found = run_by_spark(READER, folder, tables)
    return {name: HiveTable(**table) for name, table in found.items()}
