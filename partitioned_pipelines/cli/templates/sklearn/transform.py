"""Standardise the interval's amounts. The files written to /opt/ml/processing/output/dt=…/ become the table's partition."""

import os
from pathlib import Path

import pandas as pd
from sklearn.preprocessing import StandardScaler

INPUT = Path("/opt/ml/processing/input/raw")
OUTPUT = Path("/opt/ml/processing/output")

if __name__ == "__main__":
    day = os.environ["PROCESS_DATE"]
    rows = pd.concat([pd.read_csv(path) for path in sorted(INPUT.rglob("*.csv"))])
    rows["standardised"] = StandardScaler().fit_transform(rows[["amount"]])
    partition = OUTPUT / f"dt={day}"  # only: day
    partition = OUTPUT / f"dt={day}" / f"hour={os.environ['PROCESS_HOUR']}"  # only: hour
    partition.mkdir(parents=True)
    # Without a header and without the keys: the columns are in the order of the pipeline file.
    rows[["item", "amount", "standardised"]].to_csv(partition / "amounts.csv", header=False, index=False)
    print(f"{len(rows)} rows of {partition.relative_to(OUTPUT)}")
