"""Select the interval's flights from the year's CSV, check them, and write Parquet partitions: the flights pipeline as one Spark job."""

import datetime as dt
import json
import os
import sys
from pathlib import Path

from findings import INTEGERS, findings  # type: ignore[import-not-found]  # beside this script
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f

KEYS = ["year", "month", "day"]


def job_uris() -> tuple[str, str]:
    """Return the URIs of the job's input and output. Instances share no folder, and each attempt has its own output."""
    job = json.loads(Path("/opt/ml/config/processingjobconfig.json").read_text(encoding="utf-8"))
    inputs = {given["InputName"]: given["S3Input"]["S3Uri"] for given in job["ProcessingInputs"]}
    outputs = {output["OutputName"]: output["S3Output"]["S3Uri"] for output in job["ProcessingOutputConfig"]["Outputs"]}
    return inputs["raw"], outputs["transform"]


def scheduled_between(flights: DataFrame, start: dt.date, end: dt.date) -> DataFrame:
    """Return the flights whose scheduled day is in the half-open interval."""
    day = f.make_date(*(f.col(key).cast("int") for key in KEYS))
    return flights.filter((day >= f.lit(start)) & (day < f.lit(end)))


def integer(column: str) -> Column:
    """Return a column as integers. pandas writes them as 517.0 in a column with nulls."""
    return f.col(column).cast("double").cast("int").alias(column)


def typed(flights: DataFrame) -> DataFrame:
    """Return the columns with the table's names and types, in its order."""
    return flights.select(
        *(f.col(key).cast("int").alias(key) for key in KEYS),
        "carrier",
        integer("flight"),
        "tailnum",
        "origin",
        "dest",
        *(integer(name) for name in INTEGERS if name != "flight"),
        f.to_timestamp("time_hour").alias("scheduled_hour"),
    )


if __name__ == "__main__":
    raw, output = job_uris()
    start = dt.date.fromisoformat(os.environ["PROCESS_START"])
    end = dt.date.fromisoformat(os.environ["PROCESS_END"])
    spark = SparkSession.builder.appName("flights_spark").getOrCreate()
    # As strings, so that values that are not numbers are findings, not nulls. Spark also reads an empty field as null, in addition to NA.
    rows = spark.read.csv(raw, header=True, nullValue="NA", pathGlobFilter="*.csv")
    flights = scheduled_between(rows, start, end).cache()
    if found := findings(flights):
        sys.exit("\n".join(found))
    # All rows of a day go to one task: one file for each partition, whatever the number of instances.
    typed(flights).repartition(*KEYS).sortWithinPartitions(*KEYS, "origin", "scheduled_hour").write.partitionBy(
        *KEYS
    ).parquet(output)
    print(f"{flights.count()} flights from {start} to {end}")
