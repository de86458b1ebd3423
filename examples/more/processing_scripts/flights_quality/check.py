"""Check the interval's flights with pandera: one row for each check and day, and one for each flight that failed a check."""

import datetime as dt
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pandera.polars as pa
import polars as pl

INPUT = Path("/opt/ml/processing/input/flights")
CHECKS = Path("/opt/ml/processing/checks")
FAILING_ROWS = Path("/opt/ml/processing/failing_rows")


def whole_rows(rule: pl.Expr, sentence: str) -> pa.Check:
    """Check rules across columns; a row with a missing value in one of them does not fail."""
    return pa.Check(lambda data: data.lazyframe.select(rule.fill_null(value=True)), error=sentence)


HHMM = pa.Check.in_range(0, 2400, error="is a time of day, HHMM")
SCHEMA = pa.DataFrameSchema(
    {
        "carrier": pa.Column(pl.String, pa.Check.str_matches("^[0-9A-Z]{2}$", error="is an IATA code of an airline")),
        "tailnum": pa.Column(pl.String, pa.Check.str_matches("^[A-Z][0-9A-Z]+$", error="is a registration")),
        "origin": pa.Column(pl.String, pa.Check.isin(["EWR", "JFK", "LGA"], error="is an airport of New York City")),
        "dest": pa.Column(pl.String, pa.Check.str_matches("^[A-Z]{3}$", error="is an IATA code of an airport")),
        "sched_dep_time": pa.Column(pl.Int32, HHMM),
        "dep_time": pa.Column(pl.Int32, HHMM, nullable=True),
        "dep_delay": pa.Column(
            pl.Int32, pa.Check.in_range(-60, 720, error="is at most an hour early and half a day late"), nullable=True
        ),
        "distance": pa.Column(pl.Int32, pa.Check.gt(0, error="is more than nothing")),
    },
    checks=[
        whole_rows(
            pl.col("dep_time").is_null() | pl.col("arr_time").is_not_null(), "a flight that departed has arrived"
        ),
        whole_rows(
            pl.col("arr_time").is_null() | pl.col("air_time").is_not_null(), "a flight that arrived has its air time"
        ),
        whole_rows(pl.col("distance") / pl.col("air_time") * 60 < 700, "a flight is slower than 700 miles an hour"),
    ],
)


def flights_between(start: dt.date, end: dt.date) -> pl.DataFrame:
    """Read the flights of the interval from the table's files, each with its day and its index."""
    return (
        pl.scan_parquet(INPUT / "**/*.parquet", hive_partitioning=True)
        .with_columns(pl.date("year", "month", "day").alias("flight_date"))
        .filter(pl.col("flight_date") >= start, pl.col("flight_date") < end)
        .with_row_index("index")
        .collect()
    )


def checks_of(schema: pa.DataFrameSchema) -> Iterator[tuple[str, str | None]]:
    """Yield each check of a schema and its column, as pandera names them in a failure."""
    for name, column in schema.columns.items():
        if not column.nullable:
            yield "not_nullable", name
        yield from ((check.error, name) for check in column.checks)
    yield from ((check.error, None) for check in schema.checks)


def failures(flights: pl.DataFrame) -> pl.DataFrame:
    """Return the failures: the check, the column, the value, and the index of the flight."""
    try:
        SCHEMA.validate(flights, lazy=True)
    except pa.errors.SchemaErrors as errors:
        found: pl.DataFrame = errors.failure_cases
        # If a column is missing or has another type, no rows can be reported: the run fails.
        if broken := found.filter(pl.col("index").is_null()).rows(named=True):
            sys.exit("\n".join(f"{row['column']}: {row['check']} ({row['failure_case']})" for row in broken))
        return found.select(
            pl.col("check").alias("check_name"),
            pl.col("column").cast(pl.String).alias("column_name"),
            # For a rule about whole rows, pandera returns the row as the value, which is redundant.
            pl.when(pl.col("column").is_not_null()).then("failure_case").cast(pl.String).alias("failing_value"),
            pl.col("index").cast(pl.UInt32),
        )
    columns = {"check_name": pl.String, "column_name": pl.String, "failing_value": pl.String, "index": pl.UInt32}
    return pl.DataFrame(schema=columns)


def write_days(rows: pl.DataFrame, output: Path) -> None:
    """Write one partition for each day."""
    rows.lazy().sink_parquet(pl.PartitionBy(output, key="flight_date", include_key=False), mkdir=True)


if __name__ == "__main__":
    start = dt.date.fromisoformat(os.environ["PROCESS_START"])
    end = dt.date.fromisoformat(os.environ["PROCESS_END"])
    flights = flights_between(start, end)
    if flights.is_empty():
        sys.exit(f"analytics.flights has no flights from {start} to {end}: run flights for these days first")
    failing = failures(flights).join(flights, on="index")

    every_check = pl.DataFrame(list(checks_of(SCHEMA)), schema=["check_name", "column_name"], orient="row")
    by_day = flights.group_by("flight_date").agg(pl.len().cast(pl.Int64).alias("flights"))
    counted = failing.group_by("flight_date", "check_name", "column_name").agg(pl.len().cast(pl.Int64).alias("failing"))
    checks = (
        by_day.join(every_check, how="cross")
        .join(counted, on=["flight_date", "check_name", "column_name"], how="left", nulls_equal=True)
        .with_columns(pl.col("failing").fill_null(0))
        .with_columns((pl.col("failing") == 0).alias("passed"))
        .select("flight_date", "check_name", "column_name", "flights", "failing", "passed")
    )
    write_days(checks, CHECKS)
    write_days(
        failing.select(
            "flight_date", "check_name", "carrier", "flight", "origin", "dest", "scheduled_hour", "failing_value"
        ),
        FAILING_ROWS,
    )
    print(f"{flights.height} flights, {failing.height} failures of {checks.filter(~pl.col('passed')).height} checks")
