"""Sum the interval's amounts by item, on any number of instances.

The files written below the output's URI as dt=…/ become the table's partition.
"""

import json
import os
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def job_uris() -> tuple[str, str]:
    """Return the URIs of the job's input and output: instances do not share a folder, and each attempt has its own output."""
    job = json.loads(Path("/opt/ml/config/processingjobconfig.json").read_text(encoding="utf-8"))
    inputs = {given["InputName"]: given["S3Input"]["S3Uri"] for given in job["ProcessingInputs"]}
    outputs = {output["OutputName"]: output["S3Output"]["S3Uri"] for output in job["ProcessingOutputConfig"]["Outputs"]}
    return inputs["raw"], outputs["transform"]


if __name__ == "__main__":
    raw, output = job_uris()
    day = os.environ["PROCESS_DATE"]
    spark = SparkSession.builder.getOrCreate()
    rows = spark.read.csv(raw, header=True, schema="item STRING, amount DOUBLE", pathGlobFilter="*.csv")
    totals = rows.groupBy("item").agg(f.count("*").alias("sold"), f.sum("amount").alias("total"))
    # One task, so that the partition has one file; if it becomes too large, write several with repartition(n, "dt").
    totals.withColumn("dt", f.lit(day)).repartition("dt").write.partitionBy("dt").parquet(output)  # only: day
    hourly = totals.withColumn("dt", f.lit(day)).withColumn("hour", f.lit(os.environ["PROCESS_HOUR"]))  # only: hour
    hourly.repartition("dt", "hour").write.partitionBy("dt", "hour").parquet(output)  # only: hour
