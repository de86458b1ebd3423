"""Where a statement runs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class StatementContext:
    """What a statement is given besides its text.

    Attributes
    ----------
    database
        Where names without a database are looked for.
    cache_folder
        Folder for copies of objects.
    parameters
        Literals for the question marks.
    output_folder
        ``s3://bucket/prefix/`` for results; empty where nobody has named one.
    output_enforced
        Whether the workgroup alone decides on it.
    identifier
        Of the query execution.
    """

    database: str
    region: str
    cache_folder: Path
    parameters: tuple[str, ...] = ()
    output_folder: str = ""
    output_enforced: bool = False
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
