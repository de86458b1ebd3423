"""The pages of a lake, each a complete HTML document."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from partitioned_pipelines.page.assets import SCRIPT, STYLE
from partitioned_pipelines.page.links import SERVED, Links
from partitioned_pipelines.page.rendering import render
from partitioned_pipelines.page.screens.cost_page import cost_page
from partitioned_pipelines.page.screens.first_page import LONGEST_WINDOW, WINDOWS, first_page
from partitioned_pipelines.page.screens.run_list import run_list
from partitioned_pipelines.page.screens.run_page import run_page, run_title
from partitioned_pipelines.page.screens.table_page import table_page
from partitioned_pipelines.page.screens.waiting import RootCauses
from partitioned_pipelines.page.wording import moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from markupsafe import Markup

    from partitioned_pipelines.operations.lake_state.documents.detail import Detail
    from partitioned_pipelines.operations.lake_state.documents.lake import Lake, Prices, Problem
    from partitioned_pipelines.operations.lake_state.documents.run import Run, RunLog
    from partitioned_pipelines.operations.lake_state.documents.run_list import ListedRun
    from partitioned_pipelines.page.live import Live

__all__ = ["LONGEST_WINDOW", "WINDOWS", "Page", "Pages", "local_time", "sign_in_page"]

_SERVED_BY: Final = "pipelines ui: it reads, and changes nothing."


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a lake: what it shows, without the navigation and the footer around it.

    Attributes
    ----------
    section
        The entry of the navigation that it belongs to.
    """

    of: Pages
    title: str
    main: Markup
    section: str = ""

    def html(self) -> str:
        """Return the complete document."""
        return self.of.document(self, "document.html", (_SERVED_BY,))


@dataclass(frozen=True)
class Pages:
    """The pages of a lake.

    Attributes
    ----------
    live
        The state of the server's reading; None if nothing is read again.
    """

    lake: Lake
    links: Links = SERVED
    live: Live | None = None

    def lake_page(self, *, window: int | None = None, query: str = "", number: int = 1) -> Page:
        """Return the first page: the verdict, what needs somebody, each table's intervals, and who reads whom.

        Parameters
        ----------
        window
            The number of days, of ``WINDOWS``; default, and in place of another one: as many as it takes to show all intervals.
        query
            Show only the tables whose name or state contains this.
        number
            The page of tables, from 1 on; 100 tables each.
        """
        reading = self.live.reading if self.live else frozenset[str]()
        title, main = first_page(self.lake, self.links, window=window, query=query, number=number, reading=reading)
        return Page(self, title, main, "lake")

    def table_page(
        self,
        table: str,
        detail: Detail | None,
        *,
        at: str | None = None,
        year: int | None = None,
        years: Sequence[int] = (),
        steps: int = 1,
        number: int = 1,
        problem: Problem | None = None,
    ) -> Page:
        """Return the page of a table of the lake. Raises KeyError if the lake has no such table.

        Parameters
        ----------
        detail
            What its intervals hold; None if it could not be read.
        at
            The start of the interval to pick, or the beginning of it; default: the newest due one.
        year
            The year that the detail is about; None for the newest intervals.
        years
            The years that can be asked for, the newest first.
        steps
            How far the graph around the table goes, 1 or 2.
        number
            The page of partitions, from 1 on; 25 each.
        problem
            Why the detail could not be read.
        """
        main = table_page(
            self.lake,
            self._causes,
            self.links,
            self.lake.table(table),
            detail,
            at=at,
            year=year,
            years=years,
            steps=2 if steps == 2 else 1,
            page=number,
            problem=problem,
        )
        return Page(self, table, main)

    def run_page(self, run: Run, logs: Sequence[RunLog] = ()) -> Page:
        """Return the page of a run.

        Parameters
        ----------
        logs
            The ends of the logs of its jobs; default: the one of the run.
        """
        return Page(self, run_title(run), run_page(self.lake, self.links, run, logs))

    def runs_page(
        self,
        runs: Sequence[ListedRun],
        *,
        pipeline: str = "",
        state: str = "",
        number: int = 1,
        problems: Sequence[Problem] = (),
    ) -> Page:
        """Return the list of runs.

        Parameters
        ----------
        runs
            All that are known, the newest first.
        pipeline, state
            Show only the runs of a pipeline, and those that are ``failed``, ``running`` or ``succeeded``.
        number
            The page, from 1 on; 100 runs each.
        problems
            What could not be read.
        """
        main = run_list(self.lake, self.links, runs, pipeline=pipeline, state=state, number=number, problems=problems)
        return Page(self, "Runs", main, "runs")

    def cost_page(self, prices: Prices | None = None) -> Page:
        """Return the page of costs by month and pipeline.

        Parameters
        ----------
        prices
            The list of prices behind the amounts; None if there is none.
        """
        return Page(self, "Cost", cost_page(self.lake, self.links, prices), "cost")

    def not_found_page(self, name: str) -> Page:
        """Return the page that is shown for a name that the lake does not have."""
        return self.message("Not found", f"The lake has no {name}.")

    def problem_page(self, problem: Problem) -> Page:
        """Return the page that is shown in place of one whose subject could not be read, such as a run."""
        return self.message("Could not be read", "The rest of the lake is there.", problem)

    def message(self, title: str, text: str, problem: Problem | None = None) -> Page:
        """Return a page that says something in place of what was asked for."""
        main = render(
            "message.html", title=title, text=text, links=self.links, found=problem, options=self.lake.options
        )
        return Page(self, title, main)

    def document(
        self, page: Page, template: str, footer: Sequence[str], inside: Sequence[tuple[str, Page]] = ()
    ) -> Markup:
        """Return a complete document.

        Parameters
        ----------
        inside
            The other pages that it contains, with their paths.
        """
        as_of = local_time(self.lake)
        return render(
            template,
            page=page,
            lake=self.lake,
            links=self.links,
            live=self.live,
            as_of=as_of,
            as_of_text=moment(as_of),
            footer=footer,
            inside=inside,
            style=STYLE,
            script=SCRIPT,
        )

    @cached_property
    def _causes(self) -> RootCauses:
        return RootCauses(self.lake)


def local_time(lake: Lake) -> datetime:
    """Return when a lake was read, in the timezone of its pipelines; in UTC if they have several."""
    zones = {pipeline.zone for pipeline in lake.pipelines}
    return lake.as_of.astimezone(ZoneInfo(zones.pop() if len(zones) == 1 else "UTC"))


def sign_in_page(*, refused: bool = False) -> str:
    """Return the page that exchanges the token for a session: by the script, from the address's fragment, or by a form.

    Parameters
    ----------
    refused
        Whether a token was sent that is not valid.
    """
    return render("sign_in.html", refused=refused, style=STYLE, script=SCRIPT)
