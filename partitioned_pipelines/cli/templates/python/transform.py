"""Sum the interval's amounts by item. The files written to /opt/ml/processing/output/dt=…/ become the table's partition."""

import os
from pathlib import Path

import pandas as pd

INPUT = Path("/opt/ml/processing/input/raw")
OUTPUT = Path("/opt/ml/processing/output")

if __name__ == "__main__":
    day = os.environ["PROCESS_DATE"]
    rows = pd.concat([pd.read_csv(path) for path in sorted(INPUT.rglob("*.csv"))])
    totals = rows.groupby("item", as_index=False).agg(sold=("amount", "size"), total=("amount", "sum"))
    partition = OUTPUT / f"dt={day}"  # only: day
    partition = OUTPUT / f"dt={day}" / f"hour={os.environ['PROCESS_HOUR']}"  # only: hour
    partition.mkdir(parents=True)
    # Without a header and without the keys: the columns are in the order of the pipeline file.
    totals.to_csv(partition / "totals.csv", header=False, index=False)
    print(f"{len(rows)} rows of {partition.relative_to(OUTPUT)}, {len(totals)} items")
