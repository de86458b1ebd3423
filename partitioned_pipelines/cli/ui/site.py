"""The addresses of the pages and documents, and what answers them. Nothing here changes anything."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.lake.problems import FAILURES, problem_of
from partitioned_pipelines.cli.lake.runs.log_pages import InvalidTokenError
from partitioned_pipelines.cli.runs.intervals.interval_options import read_spelled
from partitioned_pipelines.lake.intervals.interval import InvalidIntervalError
from partitioned_pipelines.operations.lake_state.documents.document import to_document
from partitioned_pipelines.operations.lake_state.documents.lake import Problem
from partitioned_pipelines.page.assets import SCRIPT, STYLE
from partitioned_pipelines.page.live import Live
from partitioned_pipelines.page.pages import Page, Pages, sign_in_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from partitioned_pipelines.cli.ui.documents import Documents
    from partitioned_pipelines.cli.ui.lake_store import LakeStore, Snapshot
    from partitioned_pipelines.cli.ui.session import Session
    from partitioned_pipelines.operations.lake_state.documents.detail import Detail

ADDRESSES: Final = Map(
    [
        Rule("/", endpoint="lake_page"),
        Rule("/table/<name>", endpoint="table_page"),
        Rule("/run/<name>", endpoint="run_page"),
        Rule("/runs", endpoint="runs_page"),
        Rule("/cost", endpoint="cost_page"),
        Rule("/log/<name>.txt", endpoint="log_file"),
        Rule("/api/lake.json", endpoint="lake_document"),
        Rule("/api/table/<name>.json", endpoint="table_document"),
        Rule("/api/run/<name>.json", endpoint="run_document"),
        Rule("/api/log/<name>", endpoint="log_document"),
    ],
    strict_slashes=False,
    merge_slashes=False,
)
SESSION: Final = "/session"
_ASSETS: Final = {f"/assets/{asset.served_name}": asset for asset in (STYLE, SCRIPT)}
_FOREVER: Final = "public, max-age=31536000, immutable"  # their names contain a hash of their content
_LONGEST_BODY: Final = 4096
_YEAR: Final = re.compile("[0-9]{4}")


class _SmallRequest(Request):
    """A request whose body is a token at most."""

    max_content_length = _LONGEST_BODY


@dataclass(frozen=True)
class Site:
    """The application: whoever has no session gets the page that begins one, and files without data."""

    store: LakeStore
    documents: Documents
    session: Session

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        request = _SmallRequest(environ)
        try:
            response = self._answer(request)
        except HTTPException as error:
            response = Response(f"{error.code} {error.name}\n", status=error.code, content_type="text/plain")
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.path in _ASSETS and request.method in ("GET", "HEAD"):
            asset = _ASSETS[request.path]
            return Response(asset.text, content_type=asset.content_type, headers={"Cache-Control": _FOREVER})
        if request.path == SESSION and request.method == "POST":
            return self._begin_session(request)
        if request.method not in ("GET", "HEAD"):
            return Response("405 Method Not Allowed\n", status=405, headers={"Allow": "GET, HEAD"})
        if not self.session.is_open(request):
            return _html(sign_in_page(), 200 if request.path == "/" else 401)
        try:
            endpoint, given = ADDRESSES.bind_to_environ(request.environ).match()
        except NotFound:
            return self._not_found(request.path, document=request.path.startswith("/api/"))
        answer = _Answer(self, request, **given)
        call: Callable[[], Response] = getattr(answer, endpoint)
        name = given.get("name", "")
        document = request.path.startswith(("/api/", "/log/"))
        try:
            return call()
        except KeyError:
            return self._not_found(name, document=document)
        except (InvalidTokenError, InvalidIntervalError) as error:
            return _json({"error": str(error)}, 400)
        except OverflowError:
            return _json({"error": "a date is outside the years 1 to 9999"}, 400)
        except (CommandError, *FAILURES) as error:
            problem = Problem(name, "", "", str(error)) if isinstance(error, CommandError) else problem_of(name, error)
            if document:
                return _json({"error": problem.error}, 502)
            return _page(answer.pages.problem_page(problem), 502)

    def _begin_session(self, request: Request) -> Response:
        if not self.session.accepts(request.form.get("token", "").strip()):
            return _html(sign_in_page(refused=True), 403)
        response = Response(status=303, headers={"Location": "/"})
        self.session.begin(response)
        return response

    def _not_found(self, name: str, *, document: bool) -> Response:
        if document:
            return _json({"error": f"{name} is not in this lake"}, 404)
        return _page(pages_of(self.store.look(), self.store.every).not_found_page(name), 404)


def pages_of(snapshot: Snapshot, every: int) -> Pages:
    """Return the pages of a snapshot, which ask for a newer one after some seconds."""
    live = Live(version=snapshot.version, every=every, reading=snapshot.reading, note=snapshot.note)
    return Pages(snapshot.lake, live=live)


@dataclass(frozen=True)
class _Answer:
    """The answers to a request with a session. ``name`` is what its address names."""

    site: Site
    request: Request
    name: str = ""

    @cached_property
    def pages(self) -> Pages:
        return pages_of(self.site.store.look(), self.site.store.every)

    def lake_page(self) -> Response:
        query, window = self.request.args.get("q", ""), self.request.args.get("window", type=int)
        return _page(self.pages.lake_page(window=window, query=query, number=self._number))

    def table_page(self) -> Response:
        clock = self.site.documents.clock_of(self.name)
        year, at = self.request.args.get("year", type=int), self.request.args.get("at")
        detail = self.site.documents.detail(self.name)
        newest = int(detail.span.end[:4]) if detail.span else datetime.now(UTC).year
        if year is None and at and detail.starts and at < detail.starts[0] and (begun := _YEAR.match(at)):
            year = int(begun[0])
        if year is not None and 1 <= year < 9999:
            begin, end = (clock.boundary(datetime(each, 1, 1)) for each in (year, year + 1))  # noqa: DTZ001
            detail = self.site.documents.detail(self.name, until=end, since=begin)
        page = self.pages.table_page(
            self.name,
            detail,
            at=at,
            year=year,
            years=_years(newest, detail),
            steps=2 if self.request.args.get("steps") == "2" else 1,
            number=self._number,
            problem=detail.problem,
        )
        return _page(page)

    def run_page(self) -> Response:
        run, logs = self.site.documents.run(self.name)
        return _page(self.pages.run_page(run, logs))

    def runs_page(self) -> Response:
        pipeline, state = self.request.args.get("pipeline", ""), self.request.args.get("state", "")
        if pipeline and pipeline not in {each.name for each in self.site.store.pipelines}:
            raise KeyError(pipeline)
        runs, problems = self.site.documents.runs(pipeline=pipeline, state=state, number=self._number)
        page = self.pages.runs_page(runs, pipeline=pipeline, state=state, number=self._number, problems=problems)
        return _page(page)

    def cost_page(self) -> Response:
        snapshot = self.site.store.look_at_costs()
        return _page(pages_of(snapshot, self.site.store.every).cost_page(snapshot.lake.prices))

    def log_file(self) -> Response:
        lines = self.site.documents.whole_log(self.name)
        begun = next(lines, None)  # before the response begins, so that a denied call is reported
        text = (f"{line}\n" for line in chain([] if begun is None else [begun], lines))
        disposition = f'attachment; filename="{self.name}.txt"'
        return Response(text, content_type="text/plain; charset=utf-8", headers={"Content-Disposition": disposition})

    def lake_document(self) -> Response:
        snapshot = self.site.store.look()
        document = {} if self.request.method == "HEAD" else to_document(snapshot.lake)
        response = _json(document)
        response.set_etag(snapshot.version)
        return response

    def table_document(self) -> Response:
        clock = self.site.documents.clock_of(self.name)
        try:
            since, until = (
                read_spelled(name, text, clock).start if (text := self.request.args.get(name)) else None
                for name in ("from", "to")
            )
        except CommandError as error:
            return _json({"error": error.message}, 400)
        return _json(to_document(self.site.documents.detail(self.name, until=until, since=since)))

    def run_document(self) -> Response:
        run, _ = self.site.documents.run(self.name)
        return _json(to_document(run))

    def log_document(self) -> Response:
        shown = self.request.args.get("shown", 0, type=int)
        page = self.site.documents.older_lines(self.name, shown=shown, token=self.request.args.get("after"))
        return _json(to_document(page))

    @property
    def _number(self) -> int:
        return self.request.args.get("page", 1, type=int)


def _years(newest: int, detail: Detail) -> list[int]:
    """Return the years that can be asked for, the newest first: one more than is known if there may be older intervals."""
    first = int(detail.span.start[:4]) if detail.span else newest
    return list(range(newest, first - 1 - detail.older, -1))


def _page(page: Page, status: int = 200) -> Response:
    return _html(page.html(), status)


def _html(text: str, status: int = 200) -> Response:
    return Response(text, status=status, content_type="text/html; charset=utf-8")


def _json(document: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(document), status=status, content_type="application/json")
