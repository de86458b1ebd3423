"""Put the day's raw CSV files, in the order of their names, into one extract.csv."""

import os
from pathlib import Path

import pandas as pd

if __name__ == "__main__":
    raw_files = sorted(Path("/opt/ml/processing/input/raw").rglob("*.csv"))
    if not raw_files:
        raise SystemExit(f"no CSV file among the raw data of {os.environ['PROCESS_DATE']}")
    # As text: what the columns mean is the transform's business, and a code such as 007 stays 007.
    df = pd.concat([pd.read_csv(path, dtype=str, keep_default_na=False) for path in raw_files])
    print(f"{len(df)} rows of {os.environ['PROCESS_DATE']} from {len(raw_files)} files")
    df.to_csv("/opt/ml/processing/output/extract.csv", index=False)
