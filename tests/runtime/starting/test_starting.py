"""Tests of the starts of runs that wait: every order of events and every race gives one run an interval, and a deadline is told."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from partitioned_pipelines.lake.function_events.requests import InvalidRequestError
from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.intervals.instants import format_instant
from partitioned_pipelines.lake.key_layout import interval_mark_key
from partitioned_pipelines.lake.runs.interval_mark import IntervalMark, MarkedOutcome
from partitioned_pipelines.lake.schedule.deadline import deadlines
from partitioned_pipelines.lake.schedule.firings import firings
from partitioned_pipelines.runtime.freshness.schedule_state import ScheduleState
from partitioned_pipelines.runtime.intervals.mark_writer import write_mark
from partitioned_pipelines.runtime.starting.starting import start_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.intervals.interval import Interval

RUN = "20261129T000000Z-0123abcd"
TOKYO = "Asia/Tokyo"
DAY = Calendar(Cadence.parse("day"), Clock(TOKYO))
WRITER = {"timezone": TOKYO, "interval": "day", "offset": -1, "cron": "0 6 * * ? *"}


def table(name: str, partitions: object = "interval", **writer: object) -> dict[str, Any]:
    return {"database_name": "db", "table_name": name, "partitions": partitions, "writer": {**WRITER, **writer}}


def day(text: str, timezone: str = TOKYO) -> Interval:
    return Calendar(Cadence.parse("day"), Clock(timezone)).containing(
        datetime.fromisoformat(f"{text}T12:00:00").replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    )


def local(text: str, timezone: str = TOKYO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)


NIGHT = local("2026-11-28T03:00:00")


@dataclass
class Waiting:
    """A pipeline that waits, and what has been started of it."""

    s3: S3Client
    spec: dict[str, Any]
    now: datetime
    runs: dict[str, dict[str, str]] = field(default_factory=dict)
    starts: int = 0
    events: int = 0
    fail_starts: int = 0
    enabled: bool = True

    def start(self, name: str, execution_input: Mapping[str, str]) -> str:
        self.starts += 1
        if self.fail_starts:
            self.fail_starts -= 1
            raise ConnectionError("no answer")
        if name in self.runs:
            return ""
        self.runs[name] = dict(execution_input)
        return f"arn:{name}"

    def schedule(self, name: str) -> ScheduleState:
        assert name == "pipelines-reader"
        return ScheduleState(exists=True, enabled=self.enabled, paused=not self.enabled, begin=None, changed_at=None)

    def send(self, event_id: str = "", **event: object) -> dict[str, str]:
        """Call StartRun, and return the outcome of each interval."""
        self.events += 1
        payload = {"spec": self.spec, "id": event_id or f"event-{self.events}", **event}
        decisions = start_runs(
            payload, self.s3, lambda: self, self.schedule, now=lambda: self.now, sleep=lambda _: None
        )
        self.last = decisions
        return {decision["interval"]: decision["outcome"] for decision in decisions}

    def mark(
        self, name: str, interval: Interval, outcome: MarkedOutcome = "published", end: datetime | None = None
    ) -> None:
        mark = IntervalMark(interval.start, end or interval.end, outcome, RUN)
        write_mark(self.s3, "lake", "db", name, mark)

    def tell(self, name: str, interval: Interval, event_id: str = "") -> dict[str, str]:
        return self.send(event_id, published=published(name, interval))

    def publish(self, name: str, interval: Interval, outcome: MarkedOutcome = "published") -> dict[str, str]:
        """Write the mark of a run of a table, and send its event."""
        self.mark(name, interval, outcome)
        return self.tell(name, interval)

    def deadline(self, at: datetime) -> dict[str, str]:
        self.now = at
        return self.send(f"deadline-{format_instant(at)}", deadline=format_instant(at))


def published(name: str, interval: Interval) -> dict[str, Any]:
    return {
        "table": f"db.{name}",
        "interval": {"start": format_instant(interval.start), "end": format_instant(interval.end)},
    }


@pytest.fixture
def make_reader(s3: S3Client) -> Callable[..., Waiting]:
    def make(*tables: dict[str, Any], now: datetime = NIGHT, **spec: object) -> Waiting:
        made = {
            "pipeline": "reader",
            "timezone": TOKYO,
            "interval": "day",
            "offset": 0,
            "wait_hours": 6,
            "then": "fail",
            "tables": [{"database_name": "db", "table_name": "own"}],
            "lake_bucket": "lake",
            "schedule": "pipelines-reader",
            "awaits": list(tables),
            **spec,
        }
        return Waiting(s3, made, now)

    return make


YESTERDAY = day("2026-11-27")
DEADLINE = YESTERDAY.end + timedelta(hours=6)


def test_the_last_table_starts_the_run(make_reader: Callable[..., Waiting]) -> None:
    reader = make_reader(table("a"), table("b"))
    assert reader.publish("a", YESTERDAY) == {"2026-11-27": "waiting"}
    assert reader.last[0]["late"] == ["db.b has not published 2026-11-27"]
    assert reader.publish("b", YESTERDAY, "empty") == {"2026-11-27": "started"}
    assert reader.runs == {"inputs-2026-11-27": {"date": "2026-11-27"}}


def test_a_skipped_interval_is_not_there(make_reader: Callable[..., Waiting]) -> None:
    reader = make_reader(table("a"))
    reader.mark("a", YESTERDAY, "skipped")
    assert reader.tell("a", YESTERDAY) == {"2026-11-27": "waiting"}


@pytest.mark.thorough
def test_every_order_of_events_gives_one_run(make_reader: Callable[..., Waiting]) -> None:
    """Of three tables that each publish twice."""
    for number, order in enumerate(sorted(set(permutations("aabbcc")))):
        reader = make_reader(*(table(f"{name}{number}") for name in "abc"), pipeline=f"reader{number}")
        outcomes = [reader.publish(f"{name}{number}", YESTERDAY)["2026-11-27"] for name in order]
        complete = max(order.index(name) for name in "abc")
        assert outcomes == ["waiting"] * complete + ["started"] + ["already_started"] * (5 - complete), order
        assert reader.starts == 1


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in range(1, 8))])
def test_any_order_of_hours_of_two_tables_gives_one_run_a_day(make_reader: Callable[..., Waiting], seed: int) -> None:
    """Marks and events of two days of two tables in any order, some events twice, some late, with retries of failed calls in between."""
    draw = random.Random(seed)  # noqa: S311 - drawn orders of events
    hourly = {"interval": "hour", "cron": "5 * * * ? *"}
    reader = make_reader(table("a", **hourly), table("b"), now=local("2026-11-28T02:00:00"), wait_hours=48)
    hours = list(Calendar(Cadence.parse("hour"), Clock(TOKYO)).between(day("2026-11-26").start, YESTERDAY.end))
    assert len(hours) == 48
    runs = [*(("a", hour) for hour in hours), *(("b", one) for one in (day("2026-11-26"), YESTERDAY))]
    draw.shuffle(runs)
    told: list[tuple[str, Interval]] = []
    late: list[tuple[str, Interval]] = []
    for name, interval in runs:
        reader.mark(name, interval)
        late.append((name, interval))
        if draw.random() < 0.7:
            draw.shuffle(late)
            told += late
            for event in late:
                reader.tell(*event)
            late = []
        if told and draw.random() < 0.1:
            reader.tell(*draw.choice(told))
    for event in late:
        reader.tell(*event)
    assert reader.runs == {"inputs-2026-11-26": {"date": "2026-11-26"}, "inputs-2026-11-27": {"date": "2026-11-27"}}
    assert reader.starts == 2


def test_two_events_at_once_start_one_run(make_reader: Callable[..., Waiting]) -> None:
    """Both find everything there; the one that claims the interval starts it."""
    reader = make_reader(table("a"), table("b"))
    reader.mark("a", YESTERDAY)
    reader.mark("b", YESTERDAY)
    inner: list[dict[str, str]] = []

    def meanwhile(params: Mapping[str, Any], **_: object) -> None:
        if "IfNoneMatch" in params and not inner:
            inner.append({})
            inner.append(reader.tell("b", YESTERDAY))

    reader.s3.meta.events.register("provide-client-params.s3.PutObject", meanwhile)
    assert reader.tell("a", YESTERDAY) == {"2026-11-27": "already_started"}
    assert inner[1] == {"2026-11-27": "started"}
    assert reader.starts == 1


def test_a_call_that_fails_after_its_claim_starts_the_run_when_it_is_repeated(
    make_reader: Callable[..., Waiting],
) -> None:
    reader = make_reader(table("a"))
    reader.mark("a", YESTERDAY)
    reader.fail_starts = 1
    with pytest.raises(ConnectionError):
        reader.tell("a", YESTERDAY, "event-x")
    assert reader.tell("a", YESTERDAY, "event-y") == {"2026-11-27": "already_started"}, "it is the first event's"
    assert reader.tell("a", YESTERDAY, "event-x") == {"2026-11-27": "started"}
    assert reader.tell("a", YESTERDAY, "event-x") == {"2026-11-27": "already_started"}, "delivered again"
    assert list(reader.runs) == ["inputs-2026-11-27"]


def test_a_claim_without_a_run_is_taken_over_at_the_deadline(make_reader: Callable[..., Waiting]) -> None:
    """All tries of the last event have failed: it is in the dead-letter queue, and no other event comes."""
    reader = make_reader(table("a"), then="skip")
    reader.mark("a", YESTERDAY)
    reader.fail_starts = 3
    for _ in range(3):
        with pytest.raises(ConnectionError):
            reader.tell("a", YESTERDAY, "event-x")
    mark = IntervalMark(YESTERDAY.start, YESTERDAY.end, "published", RUN)
    reader.s3.delete_object(Bucket="lake", Key=interval_mark_key("db", "a", mark.name))  # withdrawn meanwhile
    assert reader.deadline(DEADLINE) == {"2026-11-27": "started"}
    assert reader.runs == {"inputs-2026-11-27": {"date": "2026-11-27"}}
    assert reader.deadline(DEADLINE) == {"2026-11-27": "already_started"}, "delivered again"
    assert reader.tell("a", YESTERDAY, "event-x") == {}, "redriven after the deadline"


def test_a_call_that_dies_after_its_start_starts_no_second_run(make_reader: Callable[..., Waiting]) -> None:
    reader = make_reader(table("a"))
    reader.mark("a", YESTERDAY)

    def no_answer(**_: object) -> None:
        if reader.runs:
            raise ConnectionError("no answer")

    reader.s3.meta.events.register("provide-client-params.s3.PutObject", no_answer)
    with pytest.raises(ConnectionError):
        reader.tell("a", YESTERDAY, "event-x")
    reader.s3.meta.events.unregister("provide-client-params.s3.PutObject", no_answer)
    assert reader.deadline(DEADLINE) == {"2026-11-27": "already_started"}
    assert list(reader.runs) == ["inputs-2026-11-27"]


def test_a_paused_pipeline_is_not_started_by_its_inputs(make_reader: Callable[..., Waiting]) -> None:
    reader = make_reader(table("a"), table("b"))
    reader.enabled = False
    assert reader.publish("a", YESTERDAY) == {"2026-11-27": "waiting"}
    assert reader.publish("b", YESTERDAY) == {"2026-11-27": "paused"}
    assert reader.starts == 0
    reader.enabled = True
    assert reader.deadline(DEADLINE) == {"2026-11-27": "started"}, "resumed before the deadline"
    assert reader.runs == {"inputs-2026-11-27": {"date": "2026-11-27"}}


def test_a_day_needs_all_hours_that_its_writer_is_expected_to_publish(make_reader: Callable[..., Waiting]) -> None:
    office = {"interval": "hour", "cron": "5 9-17 * * ? *"}  # about the hours from 8 to 16
    reader = make_reader(table("a", **office))
    hours = list(Calendar(Cadence.parse("hour"), Clock(TOKYO)).between(YESTERDAY.start, YESTERDAY.end))[8:17]
    assert {reader.publish("a", hour)["2026-11-27"] for hour in hours[:-1]} == {"waiting"}
    assert reader.last[0]["late"] == ["db.a has not published 2026-11-27T16:00:00+09:00 to 2026-11-27T17:00:00+09:00"]
    assert reader.publish("a", hours[-1]) == {"2026-11-27": "started"}


def test_a_run_about_several_intervals_counts_for_each(make_reader: Callable[..., Waiting]) -> None:
    """Its mark sorts before the interval in question."""
    reader = make_reader(table("a"), table("b"), wait_hours=48)
    reader.mark("a", day("2026-11-20"), end=YESTERDAY.end)
    reader.mark("b", YESTERDAY)
    assert reader.tell("b", YESTERDAY) == {"2026-11-27": "started"}
    reader.mark("b", day("2026-11-26"))
    span = {"start": format_instant(day("2026-11-20").start), "end": format_instant(YESTERDAY.end)}
    outcomes = reader.send(published={"table": "db.a", "interval": span})
    assert outcomes == {"2026-11-26": "started", "2026-11-27": "already_started"}, (
        "earlier ones are past their deadlines"
    )


def test_a_window_needs_all_of_its_intervals(make_reader: Callable[..., Waiting]) -> None:
    reader = make_reader(table("a", {"last": "3 days"}))
    for text in ("2026-11-25", "2026-11-27"):
        reader.mark("a", day(text))
    assert reader.tell("a", YESTERDAY) == {"2026-11-27": "waiting", "2026-11-28": "waiting"}
    assert reader.last[0]["late"] == ["db.a has not published 2026-11-26"]
    assert reader.publish("a", day("2026-11-26"))["2026-11-27"] == "started", "late data of an earlier day completes it"


def test_an_offset_waits_for_the_interval_before(make_reader: Callable[..., Waiting]) -> None:
    reader = make_reader(table("a", {"offset": -1}))
    assert reader.publish("a", YESTERDAY) == {"2026-11-28": "started"}


def test_far_offsets_are_found_at_once(make_reader: Callable[..., Waiting]) -> None:
    """Ten years of days, without a look at each of them."""
    reader = make_reader(table("a", {"offset": -3660}))
    old = day("2016-11-20")
    assert reader.publish("a", old) == {str(reader_day(old, 3660)): "started"}


def reader_day(interval: Interval, days: int) -> Interval:
    return DAY.shift(interval, days)


def test_weekends_are_not_expected_of_a_table_of_weekdays(make_reader: Callable[..., Waiting]) -> None:
    weekdays = {"cron": "0 6 ? * TUE-SAT *"}  # about Monday to Friday
    friday, saturday = day("2026-11-27"), day("2026-11-28")
    reader = make_reader(table("a", {"last": "7 days"}, **weekdays))
    for text in ("2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"):
        reader.mark("a", day(text))
    assert reader.publish("a", friday) == {"2026-11-27": "started", "2026-11-28": "not_expected"}
    assert reader.deadline(saturday.end + timedelta(hours=6)) == {"2026-11-28": "not_expected"}
    chain = table("b", cron=None)
    del chain["writer"]["cron"]
    chain["writer"]["awaits"] = [table("a", **weekdays)]
    assert make_reader(chain).deadline(saturday.end + timedelta(hours=6)) == {"2026-11-28": "not_expected"}


def test_what_is_published_after_the_deadline_starts_nothing(make_reader: Callable[..., Waiting]) -> None:
    """A backfill of a table does not start its readers for all of its days."""
    reader = make_reader(table("a"), now=local("2026-11-28T06:00:00"))
    assert reader.publish("a", YESTERDAY) == {}
    assert reader.publish("a", day("2026-01-01")) == {}
    reader.now = local("2026-11-28T05:59:59")
    assert reader.tell("a", YESTERDAY) == {"2026-11-27": "started"}


@pytest.mark.parametrize(
    ("then", "outcome", "given"),
    [
        ("fail", "started", {"date": "2026-11-27", "inputs": "required"}),
        ("run", "started", {"date": "2026-11-27"}),
        ("skip", "skipped", None),
    ],
)
def test_the_deadline_decides_once(
    make_reader: Callable[..., Waiting], then: str, outcome: str, given: dict[str, str] | None
) -> None:
    reader = make_reader(table("a"), table("b"), then=then)
    reader.publish("a", YESTERDAY)
    at = YESTERDAY.end + timedelta(hours=6)
    assert reader.deadline(at) == {"2026-11-27": outcome}
    assert reader.last[0]["late"] == ["db.b has not published 2026-11-27"]
    assert reader.runs.get("inputs-2026-11-27") == given
    marks = reader.s3.list_objects_v2(Bucket="lake", Prefix="tables/db/own/receipts/intervals/").get("Contents", [])
    assert [".skipped." in item["Key"] for item in marks] == ([True] if then == "skip" else [])
    again = reader.deadline(at)["2026-11-27"]
    assert again == ("published_already" if then == "skip" else "already_started")
    reader.now = at - timedelta(seconds=1)  # an event that was on its way
    assert reader.publish("b", YESTERDAY) == {"2026-11-27": "already_started"}
    assert len(reader.runs) <= 1


def test_a_lost_event_is_made_up_for_at_the_deadline(make_reader: Callable[..., Waiting]) -> None:
    reader = make_reader(table("a"))
    reader.mark("a", YESTERDAY)
    assert reader.deadline(DEADLINE) == {"2026-11-27": "started"}
    assert reader.runs == {"inputs-2026-11-27": {"date": "2026-11-27"}}


def test_a_run_by_hand_leaves_nothing_to_do_at_the_deadline(make_reader: Callable[..., Waiting]) -> None:
    reader = make_reader(table("a"))
    reader.mark("own", YESTERDAY)
    assert reader.deadline(DEADLINE) == {"2026-11-27": "published_already"}
    assert reader.runs == {}


def test_an_event_during_the_deadline_is_not_lost(make_reader: Callable[..., Waiting]) -> None:
    """The last table publishes between the deadline's claim and its look at the marks: the run starts, and need not look again."""
    reader = make_reader(table("a"))
    inner: list[dict[str, str]] = []

    def meanwhile(**_: object) -> None:
        if not inner:
            inner.append({})
            now, reader.now = reader.now, reader.now - timedelta(seconds=1)
            inner.append(reader.publish("a", YESTERDAY))
            reader.now = now

    def after_the_claim(http_response: Any, model: Any, **_: object) -> None:
        if model.name == "PutObject":
            meanwhile()

    reader.s3.meta.events.register("after-call.s3.PutObject", after_the_claim)
    assert reader.deadline(DEADLINE) == {"2026-11-27": "started"}
    assert inner[1] == {"2026-11-27": "already_started"}
    assert reader.runs == {"inputs-2026-11-27": {"date": "2026-11-27"}}


def test_an_object_starts_the_run_about_the_interval_in_its_key(make_reader: Callable[..., Waiting]) -> None:
    key = "raw/reader/{process_date:%Y/%m/%d}/_SUCCESS"
    reader = make_reader(arrival=key, now=local("2026-11-28T03:00:00"))
    for name in ("raw/reader/2026/11/27/_SUCCESS", "raw/reader/2026/11/27/a.csv", "raw/reader/2020/01/01/_SUCCESS"):
        reader.s3.put_object(Bucket="lake", Key=name, Body=b"")
    assert reader.send(arrived={"key": "raw/reader/2026/11/27/a.csv"}) == {}
    assert reader.send(arrived={"key": "raw/reader/2020/01/01/_SUCCESS"}) == {}, "long past its deadline"
    assert reader.send(arrived={"key": "raw/reader/2026/11/27/_SUCCESS"}) == {"2026-11-27": "started"}
    assert reader.send(arrived={"key": "raw/reader/2026/11/27/_SUCCESS"}) == {"2026-11-27": "already_started"}
    assert reader.runs == {"arrival-2026-11-27": {"date": "2026-11-27"}}
    assert reader.deadline(day("2026-11-28").end + timedelta(hours=6)) == {"2026-11-28": "started"}
    assert reader.last[0]["late"] == ["s3://lake/raw/reader/2026/11/28/_SUCCESS has not arrived"]
    assert reader.runs["arrival-2026-11-28"] == {"date": "2026-11-28", "inputs": "required"}


@pytest.mark.parametrize(
    ("interval", "wait", "timezone", "cron"),
    [
        ("day", "6h", TOKYO, "0 6 * * ? *"),
        ("day", "2d", TOKYO, "0 0 * * ? *"),
        ("day", "30h", "America/New_York", "0 6 * * ? *"),
        ("hour", "3h", TOKYO, "0 * * * ? *"),
        ("15 minutes", "1h", TOKYO, "0/15 * * * ? *"),
        ("30 minutes", "1d", "UTC", "0/30 * * * ? *"),
        ("6 hours", "7h", TOKYO, "0 1,7,13,19 * * ? *"),
        ("12 hours", "2d", TOKYO, "0 0,12 * * ? *"),
        ("week", "6h", TOKYO, "0 6 ? * MON *"),
        ("week", "9d", TOKYO, "0 0 ? * WED *"),
        ("month", "6h", TOKYO, "0 6 1 * ? *"),
        ("month", "14d", "Europe/Paris", "0 0 15 * ? *"),
    ],
)
def test_each_interval_has_one_deadline(interval: str, wait: str, timezone: str, cron: str) -> None:
    """The deadline is its end and the wait on the wall clock: at most an hour from the time that passes."""
    hours = int(wait[:-1]) * (24 if wait.endswith("d") else 1)
    timetable = deadlines(interval, timezone, timedelta(hours=hours))
    assert timetable.cron == cron
    until = "2026-02-01T00:00:00" if interval.endswith("minutes") else "2026-12-31T00:00:00"
    found = list(firings(timetable, local("2026-01-01T00:00:00", timezone), local(until, timezone)))
    assert len({each.interval.start for each in found}) == len(found) > 10
    for each in found:
        assert abs(each.instant - each.interval.end - timedelta(hours=hours)) <= timedelta(hours=1), each


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"published": {"table": "db.a"}},
        {"published": {"table": "db.a", "interval": {"start": "yesterday", "end": "today"}}},
        {"arrived": {}},
        {"deadline": "06:00"},
    ],
)
def test_payloads_that_are_none(make_reader: Callable[..., Waiting], event: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError, match="StartRun's payload is invalid"):
        make_reader(table("a")).send(**event)
