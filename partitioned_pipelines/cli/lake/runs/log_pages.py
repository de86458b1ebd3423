"""Older lines of a job's log, page by page, and all of it."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from partitioned_pipelines.lake.runs.job_logs import LOG_GROUP
from partitioned_pipelines.operations.lake_state.documents.log_page import MORE_LINES, LogPage
from partitioned_pipelines.runtime.executions.job_log import by_time, lines_of, list_streams

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_logs import CloudWatchLogsClient

    from partitioned_pipelines.runtime.executions.job_log import LogLine

MOST_LINES: Final = 10_000
"""The most lines that CloudWatch Logs returns at once."""


class InvalidTokenError(ValueError):
    """A string is not the token of a page."""


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the lines before a page are: the tokens of CloudWatch Logs by stream; a stream that is read to its beginning has none."""

    tokens: dict[str, str]

    def text(self) -> str:
        return urlsafe_b64encode(json.dumps(self.tokens).encode()).decode()

    @classmethod
    def parse(cls, text: str) -> _Places:
        try:
            tokens = json.loads(urlsafe_b64decode(text.encode()))
        except ValueError as error:
            raise InvalidTokenError(f"{text!r} is not a token of this log") from error
        if not isinstance(tokens, dict) or not all(isinstance(each, str) for each in tokens.values()):
            raise InvalidTokenError(f"{text!r} is not a token of this log")
        return cls(tokens)


def read_older(logs: CloudWatchLogsClient, job: str, *, shown: int = 0, token: str | None = None) -> LogPage:
    """Return the lines before those that are known.

    Lines of several machines are merged by time within a page, not across pages.

    Parameters
    ----------
    shown
        The number of the last lines that are known, without a token.
    token
        The token of an earlier page.

    Raises
    ------
    InvalidTokenError
        If the token is not one of this job's log.
    """
    if token is None:
        return _before_the_last(logs, job, min(max(shown, 0), MOST_LINES))
    places = _Places.parse(token)
    if not all(stream.startswith(f"{job}/") for stream in places.tokens):
        raise InvalidTokenError(f"{token!r} is not a token of the log of {job}")
    lines: list[LogLine] = []
    left = {}
    for stream, place in places.tokens.items():
        found, before = _read_back(logs, stream, place, MORE_LINES)
        lines += found
        if before:
            left[stream] = before
    return _page(by_time(lines), left)


def read_all(logs: CloudWatchLogsClient, job: str) -> Iterator[str]:
    """Yield the lines of a job's log from its beginning, one machine after the other."""
    for stream in list_streams(logs, job):
        more: dict[str, Any] = {}
        while True:
            page = logs.get_log_events(logGroupName=LOG_GROUP, logStreamName=stream, startFromHead=True, **more)
            yield from (line.message for line in lines_of(stream, page))
            if page["nextForwardToken"] == more.get("nextToken"):
                break
            more = {"nextToken": page["nextForwardToken"]}


def _before_the_last(logs: CloudWatchLogsClient, job: str, shown: int) -> LogPage:
    newest: list[LogLine] = []
    left = {}
    for stream in list_streams(logs, job):
        found, before = _read_back(logs, stream, None, max(shown, 1))
        newest += found
        if before:
            left[stream] = before
    rest = by_time(newest)
    rest = rest[: len(rest) - shown] if shown else rest
    if not left:
        return _page(rest, left)
    older = read_older(logs, job, token=_Places(left).text())
    return LogPage((*older.lines, *(line.message for line in rest)), older.next)


def _read_back(
    logs: CloudWatchLogsClient, stream: str, place: str | None, count: int
) -> tuple[list[LogLine], str | None]:
    """Return lines before a place, and the place before them; None at the beginning. A page may be empty before the beginning."""
    found: list[LogLine] = []
    while True:
        more: dict[str, Any] = {"nextToken": place} if place else {}
        page = logs.get_log_events(
            logGroupName=LOG_GROUP, logStreamName=stream, startFromHead=False, limit=count - len(found), **more
        )
        found = [*lines_of(stream, page), *found]
        before = page["nextBackwardToken"]
        if before == place:
            return found, None
        place = before
        if len(found) >= count:
            return found, place


def _page(lines: list[LogLine], left: dict[str, str]) -> LogPage:
    return LogPage(tuple(line.message for line in lines), _Places(left).text() if left else None)
