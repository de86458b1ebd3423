"""What needs somebody: the root causes of intervals that failed or are missing, the worst first, each with the command that mends it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from partitioned_pipelines.lake.schedule.awaited import expected_of
from partitioned_pipelines.lake.schedule.deadline import WAITED_IN_VAIN
from partitioned_pipelines.operations.lake_state.documents.lake import Need, Span, Waiting
from partitioned_pipelines.operations.lake_state.interval_letters import NOT_DUE, OPEN, letter_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.operations.lake_state.building.gathered_facts import PipelineFacts, TableFacts
    from partitioned_pipelines.operations.lake_state.interval_letters import Letter
    from partitioned_pipelines.runtime.intervals.interval_state import State

    Complete = Callable[[Sequence[str]], tuple[str, ...]]
    """Adds the options that name the project, the target and the prefix to the words of a command."""

_Kind = Literal["run", "restore"]
_UNKNOWN = "no run was started, or none is known any more"


def find_needs(pipelines: Sequence[PipelineFacts], complete: Complete) -> tuple[Need, ...]:
    """Return the root causes.

    An interval that no run was started about, or that is not known any more, waits if a table that its pipeline reads lacks an interval of the
    same time or, if publications start the pipeline, one that its run needs: it belongs to that table's root cause. So does one whose run
    failed because its inputs were late, and one whose run still waits for them. Other intervals that failed are root causes themselves.
    Tables of a pipeline that lack the same intervals in the same way are one root cause.
    """
    by_id = {table.id: _Table(pipeline, table) for pipeline in pipelines for table in pipeline.tables}
    roots: dict[tuple[str, int], _Root] = {}
    for name in _sources_first(pipelines):
        for table in by_id.values():
            if table.pipeline.name == name:
                _find_roots(table, by_id, roots)
    found: dict[tuple[str, _Kind], list[int]] = {}
    waiting: dict[_Root, dict[str, list[int]]] = {}
    for (table_id, index), root in roots.items():
        if (table_id, index) == (root.table, root.index):
            found.setdefault((table_id, root.kind), []).append(index)
        else:
            waiting.setdefault(root, {}).setdefault(table_id, []).append(index)
    causes = [
        _Cause(by_id[table_id], kind, tuple(sorted(indices)), waiting) for (table_id, kind), indices in found.items()
    ]
    return tuple(_need(same, by_id, complete) for same in sorted(_merged(causes), key=lambda same: same[0].order))


def late_by(letters: Sequence[Letter]) -> int:
    """Return the number of due intervals after the newest one that is there, runs, or had nothing to do."""
    late = 0
    for letter in reversed(letters):
        if letter in OPEN:
            late += 1
        elif letter != NOT_DUE:
            break
    return late


@dataclass(frozen=True)
class _Table:
    """A table, searched by time."""

    pipeline: PipelineFacts
    facts: TableFacts

    @cached_property
    def letters(self) -> list[Letter]:
        return [letter_of(state) for state in self.facts.states]

    @cached_property
    def _starts(self) -> list[datetime]:
        return [interval.start for interval in self.facts.intervals]

    @cached_property
    def _ends(self) -> list[datetime]:
        return [interval.end for interval in self.facts.intervals]

    def overlapping(self, interval: Interval) -> range:
        """Return the indices of the intervals that have an instant in common with another table's."""
        return range(bisect_right(self._ends, interval.start), bisect_left(self._starts, interval.end))


@dataclass(frozen=True, slots=True)
class _Root:
    """The interval in whose absence another one's, or its own, is rooted."""

    table: str
    index: int
    kind: _Kind


def _find_roots(table: _Table, by_id: Mapping[str, _Table], roots: dict[tuple[str, int], _Root]) -> None:
    """Add the root of each interval of a table that failed or is missing, given those of the tables that its pipeline reads."""
    lacking = {name for name, _ in roots}
    may_wait = any(one.full_name in lacking for one in table.pipeline.awaits)
    for index, (letter, state) in enumerate(zip(table.letters, table.facts.states, strict=True)):
        if state is None and not may_wait:  # left out, or not due
            continue
        if state is not None and letter not in OPEN:
            continue
        root = None
        if state is None or state.name == "never_started" or _waited(state):
            above = (roots.get(missed) for missed in _read_by(table, table.facts.intervals[index], by_id))
            root = next((each for each in above if each), None)
        if state is not None:
            root = root or _Root(table.facts.id, index, "restore" if state.name == "lost" else "run")
        if root:
            roots[table.facts.id, index] = root


def _read_by(table: _Table, interval: Interval, by_id: Mapping[str, _Table]) -> Iterator[tuple[str, int]]:
    """Yield the intervals of other tables without which a run about an interval does not start: each table, and an index."""
    pipeline = table.pipeline
    if pipeline.awaits:
        if not expected_of([interval], pipeline.awaits):
            return
        needed = [(one.full_name, each) for one in pipeline.awaits for each in one.needed(interval)]
    else:
        needed = [(name, interval) for name in pipeline.reads]
    for name, each in needed:
        source = by_id.get(name)
        if source and source.pipeline is not pipeline:
            yield from ((name, at) for at in source.overlapping(each))


def _waited(state: State) -> bool:
    """Return whether a run failed because its inputs were late."""
    return state.name == "failed" and WAITED_IN_VAIN in (state.reason or "")


def _sources_first(pipelines: Sequence[PipelineFacts]) -> list[str]:
    """Return the names of pipelines, each after those whose tables it reads; those that read each other in some order."""
    writer = {table.id: pipeline.name for pipeline in pipelines for table in pipeline.tables}
    by_name = {pipeline.name: pipeline for pipeline in pipelines}
    ordered: dict[str, None] = {}
    begun: set[str] = set()
    stack = [(name, False) for name in reversed(by_name)]
    while stack:
        name, read = stack.pop()
        if read:
            ordered[name] = None
        elif name not in begun:
            begun.add(name)
            stack.append((name, True))
            stack += [
                (writer[each], False) for each in by_name[name].reads if each in writer and writer[each] not in begun
            ]
    return list(ordered)


@dataclass(frozen=True)
class _Cause:
    """The intervals of a table that are mended in one way."""

    table: _Table
    kind: _Kind
    indices: tuple[int, ...]
    waiting_by_root: Mapping[_Root, Mapping[str, Sequence[int]]]

    @cached_property
    def counts(self) -> Counter[Letter]:
        return Counter(self.table.letters[index] for index in self.indices)

    @cached_property
    def late(self) -> bool:
        due = [index for index, letter in enumerate(self.table.letters) if letter != NOT_DUE]
        return due[-1] in self.indices

    @property
    def order(self) -> tuple[object, ...]:
        """The sort key: failed before late before missing, then those for which the most waits, then the most intervals."""
        rank = 0 if self.counts["f"] else 1 if self.late else 2
        waits = sum(len(indices) for indices in self.waiting.values())
        return rank, not self.late, -waits, -len(self.indices), self.table.facts.id

    @cached_property
    def waiting(self) -> dict[str, list[int]]:
        """The intervals that wait for these, by table."""
        found: dict[str, list[int]] = {}
        for index in self.indices:
            for table, waits in self.waiting_by_root.get(_Root(self.table.facts.id, index, self.kind), {}).items():
                found.setdefault(table, []).extend(waits)
        return found

    @property
    def same(self) -> tuple[object, ...]:
        """What tables that are mended together have in common."""
        intervals = [self.table.facts.intervals[index] for index in self.indices]
        letters = [self.table.letters[index] for index in self.indices]
        only = self.table.facts.id if self.kind == "restore" else None  # doctor examines one table
        return self.table.pipeline.name, only, tuple(each.start for each in intervals), tuple(letters)

    def states(self) -> Iterator[State]:
        """Yield the states, the newest first."""
        for index in reversed(self.indices):
            if state := self.table.facts.states[index]:
                yield state


def _merged(causes: Sequence[_Cause]) -> list[list[_Cause]]:
    found: dict[tuple[object, ...], list[_Cause]] = {}
    for cause in causes:
        found.setdefault(cause.same, []).append(cause)
    return [sorted(same, key=lambda cause: cause.order) for same in found.values()]


def _need(same: Sequence[_Cause], by_id: Mapping[str, _Table], complete: Complete) -> Need:
    cause = same[0]
    intervals = cause.table.facts.intervals
    failed = next((state for state in cause.states() if state.name == "failed"), None)
    told = failed or next((state for state in cause.states() if state.reason), None)
    waiting: dict[str, list[int]] = {}
    for each in same:
        for table, indices in each.waiting.items():
            waiting.setdefault(table, []).extend(indices)
    return Need(
        pipeline=cause.table.pipeline.name,
        tables=tuple(each.table.facts.id for each in same),
        state="f" if cause.counts["f"] else "m",
        failed=cause.counts["f"],
        missing=cause.counts["m"],
        late=cause.late,
        intervals=_spans_of(intervals, cause.indices),
        reason=told.reason if told else _UNKNOWN,
        waiting=tuple(
            Waiting(table, _spans_of(by_id[table].facts.intervals, sorted(indices)))
            for table, indices in sorted(waiting.items())
        ),
        run=failed.run_id if failed else None,
        command=complete(_words(cause)),
    )


def _words(cause: _Cause) -> Sequence[str]:
    name = cause.table.pipeline.name
    if cause.kind == "restore":
        return ("pipelines", "doctor", name, *_selected(cause))
    intervals = [cause.table.facts.intervals[index] for index in cause.indices]
    if len(intervals) == 1:
        given = intervals[0].execution_input
        options = [word for option, value in given.items() for word in (f"--{option}", value)]
        return ("pipelines", "run", name, *options)
    return ("pipelines", "backfill", name, "--from", intervals[0].start_text, "--to", intervals[-1].end_text)


def _selected(cause: _Cause) -> Sequence[str]:
    return ("--table", cause.table.facts.id) if len(cause.table.pipeline.tables) > 1 else ()


def _spans_of(intervals: Sequence[Interval], indices: Iterable[int]) -> tuple[Span, ...]:
    """Return the spans of the intervals with these indices; neighbours are one span.

    Parameters
    ----------
    intervals
        In order, each following the one before.
    indices
        In order.
    """
    spans = []
    for _, neighbours in groupby(enumerate(indices), lambda pair: pair[1] - pair[0]):
        found = [index for _, index in neighbours]
        spans.append(Span(intervals[found[0]].start_text, intervals[found[-1]].end_text))
    return tuple(spans)
