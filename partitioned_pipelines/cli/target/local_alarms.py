"""The alarms of the local cloud, which evaluates them on request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict
from urllib.parse import urlencode

from partitioned_pipelines.cli.target.local_endpoint import ask

if TYPE_CHECKING:
    from datetime import datetime

    from partitioned_pipelines.cli.target.local_endpoint import LocalEndpoint

IN_ALARM: Final = "ALARM"


class FailedAction(TypedDict):
    """An action of an alarm that was not executed, and why."""

    action: str
    error: str


class Alarm(TypedDict):
    """An alarm after its evaluation.

    Attributes
    ----------
    state, previous
        The state, and the one before the evaluation: ``OK``, ``ALARM`` or ``INSUFFICIENT_DATA``.
    since
        When the state has changed, in UTC.
    actions, failed_actions
        The topics that were told about a change, and those that were not.
    """

    name: str
    description: str
    state: str
    previous: str
    reason: str
    since: str
    actions: list[str]
    failed_actions: list[FailedAction]


def evaluate_alarms(endpoint: LocalEndpoint, at: datetime | None) -> list[Alarm]:
    """Evaluate all alarms as of a time with an offset, or now.

    Raises
    ------
    CommandError
        If the local cloud refuses, or does not answer.
    """
    query = f"?{urlencode({'at': at.isoformat()})}" if at else ""
    answer = ask(endpoint, "POST", f"alarms/evaluate{query}", "the alarms were not evaluated")
    alarms: list[Alarm] = answer["alarms"]
    return alarms
