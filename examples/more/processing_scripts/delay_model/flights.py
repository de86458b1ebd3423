"""Features and labels of flights: what is known before departure, and whether the flight was late."""

import datetime as dt

import pandas as pd
import pyarrow.dataset as ds

LATE_AFTER_MINUTES = 15  # as defined by the US Department of Transportation
CATEGORIES = ["carrier", "origin", "dest"]
NUMBERS = ["sched_dep_time", "distance", "weekday", "month"]
FEATURES = [*CATEGORIES, *NUMBERS]
KEYS = {"year": "int32", "month": "int32", "day": "int32"}


def read_flights(start: dt.date | None, end: dt.date) -> pd.DataFrame:
    """Read the input's flights that departed from one day up to another, which is excluded, with their features, day and ``delayed``."""
    hive = ds.partitioning(flavor="hive")
    table = ds.dataset("/opt/ml/processing/input/flights", format="parquet", partitioning=hive)
    columns = [*CATEGORIES, "sched_dep_time", "distance", "dep_delay", *KEYS]
    departed = ds.field("dep_delay").is_valid()
    flights: pd.DataFrame = table.to_table(columns=columns, filter=departed).to_pandas()
    flights["flight_date"] = pd.to_datetime(flights[list(KEYS)])
    flights["weekday"] = flights["flight_date"].dt.weekday
    flights["delayed"] = flights["dep_delay"] >= LATE_AFTER_MINUTES
    days = flights["flight_date"] < pd.Timestamp(end)
    if start:
        days &= flights["flight_date"] >= pd.Timestamp(start)
    # The order of files is not fixed: sort, so that the same flights always give the same model.
    order = ["flight_date", "sched_dep_time", "carrier", "origin", "dest", "distance", "dep_delay"]
    return flights[days].sort_values(order, ignore_index=True)
