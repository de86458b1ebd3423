"""Tests of the usage in receipts: its form, and the counting of requests."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partitioned_pipelines.lake.function_events.continuation import Continuation
from partitioned_pipelines.lake.function_events.requests import UsageBefore
from partitioned_pipelines.lake.runs.usage import (
    CallUsage,
    FunctionUsage,
    JobUsage,
    RequestCounts,
    RunUsage,
    moment_of,
    only,
    region_of,
)

_NAMES = st.text(min_size=1, max_size=8)
_COUNTS = st.integers(0, 10**9)
_MOMENTS = st.none() | st.datetimes(
    # hypothesis takes limits without a timezone
    datetime(2020, 1, 1),  # noqa: DTZ001
    datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000))
_JOBS = st.builds(JobUsage, _NAMES, _NAMES, _NAMES, _COUNTS, _COUNTS, _MOMENTS, _MOMENTS)
_FUNCTIONS = st.builds(FunctionUsage, _NAMES, _COUNTS, _NAMES, _COUNTS, _COUNTS)
_REQUESTS = st.builds(RequestCounts, _COUNTS, _COUNTS, _COUNTS, _COUNTS, _COUNTS)
_USAGES = st.builds(
    RunUsage,
    st.none() | st.lists(_JOBS).map(tuple),
    st.lists(_FUNCTIONS).map(tuple),
    _REQUESTS,
    st.none() | _COUNTS,
)


@given(_USAGES)
def test_a_document_is_parsed_to_the_same_usage(usage: RunUsage) -> None:
    assert RunUsage.parse(json.loads(json.dumps(usage.document()))) == usage


@given(st.builds(CallUsage, _FUNCTIONS, _REQUESTS))
def test_a_call_passes_through_a_string(call: CallUsage) -> None:
    assert CallUsage.parse(call.text()) == call


@pytest.mark.parametrize(
    ("place", "value"),
    [("jobs", 3), ("functions", None), ("requests", {}), ("athena_bytes", -1), ("athena_bytes", "1")],
)
def test_an_invalid_document_is_refused(place: str, value: object) -> None:
    document = {**RunUsage(()).document(), place: value}
    with pytest.raises((KeyError, TypeError, ValueError)):
        RunUsage.parse(document)


@given(st.lists(st.tuples(st.sampled_from(["s3", "glue", "sagemaker"]), st.sampled_from(["ListX", "PutX", "GetX"]))))
def test_each_request_is_counted_once(operations: list[tuple[str, str]]) -> None:
    counts = asdict(RequestCounts.of(operations))
    expected = Counter(
        {
            "s3": {"ListX": "s3_list", "PutX": "s3_put", "GetX": "s3_get"},
            "glue": dict.fromkeys(["ListX", "PutX", "GetX"], "glue"),
        }.get(service, {}).get(operation)
        for service, operation in operations
    )
    expected.pop(None, None)
    assert {name: count for name, count in counts.items() if count} == dict(expected)


def test_every_operation_of_s3_has_a_price_class() -> None:
    """By https://aws.amazon.com/s3/pricing/: PUT, COPY, POST and LIST; GET, SELECT and all others; DELETE is free."""
    of = {name: RequestCounts.of([("s3", name)]) for name in _operations("s3")}
    assert all(sum(asdict(counts).values()) == 1 for counts in of.values())
    assert of["ListObjectsV2"].s3_list == 1
    assert of["PutObject"].s3_put == of["CopyObject"].s3_put == 1
    assert of["GetObject"].s3_get == of["HeadObject"].s3_get == 1
    assert of["DeleteObject"].s3_delete == of["DeleteObjects"].s3_delete == 1


def _operations(service: str) -> list[str]:
    names: list[str] = botocore.session.get_session().get_service_model(service).operation_names
    return names


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1700000000500, datetime(2023, 11, 14, 22, 13, 20, 500_000, UTC)),
        ("2023-11-14T22:13:20.500Z", datetime(2023, 11, 14, 22, 13, 20, 500_000, UTC)),
        *((value, None) for value in (None, True, "yesterday", (), 10**30)),
    ],
)
def test_times_of_a_job_s_result(value: object, expected: datetime | None) -> None:
    assert moment_of(value) == expected


def test_a_path_that_found_nothing_or_too_much_gives_nothing() -> None:
    assert [only(found) for found in ([7], [], [7, 8], 7, None)] == [7, None, None, None, None]


@pytest.mark.parametrize(
    ("arn", "region"),
    [
        ("arn:aws:states:eu-west-1:123456789012:execution:p:1", "eu-west-1"),
        ("arn:aws:s3:::bucket", None),
        ("", None),
        ("arn:e", None),
    ],
)
def test_the_region_of_an_arn(arn: str, region: str | None) -> None:
    assert region_of(arn) == region


def test_the_duration_of_a_job() -> None:
    start = datetime(2026, 11, 29, tzinfo=UTC)
    job = JobUsage("x", "x-1", "ml.t3.medium", 2, 30, start, start + timedelta(seconds=90))
    assert job.seconds == 90.0
    assert JobUsage("x", "x-1", "ml.t3.medium", 2, 30, start, None).seconds is None


def call(milliseconds: int) -> CallUsage:
    return CallUsage(FunctionUsage("f", 1024, "arm64", 1, milliseconds), RequestCounts(s3_list=1, glue=2))


def test_a_registration_of_several_calls_adds_up() -> None:
    progress = Continuation("s3://lake/root/")
    progress.add_call(call(100))
    stored = json.loads(json.dumps({"table": "db.t", "continuation": progress.document()}))
    again = Continuation.from_payload({"db__t": stored}, "db.t", "s3://lake/root/")
    again.add_call(call(50))
    assert (again.calls, again.milliseconds, again.requests) == (2, 150, RequestCounts(s3_list=2, glue=4))


def test_a_continuation_of_an_earlier_version_has_no_usage() -> None:
    stored = Continuation("s3://lake/root/").document()
    for name in ("calls", "milliseconds", "requests"):
        del stored[name]
    again = Continuation.from_payload({"k": {"table": "t", "continuation": stored}}, "t", "s3://lake/root/")
    assert (again.calls, again.requests) == (0, RequestCounts())


def test_the_first_table_gets_what_repairs_scanned() -> None:
    registrations = {
        "a": {"table": "db.a", "outcome": "repaired", "athena_bytes": [100]},
        "b": {"table": "db.b", "outcome": "repaired", "athena_bytes": []},
        "c": {"table": "db.c", "outcome": "registered"},
    }
    payload: Any = {"usage": {"jobs": [], "planning": call(1).text()}, "registrations": registrations}
    assert UsageBefore.from_payload(payload) == UsageBefore((), call(1), 100)
    other: Any = {"usage": {"jobs": []}, "registrations": registrations}
    assert UsageBefore.from_payload(other) == UsageBefore(())
    before: Any = {"registrations": registrations}
    assert UsageBefore.from_payload(before).jobs is None
