"""A lake as one self-contained file: it asks nobody for anything."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.operations.lake_state.documents.run import RunLog
from partitioned_pipelines.page.links import Links
from partitioned_pipelines.page.pages import Pages
from partitioned_pipelines.page.screens.first_page import ROWS_ON_A_PAGE
from partitioned_pipelines.page.wording import count, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from partitioned_pipelines.operations.lake_state.documents.detail import Detail
    from partitioned_pipelines.operations.lake_state.documents.lake import Lake, Prices, Problem
    from partitioned_pipelines.operations.lake_state.documents.run import Run
    from partitioned_pipelines.operations.lake_state.documents.run_list import ListedRun
    from partitioned_pipelines.page.pages import Page

_HIDDEN: Final = "XXXXXXXXXXXX"
_ACCOUNTS: Final = (
    re.compile(r"(?<=:)[0-9]{12}(?=:)"),  # of an ARN
    re.compile(r"[0-9]{12}(?=\.dkr\.ecr\.)"),
)


@dataclass(frozen=True)
class Report:
    """What a file contains.

    Attributes
    ----------
    details
        By table.
    problems
        Why a table's detail could not be read, by table.
    runs
        The runs that have a page.
    known_runs
        All runs that are known, the newest first.
    left_out
        What the file does not contain, a sentence each.
    logs
        Whether it contains logs.
    """

    lake: Lake
    details: Mapping[str, Detail]
    runs: Sequence[Run] = ()
    known_runs: Sequence[ListedRun] = ()
    prices: Prices | None = None
    problems: Mapping[str, Problem] = field(default_factory=dict)
    run_problems: Sequence[Problem] = ()
    left_out: Sequence[str] = ()
    logs: bool = True

    def html(self, *, redact: bool = False) -> str:
        """Return the file's content.

        Parameters
        ----------
        redact
            Replace the ids of accounts.
        """
        pages = Pages(self.lake, Links(root="#", served=False, runs=frozenset(run.id for run in self.runs)))
        footer = tuple(self._footer(redact=redact))
        written = pages.document(pages.lake_page(), "report.html", footer, tuple(self._inside(pages)))
        return redacted(written, self.lake.target.partition("/")[0]) if redact else str(written)

    def _inside(self, pages: Pages) -> Iterator[tuple[str, Page]]:
        """Yield the pages but the first, with their paths."""
        for number in range(2, -(-len(self.lake.tables) // ROWS_ON_A_PAGE) + 1):
            yield f"/?page={number}", pages.lake_page(number=number)
        for table in self.lake.tables:
            detail, problem = self.details.get(table.id), self.problems.get(table.id)
            yield f"/table/{table.id}", pages.table_page(table.id, detail, problem=problem)
        for run in self.runs:
            yield f"/run/{run.id}", pages.run_page(run if self.logs else _without_log(run))
        yield "/runs", pages.runs_page(self.known_runs, problems=self.run_problems)
        yield "/cost", pages.cost_page(self.prices)
        yield "missing", pages.message("Not in this file", " ".join(("The file has no such page.", *self.left_out)))

    def _footer(self, *, redact: bool) -> Iterator[str]:
        yield "Written by pipelines report. Nothing is loaded from elsewhere."
        yield f"It holds {listed(self.holds(redact=redact))}: pass it on with care."
        yield f"It has {count(len(self.lake.tables), 'table')} and {count(len(self.runs), 'run')}."
        yield from self.left_out

    def holds(self, *, redact: bool) -> list[str]:
        """Return what a file contains that is not for everybody."""
        return [*(["the ends of logs"] if self.logs else []), "names", "ARNs", *([] if redact else ["account ids"])]


def _without_log(run: Run) -> Run:
    absent = "the file was written with --no-logs"
    error = replace(run.error, traceback=()) if run.error else None
    return replace(run, log=RunLog(run.log.job, (), absent), error=error)


def redacted(text: str, account: str) -> str:
    """Return a text without the ids of accounts: the given one, and those in ARNs and names of images."""
    for pattern in _ACCOUNTS:
        text = pattern.sub(_HIDDEN, text)
    return text.replace(account, _HIDDEN) if account.isdecimal() else text
