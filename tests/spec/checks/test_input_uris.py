"""Tests of S3 URIs of inputs: the lake's own folders, and URIs that S3 would interpret differently, are rejected."""

from __future__ import annotations

import pytest

from partitioned_pipelines.spec.checks.steps.input_check import input_uri_problem


@pytest.mark.parametrize(
    "uri",
    [
        "s3://{lake}/raw/flights/",
        "s3://{lake}/raw/flights/{process_start:%Y}/",
        "s3://{lake}/raw/flights/{process_date:%Y/%m/%d}/data.csv",
        "s3://other-bucket/prefix/",
        "s3://other.bucket.name/a/{process_date}/b",
        "s3://other-bucket/tables/analytics/flights/",
        "s3://{lake}/raw/tables/",
        "s3://{lake}/raw/日本/ a+b&c/",
        "s3://{lake}/raw/$$.Execution/States.Format(/<aws.scheduler.scheduled-time>/",
        "s3://{lake}/raw/{{literal}}/",
        "s3://{lake}/raw/dt={process_date}/",
    ],
)
def test_good(uri: str) -> None:
    assert input_uri_problem(uri) is None


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        pytest.param("", "use s3://{lake}/raw/", id="empty"),
        pytest.param("/data/raw/", "use s3://{lake}/raw/", id="path"),
        pytest.param("s3a://bucket/x/", "use s3://{lake}/raw/", id="s3a"),
        pytest.param("S3://bucket/x/", "use s3://{lake}/raw/", id="scheme-in-upper-case"),
        pytest.param("s3://Bucket/x/", "use s3://{lake}/raw/", id="bucket-in-upper-case"),
        pytest.param("s3://b/x/", "use s3://{lake}/raw/", id="bucket-of-one-letter"),
        pytest.param("s3://bucket", "use s3://{lake}/raw/", id="no-key"),
        pytest.param("s3://{bucket}/x/", "use s3://{lake}/raw/", id="unknown-bucket"),
        pytest.param("s3://{lake}-2/x/", "use s3://{lake}/raw/", id="bucket-beside-the-lake"),
        pytest.param("s3://bucket/", "a whole bucket: name a prefix", id="whole-bucket"),
        pytest.param("s3://{lake}/", "a whole bucket: name a prefix", id="whole-lake"),
        pytest.param("s3://{lake}/raw", "begin with a fixed folder", id="no-folder"),
        pytest.param("s3://{lake}/{process_date}/", "begin with a fixed folder", id="placeholder-first"),
        pytest.param("s3://{lake}/t{process_date:ables}/a/", "begin with a fixed folder", id="tables-by-a-format"),
        pytest.param("s3://{lake}/tables/analytics/flights/", "would mix the table's runs", id="table"),
        pytest.param("s3://{lake}/tables/", "would mix the table's runs", id="all-tables"),
        pytest.param("s3://{lake}/intermediates/x/", "name the step whose output it is", id="intermediates"),
        pytest.param("s3://{lake}/locks/", "belongs to the workflow", id="locks"),
        pytest.param("s3://{lake}/athena-results/", "expires", id="query-results"),
        pytest.param("s3://{lake}/raw/*.csv", "no wildcards ('*')", id="asterisk"),
        pytest.param("s3://{lake}/raw/file?.csv", "no wildcards ('?')", id="question-mark"),
        pytest.param("s3://{lake}/raw/[ab]/", "no wildcards ('[')", id="brackets"),
        pytest.param("s3://{lake}/raw/{process_date:%Y*}/", "no wildcards ('*')", id="asterisk-in-a-format"),
        pytest.param("s3://{lake}/raw//x/", "remove the empty part", id="two-slashes"),
        pytest.param("s3://{lake}/raw/../tables/", "remove the empty part, '.' or '..'", id="climbs"),
        pytest.param(
            "s3://{lake}/raw/{process_date:../%Y}/", "remove the empty part, '.' or '..'", id="climbs-in-a-format"
        ),
        pytest.param("s3://{lake}/raw/./", "remove the empty part, '.' or '..'", id="dot"),
        pytest.param("s3://bucket//x/", "remove the empty part", id="slash-first"),
        pytest.param("s3://{lake}/raw/a\nb/", "a control character", id="line-break"),
        pytest.param("s3://{lake}/raw/{run_id}/", "{run_id} is new in each run", id="run-id"),
        pytest.param("s3://{lake}/raw/{today}/", "{today}", id="unknown-placeholder"),
        pytest.param("s3://{lake}/raw/{process_date:%H}/", "'%H'", id="hours"),
        pytest.param("s3://{lake}/raw/{x/", "unpaired brace", id="open-brace"),
        pytest.param("s3://{lake}/raw/" + "x" * 1020, "has 1034 characters: SageMaker takes at most 1024", id="long"),
    ],
)
def test_bad(uri: str, says: str) -> None:
    assert says in (input_uri_problem(uri) or "")
