"""A Hive metastore of Spark's, in a process of its own, and what it says of Glue's tables."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.spark.spark_process import run_by_spark

READER = Path(__file__).with_name("read_from_metastore.py")


@dataclass(frozen=True)
class HiveTable:
    """A table as Hive has it.

    Attributes
    ----------
    rows
        All of them, by Hive's own classes, each cell as text; partition keys last.
    rows_by_spark
        The same by Spark's reader of Parquet, for a Parquet table.
    described
        What DESCRIBE EXTENDED shows: name, type and comment of each column, then, behind a line without a name, all else.
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
        """What is said of the table as a whole, such as ``Serde Library`` and ``Comment``."""
        return {name: value for name, value, _ in self.described[len(self.columns) :]}


def read_by_hive(tables: list[dict[str, Any]], folder: Path) -> dict[str, HiveTable]:
    """Create tables from their Glue table inputs, add their partitions, and read them all by Hive's own classes.

    Parameters
    ----------
    tables
        Each with ``table_input``, ``location``, ``partitions`` and, maybe, ``not_by_hive``, as the reader takes them.
    folder
        For the metastore and whatever else Spark writes; is made.
    """
    folder.mkdir()
    found = run_by_spark(READER, folder, tables)
    return {name: HiveTable(**table) for name, table in found.items()}
