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


def typed(flights: pl.LazyFrame) -> pl.LazyFrame:
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


def partitioned_by(file_column: str, output: Path) -> pl.PartitionBy:
    """Give year=/month=/day= below the output, with one file for each value of a column, which stays in the file."""

    def path(file: pl.io.partition.FileProviderArgs) -> Path:
        *days, name = file.partition_keys.row(0)
        return output.joinpath(*(f"{key}={value}" for key, value in zip(KEYS, days, strict=True)), f"{name}.parquet")

    keys = {**{key: pl.col(key) for key in KEYS}, "file": pl.col(file_column)}
    return pl.PartitionBy(output, key=keys, include_key=False, file_path_provider=path, approximate_bytes_per_file=None)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output-file-per", required=True, help="column whose values name the files of a partition")
    output = Path("/opt/ml/processing/output")
    flights = pl.scan_parquet("/opt/ml/processing/input/validate/flights.parquet")
    # From file to files, without holding all of it: memory does not grow with the data.
    typed(flights).sink_parquet(partitioned_by(parser.parse_args().output_file_per, output), mkdir=True)
    print(f"{flights.select(pl.len()).collect().item()} flights in {len(list(output.rglob('*.parquet')))} files")
