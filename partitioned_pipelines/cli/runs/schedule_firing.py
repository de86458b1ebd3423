"""A schedule of the local cloud, fired at a time of one's choice: the one thing that is asked of it which AWS has no API for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

from partitioned_pipelines.cli.errors import CommandError, ExitCode

if TYPE_CHECKING:
    from partitioned_pipelines.cli.target.local_endpoint import LocalEndpoint

_ANSWERS_WITHIN_SECONDS = 60.0


@dataclass(frozen=True)
class Schedule:
    """A deployed schedule.

    Attributes
    ----------
    group, name
        As EventBridge Scheduler has them.
    """

    group: str
    name: str

    @classmethod
    def from_outputs(cls, outputs: dict[str, str]) -> Schedule | None:
        """Find the schedule among the outputs of a pipeline's stack; None if it has none."""
        if "ScheduleName" not in outputs:
            return None
        return cls(outputs["ScheduleGroupName"], outputs["ScheduleName"])


@dataclass(frozen=True)
class Fired:
    """A schedule that was fired.

    Attributes
    ----------
    scheduled_time
        In UTC.
    warning
        Why AWS would not have fired at that time; empty if it would.
    """

    execution_arn: str
    scheduled_time: str
    warning: str


def fire_schedule(endpoint: LocalEndpoint, schedule: Schedule, at: str) -> Fired:
    """Fire a schedule.

    Raises
    ------
    CommandError
        If the local cloud refuses, with its reason.
    """
    path = f"/_local/schedules/{quote(schedule.group, safe='')}/{quote(schedule.name, safe='')}/fire"
    answer = _post(endpoint, f"{path}?{urlencode({'at': at})}")
    return Fired(answer["execution_arn"], answer["scheduled_time"], answer["warning"])


def _post(endpoint: LocalEndpoint, path: str) -> dict[str, Any]:
    # A proxy is for the world outside.
    opener = build_opener(ProxyHandler({}))
    request = Request(f"{endpoint.url}{path}", headers={"Authorization": endpoint.authorization}, method="POST")  # noqa: S310  # localhost
    try:
        with opener.open(request, timeout=_ANSWERS_WITHIN_SECONDS) as response:
            document: dict[str, Any] = json.load(response)
            return document
    except HTTPError as error:
        raise CommandError(f"the schedule was not fired: {_message(error)}", exit_code=ExitCode.NO_CLOUD) from error
    except (URLError, TimeoutError) as error:
        raise CommandError(
            f"the local cloud does not answer at {request.full_url}: {error}",
            "see how it is: pipelines local status",
            exit_code=ExitCode.NO_CLOUD,
        ) from error


def _message(error: HTTPError) -> str:
    try:
        return str(json.load(error)["message"])
    except (ValueError, KeyError, TypeError):
        return str(error)
