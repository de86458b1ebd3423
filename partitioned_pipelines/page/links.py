"""How pages refer to each other: by paths of a server, or by what follows ``#`` in a file."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses of the pages.

    Attributes
    ----------
    root
        What precedes each path: nothing on a server, ``#`` in a file.
    served
        Whether a server answers: there are more logs, other years and whole lists of runs.
    runs
        The ids of the runs that have a page; None if all have one.
    """

    root: str = ""
    served: bool = True
    runs: frozenset[str] | None = None

    def lake(self, window: int | None = None, query: str = "", number: int = 1) -> str:
        """Return the address of the first page."""
        return self._address("/", window=window, q=query, page=number if number > 1 else None)

    def table(
        self,
        table: str,
        at: str | None = None,
        year: int | None = None,
        steps: int | None = None,
        number: int = 1,
    ) -> str:
        """Return the address of a table's page, with an interval picked."""
        path = f"/table/{quote(table, safe='')}"
        return self._address(path, at=at, year=year, steps=steps, page=number if number > 1 else None)

    def run(self, run_id: str) -> str | None:
        """Return the address of a run's page; None if it has none."""
        if self.runs is not None and run_id not in self.runs:
            return None
        return self._address(f"/run/{quote(run_id, safe='')}")

    def run_list(self, pipeline: str = "", state: str = "", number: int = 1) -> str:
        """Return the address of the list of runs."""
        return self._address("/runs", pipeline=pipeline, state=state, page=number if number > 1 else None)

    @property
    def cost(self) -> str:
        """The address of the page of costs."""
        return self._address("/cost")

    def log(self, job: str) -> str:
        """Return the address of more lines of a job's log."""
        return self._address(f"/api/log/{quote(job, safe='')}")

    def log_file(self, job: str) -> str:
        """Return the address of a job's whole log as text."""
        return self._address(f"/log/{quote(job, safe='')}.txt")

    def _address(self, path: str, **query: str | int | None) -> str:
        given = {name: value for name, value in query.items() if value not in (None, "")}
        return f"{self.root}{path}{'?' if given else ''}{urlencode(given)}"


SERVED = Links()
"""The paths of ``pipelines ui``."""
