"""Type the columns and write Parquet partitions: year=/month=/day=, one file per origin."""

import argparse
from pathlib import Path

import polars as pl

KEYS = ["year", "month", "day"]
INTEGERS = [
    "sched_dep_time",
    "dep_time",
    "dep_delay",
    "sched_arr_time",
    "arr_time",
    "arr_delay",
    "air_time",
    "distance",
]


def integer(column: str) -> pl.Expr:
    """Read an integer, also where pandas wrote it as 517.0, as it does in a column that has nulls."""
    return pl.col(column).cast(pl.Float64).cast(pl.Int32)


def typed(flights: pl.DataFrame) -> pl.DataFrame:
    """Give the columns the names and types of the table, in its order."""
    return flights.select(
        *KEYS,
        "carrier",
        integer("flight"),
        "tailnum",
        "origin",
        "dest",
        *(integer(name) for name in INTEGERS),
        pl.col("time_hour").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="ms").alias("scheduled_hour"),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output-file-per", required=True, help="column whose values name the files of a partition")
    file_column = parser.parse_args().output_file_per
    flights = typed(pl.read_parquet("/opt/ml/processing/input/validate/flights.parquet"))
    output = Path("/opt/ml/processing/output")
    files = flights.sort(*KEYS, file_column, "scheduled_hour").partition_by(*KEYS, file_column, as_dict=True)
    for (year, month, day, name), rows in files.items():
        folder = output / f"year={year}" / f"month={month}" / f"day={day}"
        folder.mkdir(parents=True, exist_ok=True)
        rows.drop(KEYS).write_parquet(folder / f"{name}.parquet")
    print(f"{flights.height} flights in {len(files)} files")
