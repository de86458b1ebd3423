"""Refuse data that the table must not hold: the run fails here, with each finding, and publishes nothing."""

import sys
from pathlib import Path

import polars as pl

INTEGERS = ["flight", "sched_dep_time", "dep_time", "dep_delay", "sched_arr_time", "arr_time", "arr_delay", "air_time"]
REQUIRED = ["year", "month", "day", "carrier", "flight", "origin", "dest", "sched_dep_time", "distance", "time_hour"]


def findings(flights: pl.DataFrame) -> list[str]:
    """Say what is wrong with the flights, one sentence each."""
    missing = sorted({*INTEGERS, *REQUIRED, "tailnum"} - set(flights.columns))
    if missing:
        return [f"columns are missing: {', '.join(missing)}"]
    # `517.0` is how pandas writes an integer in a column that has nulls.
    number = pl.col([*INTEGERS, "distance"])
    no_integer = flights.select((number.is_not_null() & ~number.str.contains(r"^-?\d+(\.0)?$")).sum())
    found = [f"{n} rows have a {column} that is no integer" for column, n in no_integer.row(0, named=True).items() if n]
    nulls = flights.select(pl.col(REQUIRED).null_count())
    found += [f"{n} rows have no {column}" for column, n in nulls.row(0, named=True).items() if n]
    elsewhere = flights.filter(~pl.col("origin").is_in(["EWR", "JFK", "LGA"])).height
    if elsewhere:
        found.append(f"{elsewhere} rows left another airport than EWR, JFK and LGA")
    repeated = flights.height - flights.unique(["time_hour", "carrier", "flight", "origin"]).height
    if repeated:
        found.append(f"{repeated} rows repeat a flight (same hour, carrier, number and origin)")
    return found


if __name__ == "__main__":
    flights = pl.read_parquet("/opt/ml/processing/input/extract/flights.parquet")
    if found := findings(flights):
        # SageMaker shows this text as the job's ExitMessage.
        message = Path("/opt/ml/output/message")
        message.parent.mkdir(parents=True, exist_ok=True)
        message.write_text("; ".join(found), encoding="utf-8")
        sys.exit("\n".join(found))
    print(f"{flights.height} flights are as they should be")
    # In small row groups: the transform reads them one by one, and several at once.
    flights.write_parquet("/opt/ml/processing/output/flights.parquet", row_group_size=32_768)
