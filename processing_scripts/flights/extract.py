"""Take the flights scheduled in the run's interval out of the year's CSV."""

import datetime as dt
import os

import polars as pl

if __name__ == "__main__":
    start = dt.date.fromisoformat(os.environ["PROCESS_START"])
    end = dt.date.fromisoformat(os.environ["PROCESS_END"])
    scheduled_day = pl.date("year", "month", "day")
    flights = (
        pl.scan_csv("/opt/ml/processing/input/raw/*.csv", null_values=["", "NA"], infer_schema=False)
        .with_columns(pl.col("year", "month", "day").cast(pl.Int32))
        .filter(scheduled_day >= start, scheduled_day < end)
        .collect()
    )
    print(f"{flights.height} flights from {start} to {end}")
    flights.write_parquet("/opt/ml/processing/output/flights.parquet")
