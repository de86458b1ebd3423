"""The context of a statement: its database, parameters and output location."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


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
    """

    database: str
    region: str
    cache_folder: Path
    parameters: tuple[str, ...] = ()
    output_folder: str = ""
    output_enforced: bool = False
    work_group: str = "primary"
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
