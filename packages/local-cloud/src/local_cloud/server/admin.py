"""The local cloud's own API: health, firing of schedules, evaluation of alarms, undocumented behaviour, quotas and the request log."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from botocore.exceptions import ClientError

from local_cloud.access.allowed_senders import ADMIN_PREFIX
from local_cloud.cloudwatch.alarm_evaluation import evaluate_alarms
from local_cloud.scheduler.clock import LongRangeError, fire_due
from local_cloud.scheduler.dead_letters import UndeliveredError
from local_cloud.scheduler.firing import InvalidFiringError, fire
from local_cloud.service_quotas.processing_quotas import UnknownQuotaError, set_quota
from local_cloud.sns.notices import read_notices
from local_cloud.undocumented import UnknownChoiceError, choose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from local_cloud.server.request_log import RequestLog

_MOST_NOTICES = 1000
_YEARS = range(1970, 2101)


class AdminRoutes:
    """Routes below ``/_local/``, in front of moto's application.

    ``GET /_local/health``, ``POST /_local/schedules/<group>/<name>/fire?at=<ISO 8601>``, ``POST /_local/schedules/fire-due?after=<ISO
    8601>&until=<ISO 8601>``, which fires the schedules that became due between two times (offsets required), ``POST
    /_local/alarms/evaluate?at=<ISO 8601>``, which evaluates the alarms as of a time, or now, ``GET /_local/notices?limit=<number>``, which
    returns what topics have got, ``POST /_local/requests/record``, which starts recording the requests of roles, ``GET /_local/requests``,
    which returns them, ``POST /_local/undocumented/<name>/<way>``, which sets the cloud's behaviour where AWS does not document its own,
    and ``POST /_local/quotas/<instance type>/<number>``. All need the cloud's access key, by HTTP basic authentication.
    """

    def __init__(
        self, application: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]], log: RequestLog
    ) -> None:
        self._application = application
        self._log = log

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, or pass it to the application."""
        path = str(environ.get("PATH_INFO", ""))
        if not path.startswith(ADMIN_PREFIX):
            return self._application(environ, start_response)
        status, document = self._answer(
            str(environ["REQUEST_METHOD"]), path.removeprefix(ADMIN_PREFIX), str(environ.get("QUERY_STRING", ""))
        )
        body = json.dumps(document).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def _answer(self, method: str, path: str, query: str) -> tuple[str, dict[str, Any]]:
        match method, path.split("/"):
            case "GET", ["health"]:
                return "200 OK", {"status": "ok"}
            case "POST", ["requests", "record"]:
                self._log.record()
                return "200 OK", {"status": "recording"}
            case "GET", ["requests"]:
                return "200 OK", {"requests": self._log.entries()}
            case "POST", ["schedules", group, name, "fire"]:
                at = parse_qs(query).get("at", [""])[0]
                try:
                    firing = fire(unquote(group), unquote(name), at)
                except (InvalidFiringError, UndeliveredError) as error:
                    return "400 Bad Request", {"message": str(error)}
                except ClientError as error:
                    return "400 Bad Request", {"message": error.response["Error"]["Message"]}
                return "200 OK", asdict(firing)
            case "POST", ["schedules", "fire-due"]:
                try:
                    after, until = (_time(parse_qs(query), name) for name in ("after", "until"))
                except ValueError as error:
                    return "400 Bad Request", {"message": str(error)}
                try:
                    fired = fire_due(after, until)
                except LongRangeError as error:
                    return "400 Bad Request", {"message": str(error)}
                return "200 OK", {"fired": [asdict(firing) for firing in fired]}
            case "POST", ["alarms", "evaluate"]:
                try:
                    time = _time(parse_qs(query), "at") if query else None
                except ValueError as error:
                    return "400 Bad Request", {"message": str(error)}
                return "200 OK", {"alarms": [asdict(alarm) for alarm in evaluate_alarms(time)]}
            case "GET", ["notices"]:
                limit = parse_qs(query).get("limit", [str(_MOST_NOTICES)])[0]
                if not (limit.isdecimal() and int(limit)):
                    return "400 Bad Request", {"message": f"limit={limit!r} is not a positive number"}
                return "200 OK", {"notices": read_notices(int(limit))}
            case "POST", ["undocumented", name, way]:
                try:
                    return "200 OK", choose(unquote(name), unquote(way))
                except UnknownChoiceError as error:
                    return "400 Bad Request", {"message": str(error)}
            case "POST", ["quotas", instance_type, instances]:
                try:
                    return "200 OK", set_quota(unquote(instance_type), unquote(instances))
                except UnknownQuotaError as error:
                    return "400 Bad Request", {"message": str(error)}
        return "404 Not Found", {"message": f"{method} {ADMIN_PREFIX}{path} is not a route of the local cloud"}


def _time(query: dict[str, list[str]], name: str) -> dt.datetime:
    text = query.get(name, [""])[0]
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise ValueError(f"{name}={text!r} is not a time with an offset: use ISO 8601, such as 2026-11-23T21:00:00Z")
    if time.year not in _YEARS:
        raise ValueError(f"{name}={text!r} is not a time of the years {_YEARS.start} to {_YEARS.stop - 1}")
    return time
