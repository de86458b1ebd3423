"""Run as a separate process with PySpark: reads files with the schema of a Glue table by Spark's own readers, and prints the rows.

python tests/spark/read_with_schema.py FOLDER < files.json
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

CORRUPT = "_corrupt_record"
# As in LazySimpleSerDe: no quotes, no escapes, and \N for NULL.
OPTIONS = {
    "csv": {"quote": "", "escape": "", "nullValue": "\\N", "lineSep": "\n", "columnNameOfCorruptRecord": CORRUPT},
    "json": {"lineSep": "\n", "columnNameOfCorruptRecord": CORRUPT},
    "parquet": {},
    "orc": {},
}


def main(folder: Path) -> None:
    """Read the files: ``format``, ``column`` (a Hive type), ``expression`` of the value, and ``path`` of a table's folder.

    A file's ``rows`` are [number, value as a string, whether Spark could not read the line]; if the read fails, its ``error`` is
    Spark's error condition, next to its ``message``.
    """
    sql: Any = importlib.import_module("pyspark.sql")  # an extra, which may be missing in type checks
    spark = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .config("spark.sql.session.timeZone", "UTC")
        # The files are many and small, for which generating code for each query is wasteful.
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.driver.extraJavaOptions", "-Duser.timezone=UTC")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    with ThreadPoolExecutor(4) as readers:
        found = list(readers.map(lambda file: read(spark, file), json.load(sys.stdin)))
    print(json.dumps(found))
    spark.stop()


def read(spark: Any, file: dict[str, Any]) -> dict[str, Any]:
    """Read one table of one file."""
    kind = file["format"]
    # A reader treats varchar and char as strings: https://spark.apache.org/docs/latest/sql-ref-datatypes.html
    column = re.sub(r"(var)?char\(\d+\)", "string", file["column"])
    corrupt = "" if kind in ("parquet", "orc") else f", {CORRUPT} string"
    reader = spark.read.schema(f"v {column}, n int{corrupt}, dt string").options(**OPTIONS[kind]).format(kind)
    value = file["expression"]
    value = f"hex({value})" if file["is_binary"] else f"CAST({value} AS string)"
    is_corrupt = f"{CORRUPT} IS NOT NULL" if corrupt else "false"
    try:
        rows = reader.load(file["path"]).selectExpr("n", value, is_corrupt, "dt").collect()
    except Exception as error:  # noqa: BLE001 - it is what Spark says of the file
        condition = re.search(r"\[([A-Z_.]+)\]", str(error))
        return {"error": condition[1] if condition else type(error).__name__, "message": str(error)[:500]}
    assert all(row[3] == "a" for row in rows)
    return {"rows": [list(row)[:3] for row in rows]}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
