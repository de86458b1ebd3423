"""Run as a separate process with PySpark: writes a partitioned table of hostile values, repairs it with Spark, and prints the results.

python tests/spark/write_and_repair.py FOLDER
"""

from __future__ import annotations

import importlib
import json
import sys
import unicodedata
from pathlib import Path
from typing import Any

_ASCII = [chr(code) for code in range(1, 128)]  # file names cannot contain NUL
VALUES: list[str | None] = [
    *(f"a{character}b" for character in _ASCII),
    *(character for character in _ASCII if character not in "./"),
    *("..", "a.", ".a", "_a", "a_$folder$", "%", "%%", "%4", "%41", "%2F", "%252F", "%zz", "a=b=c", "=", "a/b/c", "//"),
    *("日本", "東京 都", "%E6%97%A5", "😀", "ﾊﾝｶｸ", "ｅ", "İ", "ß"),
    unicodedata.normalize("NFC", "が"),
    unicodedata.normalize("NFD", "が"),
    unicodedata.normalize("NFC", "é"),
    unicodedata.normalize("NFD", "é"),
    *("\u00a0", "\u0080", "\u2028", "\ufeff", "\u200b"),
    *("null", "NULL", "None", "__HIVE_DEFAULT_PARTITION__", "01", "1", "1.0", "2021-12-15", "true"),
    *(None, ""),
]


def main(folder: Path) -> None:
    """Write each value as a first and as a second key, and print Spark's answers as JSON."""
    sql: Any = importlib.import_module("pyspark.sql")  # an extra, which may be missing in type checks
    spark = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .config("spark.driver.extraJavaOptions", f"-Dderby.system.home={folder} -Dsun.jnu.encoding=UTF-8")
        .config("javax.jdo.option.ConnectionURL", f"jdbc:derby:;databaseName={folder}/metastore;create=true")
        .enableHiveSupport()
        .getOrCreate()
    )
    location = folder / "table"
    rows = [(number, value, f"{number}") for number, value in enumerate(VALUES)]
    frame = spark.createDataFrame(rows, "v int, k string, j string")
    frame.repartition(2).write.partitionBy("k", "j").csv(str(location))
    spark.sql(f"CREATE TABLE t (v int, k string, j string) USING csv PARTITIONED BY (k, j) LOCATION '{location}'")
    spark.sql("MSCK REPAIR TABLE t")
    shown = [row[0] for row in spark.sql("SHOW PARTITIONS t").collect()]
    listed = _catalog(spark)
    print(json.dumps({"shown": sorted(shown), "listed": sorted(listed)}, ensure_ascii=True))
    spark.stop()


def _catalog(spark: Any) -> list[list[str]]:
    """Return the values in Spark's catalog, decoded."""
    catalog = spark._jsparkSession.sharedState().externalCatalog()
    partitions = catalog.listPartitions("default", "t", spark._jvm.scala.Option.empty())
    found = []
    iterator = partitions.iterator()
    while iterator.hasNext():
        spec = iterator.next().spec()
        found.append([spec.apply("k"), spec.apply("j")])
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
