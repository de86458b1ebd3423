"""Names of the stacks of a deployment: the commands find them by these names."""

from __future__ import annotations


def data_lake_stack_name(prefix: str) -> str:
    """Return the name of the stack that all pipelines share."""
    return f"{prefix}-data-lake"


def pipeline_stack_name(prefix: str, pipeline_name: str) -> str:
    """Return the name of a pipeline's stack: stack names have no underscores."""
    return f"{prefix}-{pipeline_name.replace('_', '-')}"
