"""The event of an execution that has ended, as a rule passes it to Notify: EventBridge's detail, and what the template knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from partitioned_pipelines.lake.function_events.payloads import ScheduleSpec


class NoticeTable(TypedDict):
    """A table of the pipeline.

    Attributes
    ----------
    name
        ``database.table``.
    step
        The name of the job that writes it: its step's, or that of a shared job.
    in_place
        Whether the step's job writes where readers read.
    """

    name: str
    step: str
    in_place: bool


class NoticeSpec(TypedDict):
    """What a notice needs to know of a pipeline.

    Attributes
    ----------
    options
        The options of a command on this deployment, such as ``--target aws``.
    local
        Whether it is deployed to a local cloud, which has no console.
    """

    pipeline: str
    schedule: ScheduleSpec
    tables: list[NoticeTable]
    options: list[str]
    local: bool


class EndedOf(TypedDict):
    """What the template knows of the event.

    Attributes
    ----------
    ended
        What has ended: a run, or a backfill of many runs.
    workflow
        The ARN of the pipeline's state machine or SageMaker pipeline.
    topic
        The ARN of the topic.
    """

    ended: Literal["run", "backfill"]
    workflow: str
    topic: str
    spec: NoticeSpec


class EndedEvent(TypedDict):
    """The event of Notify.

    Attributes
    ----------
    detail
        The detail of the service's status event.
    """

    detail: dict[str, Any]
    of: EndedOf
