"""Run as a separate process with PySpark: creates Glue tables in a Hive metastore with their SerDe classes; prints descriptions and rows.

python tests/spark/read_from_metastore.py FOLDER < tables.json
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def main(folder: Path) -> None:
    """Create, describe and read the tables: ``table_input`` of Glue, ``location`` of a folder, and its ``partitions``.

    A partition is its values and its folder; without partitions, the metastore searches for them below the location.
    ``not_by_hive`` names columns that Hive's classes cannot read, which only Spark's own reader reads.
    """
    sql: Any = importlib.import_module("pyspark.sql")  # an extra, which may be missing in type checks
    spark = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .config("spark.sql.session.timeZone", "UTC")
        # Hive's own readers instead of Spark's: the SerDe is tested.
        .config("spark.sql.hive.convertMetastoreParquet", "false")
        .config("spark.driver.extraJavaOptions", f"-Dderby.system.home={folder} -Duser.timezone=UTC")
        .config("javax.jdo.option.ConnectionURL", f"jdbc:derby:;databaseName={folder}/metastore;create=true")
        .enableHiveSupport()
        .getOrCreate()
    )
    found = {}
    for table in json.load(sys.stdin):
        name = table["table_input"]["Name"]
        spark.sql(create_statement(table["table_input"], table["location"]))
        if not table["partitions"]:
            spark.sql(f"MSCK REPAIR TABLE `{name}`")
        for values, location in table["partitions"]:
            keys = [key["Name"] for key in table["table_input"]["PartitionKeys"]]
            spec = ", ".join(f"`{key}` = {quoted(value)}" for key, value in zip(keys, values, strict=True))
            spark.sql(f"ALTER TABLE `{name}` ADD PARTITION ({spec}) LOCATION {quoted(location)}")
        by_spark = spark.table(name).columns
        by_hive = [column for column in by_spark if column not in table.get("not_by_hive", [])]
        found[name] = {
            "described": [list(row) for row in spark.sql(f"DESCRIBE EXTENDED `{name}`").collect()],
            "rows": rows(spark, name, by_hive),
        }
        spark.conf.set("spark.sql.hive.convertMetastoreParquet", "true")
        found[name]["rows_by_spark"] = rows(spark, name, by_spark)
        spark.conf.set("spark.sql.hive.convertMetastoreParquet", "false")
    print(json.dumps(found))
    spark.stop()


def rows(spark: Any, table: str, chosen: list[str]) -> list[list[str | None]]:
    """Return some columns of all rows, as text."""
    cells = ", ".join(f"CAST(`{column}` AS string)" for column in chosen)
    return [list(row) for row in spark.sql(f"SELECT {cells} FROM `{table}`").collect()]  # noqa: S608  # names of the test's own


def create_statement(table_input: Mapping[str, Any], location: str) -> str:
    """Return a table input as Hive DDL, class by class: https://spark.apache.org/docs/latest/sql-ref-syntax-ddl-create-table-hiveformat.html."""
    storage = table_input["StorageDescriptor"]
    serde = storage["SerdeInfo"]
    return "\n".join(
        (
            f"CREATE EXTERNAL TABLE `{table_input['Name']}` ({columns(storage['Columns'])})",
            f"COMMENT {quoted(table_input['Description'])}",
            f"PARTITIONED BY ({columns(table_input['PartitionKeys'])})",
            f"ROW FORMAT SERDE {quoted(serde['SerializationLibrary'])}",
            f"WITH SERDEPROPERTIES ({properties(serde['Parameters'])})" if serde.get("Parameters") else "",
            f"STORED AS INPUTFORMAT {quoted(storage['InputFormat'])} OUTPUTFORMAT {quoted(storage['OutputFormat'])}",
            f"LOCATION {quoted(location)}",
            # CREATE EXTERNAL TABLE implies EXTERNAL, and Spark rejects the property.
            f"TBLPROPERTIES ({properties({k: v for k, v in table_input['Parameters'].items() if k != 'EXTERNAL'})})",
        )
    )


def columns(described: Iterable[Mapping[str, str]]) -> str:
    """Return the list of columns with their types and comments."""
    return ", ".join(
        f"`{entry['Name']}` {entry['Type']} COMMENT {quoted(entry.get('Comment', ''))}" for entry in described
    )


def properties(given: Mapping[str, str]) -> str:
    """Return the list of properties."""
    return ", ".join(f"{quoted(key)} = {quoted(value)}" for key, value in given.items())


def quoted(text: str) -> str:
    """Return a string as a literal of Spark's SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
