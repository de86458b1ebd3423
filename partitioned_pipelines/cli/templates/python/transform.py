"""Sum the interval's amounts by item. The files written to /opt/ml/processing/output/dt=…/ become the table's partition."""

import os
from pathlib import Path

import polars as pl

INPUT = Path("/opt/ml/processing/input/raw")
OUTPUT = Path("/opt/ml/processing/output")

if __name__ == "__main__":
    day = os.environ["PROCESS_DATE"]
    partition = OUTPUT / f"dt={day}"  # only: day
    partition = OUTPUT / f"dt={day}" / f"hour={os.environ['PROCESS_HOUR']}"  # only: hour
    # scan_csv and sink_csv stream: the rows are read once, a few at a time, so that memory does not grow with the files.
    rows = pl.scan_csv(INPUT / "**/*.csv", schema_overrides={"item": pl.String, "amount": pl.Float64})
    totals = rows.group_by("item").agg(sold=pl.len(), total=pl.col("amount").sum()).sort("item")
    # Without a header and without the keys: the columns are in the order of the pipeline file.
    totals.sink_csv(partition / "totals.csv", include_header=False, mkdir=True)
    print(f"wrote {partition.relative_to(OUTPUT)}/totals.csv")
