"""The pages of a lake, each a complete HTML document."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.page.assets import SCRIPT, STYLE
from partitioned_pipelines.page.links import SERVED, Links
from partitioned_pipelines.page.rendering import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from partitioned_pipelines.operations.lake_state.detail import Detail
    from partitioned_pipelines.operations.lake_state.lake import Lake, Prices, Problem
    from partitioned_pipelines.operations.lake_state.run import Run, RunLog
    from partitioned_pipelines.operations.lake_state.run_list import ListedRun
    from partitioned_pipelines.page.live import Live

LONGEST_WINDOW: Final = 400
WINDOWS: Final = (30, 90, LONGEST_WINDOW)
"""The numbers of days that the first page can show."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page without what all pages have around it.

    Attributes
    ----------
    section
        The entry of the navigation that it belongs to.
    """

    title: str
    main: Markup
    section: str = ""


@dataclass(frozen=True)
class Pages:
    """The pages of a lake.

    Attributes
    ----------
    live
        The state of the server's reading; None in a file.
    """

    lake: Lake
    links: Links = SERVED
    live: Live | None = None
    footer: Sequence[str] = field(default=())

    def lake_page(self, *, window: int = LONGEST_WINDOW, query: str = "", number: int = 1) -> str:
        """Return the first page: the verdict, what needs somebody, each table's intervals, and who reads whom.

        Parameters
        ----------
        window
            The number of days, of ``WINDOWS``; another one counts as the longest.
        query
            Show only the tables whose name or state contains this.
        number
            The page of tables, from 1 on; 100 tables each.
        """
        return self._document(Page(self.lake.verdict, render("simple.html", title=self.lake.verdict), "lake"))

    def table_page(
        self,
        table: str,
        detail: Detail | None,
        *,
        at: str | None = None,
        year: int | None = None,
        years: Sequence[int] = (),
        steps: int = 1,
        problem: Problem | None = None,
    ) -> str:
        """Return the page of a table of the lake. Raises KeyError if the lake has no such table.

        Parameters
        ----------
        detail
            What its intervals hold; None if it could not be read.
        at
            The start of the interval to pick; default: the newest due one.
        year
            The year that the detail is about; None for the newest intervals.
        years
            The years that can be asked for, the newest first.
        steps
            How far the graph around the table goes, 1 or 2.
        problem
            Why the detail could not be read.
        """
        return self._document(Page(table, render("simple.html", title=self.lake.table(table).id)))

    def run_page(self, run: Run, logs: Sequence[RunLog] = ()) -> str:
        """Return the page of a run.

        Parameters
        ----------
        logs
            The ends of the logs of its jobs; default: the one of the run.
        """
        return self._document(Page(run.id, render("simple.html", title=run.id), "runs"))

    def runs_page(
        self,
        runs: Sequence[ListedRun],
        *,
        pipeline: str = "",
        state: str = "",
        number: int = 1,
        problems: Sequence[Problem] = (),
    ) -> str:
        """Return the list of runs.

        Parameters
        ----------
        runs
            All that are known, the newest first.
        pipeline, state
            Show only the runs of a pipeline, and those with a status: ``failed``, ``running`` or ``succeeded``.
        number
            The page, from 1 on; 100 runs each.
        problems
            What could not be read.
        """
        return self._document(Page("Runs", render("simple.html", title="Runs"), "runs"))

    def cost_page(self, prices: Prices | None = None) -> str:
        """Return the page of costs by month and pipeline.

        Parameters
        ----------
        prices
            The list of prices behind the amounts; None if there is none.
        """
        return self._document(Page("Cost", render("simple.html", title="Cost"), "cost"))

    def not_found_page(self, name: str) -> str:
        """Return the page that is shown for a name that the lake does not have."""
        return self._document(Page("Not found", render("simple.html", title=f"{name} is not here")))

    def problem_page(self, problem: Problem) -> str:
        """Return the page that is shown in place of one whose subject could not be read, such as a run."""
        return self._document(Page("Could not be read", render("simple.html", title=problem.error)))

    def _document(self, page: Page) -> str:
        return render(
            "document.html", page=page, lake=self.lake, links=self.links, live=self.live, style=STYLE, script=SCRIPT
        )


def sign_in_page(*, refused: bool = False) -> str:
    """Return the page that exchanges the token for a session: by the script, from the address's fragment, or by a form.

    Parameters
    ----------
    refused
        Whether a token was sent that is not valid.
    """
    return render("sign_in.html", refused=refused, style=STYLE, script=SCRIPT)
