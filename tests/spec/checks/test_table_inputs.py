"""Tests of inputs that are tables of the project, and of the other long forms of an input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.spec import load_project, plan_run_spec
from partitioned_pipelines.spec.model.pipeline import StepInput, TableInput, UriInput
from tests.spec.project_folder import VALID

if TYPE_CHECKING:
    from tests.spec.project_folder import ProjectFolder

READER = """\
name: reader
image: {sklearn: 1.4-2, local_requirements: scripts/requirements.txt}
steps:
  - name: read
    script: scripts/extract.py
    inputs: {features: INPUT}
table:
  source: read
  database: analytics
  name: table2
  columns: [{name: a, type: string}]
  partition_keys: [{name: dt}]
"""


def write(project: ProjectFolder, given: str, features: str = VALID) -> None:
    project.write(features)
    project.write(READER.replace("INPUT", given), "pipelines/reader.yaml")


def test_a_table_of_another_file(project: ProjectFolder) -> None:
    write(project, "{table: analytics.table1, partitions: interval}")
    reader = load_project(project.root).pipeline("reader")
    assert reader.step("read").inputs == {"features": TableInput(table="analytics.table1", partitions="interval")}
    assert list(reader.read_tables) == ["analytics.table1"]
    (step,) = plan_run_spec(reader)["steps"]
    assert step["inputs"] == []
    assert step["table_inputs"] == [
        {
            "name": "features",
            "database_name": "analytics",
            "table_name": "table1",
            "partition_keys": [{"name": "dt", "type": "string", "date_format": "%Y-%m-%d"}],
            "partitions": "interval",
            "location": "s3://{lake}/tables/analytics/table1/runs/",
            "manifest": "s3://{lake}/intermediates/reader/{run_id}/manifests/read.features.json",
        }
    ]


@pytest.mark.parametrize(
    ("features", "given", "field", "says"),
    [
        (VALID, "{table: analytics.tabel1}", "table", "did you mean 'analytics.table1'?"),
        (VALID, "{table: table1}", "table", "which no pipeline of this project writes"),
        (
            VALID.replace('type: string, date_format: "%Y-%m-%d"', "type: int"),
            "{table: analytics.table1, partitions: interval}",
            "partitions",
            "the keys of analytics.table1 name no year",
        ),
        (
            VALID.replace("layout: versioned", "layout: in_place\n  registration: projection").replace(
                '"%Y-%m-%d"}', '"%Y-%m-%d", projection: {range: ["2013-01-01", NOW]}}'
            ),
            "{table: analytics.table1}",
            "table",
            "whose partitions are projected",
        ),
    ],
)
def test_tables_that_cannot_be_read(project: ProjectFolder, features: str, given: str, field: str, says: str) -> None:
    write(project, given, features)
    (problem,) = project.problems()
    assert (problem.file, problem.field) == ("pipelines/reader.yaml", f"steps[0].inputs.features.{field}")
    assert problem.line == 6
    assert says in problem.message


HOURLY = VALID.replace("date_offset_days: -1", "interval: hour, offset: -1").replace("0 6 *", "5 * *")
BY_HOUR = HOURLY.replace('"%Y-%m-%d"}', '"%Y-%m-%d"}\n    - {name: hour, date_format: "%H"}')


@pytest.mark.parametrize(
    ("features", "schedule", "window", "field", "says"),
    [
        # A day cannot be told from the hours that are in it, and a month not from its weeks.
        (
            VALID,
            "interval: hour",
            "{offset: -1}",
            "offset",
            "is -1 (unit: hour), and the keys of analytics.table1",
        ),
        (VALID, "interval: hour", "{last: 3}", "last", "is '3' (unit: hour), and the keys"),
        (VALID, "interval: day", "{last: 24 hours}", "last", "such as {last: 2 days} for keys with days"),
        (
            VALID.replace("%Y-%m-%d", "%Y-%m"),
            "interval: day",
            "{last: 60 days}",
            "last",
            "do not tell one day from the next",
        ),
        (VALID.replace("%Y-%m-%d", "%Y-%m"), "interval: month", "{last: 8 weeks}", "last", "do not tell one week"),
        (
            BY_HOUR,
            "interval: day",
            "{last: 23 hours}",
            "last",
            "is '23 hours', shorter than an interval of this pipeline (day)",
        ),
        (
            VALID,
            "interval: month",
            "{last: 30 days}",
            "last",
            "shorter than an interval of this pipeline (month): use months",
        ),
        (VALID, "interval: week", "{last: 6 days}", "last", "shorter than"),
        (
            VALID.replace('type: string, date_format: "%Y-%m-%d"', "type: int"),
            "interval: day",
            "{last: 2 days}",
            "",
            "is a window, and",
        ),
    ],
)
def test_windows_that_cannot_be_read(
    project: ProjectFolder, features: str, schedule: str, window: str, field: str, says: str
) -> None:
    write(project, f"{{table: analytics.table1, partitions: {window}}}", features)
    reader = project.root / "pipelines" / "reader.yaml"
    reader.write_text(f"schedule: {{{schedule}}}\n{reader.read_text()}".replace("raw/features/{process_date}/", "raw/"))
    (problem,) = project.problems()
    place = "steps[0].inputs.features.partitions"
    assert (problem.file, problem.field) == ("pipelines/reader.yaml", f"{place}.{field}" if field else place)
    assert (problem.line, says in problem.message) == (7, True), problem.message


@pytest.mark.parametrize(
    ("features", "schedule", "window", "payload"),
    [
        (VALID, "interval: day", "{last: 60 days}", {"last": "60 days"}),
        (VALID, "interval: day", "{last: 3, offset: -1}", {"last": "3", "offset": -1}),
        (VALID, "interval: week", "{offset: -1}", {"offset": -1}),
        (VALID, "interval: hour", "{last: 1 day}", {"last": "1 day"}),
        (BY_HOUR, "interval: day", "{last: 24 hours}", {"last": "24 hours"}),
        (VALID.replace("%Y-%m-%d", "%Y-%m"), "interval: month", "{last: 1 month}", {"last": "1 month"}),
    ],
)
def test_windows(project: ProjectFolder, features: str, schedule: str, window: str, payload: dict[str, object]) -> None:
    write(project, f"{{table: analytics.table1, partitions: {window}}}", features)
    reader = project.root / "pipelines" / "reader.yaml"
    reader.write_text(f"schedule: {{{schedule}}}\n{reader.read_text()}")
    (step,) = plan_run_spec(load_project(project.root).pipeline("reader"))["steps"]
    assert step["table_inputs"][0]["partitions"] == payload


def test_a_pipeline_may_read_what_its_earlier_runs_published(project: ProjectFolder) -> None:
    pipeline = project.load(VALID.replace("extract: {step: extract}", "before: {table: analytics.table1}"))
    assert list(pipeline.read_tables) == ["analytics.table1"]


def test_the_long_form_of_a_uri_says_the_same(project: ProjectFolder) -> None:
    raw = '"s3://{lake}/raw/features/{process_date}/"'
    short = project.load(VALID)
    assert project.load(VALID.replace(raw, f"{{uri: {raw}}}")) == short
    sharded = project.load(
        VALID.replace(raw, f"{{uri: {raw}, distribution: sharded}}").replace(
            "missing_input: fail", "instance: {count: 2}"
        )
    )
    assert sharded.step("extract").inputs["raw"] == UriInput(uri=raw.strip('"'), distribution="sharded")
    assert sharded.step("extract").uri_inputs == short.step("extract").uri_inputs
    assert plan_run_spec(sharded) == plan_run_spec(short)


def test_a_sharded_step_s_output_is_filled_in(project: ProjectFolder) -> None:
    text = VALID.replace("{step: extract}", "{step: extract, distribution: sharded}").replace("count: 1", "count: 4")
    given = project.load(text).step("transform").inputs["extract"]
    assert given == StepInput(step="extract", output="extract", distribution="sharded")


def test_spark_needs_no_shards(project: ProjectFolder) -> None:
    text = VALID.replace("{dockerfile: scripts/Dockerfile}", '{spark: "3.5"}').replace("count: 1", "count: 20")
    assert project.load(text).step("transform").is_spark
