"""The log of the functions' decisions: one record for each, with the run that it is about.

Lambda writes a record as one JSON object: the message is the decision, and the fields stand beside it
(https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html#python-logging-advanced). A field holds a count, a name of this project or one
folder, but nothing else of the data, which may be personal.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Field = str | int | float | None

_LOG = logging.getLogger(__name__)
_RUN: ContextVar[Mapping[str, str]] = ContextVar("run", default=MappingProxyType({}))
# Lambda writes these itself, and drops a field of the same name without a word. Python refuses those that a record has, such as `created`.
_OF_LAMBDA = frozenset(
    {"timestamp", "level", "logger", "requestId", "location", "stackTrace", "errorType", "errorMessage"}
)


class ReservedFieldError(ValueError):
    """A field has a name that Lambda drops."""


@contextmanager
def about(**run: str) -> Iterator[None]:
    """Add fields to every record of the block: the pipeline, the run, the table.

    If the block raises, ``failed`` is logged, because Lambda's own record of the exception has no such fields.
    """
    token = _RUN.set({**_RUN.get(), **run})
    try:
        yield
    except Exception as error:
        tell("failed", logging.WARNING, code=type(error).__name__)
        raise
    finally:
        _RUN.reset(token)


def tell(decision: str, level: int = logging.INFO, **fields: Field) -> None:
    """Log a decision.

    Raises
    ------
    ReservedFieldError
        If a field has a name that Lambda drops.
    KeyError
        If a field has a name that every record of ``logging`` has.
    """
    if reserved := _OF_LAMBDA.intersection(fields):
        raise ReservedFieldError(f"Lambda drops the field {min(reserved)!r}: give it another name")
    _LOG.log(level, decision, extra={**_RUN.get(), **fields})
