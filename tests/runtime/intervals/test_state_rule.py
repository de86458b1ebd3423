"""The state of an interval: every state, and the order in which they are examined."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.runs.interval_mark import IntervalMark, MarkedOutcome
from partitioned_pipelines.runtime.intervals.evidence import Answers, Attempt, ShownPartition, TableEvidence
from partitioned_pipelines.runtime.intervals.interval_state import State
from partitioned_pipelines.runtime.intervals.state_rule import find_states

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.runtime.intervals.evidence import Status

DAYS = Calendar(Cadence.parse("day"), Clock("Asia/Tokyo"))
FIRST = datetime(2026, 2, 28, 15, tzinfo=UTC)  # 1 March in Tokyo
MARCH = list(DAYS.between(FIRST, datetime(2026, 3, 4, 15, tzinfo=UTC)))  # the 1st to the 4th
DAY = MARCH[1]

BY_CATALOG = TableEvidence("db.t", Answers.PARTITIONS)
BY_MARKS = TableEvidence("db.t", Answers.RUNS)
BY_FOLDERS = replace(BY_CATALOG, marks_publishing=False)
BY_EXECUTIONS = replace(BY_MARKS, marks_publishing=False)


def run_id(day: int) -> str:
    return f"202603{day:02d}T000000Z-0123abcd"


def mark(outcome: MarkedOutcome, day: int, first: Interval = DAY, last: Interval | None = None) -> IntervalMark:
    return IntervalMark(first.start, (last or first).end, outcome, run_id(day))


def attempt(status: Status, day: int, first: Interval = DAY, last: Interval | None = None) -> Attempt:
    started = datetime(2026, 3, day, tzinfo=UTC)
    reason = "no space" if status == "failed" else None
    return Attempt(first.start, (last or first).end, run_id(day), started, status, reason)


def shown(interval: Interval, day: int | None = None) -> ShownPartition:
    return ShownPartition(interval.start, interval.end, run_id(day) if day else None)


def state_of_day(table: TableEvidence, *attempts: Attempt) -> State:
    """The state of the second interval of four."""
    return find_states(MARCH, [table], attempts)[1].tables["db.t"]


def names(table: TableEvidence, *attempts: Attempt) -> list[str]:
    return [each.state.name for each in find_states(MARCH, [table], attempts)]


def test_an_interval_of_which_nothing_is_known_was_never_started() -> None:
    assert state_of_day(BY_CATALOG) == State("never_started")
    assert state_of_day(BY_MARKS) == State("never_started")


def test_an_open_execution_makes_all_of_its_intervals_running() -> None:
    assert names(BY_CATALOG, attempt("running", 9, MARCH[0], MARCH[2])) == ["running"] * 3 + ["never_started"]


def test_a_run_that_looks_back_is_about_all_of_its_intervals() -> None:
    """Runs on consecutive days, each about a day and the one before it; data of the third day came late, and the fourth run failed."""
    marks = [mark("published", day, MARCH[day - 2], MARCH[day - 1]) for day in (2, 3)]
    table = replace(BY_CATALOG, partitions=[shown(MARCH[0], 2), shown(MARCH[1], 3)], marks=marks)
    failed = attempt("failed", 4, MARCH[2], MARCH[3])
    assert names(table, failed) == ["published", "published", "empty", "failed"]
    by_marks = replace(BY_MARKS, marks=marks)
    assert names(by_marks, failed) == ["published", "published", "published", "failed"]


def test_a_partition_in_an_interval_makes_it_published_by_the_run_of_its_stamp() -> None:
    table = replace(BY_CATALOG, partitions=[shown(DAY, 5)], marks=[mark("published", 5)])
    assert state_of_day(table) == State("published", None, run_id(5))
    assert names(table) == ["never_started", "published", "never_started", "never_started"]


def test_an_hour_of_a_day_counts_as_data_of_the_day() -> None:
    hour = ShownPartition(DAY.start + timedelta(hours=5), DAY.start + timedelta(hours=6), run_id(5))
    assert state_of_day(replace(BY_CATALOG, partitions=[hour])).name == "published"


def test_data_that_the_run_of_another_interval_wrote_is_named_as_such() -> None:
    late = replace(BY_CATALOG, partitions=[shown(DAY, 6)], marks=[mark("published", 6, MARCH[2])])
    assert state_of_day(late) == State("published", "by a run about another interval", run_id(6))
    unmarked = replace(BY_CATALOG, partitions=[shown(DAY, 6)])
    assert state_of_day(unmarked) == State("published", None, run_id(6)), "nothing is known of the run"


@pytest.mark.parametrize("table", [BY_MARKS, replace(BY_MARKS, marks=[mark("skipped", 9)])])
def test_coarse_keys_leave_the_answer_to_the_marks(table: TableEvidence) -> None:
    marked = replace(table, marks=[*table.marks, mark("published", 5, MARCH[0], MARCH[2])])
    assert names(marked)[:3] == ["published"] * 3
    assert state_of_day(marked) == State("published", None, run_id(5))


def test_without_marks_of_publishing_a_successful_execution_takes_their_place() -> None:
    assert state_of_day(BY_EXECUTIONS, attempt("succeeded", 5)) == State(
        "published", "its execution succeeded", run_id(5)
    )
    assert state_of_day(BY_FOLDERS, attempt("succeeded", 5)) == State("empty", "its execution succeeded", run_id(5))
    assert state_of_day(BY_FOLDERS, attempt("failed", 6), attempt("succeeded", 5)).name == "empty"
    assert state_of_day(BY_CATALOG, attempt("succeeded", 5)).name == "never_started", "a duplicate did nothing"


def test_a_run_without_data_leaves_its_interval_empty() -> None:
    assert state_of_day(replace(BY_CATALOG, marks=[mark("empty", 5)])) == State(
        "empty", "the run wrote no data", run_id(5)
    )
    assert state_of_day(replace(BY_MARKS, marks=[mark("empty", 5)])).name == "empty"


def test_a_run_about_several_intervals_may_leave_one_empty() -> None:
    table = replace(BY_CATALOG, partitions=[shown(MARCH[0], 5)], marks=[mark("published", 5, MARCH[0], MARCH[1])])
    assert names(table) == ["published", "empty", "never_started", "never_started"]


def test_an_older_empty_run_does_not_hide_a_loss() -> None:
    assert state_of_day(replace(BY_CATALOG, marks=[mark("empty", 4), mark("published", 5)])).name == "lost"
    assert state_of_day(replace(BY_CATALOG, marks=[mark("published", 4), mark("empty", 5)])).name == "empty"


def test_a_drop_on_purpose() -> None:
    dropped = replace(BY_CATALOG, marks=[mark("published", 5)], dropped=[(DAY.start, DAY.end)])
    assert state_of_day(dropped) == State("dropped", "dropped on purpose", run_id(5))
    assert state_of_day(replace(dropped, partitions=[shown(DAY, 6)])).name == "published", "registered again"
    withdrawn = replace(BY_MARKS, marks=[mark("published", 5)], withdrawn={run_id(5): "dropped"})
    assert state_of_day(withdrawn) == State("dropped", "dropped on purpose", run_id(5))


def test_a_rollback_withdraws_what_only_marks_can_tell() -> None:
    table = replace(BY_MARKS, marks=[mark("published", 5)], withdrawn={run_id(5): "rolled back"})
    assert state_of_day(table) == State("lost", "the run was rolled back", run_id(5))
    again = replace(table, marks=[mark("published", 5), mark("published", 6)])
    assert state_of_day(again) == State("published", None, run_id(6))


def test_the_newest_mark_decides_whether_an_interval_is_skipped() -> None:
    skipped = replace(BY_CATALOG, marks=[mark("published", 4), mark("skipped", 5)])
    assert state_of_day(skipped) == State("skipped", "the run had no input", run_id(5))
    assert state_of_day(replace(BY_CATALOG, marks=[mark("skipped", 4), mark("published", 5)])).name == "lost"


def test_a_loss_is_claimed_only_of_a_run_about_exactly_the_interval() -> None:
    lost = replace(BY_CATALOG, marks=[mark("published", 5)])
    assert state_of_day(lost) == State("lost", "a run published it, and no partition shows it", run_id(5))


def test_the_newest_failure_gives_the_reason() -> None:
    older = replace(attempt("failed", 4), reason="older")
    assert state_of_day(BY_CATALOG, older, attempt("failed", 5)) == State("failed", "no space", run_id(5))


def test_the_first_state_that_applies() -> None:
    """Each step takes away what made the state before it."""
    failed = attempt("failed", 9)
    marks = [mark("published", 4), mark("skipped", 5)]
    lost = replace(BY_CATALOG, marks=marks[:1])
    skipped = replace(BY_CATALOG, marks=marks)
    dropped = replace(skipped, dropped=[(DAY.start, DAY.end)])
    empty = replace(dropped, marks=[mark("empty", 4), marks[1]])
    published = replace(empty, partitions=[shown(DAY, 4)])
    steps: Sequence[tuple[str, TableEvidence, tuple[Attempt, ...]]] = [
        ("running", published, (attempt("running", 8), failed)),
        ("published", published, (failed,)),
        ("empty", empty, (failed,)),
        ("dropped", dropped, (failed,)),
        ("skipped", skipped, (failed,)),
        ("lost", lost, (failed,)),
        ("failed", BY_CATALOG, (failed,)),
        ("never_started", BY_CATALOG, ()),
    ]
    assert [state_of_day(table, *attempts).name for _, table, attempts in steps] == [name for name, _, _ in steps]


def test_a_pipeline_lacks_what_one_of_its_tables_lacks() -> None:
    other = TableEvidence("db.other", Answers.PARTITIONS, partitions=[shown(DAY, 5)])
    (_, state, *_) = find_states(MARCH, [other, BY_CATALOG], [attempt("failed", 6)])
    assert {table: each.name for table, each in state.tables.items()} == {"db.other": "published", "db.t": "failed"}
    assert state.missing
    assert state.state.reason == "no space"


def test_an_hour_that_the_clocks_repeat_is_told_by_its_marks() -> None:
    clock = Clock("America/New_York")
    hours = list(
        Calendar(Cadence.parse("hour"), clock).between(
            datetime(2026, 11, 1, 5, tzinfo=UTC), datetime(2026, 11, 1, 7, tzinfo=UTC)
        )
    )
    both = ShownPartition(hours[0].start, hours[1].end, run_id(5))  # hour=01 is one partition
    table = replace(BY_CATALOG, partitions=[both], marks=[mark("published", 5, hours[0])])
    assert [each.state.name for each in find_states(hours, [table], [])] == ["published", "never_started"]


def test_days_of_other_timezones_are_told_by_their_marks() -> None:
    utc_days = [
        ShownPartition(datetime(2026, 3, day, tzinfo=UTC), datetime(2026, 3, day + 1, tzinfo=UTC))
        for day in range(1, 4)
    ]
    table = replace(BY_CATALOG, partitions=utc_days, marks=[mark("published", 5)])
    assert names(table) == ["never_started", "published", "never_started", "never_started"]


def test_gaps_between_the_intervals_hold_nothing() -> None:
    weekdays = [MARCH[0], MARCH[3]]
    table = replace(BY_CATALOG, partitions=[shown(MARCH[1]), shown(MARCH[3], 5)])
    states = find_states(weekdays, [table], [attempt("failed", 6, MARCH[0], MARCH[3])])
    assert [each.state.name for each in states] == ["failed", "published"]
