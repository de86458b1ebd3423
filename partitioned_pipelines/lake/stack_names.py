"""The names of a deployment's stacks, by which the commands find them, and of its dead-letter queue."""

from __future__ import annotations


def data_lake_stack_name(prefix: str) -> str:
    """Return the name of the stack shared by all pipelines."""
    return f"{prefix}-data-lake"


def pipeline_stack_name(prefix: str, pipeline_name: str) -> str:
    """Return the name of a pipeline's stack; stack names cannot have underscores."""
    return f"{prefix}-{pipeline_name.replace('_', '-')}"


def undelivered_queue_name(prefix: str) -> str:
    """Return the name of the lake's dead-letter queue."""
    return f"{prefix}-undelivered"


def watch_name(prefix: str) -> str:
    """Return the name of the schedule of the lake's watch, which is in a group named after the lake's stack."""
    return f"{prefix}-watch"
