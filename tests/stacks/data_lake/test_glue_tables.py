"""Tests of the tables in the Glue Data Catalog: the article's template for CSV, and each other format's SerDe."""

from typing import Any

import pytest
from aws_cdk.assertions import Match, Template

from tests.synthesized.every_option import FORMATS, LAYOUTS
from tests.synthesized.hostile_text import HOSTILE
from tests.synthesized.subject import Subject
from tests.synthesized.synthesis import Synthesis

# Input format, output format, SerDe.
STORAGE = {
    "csv": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    ),
    "json": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.openx.data.jsonserde.JsonSerDe",
    ),
    "parquet": (
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    ),
    "orc": (
        "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
        "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
        "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
    ),
}


def test_the_article_s_table_is_the_article_s_template(repository: Synthesis) -> None:
    subject = Subject.of(repository, "feature_table")
    assert subject.stack.only("AWS::Glue::Table") == {
        "CatalogId": "123456789012",
        "DatabaseName": "analytics",
        "TableInput": {
            "Name": "partitioned_table_sample",
            "Description": "partitioned_table_sample",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {
                "classification": "csv",
                "EXTERNAL": "TRUE",
                "columnsOrdered": "true",
                "areColumnsQuoted": "false",
                "delimiter": ",",
            },
            "PartitionKeys": [{"Name": "process_date_jst", "Type": "string"}],
            "StorageDescriptor": {
                "Columns": [
                    {"Name": "feature1", "Type": "string", "Comment": "feature1の説明。"},
                    {"Name": "feature2", "Type": "string", "Comment": "feature2の説明。"},
                    {"Name": "y", "Type": "string", "Comment": "目的変数。"},
                ],
                "Location": f"s3://{subject.lake_bucket}/tables/analytics/partitioned_table_sample/output/",
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "SerdeInfo": {
                    "Parameters": {"field.delim": ",", "serialization.format": ","},
                    "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                },
            },
        },
    }


def test_a_parquet_table_with_typed_keys(repository: Synthesis) -> None:
    input_format, output_format, serde = STORAGE["parquet"]
    Template.from_stack(repository.pipelines["flights"]).has_resource_properties(
        "AWS::Glue::Table",
        {
            "DatabaseName": "analytics",
            "TableInput": {
                "Name": "flights",
                "TableType": "EXTERNAL_TABLE",
                "Parameters": {"classification": "parquet", "EXTERNAL": "TRUE"},
                "PartitionKeys": [{"Name": name, "Type": "int"} for name in ("year", "month", "day")],
                "StorageDescriptor": Match.object_like(
                    {
                        "InputFormat": input_format,
                        "OutputFormat": output_format,
                        "SerdeInfo": Match.object_like({"SerializationLibrary": serde}),
                        "Columns": Match.array_with(
                            [{"Name": "scheduled_hour", "Type": "timestamp", "Comment": Match.any_value()}]
                        ),
                    }
                ),
            },
        },
    )


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("table_format", FORMATS)
def test_each_format_in_each_layout(every_option: Synthesis, table_format: str, layout: str) -> None:
    subject = Subject.of(every_option, "everything")
    (table,) = (
        resource["Properties"]["TableInput"]
        for resource in subject.stack.of_type("AWS::Glue::Table")
        if resource["Properties"]["DatabaseName"] == f"db_{layout}"
        and resource["Properties"]["TableInput"]["Name"] == f"t_{table_format}"
    )
    storage: dict[str, Any] = table["StorageDescriptor"]
    folder = {"versioned": "runs", "in_place": "output"}[layout]
    assert storage["Location"] == f"s3://{subject.lake_bucket}/tables/db_{layout}/t_{table_format}/{folder}/"
    serde = storage["SerdeInfo"]["SerializationLibrary"]
    assert (storage["InputFormat"], storage["OutputFormat"], serde) == STORAGE[table_format]
    assert table["Parameters"]["classification"] == table_format
    assert table["Description"] == HOSTILE
    assert storage["Columns"] == [
        {"Name": "a", "Type": "string", "Comment": HOSTILE},
        {"Name": "b", "Type": "decimal(10,2)"},
    ]
    assert table["PartitionKeys"] == [
        {"Name": "dt", "Type": "date", "Comment": "日付"},
        {"Name": "hour", "Type": "int"},
    ]


def test_databases_of_all_pipelines_are_the_lake_s(every_option: Synthesis) -> None:
    lake = every_option.resolved_lake()
    databases = {
        database["Properties"]["DatabaseInput"]["Name"]: database["Properties"]["CatalogId"]
        for database in lake.of_type("AWS::Glue::Database")
    }
    named = ("by_hand", "db_in_place", "db_versioned", "kinds", "repaired_tables")
    assert databases == dict.fromkeys(named, "123456789012")
