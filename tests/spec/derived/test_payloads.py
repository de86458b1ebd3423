"""Tests of the payloads of Glue and the two Lambdas: the article's table, and payloads that the Lambdas can read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.session import Session
from botocore.validate import ParamValidator

from partitioned_pipelines.lake.function_events.requests import PlanRequest, TableTarget
from partitioned_pipelines.lake.tables.storage_format import TABLE_FORMATS
from partitioned_pipelines.spec import (
    glue_table_input,
    load_project,
    plan_run_spec,
    register_table,
    table_prefix,
)
from tests.spec.project_folder import spoiled

if TYPE_CHECKING:
    from partitioned_pipelines.spec import Pipeline
    from tests.spec.project_folder import ProjectFolder

_ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def feature_table() -> Pipeline:
    """Return the pipeline of the article's table."""
    return load_project(_ROOT).pipeline("feature_table")


def test_the_articles_table(feature_table: Pipeline) -> None:
    """As in its CloudFormation template; only the location ends in a slash, and values are strings, as in Glue."""
    (table,) = feature_table.tables
    assert table.database == "analytics"
    assert glue_table_input(table, "lake") == {
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
            "Location": "s3://lake/tables/analytics/partitioned_table_sample/output/",
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {
                "Parameters": {"field.delim": ",", "serialization.format": ","},
                "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            },
        },
    }


def test_what_plan_run_is_told_of_the_articles_pipeline(feature_table: Pipeline) -> None:
    assert plan_run_spec(feature_table) == {
        "pipeline": "feature_table",
        "timezone": "Asia/Tokyo",
        "date_offset_days": -1,
        "run_inputs": "s3://{lake}/tables/analytics/partitioned_table_sample/receipts/inputs/{run_id}/",
        "steps": [
            {
                "name": "extract",
                "job_stem": "feature-table--extract",
                "missing_input": "fail",
                "inputs": [{"name": "raw", "uri": "s3://{lake}/raw/feature_table/{process_date:%Y/%m/%d}/"}],
                "arguments": [],
                "environment": {},
                "outputs": [{"name": "extract", "prefix": "s3://{lake}/intermediates/feature_table/{run_id}/extract/"}],
            },
            {
                "name": "transform",
                "job_stem": "feature-table--transform",
                "missing_input": "fail",
                "inputs": [],
                "arguments": [],
                "environment": {},
                "outputs": [
                    {"name": "transform", "prefix": "s3://{lake}/tables/analytics/partitioned_table_sample/output/"}
                ],
            },
        ],
    }


def _described(table_input: dict[str, Any]) -> None:
    """Validate a table input with Glue's own model."""
    shape = Session().get_service_model("glue").operation_model("CreateTable").input_shape
    assert shape is not None
    report = ParamValidator().validate({"DatabaseName": "analytics", "TableInput": table_input}, shape)
    assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize("table_format", TABLE_FORMATS)
@pytest.mark.parametrize("layout", ["versioned", "in_place"])
def test_every_format_is_one_that_glue_takes(project: ProjectFolder, table_format: str, layout: str) -> None:
    content = spoiled("format: csv", f"format: {table_format}")[0].replace("layout: versioned", f"layout: {layout}")
    (table,) = project.load(content).tables
    table_input = glue_table_input(table, "lake")
    _described(table_input)
    assert table_input["Parameters"]["classification"] == table_format
    assert table_input["StorageDescriptor"]["Location"].startswith(f"s3://lake/{table_prefix(table)}")


def test_a_json_table(project: ProjectFolder) -> None:
    nested = "type: 'struct<name:string,tags:array<string>>'}"
    (table,) = project.load(spoiled("format: csv", "format: json")[0].replace("type: int}", nested)).tables
    descriptor = glue_table_input(table, "lake")["StorageDescriptor"]
    assert descriptor["Columns"][1] == {"Name": "label", "Type": "struct<name:string,tags:array<string>>"}
    assert descriptor["SerdeInfo"]["SerializationLibrary"] == "org.openx.data.jsonserde.JsonSerDe"
    assert register_table(table, "lake")["format"] == "json"


def test_a_table_without_words(project: ProjectFolder) -> None:
    content = spoiled("  description: 一日の特徴量\n", "")[0].replace(", comment: 説明。", "")
    (table,) = project.load(content).tables
    table_input = glue_table_input(table, "lake")
    assert "Description" not in table_input
    assert table_input["StorageDescriptor"]["Columns"][0] == {"Name": "feature1", "Type": "string"}


def test_plan_run_can_read_its_spec(project: ProjectFolder) -> None:
    spec = json.loads(json.dumps(plan_run_spec(project.load())))
    execution = {
        "id": "arn:aws:states:ap-northeast-1:123456789012:execution:x:y",
        "start_time": "2026-11-23T21:00:00Z",
    }
    request = PlanRequest.from_event({"spec": {**spec, "lake_bucket": "lake"}, "execution": execution, "input": {}})
    extract, transform = request.steps
    assert (extract.job_stem, transform.job_stem) == ("features--extract", "features--transform")
    assert set(extract.inputs) == {"raw"}
    assert not transform.inputs, "another step's output is taken from that step's result"
    values = {"lake": "lake", "run_id": "r1"}
    assert extract.outputs["extract"].resolve(values) == "s3://lake/intermediates/features/r1/extract/"
    assert transform.outputs["rows"].resolve(values) == "s3://lake/tables/analytics/table1/runs/r1/"


def test_a_pipeline_without_a_schedule_is_about_days_in_utc(project: ProjectFolder) -> None:
    content = spoiled('schedule: {cron: "0 6 * * ? *", timezone: Asia/Tokyo, date_offset_days: -1}\n', "")[0]
    spec = plan_run_spec(project.load(content))
    assert (spec["timezone"], spec["date_offset_days"]) == ("UTC", 0)


def test_register_partitions_can_read_its_table(project: ProjectFolder) -> None:
    content = spoiled("layout: versioned", "layout: versioned\n  on_bad_path: skip\n  allow_empty: true")[0]
    (table,) = project.load(content).tables
    target = TableTarget.from_payload(json.loads(json.dumps(register_table(table, "lake"))))
    assert target.full_name == table.qualified_name
    assert target.location.uri == glue_table_input(table, "lake")["StorageDescriptor"]["Location"]
    assert [(key.name, key.type, key.date_format) for key in target.partition_keys] == [("dt", "string", "%Y-%m-%d")]
    assert (target.in_place, target.skip_bad_paths, target.allow_empty) == (False, True, True)
