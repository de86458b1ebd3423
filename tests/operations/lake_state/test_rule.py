"""The states of random lakes, compared with a slow restatement of the rule, interval by interval."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.runs.interval_mark import IntervalMark
from partitioned_pipelines.operations.lake_state.interval_letters import letter_of
from partitioned_pipelines.runtime.intervals.evidence import Answers, Attempt, ShownPartition, TableEvidence
from partitioned_pipelines.runtime.intervals.state_rule import find_states

if TYPE_CHECKING:
    from partitioned_pipelines.lake.intervals.interval import Interval

DAYS = Calendar(Cadence.parse("day"), Clock("UTC"))
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
WEEK = list(DAYS.between(FIRST, FIRST + timedelta(days=7)))
RUN_STARTS = [FIRST + timedelta(days=10, hours=hour) for hour in range(12)]


def run_id(hour: int) -> str:
    return f"{RUN_STARTS[hour]:%Y%m%dT%H%M%SZ}-0123abcd"


first_days, lengths, hours = st.integers(0, 6), st.integers(1, 3), st.integers(0, 11)
spans = st.tuples(first_days, lengths).map(lambda one: (WEEK[one[0]].start, WEEK[min(one[0] + one[1], 7) - 1].end))
attempts = st.lists(
    st.builds(
        lambda span, hour, status: Attempt(span[0], span[1], run_id(hour), RUN_STARTS[hour], status),
        *(spans, hours, st.sampled_from(["running", "failed", "succeeded"])),
    ),
    max_size=6,
    unique_by=lambda attempt: attempt.run_id,
)
marks = st.lists(
    st.builds(
        lambda span, hour, outcome: IntervalMark(span[0], span[1], outcome, run_id(hour)),
        *(spans, hours, st.sampled_from(["published", "empty", "skipped"])),
    ),
    max_size=6,
    unique_by=lambda mark: mark.run_id,
)
partitions = st.lists(
    st.builds(
        lambda day, hour, rolled_back: ShownPartition(
            WEEK[day].start, WEEK[day].end, run_id(hour), rolled_back=rolled_back
        ),
        *(first_days, hours, st.booleans()),
    ),
    max_size=7,
    unique_by=lambda partition: partition.start,
)
tables = st.builds(
    lambda partitions, marks, dropped: TableEvidence(
        "db.t",
        Answers.PARTITIONS,
        partitions=partitions,
        marks=marks,
        dropped=[(each.start, each.end) for each in dropped],
    ),
    *(partitions, marks, st.lists(st.sampled_from(WEEK), max_size=2)),
)


def restated(day: Interval, table: TableEvidence, found: list[Attempt]) -> str:
    """Return the letter of a day, by the words of the documentation."""
    about = [each for each in found if each.start <= day.start and day.end <= each.end]
    marked = [each for each in table.marks if each.start <= day.start and day.end <= each.end]
    ended = [each for each in about if each.status != "running"]
    newest_ended = max(ended, key=lambda each: each.started_at, default=None)
    newest_mark = max(marked, key=lambda each: each.run_id, default=None)
    for partition in table.partitions:
        if partition.start == day.start:
            if partition.rolled_back:
                return "b"
            later = newest_ended and newest_ended.status == "failed" and newest_ended.run_id > (partition.run_id or "")
            return "o" if later else "t"
    if any(each.status == "running" for each in about):
        return "r"
    wrote = max((each for each in marked if each.outcome != "skipped"), key=lambda each: each.run_id, default=None)
    whole = wrote is not None and (wrote.start, wrote.end) == (day.start, day.end)
    if wrote and (wrote.outcome == "empty" or not whole):
        return "s"
    if (day.start, day.end) in table.dropped:
        return "s"
    if newest_mark and newest_mark.outcome == "skipped":
        return "s"
    if whole:
        return "m"
    newest = max(about, key=lambda each: each.started_at, default=None)
    return "f" if newest and newest.status == "failed" else "m"


@given(tables, attempts)
def test_the_rule_is_what_its_words_say(table: TableEvidence, found: list[Attempt]) -> None:
    letters = [letter_of(each.tables["db.t"]) for each in find_states(WEEK, [table], found)]
    assert letters == [restated(day, table, found) for day in WEEK]


@given(tables, attempts, st.data())
def test_a_part_of_the_intervals_has_the_same_states(
    table: TableEvidence, found: list[Attempt], data: st.DataObject
) -> None:
    """So that a window tells what the whole table would."""
    begin, end = data.draw(st.integers(0, 6)), data.draw(st.integers(1, 7))
    whole = find_states(WEEK, [table], found)
    assert find_states(WEEK[begin:end], [table], found) == whole[begin:end]


@given(tables)
def test_a_table_without_attempts_is_not_running_or_failed(table: TableEvidence) -> None:
    letters = {letter_of(each.tables["db.t"]) for each in find_states(WEEK, [table], [])}
    assert letters <= set("tbsm")
