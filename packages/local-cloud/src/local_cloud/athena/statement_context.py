"""The context of a statement: its database, parameters and output location."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path


class Query(Protocol):
    """A query that can be run once."""

    def run(self) -> Any:
        """Return the QueryResult. Raises QueryFailedError if it fails."""
        ...

    def stop(self) -> None:
        """Stop the evaluation early."""
        ...


Engine = Callable[[str, "StatementContext"], Query]


@dataclass(frozen=True, slots=True)
class StatementContext:
    """The settings of a statement besides its text.

    Attributes
    ----------
    database
        The database of unqualified names.
    cache_folder
        The folder for copies of objects.
    parameters
        The values of the question marks, as SQL literals.
    output_folder
        ``s3://bucket/prefix/`` for results; empty if neither the request nor the workgroup names one.
    output_enforced
        Whether the workgroup enforces its own output location.
    identifier
        The QueryExecutionId.
    engine
        Returns the query of a SELECT, if DuckDB does not evaluate it.
    """

    database: str
    region: str
    cache_folder: Path
    parameters: tuple[str, ...] = ()
    output_folder: str = ""
    output_enforced: bool = False
    work_group: str = "primary"
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
    engine: Engine | None = None
