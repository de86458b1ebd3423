"""Tests of PlanRun: from an execution's input to a plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from partitioned_pipelines.lake.function_events.requests import InvalidRequestError
from partitioned_pipelines.lake.intervals.clock import UnknownTimezoneError
from partitioned_pipelines.lake.intervals.interval import InvalidIntervalError
from partitioned_pipelines.lake.placeholders import InvalidPlaceholderError
from partitioned_pipelines.lake.runs.interval_mark import IntervalMark
from partitioned_pipelines.runtime.intervals.mark_writer import write_mark
from partitioned_pipelines.runtime.planning.planning import LateInputsError, plan_run
from partitioned_pipelines.runtime.planning.step_inputs import MissingInputError

if TYPE_CHECKING:
    from tests.moto_lake import Lake

ARN = "arn:aws:states:ap-northeast-1:123456789012:execution:feature_table:one"
OTHER_ARN = ARN.replace("one", "two")
SCHEDULED = {"scheduled_time": "2021-12-15T21:00:00Z"}  # six in the morning of the 16th, in Tokyo
RAW = "raw/feature_table/2021/12/15/day.csv"


def event(execution_input: object, arn: str = ARN, **extract: Any) -> dict[str, Any]:
    return {
        "spec": {
            "pipeline": "feature_table",
            "timezone": "Asia/Tokyo",
            "date_offset_days": -1,
            "lake_bucket": "lake",
            "steps": [
                {
                    "name": "extract",
                    "job_stem": "feature-table-extract",
                    "missing_input": "fail",
                    "inputs": [{"name": "raw", "uri": "s3://{lake}/raw/feature_table/{process_date:%Y/%m/%d}/"}],
                    "arguments": ["--day", "{process_date:%Y-%m-%d}", "{{literal}}"],
                    "environment": {"LOG_LEVEL": "INFO", "TEMPLATE": "{process_date}"},
                    "outputs": [
                        {"name": "extract", "prefix": "s3://{lake}/intermediates/feature_table/{run_id}/extract/"}
                    ],
                    **extract,
                },
                {
                    "name": "transform",
                    "job_stem": "feature-table-transform",
                    "missing_input": "fail",
                    "inputs": [],
                    "arguments": [],
                    "environment": {},
                    "outputs": [
                        {"name": "transform", "prefix": "s3://{lake}/tables/analytics/features/runs/{run_id}/"}
                    ],
                },
            ],
        },
        "execution": {"id": arn, "name": "one", "start_time": "2021-12-15T21:00:03.456Z"},
        "input": execution_input,
    }


def put(lake: Lake, key: str = RAW, body: bytes = b"a\n") -> None:
    lake.s3.put_object(Bucket="lake", Key=key, Body=body)


def test_a_scheduled_run(lake: Lake) -> None:
    put(lake)
    plan = plan_run(event(SCHEDULED), lake.s3)
    run_id = plan["run_id"]
    assert run_id.startswith("20211215T210003Z-")
    assert plan == {
        "outcome": "run",
        "run_id": run_id,
        "started_at": "2021-12-15T21:00:03.456Z",
        "interval": "20211214T150000Z-20211215T150000Z",
        "process_start": "2021-12-15",
        "process_end": "2021-12-16",
        "process_date": "2021-12-15",
        "usage": "",
        "steps": {
            "extract": {
                "job_stem": "feature-table-extract",
                "inputs": {"raw": "s3://lake/raw/feature_table/2021/12/15/"},
                "arguments": ["--day", "2021-12-15", "{literal}"],
                "environment": {
                    "LOG_LEVEL": "INFO",
                    "TEMPLATE": "{process_date}",
                    "PROCESS_START": "2021-12-15",
                    "PROCESS_END": "2021-12-16",
                    "PROCESS_DATE": "2021-12-15",
                    "PROCESS_TIMEZONE": "Asia/Tokyo",
                    "RUN_ID": run_id,
                },
                "outputs": {"extract": f"s3://lake/intermediates/feature_table/{run_id}/extract/"},
            },
            "transform": {
                "job_stem": "feature-table-transform",
                "inputs": {},
                "arguments": [],
                "environment": {
                    "PROCESS_START": "2021-12-15",
                    "PROCESS_END": "2021-12-16",
                    "PROCESS_DATE": "2021-12-15",
                    "PROCESS_TIMEZONE": "Asia/Tokyo",
                    "RUN_ID": run_id,
                },
                "outputs": {"transform": f"s3://lake/tables/analytics/features/runs/{run_id}/"},
            },
        },
    }
    assert json.loads(json.dumps(plan)) == plan


def test_a_date_is_taken_as_it_is_and_claims_nothing(lake: Lake) -> None:
    put(lake)
    for arn in (ARN, OTHER_ARN):
        plan = plan_run(event({"date": "2021-12-15"}, arn), lake.s3)
        assert (plan["outcome"], plan["process_date"]) == ("run", "2021-12-15")
    assert lake.object_keys() == [RAW]


def test_several_days_have_no_process_date(lake: Lake) -> None:
    put(lake, "raw/2013/flights.parquet")
    plan = plan_run(
        event(
            {"from": "2013-01-01", "to": "2014-01-01"},
            inputs=[{"name": "raw", "uri": "s3://{lake}/raw/{process_start:%Y}/"}],
            arguments=["{process_end}"],
        ),
        lake.s3,
    )
    assert "process_date" not in plan
    step = plan["steps"]["extract"]
    assert "PROCESS_DATE" not in step["environment"]
    assert (step["environment"]["PROCESS_START"], step["environment"]["PROCESS_END"]) == ("2013-01-01", "2014-01-01")
    assert (step["inputs"]["raw"], step["arguments"]) == ("s3://lake/raw/2013/", ["2014-01-01"])


def test_a_process_date_of_several_days_is_refused_with_the_remedy(lake: Lake) -> None:
    with pytest.raises(InvalidIntervalError, match=r"step 'extract'.*\{process_start:FORMAT\}"):
        plan_run(event({"from": "2021-12-15", "to": "2021-12-17"}), lake.s3)


def test_a_repeated_event_runs_once(lake: Lake) -> None:
    put(lake)
    assert plan_run(event(SCHEDULED), lake.s3)["outcome"] == "run"
    for spelling in ("2021-12-15T21:00:00Z", "2021-12-15T21:00:00.000Z", "2021-12-16T06:00:00+09:00"):
        again = plan_run(event({"scheduled_time": spelling}, OTHER_ARN), lake.s3)
        assert again["outcome"] == "duplicate"
        assert ARN in again["reason"]
        assert "steps" not in again
    assert plan_run(event({"scheduled_time": "2021-12-15T21:01:00Z"}, OTHER_ARN), lake.s3)["outcome"] == "run"


def test_a_retry_or_a_redrive_gives_the_same_plan(lake: Lake) -> None:
    put(lake)
    assert plan_run(event(SCHEDULED), lake.s3) == plan_run(event(SCHEDULED), lake.s3)
    assert "locks/feature_table/scheduled/2021-12-15T21:00:00Z.json" in lake.object_keys()


def test_a_missing_input_fails_by_name_and_leaves_the_event_unclaimed(lake: Lake) -> None:
    put(lake, "raw/feature_table/2021/12/150/day.csv")
    with pytest.raises(MissingInputError) as caught:
        plan_run(event(SCHEDULED), lake.s3)
    assert str(caught.value) == (
        "step 'extract', input 'raw': no objects under s3://lake/raw/feature_table/2021/12/15/"
    )
    put(lake)
    assert plan_run(event(SCHEDULED, OTHER_ARN), lake.s3)["outcome"] == "run"


def test_a_missing_input_may_be_skipped(lake: Lake) -> None:
    plan = plan_run(event(SCHEDULED, missing_input="skip"), lake.s3)
    assert plan["outcome"] == "missing_input"
    assert "s3://lake/raw/feature_table/2021/12/15/" in plan["reason"]
    assert plan["process_date"] == "2021-12-15"
    put(lake)
    assert plan_run(event(SCHEDULED, OTHER_ARN, missing_input="skip"), lake.s3)["outcome"] == "run"


def test_a_skipped_interval_is_marked_in_each_table(lake: Lake) -> None:
    request = event(SCHEDULED, missing_input="skip")
    names = [{"database_name": "analytics", "table_name": name} for name in ("features", "more")]
    request["spec"]["marked_tables"] = names
    run_id = plan_run(request, lake.s3)["run_id"]
    mark = f"receipts/intervals/20211214T150000Z-20211215T150000Z.skipped.{run_id}"
    expected = [f"tables/analytics/features/{mark}", f"tables/analytics/more/{mark}"]
    assert [item["Key"] for item in lake.s3.list_objects_v2(Bucket="lake")["Contents"]] == expected
    put(lake)
    plan_run(request, lake.s3)
    keys = [item["Key"] for item in lake.s3.list_objects_v2(Bucket="lake", Prefix="tables/")["Contents"]]
    assert keys == expected, "a run that goes on is marked when it has published"


@pytest.mark.parametrize(
    ("uri", "keys", "found"),
    [
        ("s3://lake/in/", ["in/a/b.csv"], True),
        ("s3://lake/in/", ["in/"], False),  # the console's marker of a folder
        ("s3://lake/in/", ["in/", "in/sub/", "in/sub/a.csv"], True),
        ("s3://lake/in/", ["in2/a.csv", "in.csv"], False),
        ("s3://lake/in/day.csv", ["in/day.csv", "in/day.csv.bak"], True),
        ("s3://lake/in/day.csv", ["in/day.csv.bak"], False),
        ("s3://lake/in/day", ["in/day-old.csv", "in/day/a.csv"], True),
        ("s3://nowhere/in/", [], False),
    ],
)
def test_what_an_input_holds(lake: Lake, uri: str, keys: list[str], *, found: bool) -> None:
    for key in keys:
        put(lake, key, b"" if key.endswith("/") else b"a\n")
    request = event({"date": "2021-12-15"}, missing_input="skip", inputs=[{"name": "raw", "uri": uri}])
    assert plan_run(request, lake.s3)["outcome"] == ("run" if found else "missing_input")


def test_an_input_that_must_not_be_missing_comes_before_one_that_may(lake: Lake) -> None:
    request = event({"date": "2021-12-15"}, missing_input="skip")
    request["spec"]["steps"][1]["inputs"] = [{"name": "more", "uri": "s3://{lake}/more/"}]
    with pytest.raises(MissingInputError, match="step 'transform', input 'more'"):
        plan_run(request, lake.s3)


def test_no_access_is_not_a_missing_input(lake: Lake) -> None:
    lake.answer("s3.ListObjectsV2", lambda _: {"Error": {"Code": "AccessDenied", "Message": "no"}})
    with pytest.raises(ClientError, match="AccessDenied"):
        plan_run(event(SCHEDULED, missing_input="skip"), lake.s3)


def test_nonsense_is_refused_before_anything_is_asked(lake: Lake) -> None:
    lake.forget_calls()
    with pytest.raises(InvalidIntervalError):
        plan_run(event({"dates": "2021-12-15"}), lake.s3)
    with pytest.raises(InvalidPlaceholderError):
        plan_run(event({"date": "2021-12-15"}, arguments=["{proces_date}"]), lake.s3)
    request = event(SCHEDULED)
    request["spec"]["timezone"] = "Asia/Tokio"
    with pytest.raises(UnknownTimezoneError, match="'Asia/Tokio'"):
        plan_run(request, lake.s3)
    del request["execution"]
    with pytest.raises(InvalidRequestError, match="execution"):
        plan_run(request, lake.s3)
    assert lake.calls == {}


def test_a_script_gets_the_runs_own_days_whatever_its_environment_says(lake: Lake) -> None:
    put(lake)
    plan = plan_run(event({"date": "2021-12-15"}, environment={"PROCESS_DATE": "1999-01-01"}), lake.s3)
    assert plan["steps"]["extract"]["environment"]["PROCESS_DATE"] == "2021-12-15"


def test_run_ids_sort_by_start_and_differ_by_execution(lake: Lake) -> None:
    put(lake)
    first, second = (plan_run(event({"date": "2021-12-15"}, arn), lake.s3)["run_id"] for arn in (ARN, OTHER_ARN))
    assert first != second
    assert first[:16] == second[:16]


def hourly(execution_input: object, **extract: Any) -> dict[str, Any]:
    planned = event(
        execution_input,
        **{
            "inputs": [{"name": "raw", "uri": "s3://{lake}/raw/{process_start_utc:%Y/%m/%d/%H}/"}],
            "arguments": ["{process_start}", "{process_start:%Y-%m-%dT%H%z}", "{process_end_utc:%H%M}"],
            **extract,
        },
    )
    del planned["spec"]["date_offset_days"]
    planned["spec"].update(
        timezone="America/New_York", interval="hour", offset=-1.0
    )  # as the local cloud's Step Functions write it
    return planned


@pytest.mark.parametrize(
    ("scheduled_time", "start", "end", "hour"),
    [
        ("2026-11-01T06:05:00Z", "2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00", "01"),
        ("2026-11-01T07:05:00Z", "2026-11-01T01:00:00-05:00", "2026-11-01T02:00:00-05:00", "01"),
        ("2026-03-08T07:05:00Z", "2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00", "01"),
    ],
)
def test_an_hour_that_comes_twice_is_two_intervals(
    lake: Lake, scheduled_time: str, start: str, end: str, hour: str
) -> None:
    put(lake, f"raw/{scheduled_time[:10].replace('-', '/')}/{int(scheduled_time[11:13]) - 1:02d}/a.csv")
    plan = plan_run(hourly({"scheduled_time": scheduled_time}), lake.s3)
    assert (plan["process_start"], plan["process_end"]) == (start, end)
    assert (plan["process_date"], plan["process_hour"]) == (start[:10], hour)
    step = plan["steps"]["extract"]
    assert (step["environment"]["PROCESS_START"], step["environment"]["PROCESS_HOUR"]) == (start, hour)
    offset = start[-6:].replace(":", "")
    assert step["arguments"] == [start, f"{start[:13]}{offset}", f"{scheduled_time[11:13]}00"]


def test_a_run_of_a_day_does_not_read_its_first_hour_alone(lake: Lake) -> None:
    day = {"from": "2026-11-01T00:00:00-04:00", "to": "2026-11-02T00:00:00-05:00"}
    put(lake, "raw/2026/11/01/04/a.csv")
    with pytest.raises(InvalidIntervalError, match="would read s3://lake/raw/2026/11/01/04/, while its interval"):
        plan_run(hourly(day), lake.s3)
    put(lake, "raw/2026/11/01/a.csv")
    whole = [{"name": "raw", "uri": "s3://{lake}/raw/{process_date:%Y/%m/%d}/"}]
    plan = plan_run(hourly(day, inputs=whole), lake.s3)
    assert plan["process_date"] == "2026-11-01"
    assert "process_hour" not in plan
    assert "PROCESS_HOUR" not in plan["steps"]["extract"]["environment"]


def test_a_time_that_is_no_boundary_is_refused_with_the_nearest(lake: Lake) -> None:
    with pytest.raises(
        InvalidIntervalError, match="nearest are 2026-11-02T05:00:00-05:00 and 2026-11-02T06:00:00-05:00"
    ):
        plan_run(hourly({"from": "2026-11-02T05:07:00-05:00", "to": "2026-11-02T06:00:00-05:00"}), lake.s3)


AWAITED = {
    "database_name": "sales",
    "table_name": "orders",
    "partitions": "interval",
    "writer": {"timezone": "Asia/Tokyo", "interval": "day", "offset": -1, "cron": "0 6 * * ? *"},
}
ONE_DAY = {"date": "2021-12-15"}


def test_a_run_whose_inputs_are_required_looks_again_each_time(lake: Lake) -> None:
    """As it is started at a deadline: it fails by the names of what is late, and its retry continues once that is there."""
    put(lake)
    required = event({**ONE_DAY, "inputs": "required"})
    required["spec"] |= {"awaits": [AWAITED], "arrival": "raw/feature_table/{process_date:%Y/%m/%d}/_SUCCESS"}
    with pytest.raises(LateInputsError) as late:
        plan_run(required, lake.s3)
    assert str(late.value) == (
        "the run about 2021-12-15 has waited until its deadline: sales.orders has not published 2021-12-15; "
        "s3://lake/raw/feature_table/2021/12/15/_SUCCESS has not arrived. Once it is there, continue: pipelines retry feature_table; or run "
        "with what is there: pipelines run feature_table --from 2021-12-15 --to 2021-12-16"
    )
    put(lake, "raw/feature_table/2021/12/15/_SUCCESS", b"")
    with pytest.raises(LateInputsError, match=r"deadline: sales\.orders has not published 2021-12-15\. Once"):
        plan_run(required, lake.s3)
    by_hand = {**required, "input": ONE_DAY}
    plan = plan_run(by_hand, lake.s3)
    assert plan["outcome"] == "run", "a run by hand does not wait"
    start, end = (plan["interval"][:16], plan["interval"][17:])
    mark = IntervalMark.of_span(f"{start}-{end}", "published", "20211216T000000Z-0123abcd")
    write_mark(lake.s3, "lake", "sales", "orders", mark)
    assert plan_run(required, lake.s3)["outcome"] == "run"


@pytest.mark.parametrize("given", ["yes", "", True])
def test_only_one_word_requires_the_inputs(lake: Lake, given: object) -> None:
    with pytest.raises(InvalidIntervalError, match="has the keys"):
        plan_run(event({**ONE_DAY, "inputs": given}), lake.s3)
