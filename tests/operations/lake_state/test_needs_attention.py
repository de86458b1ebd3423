"""Root causes: every interval that failed or is missing belongs to exactly one, the worst come first, and each has its command."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.intervals.window import Window
from partitioned_pipelines.lake.schedule.awaited import Awaited, Writer
from partitioned_pipelines.lake.schedule.deadline import WAITED_IN_VAIN
from partitioned_pipelines.lake.schedule.timetable import PlainTimetable
from partitioned_pipelines.operations.lake_state.building.build import build_lake
from partitioned_pipelines.operations.lake_state.building.gathered_facts import PipelineFacts, TableFacts
from partitioned_pipelines.operations.lake_state.building.needs_attention import late_by
from partitioned_pipelines.operations.lake_state.interval_letters import LETTERS
from partitioned_pipelines.operations.lake_state.run_length import decode
from partitioned_pipelines.runtime.intervals.interval_state import State
from tests.simulated_lake import simulate_lake, state_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from partitioned_pipelines.operations.lake_state.documents.lake import Lake, Need, Span

DAYS = Calendar(Cadence.parse("day"), Clock("Asia/Tokyo"))
MARCH = list(DAYS.between(datetime(2026, 2, 28, 15, tzinfo=UTC), datetime(2026, 3, 8, 15, tzinfo=UTC)))
RUN = "20260309T000000Z-0123abcd"


def table(name: str, letters: str) -> TableFacts:
    states = [state_of(letter, RUN) for letter in letters]  # type: ignore[arg-type]  # letters
    return TableFacts(name, "", "csv", "versioned", "lambda", MARCH[: len(states)], states)


def pipeline(name: str, *tables: TableFacts, reads: Sequence[str] = ()) -> PipelineFacts:
    return PipelineFacts(name, "Asia/Tokyo", "day", tables, schedule="0 6 * * ? *", reads=reads)


def lake_of(*pipelines: PipelineFacts) -> Lake:
    return build_lake(
        pipelines,
        as_of=datetime(2026, 3, 9, tzinfo=UTC),
        target="local",
        prefix="pipelines",
        window=400,
        complete=tuple,
    )


def needs(*pipelines: PipelineFacts) -> tuple[Need, ...]:
    return lake_of(*pipelines).needs


def days(spans: Sequence[Span]) -> Iterator[str]:
    for span in spans:
        yield from (each.start_text for each in MARCH if span.start <= each.start_text < span.end)


def covered(found: Sequence[Need]) -> Counter[tuple[str, str]]:
    """Return how often each interval of each table is told."""
    own = [(name, day) for need in found for name in need.tables for day in days(need.intervals)]
    return Counter(
        [*own, *((each.table, day) for need in found for each in need.waiting for day in days(each.intervals))]
    )


def test_nothing_is_needed_where_everything_is_there_runs_or_had_nothing_to_do() -> None:
    assert needs(pipeline("a", table("db.a", "tbosr.t"))) == ()


def test_failed_and_missing_intervals_of_a_table_are_one_need() -> None:
    (need,) = needs(pipeline("a", table("db.a", "tfmttf")))
    assert (need.state, need.failed, need.missing, need.late) == ("f", 2, 1, True)
    assert [(span.start, span.end) for span in need.intervals] == [
        ("2026-03-02", "2026-03-04"),
        ("2026-03-06", "2026-03-07"),
    ]
    assert need.run == RUN
    assert need.reason == "validate: 318 of 331 rows have no tailnum"
    assert need.command == ("pipelines", "backfill", "a", "--from", "2026-03-02", "--to", "2026-03-07")


def test_a_single_interval_is_run_by_its_date() -> None:
    (need,) = needs(pipeline("a", table("db.a", "tmtt")))
    assert (need.state, need.late, need.run) == ("m", False, None)
    assert need.reason == "no run was started, or none is known any more"
    assert need.command == ("pipelines", "run", "a", "--date", "2026-03-02")


def test_an_hour_is_run_from_its_start_to_its_end() -> None:
    hours = Calendar(Cadence.parse("hour"), Clock("UTC"))
    intervals = list(hours.between(datetime(2026, 3, 1, 5, tzinfo=UTC), datetime(2026, 3, 1, 6, tzinfo=UTC)))
    hourly = replace(table("db.a", "m"), intervals=intervals)
    (need,) = needs(pipeline("a", hourly))
    assert need.command[2:] == ("a", "--from", "2026-03-01T05:00:00+00:00", "--to", "2026-03-01T06:00:00+00:00")


def test_the_newest_reason_of_what_is_missing_is_told() -> None:
    states = [state_of("t", RUN), State("never_started"), State("never_started", "paused since 2026-03-01 12:30 UTC")]
    (need,) = needs(pipeline("a", replace(table("db.a", "ttt"), states=states)))
    assert need.reason == "paused since 2026-03-01 12:30 UTC"


def awaiting(letters: str, window: Window, failed: str = "", writer: PlainTimetable | None = None) -> PipelineFacts:
    """Return a pipeline that is started by the table db.a; with a reason, its failed runs have it."""
    facts = table("db.b", letters)
    states = [replace(each, reason=failed) if each and each.name == "failed" else each for each in facts.states]
    wrote = writer or PlainTimetable("0 6 * * ? *", "Asia/Tokyo", "day", -1)
    awaited = Awaited("db", "a", window, Writer(wrote))
    reader = pipeline("b", replace(facts, states=states), reads=("db.a",))
    return replace(reader, schedule=None, when="inputs", awaits=(awaited,))


def test_a_run_waits_for_the_interval_that_it_reads() -> None:
    """The run about a day reads the table of the day before."""
    source = pipeline("a", table("db.a", "tmtt"))
    (need,) = needs(source, awaiting("ttmt", Window(-1)))
    assert [(each.table, list(days(each.intervals))) for each in need.waiting] == [("db.b", ["2026-03-03"])]
    assert len(needs(source, awaiting("tmtt", Window(-1)))) == 2, "of the same day, which the run does not read"


def test_a_run_whose_deadline_has_not_come_is_told_under_the_late_table() -> None:
    source = pipeline("a", table("db.a", "tttm"))
    (need,) = needs(source, awaiting("ttt.", Window()))
    assert [(each.table, list(days(each.intervals))) for each in need.waiting] == [("db.b", ["2026-03-04"])]
    assert needs(pipeline("a", table("db.a", "tttt")), awaiting("ttt.", Window())) == ()
    by_a_clock = replace(awaiting("ttt.", Window()), awaits=(), when=None, schedule="0 6 ? * MON-FRI *")
    assert needs(source, by_a_clock)[0].waiting == (), "its schedule leaves the day out"


def test_an_interval_for_which_nothing_is_expected_does_not_wait() -> None:
    """The table is written on Mondays only, and misses Monday, the 2nd; Sunday's run reads nothing."""
    mondays = PlainTimetable("0 6 ? * MON *", "Asia/Tokyo", "day", 0)
    (need,) = needs(pipeline("a", table("db.a", ".m")), awaiting("..", Window(), writer=mondays))
    assert [list(days(each.intervals)) for each in need.waiting] == [["2026-03-02"]]


def test_a_run_that_failed_because_its_inputs_were_late_waits_for_them() -> None:
    source = pipeline("a", table("db.a", "tmtt"))
    late = f"the run about 2026-03-02 {WAITED_IN_VAIN}: db.a has not published 2026-03-02."
    (need,) = needs(source, awaiting("tftt", Window(), late))
    assert (need.tables, need.state, [each.table for each in need.waiting]) == (("db.a",), "m", ["db.b"])
    assert len(needs(source, awaiting("tftt", Window(), "ValueError: no rows"))) == 2
    (own,) = needs(pipeline("a", table("db.a", "tttt")), awaiting("tftt", Window(), late))
    assert own.tables == ("db.b",), "what it waited for has come: somebody has to continue it"


def test_what_was_lost_is_restored_by_doctor_for_each_table() -> None:
    lost = State("lost", "a run published it, and no partition shows it", RUN)
    facts = [replace(table(name, "tt"), states=[lost, state_of("t", RUN)]) for name in ("db.a", "db.b")]
    found = needs(pipeline("a", *facts))
    assert [need.command for need in found] == [
        ("pipelines", "doctor", "a", "--table", "db.a"),
        ("pipelines", "doctor", "a", "--table", "db.b"),
    ]
    assert needs(pipeline("a", facts[0]))[0].command == ("pipelines", "doctor", "a")


def test_lost_and_missing_intervals_are_mended_differently() -> None:
    both = replace(table("db.a", "tm"), states=[State("lost", "gone", RUN), State("never_started")])
    assert [need.command[1] for need in needs(pipeline("a", both))] == ["run", "doctor"]


def test_tables_that_lack_the_same_are_one_need() -> None:
    (need,) = needs(pipeline("a", table("db.a", "tf"), table("db.b", "tf")))
    assert need.tables == ("db.a", "db.b")
    assert len(needs(pipeline("a", table("db.a", "tf"), table("db.b", "ff")))) == 2


def test_what_is_missing_because_an_input_is_missing_waits_for_its_root() -> None:
    found = needs(
        pipeline("c", table("db.c", "tmmt"), reads=["db.b", "s3://lake/raw/"]),
        pipeline("b", table("db.b", "tmmt"), reads=["db.a"]),
        pipeline("a", table("db.a", "tfmt")),
    )
    (need,) = found
    assert need.tables == ("db.a",)
    assert [(each.table, list(days(each.intervals))) for each in need.waiting] == [
        ("db.b", ["2026-03-02", "2026-03-03"]),
        ("db.c", ["2026-03-02", "2026-03-03"]),
    ]


def test_what_failed_or_was_lost_does_not_wait() -> None:
    a = pipeline("a", table("db.a", "tmm"))
    b = pipeline("b", replace(table("db.b", "tfm"), states=[None, state_of("f", RUN), State("lost")]), reads=["db.a"])
    assert {need.pipeline for need in needs(a, b)} == {"a", "b"}


def test_an_interval_of_another_time_is_no_root() -> None:
    found = needs(pipeline("a", table("db.a", "ftt")), pipeline("b", table("db.b", "tmt"), reads=["db.a"]))
    assert [need.waiting for need in found] == [(), ()]


def test_pipelines_that_read_each_other_are_their_own_roots_once() -> None:
    a, b = pipeline("a", table("db.a", "m"), reads=["db.b", "db.a"]), pipeline("b", table("db.b", "m"), reads=["db.a"])
    found = needs(a, b)
    assert covered(found) == {("db.a", "2026-03-01"): 1, ("db.b", "2026-03-01"): 1}


def test_the_worst_come_first() -> None:
    found = needs(
        pipeline("missing", table("db.missing", "tmtt")),
        pipeline("late", table("db.late", "tttm")),
        pipeline("failed", table("db.failed", "tftt")),
        pipeline("failed_and_late", table("db.failed_and_late", "tttf")),
        pipeline("waited_for", table("db.waited_for", "tmtt")),
        pipeline("reader", table("db.reader", "tmtt"), reads=["db.waited_for"]),
    )
    assert [need.pipeline for need in found] == ["failed_and_late", "failed", "late", "waited_for", "missing"]


def test_how_late_a_table_is() -> None:
    for letters, late in (("t", 0), ("tmf", 2), ("tmf.", 2), ("tmr", 0), ("ms", 0), ("mm", 2), ("", 0), ("m.t.m", 1)):
        assert late_by(list(letters)) == late, letters  # type: ignore[arg-type]  # letters


letters_of_tables = st.lists(st.text("".join(LETTERS), max_size=len(MARCH)), min_size=1, max_size=6)


@given(letters_of_tables, st.data())
def test_every_open_interval_is_told_exactly_once(written: list[str], data: st.DataObject) -> None:
    """In lakes of random tables, of which each pipeline reads any."""
    names = [f"db.t{index}" for index in range(len(written))]
    pipelines = [
        pipeline(f"p{index}", table(name, letters), reads=data.draw(st.lists(st.sampled_from(names), max_size=3)))
        for index, (name, letters) in enumerate(zip(names, written, strict=True))
    ]
    lake = lake_of(*pipelines)
    wanted = Counter(
        (name, MARCH[at].start_text)
        for name, letters in zip(names, written, strict=True)
        for at, letter in enumerate(letters)
        if letter in "fm"
    )
    assert covered(lake.needs) == wanted
    for found, letters in zip(lake.tables, written, strict=True):
        due = [letter for letter in letters if letter != "."]
        assert sum(found.counts.values()) == len(due)
        assert Counter(decode(found.states)) == Counter(letters)
    assert all(need.failed + need.missing == len(list(days(need.intervals))) for need in lake.needs)


def test_the_simulated_lake_tells_each_open_interval_once() -> None:
    lake = simulate_lake(random_states=7).lake
    for found in lake.tables:
        opened = [letter for letter in decode(found.states) if letter in "fm"]
        own = sum(need.failed + need.missing for need in lake.needs if found.id in need.tables)
        assert own <= len(opened)
