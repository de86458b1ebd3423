"""Tests of the S3 access of a pipeline's roles: the smallest prefixes for everything that a run may read or write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partitioned_pipelines.lake.placeholders import Template
from partitioned_pipelines.spec import (
    InputPrefix,
    fixed_folder,
    input_prefix,
    output_prefix,
    output_template,
)
from partitioned_pipelines.spec.checks.steps.input_check import input_uri_problem
from tests.spec.project_folder import spoiled

if TYPE_CHECKING:
    from datetime import date

    from tests.spec.project_folder import ProjectFolder


@pytest.mark.parametrize(
    ("uri", "bucket", "prefix"),
    [
        ("s3://{lake}/raw/features/", None, "raw/features/"),
        ("s3://{lake}/raw/features/{process_date:%Y/%m/%d}/x/", None, "raw/features/"),
        ("s3://{lake}/raw/dt={process_date}/", None, "raw/dt="),
        ("s3://other-bucket/a/b/", "other-bucket", "a/b/"),
        ("s3://other-bucket/{process_date}/", "other-bucket", ""),
        ("s3://{lake}/raw/{{x}}/y/", None, "raw/{x}/y/"),
        # A policy variable if it reached a policy: the role may read slightly more instead.
        ("s3://{lake}/raw/${{aws:username}}/", None, "raw/"),
    ],
)
def test_input_prefix(uri: str, bucket: str | None, prefix: str) -> None:
    assert input_uri_problem(uri) is None
    assert input_prefix(uri) == InputPrefix(bucket, prefix)


@pytest.mark.parametrize(
    ("uri", "folder"),
    [
        ("s3://{lake}/raw/ref/", InputPrefix(None, "raw/ref")),
        ("s3://other-bucket/a/b/", InputPrefix("other-bucket", "a/b")),
        ("s3://{lake}/raw/{{x}}/y/", InputPrefix(None, "raw/{x}/y")),
        ("s3://{lake}/raw/ref", None),
        ("s3://{lake}/raw/ref/stores.csv", None),
        ("s3://{lake}/raw/ref/{process_date}/", None),
        ("s3://{lake}/raw/{process_date}/ref/", None),
        ("s3://{lake}/raw/ref/{process_date}", None),
        ("s3://{lake}/raw/${{aws:username}}/", None),
    ],
)
def test_fixed_folder(uri: str, folder: InputPrefix | None) -> None:
    assert input_uri_problem(uri) is None
    assert fixed_folder(uri) == folder


_PARTS = st.sampled_from(
    ["a/", "b", "$", "dt=", "{process_date}", "{process_start:%Y/%m}", "{process_end:x%dy}", "{{", "}}", "/", "日本/"]
)


@given(st.lists(_PARTS, max_size=6), st.dates())
def test_what_a_run_reads_lies_below_the_prefix(parts: list[str], day: date) -> None:
    uri = f"s3://{{lake}}/raw/{''.join(parts)}"
    if input_uri_problem(uri) is None:
        values: dict[str, str | date] = {
            "lake": "bucket",
            "process_date": day,
            "process_start": day,
            "process_end": day,
        }
        read = Template.parse(uri).resolve(values)
        assert read.startswith(f"s3://bucket/{input_prefix(uri).prefix}")


@pytest.mark.parametrize(("layout", "folder"), [("versioned", "runs"), ("in_place", "output")])
def test_outputs(project: ProjectFolder, layout: str, folder: str) -> None:
    pipeline = project.load(spoiled("layout: versioned", f"layout: {layout}")[0])
    extract, transform = pipeline.steps
    assert output_prefix(pipeline, extract, "extract") == "intermediates/features/"
    assert output_prefix(pipeline, transform, "rows") == f"tables/analytics/table1/{folder}/"
    for step, output in ((extract, "extract"), (transform, "rows")):
        written = Template.parse(output_template(pipeline, step, output)).resolve({"lake": "b", "run_id": "r1"})
        assert written.startswith(f"s3://b/{output_prefix(pipeline, step, output)}")
        assert written.endswith("/")
