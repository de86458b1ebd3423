"""The seconds that Spark's MSCK REPAIR TABLE takes for a number of new folders; run as a separate process, which prints them."""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path
from typing import Any


def main(folder: Path, count: int) -> None:
    """Write the folders, create the table, repair it, and print the seconds."""
    for number in range(count):
        path = folder / "table" / f"n={number}"
        path.mkdir(parents=True)
        (path / "a.csv").write_text("a,1\n", encoding="utf-8")
    sql: Any = importlib.import_module("pyspark.sql")
    spark = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .config("spark.driver.extraJavaOptions", f"-Dderby.system.home={folder}")
        # Settings that are not Spark's own reach Hive only with this prefix.
        .config(
            "spark.hadoop.javax.jdo.option.ConnectionURL", f"jdbc:derby:;databaseName={folder}/metastore;create=true"
        )
        .enableHiveSupport()
        .getOrCreate()
    )
    spark.sql(
        "CREATE EXTERNAL TABLE t (feature1 string, y int) PARTITIONED BY (n int) "
        f"ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION '{folder}/table'"
    )
    started = time.perf_counter()
    spark.sql("MSCK REPAIR TABLE t")
    seconds = time.perf_counter() - started
    if (repaired := spark.sql("SHOW PARTITIONS t").count()) != count:
        raise RuntimeError(f"MSCK REPAIR TABLE found {repaired} of {count} partitions")
    print(seconds)
    spark.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
