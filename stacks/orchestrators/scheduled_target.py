"""What a clock starts, and what tells of it: the two that a workflow may be have the same clock and the same rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class ScheduledTarget:
    """What EventBridge Scheduler starts.

    Attributes
    ----------
    arn
        Of the target.
    payload
        Its input, in which the scheduler fills in the scheduled time.
    action, resource
        What a role must be allowed, and on what, to start it.
    """

    arn: str
    payload: str
    action: str
    resource: str


@dataclass(frozen=True, slots=True)
class StatusEvents:
    """The events that say that an execution did not succeed.

    Attributes
    ----------
    detail
        Pattern of the events' details.
    name, status, execution
        Paths, in an event, of what people are told.
    """

    source: str
    detail_type: str
    detail: Mapping[str, Sequence[str]]
    name: str
    status: str
    execution: str
