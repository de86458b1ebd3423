"""What a clock starts, and what tells of it: the two that a workflow may be have the same clock and the same rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aws_cdk import aws_iam as iam


@dataclass(frozen=True, slots=True)
class ScheduledTarget:
    """What EventBridge Scheduler starts.

    Attributes
    ----------
    arn
        Of the target.
    payload
        Its input, in which the scheduler fills in the scheduled time.
    allow_start
        Lets a role start it.
    """

    arn: str
    payload: str
    allow_start: Callable[[iam.Role], object]


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
