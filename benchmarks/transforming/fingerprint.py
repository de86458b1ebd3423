"""The fingerprint of a table's files, for comparing ways of writing them: python fingerprint.py csv|parquet FOLDER COLUMNS.

Prints, as JSON, the number of partitions, the number of rows, and an order-independent sum of the rows' hashes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb


def fingerprint(kind: str, folder: Path, columns: list[str]) -> list[int]:
    """Return the partitions, rows and hash of all files, read by DuckDB; numbers are compared by value: 0.10 is 0.1. Keys come last."""
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
