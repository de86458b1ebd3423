"""Return what a table's files hold, so that ways of writing them can be compared: python fingerprint.py csv|parquet FOLDER COLUMNS.

Prints, as JSON, the number of partitions and of rows, and a sum of the rows' hashes, which knows no order.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb


def fingerprint(kind: str, folder: Path, columns: list[str]) -> list[int]:
    """Read all files by DuckDB; numbers are compared as such, so that 0.10 is 0.1. Columns are those of the files, then the keys."""
    files = f"'{folder}/**/*.{kind}', hive_partitioning = true"
    read = f"read_csv({files}, header = false, names = {columns})" if kind == "csv" else f"read_parquet({files})"
    row = ", ".join(f"{column}::VARCHAR" for column in columns)
    query = f"SELECT count(*), sum(hash({row}) >> 16) FROM {read}"  # noqa: S608 - paths of the benchmark
    found = duckdb.execute(query).fetchone()
    assert found is not None  # an aggregate has one row  # noqa: S101
    folders = {path.parent for path in folder.rglob(f"*.{kind}")}
    return [len(folders), *(int(value) for value in found)]


if __name__ == "__main__":
    print(json.dumps(fingerprint(sys.argv[1], Path(sys.argv[2]), sys.argv[3].split(","))))
