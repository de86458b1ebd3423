"""The event of the watch, which its schedule carries: what is known of the pipelines when they are deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict

if TYPE_CHECKING:
    from partitioned_pipelines.lake.function_events.payloads import AwaitedSpec, KeySpec, TimetableSpec
    from partitioned_pipelines.lake.key_layout import Layout


class WatchedTable(TypedDict):
    """A table of a watched pipeline. ``timezone`` is that of its keys."""

    database_name: str
    table_name: str
    layout: Layout
    registration: Literal["lambda", "msck", "projection"]
    partition_keys: list[KeySpec]
    timezone: str


class WatchedPipeline(TypedDict):
    """A watched pipeline.

    Attributes
    ----------
    stack_name
        Also the name of its schedule, of the schedule's group, and of its state machine or SageMaker pipeline.
    sagemaker
        Whether it is run by SageMaker Pipelines.
    longest_seconds
        How long a run may take.
    schedule
        When its runs start or, if they wait for their inputs, their deadlines; missing if no clock starts or awaits them.
    waits
        Whether its runs wait for their inputs; missing if they do not.
    awaits
        The tables that they wait for, if these leave out intervals.
    freshness_seconds
        The time after a scheduled start or a deadline by which the interval must be there; missing if that is not watched.
    """

    name: str
    stack_name: str
    sagemaker: bool
    longest_seconds: int
    schedule: NotRequired[TimetableSpec]
    waits: NotRequired[bool]
    awaits: NotRequired[list[AwaitedSpec]]
    freshness_seconds: NotRequired[int]
    tables: list[WatchedTable]


class WatchEvent(TypedDict):
    """The event of the watch.

    Attributes
    ----------
    at
        The scheduled time of the watch, from EventBridge Scheduler.
    topic
        The ARN of the topic of notices.
    machines
        The beginning of the ARNs of state machines, to which a name is added.
    options
        The options with which a command of this project finds the deployment, such as ``--target aws``.
    """

    at: str
    topic: str
    lake_bucket: str
    machines: str
    options: list[str]
    pipelines: list[WatchedPipeline]
