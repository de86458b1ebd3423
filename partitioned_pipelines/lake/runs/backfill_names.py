"""The names of backfills and their runs, and the fields that the command writes and the state machine reads."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

BACKFILL_PREFIX = "bf-"
"""How the names of backfills and of their runs begin; no other run has such a name."""


class BackfillInput(TypedDict):
    """The input of a backfill's execution.

    Attributes
    ----------
    items_key
        The key, in the lake's bucket, of the array of `BackfillItem`.
    """

    items_key: str
    max_concurrency: int


class BackfillItem(TypedDict):
    """One run of a backfill.

    Attributes
    ----------
    input
        The input, in the form in which the orchestrator's API takes it.
    poll_seconds
        The interval between two looks at the run, if Step Functions cannot wait for its end.
    """

    name: str
    input: Any
    poll_seconds: NotRequired[int]


def backfill_machine_name(pipeline_stack: str) -> str:
    """Return the name of the state machine that runs a pipeline's backfills.

    The names of stacks have no underscores, so that it differs from the name of every pipeline's own machine.
    """
    return f"{pipeline_stack}_backfill"


def backfill_name(backfill_id: str) -> str:
    """Return the name of a backfill's execution."""
    return f"{BACKFILL_PREFIX}{backfill_id}"


def backfill_run_prefix(backfill_id: str) -> str:
    """Return how the names of a backfill's runs begin."""
    return f"{backfill_name(backfill_id)}-"
