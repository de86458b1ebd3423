"""Tests of keys, locations and storage descriptors, on which other programs and the article rely."""

from __future__ import annotations

import pytest

from partitioned_pipelines.lake.key_layout import (
    intermediates_template,
    raw_prefix,
    receipt_key,
    run_prefix_template,
    scheduled_claim_key,
    table_location,
)
from partitioned_pipelines.lake.placeholders import Template
from partitioned_pipelines.lake.tables.storage_format import (
    FORMATS,
    TABLE_FORMATS,
    format_of,
    storage_descriptor,
    table_parameters,
)


def test_keys() -> None:
    assert raw_prefix("flights") == "raw/flights/"
    assert table_location("lake", "db", "t", "versioned") == "s3://lake/tables/db/t/runs/"
    assert table_location("${Token[1]}", "db", "t", "in_place") == "s3://${Token[1]}/tables/db/t/output/"
    assert receipt_key("db", "t", "r1") == "tables/db/t/receipts/r1.json"
    assert scheduled_claim_key("p", "2026-11-23T21:00:00Z") == "locks/p/scheduled/2026-11-23T21:00:00Z.json"


@pytest.mark.parametrize(
    ("template", "uri"),
    [
        (run_prefix_template("db", "t", "versioned"), "s3://lake/tables/db/t/runs/r1/"),
        (run_prefix_template("db", "t", "in_place"), "s3://lake/tables/db/t/output/"),
        (intermediates_template("p", "extract"), "s3://lake/intermediates/p/r1/extract/"),
    ],
)
def test_templates(template: str, uri: str) -> None:
    assert Template.parse(template).resolve({"lake": "lake", "run_id": "r1"}) == uri


def test_csv_is_the_articles() -> None:
    columns = [
        {"name": "feature1", "type": "string", "comment": "feature1の説明。"},
        {"name": "y", "type": "string", "comment": ""},
    ]
    assert storage_descriptor("csv", columns, "s3://lake/x/") == {
        "Columns": [
            {"Name": "feature1", "Type": "string", "Comment": "feature1の説明。"},
            {"Name": "y", "Type": "string"},
        ],
        "Location": "s3://lake/x/",
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {
            "Parameters": {"field.delim": ",", "serialization.format": ","},
            "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        },
    }
    assert table_parameters("csv") == {
        "classification": "csv",
        "EXTERNAL": "TRUE",
        "columnsOrdered": "true",
        "areColumnsQuoted": "false",
        "delimiter": ",",
    }


def test_parquet() -> None:
    descriptor = storage_descriptor("parquet", [{"name": "n", "type": "int"}], "s3://lake/x/")
    assert descriptor["InputFormat"] == "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
    assert descriptor["OutputFormat"] == "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
    assert (
        descriptor["SerdeInfo"]["SerializationLibrary"] == "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    )
    assert table_parameters("parquet") == {"classification": "parquet", "EXTERNAL": "TRUE"}


def test_orc_is_read_by_name_in_athena_and_in_redshift() -> None:
    """https://docs.aws.amazon.com/athena/latest/ug/handling-schema-updates-chapter.html#index-access."""
    descriptor = storage_descriptor("orc", [{"name": "n", "type": "int"}], "s3://lake/x/")
    assert descriptor["InputFormat"] == "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat"
    assert descriptor["OutputFormat"] == "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat"
    assert descriptor["SerdeInfo"]["SerializationLibrary"] == "org.apache.hadoop.hive.ql.io.orc.OrcSerde"
    assert descriptor["SerdeInfo"]["Parameters"]["orc.column.index.access"] == "false"
    assert table_parameters("orc") == {"classification": "orc", "EXTERNAL": "TRUE", "orc.schema.resolution": "name"}


def test_json() -> None:
    """https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html."""
    columns = [{"name": "tags", "type": "array<struct<key:string,value:int>>"}]
    descriptor = storage_descriptor("json", columns, "s3://lake/x/")
    assert descriptor["Columns"] == [{"Name": "tags", "Type": "array<struct<key:string,value:int>>"}]
    assert descriptor["InputFormat"] == "org.apache.hadoop.mapred.TextInputFormat"
    assert descriptor["OutputFormat"] == "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
    assert descriptor["SerdeInfo"] == {
        "SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe",
        "Parameters": {"serialization.format": "1"},
    }
    assert table_parameters("json") == {"classification": "json", "EXTERNAL": "TRUE"}


def test_a_caller_cannot_change_the_formats() -> None:
    table_parameters("csv")["delimiter"] = ";"
    storage_descriptor("csv", [], "s3://x/y/")["SerdeInfo"]["Parameters"]["field.delim"] = ";"
    assert table_parameters("csv")["delimiter"] == ","
    assert storage_descriptor("csv", [], "s3://x/y/")["SerdeInfo"]["Parameters"]["field.delim"] == ","


def test_every_format_is_described_and_recognized_by_its_serde() -> None:
    assert tuple(FORMATS) == TABLE_FORMATS
    for table_format in TABLE_FORMATS:
        assert format_of(storage_descriptor(table_format, [], "s3://lake/x/")) == table_format
        assert table_parameters(table_format)["classification"] == table_format
