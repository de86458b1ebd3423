"""The intervals of a table as its page shows them: the picked one, the exceptions, the list of partitions, and what the script needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.lake.shell_words import shown_command
from partitioned_pipelines.operations.lake_state.interval_letters import NOT_DUE, OPEN
from partitioned_pipelines.operations.lake_state.run_length import decode
from partitioned_pipelines.operations.lake_state.shown_spans import label
from partitioned_pipelines.page.wording import first_line, moment, number, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.operations.lake_state.documents.detail import Detail
    from partitioned_pipelines.operations.lake_state.documents.lake import Lake, Pipeline, Table
    from partitioned_pipelines.operations.lake_state.interval_letters import Letter
    from partitioned_pipelines.page.screens.waiting import RootCauses

PARTITIONS_ON_A_PAGE: Final = 25
_UNEXPLAINED: Final = {"m": "no run was started, or none is known any more", "f": "the reason is not known"}
_EXCEPTIONAL: Final = frozenset({"b", "o", "r", "f", "m"})


@dataclass(frozen=True, slots=True)
class Picked:
    """An interval of the table, as the panel beside the calendar shows it."""

    index: int
    label: str
    letter: Letter
    facts: Sequence[tuple[str, str]]
    run: str
    why: str
    cause: str
    command: str


@dataclass(frozen=True, slots=True)
class Exceptional:
    """Neighbouring intervals that are not simply there, for one reason."""

    start: str
    label: str
    letter: Letter
    why: str
    cause: str


@dataclass(frozen=True, slots=True)
class PartitionRow:
    """An interval in the list of partitions."""

    label: str
    letter: Letter
    rows: str
    bytes: str
    objects: str
    run: str
    registered: str


@dataclass(frozen=True)
class Intervals:
    """The intervals of a table's detail, with what explains them."""

    lake: Lake
    causes: RootCauses
    table: Table
    pipeline: Pipeline
    detail: Detail

    @cached_property
    def letters(self) -> list[Letter]:
        """The letter of each."""
        return decode(self.detail.states)

    @property
    def _end(self) -> str:
        return self.detail.span.end if self.detail.span else ""

    @cached_property
    def _whys(self) -> list[tuple[str, str]]:
        return [self._why(index, letter) for index, letter in enumerate(self.letters)]

    @cached_property
    def _reasons(self) -> dict[int, str]:
        return {
            index: each.text for each in self.detail.reasons for index in range(each.first, each.first + each.count)
        }

    def end(self, index: int) -> str:
        """Return the exclusive end of one."""
        following = index + 1
        return self.detail.starts[following] if following < len(self.detail.starts) else self._end

    def label(self, index: int) -> str:
        """Return the name of one."""
        return label(self.detail.starts[index], self.table.step)

    def run(self, index: int) -> str:
        """Return the run that decided its state; empty if none is known."""
        named = self.detail.runs[index]
        return self.detail.run_ids[named] if named is not None else ""

    def why(self, index: int) -> tuple[str, str]:
        """Return why an interval is in its state, and the table that it waits for; both may be empty."""
        return self._whys[index]

    def _why(self, index: int, letter: Letter) -> tuple[str, str]:
        if letter in OPEN:
            need = self.causes.of(self.table.id, self.detail.starts[index])
            if need and self.table.id not in need.tables:
                return "waits for", need.tables[0]
        return first_line(self._reasons.get(index, "")) or _UNEXPLAINED.get(letter, ""), ""

    def command(self, index: int, letter: Letter) -> str:
        """Return the command that mends an interval; empty if there is nothing to mend."""
        if letter not in OPEN and letter != "o":
            return ""
        start, end = self.detail.starts[index], self.end(index)
        which = ("--date", start) if self.table.step == "day" else ("--from", start, "--to", end)
        return shown_command(("pipelines", "run", self.pipeline.name, *which, *self.lake.options))

    def index_of(self, at: str | None) -> int:
        """Return the index of one by its start or the beginning of it; of the newest due one if there is none."""
        starts = self.detail.starts
        if at:
            same = (index for index in range(len(starts) - 1, -1, -1) if starts[index].startswith(at))
            before = (index for index in range(len(starts) - 1, -1, -1) if starts[index][: len(at)] <= at)
            return next(same, next(before, 0))
        due = (index for index in range(len(self.letters) - 1, -1, -1) if self.letters[index] != NOT_DUE)
        return next(due, len(self.letters) - 1)

    def picked(self, index: int) -> Picked:
        """Return one as the panel shows it."""
        letter = self.letters[index]
        why, cause = self.why(index)
        return Picked(
            index,
            self.label(index),
            letter,
            self._facts(index),
            self.run(index),
            why,
            cause,
            self.command(index, letter),
        )

    def _facts(self, index: int) -> list[tuple[str, str]]:
        rows, objects = self.detail.rows, self.detail.objects[index]
        found = []
        if rows is not None and rows[index] is not None:
            found.append(("rows", number(rows[index])))
        if objects:
            found += [("bytes", size(self.detail.bytes[index])), ("objects", number(objects))]
        return found

    def exceptions(self) -> list[Exceptional]:
        """Return the spans of equal state and reason that are not simply there, the newest first."""
        letters = self.letters
        explained = [(letter, *self.why(index)) for index, letter in enumerate(letters)]
        found = []
        first = 0
        for (letter, why, cause), equal in groupby(explained):
            after = first + sum(1 for _ in equal)
            if letter in _EXCEPTIONAL or (letter == "s" and why):
                found.append(Exceptional(self.detail.starts[first], self._span(first, after), letter, why, cause))
            first = after
        return found[::-1]

    def _span(self, first: int, after: int) -> str:
        return self.label(first) if after - first == 1 else f"{self.label(first)} to {self.label(after - 1)}"

    def partitions(self, page: int) -> tuple[list[PartitionRow], int, int]:
        """Return a page of the due intervals, the newest first, with its number and the number of pages."""
        letters, detail = self.letters, self.detail
        registered = {each.run: moment(each.registered) for each in detail.shown if each.registered}
        due = [index for index in range(len(letters) - 1, -1, -1) if letters[index] != NOT_DUE]
        pages = max(1, -(-len(due) // PARTITIONS_ON_A_PAGE))
        page = min(max(page, 1), pages)
        shown = due[(page - 1) * PARTITIONS_ON_A_PAGE : page * PARTITIONS_ON_A_PAGE]
        rows = [
            PartitionRow(
                self.label(index),
                letters[index],
                number(detail.rows[index] if detail.rows and detail.partitions[index] else None),
                size(detail.bytes[index] if detail.partitions[index] else None),
                number(detail.objects[index] if detail.partitions[index] else None),
                self.run(index),
                registered.get(self.run(index), ""),
            )
            for index in shown
        ]
        return rows, page, pages

    def document(self, places: Sequence[int]) -> dict[str, object]:
        """Return what the script needs to pick another interval: lists with an entry for each, and texts that several share.

        Numbers that are counted up are given by the first one, for there are many tables in a file.
        """
        letters = self.letters
        texts: dict[tuple[str, str], int] = {}
        whys = [texts.setdefault(why, len(texts)) for why in self._whys]
        day = self.table.step == "day"
        return {
            "states": "".join(letters),
            "first": self.detail.starts[0],
            "starts": None if day else self.detail.starts,  # of days, the script counts
            "ends": None if day else self._end,
            "labels": None
            if self.table.step in ("day", "week")
            else [self.label(each) for each in range(len(letters))],
            "rows": self.detail.rows,
            "bytes": self.detail.bytes,
            "objects": self.detail.objects,
            "places": _first_if_counted(places),
            "runs": _first_if_counted(self.detail.runs),
            "runIds": self.detail.run_ids,
            "texts": list(texts),
            "whys": whys,
            "command": shown_command(("pipelines", "run", self.pipeline.name)),
            "options": f" {shown_command(self.lake.options)}" if self.lake.options else "",
        }


def _first_if_counted(numbers: Sequence[int | None]) -> Sequence[int | None] | int:
    """Return the first of numbers of which each is one more than the one before; otherwise all of them."""
    first = numbers[0]
    return first if first is not None and list(numbers) == list(range(first, first + len(numbers))) else numbers
