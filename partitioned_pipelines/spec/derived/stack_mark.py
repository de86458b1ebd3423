"""The mark in a stack's template that says whose it is: by it, not by a name alone, a command knows what it may delete."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

STACK_MARK = "PartitionedPipelines"
"""The key of the template's metadata that holds it."""


@dataclass(frozen=True)
class StackMark:
    """Whose a stack is.

    Attributes
    ----------
    prefix
        Prefix of the deployment: of the stack ``a-b-c`` a name alone does not tell whether that is ``a`` or ``a-b``.
    pipeline
        Name of the pipeline; None for the data lake.
    """

    prefix: str
    pipeline: str | None = None

    def document(self) -> dict[str, str]:
        """Return the value that the metadata hold."""
        return {"Prefix": self.prefix, **({"Pipeline": self.pipeline} if self.pipeline else {})}

    @classmethod
    def parse(cls, metadata: str | None) -> StackMark | None:
        """Read the mark out of a template's metadata, as GetTemplateSummary answers them; None if there is none."""
        document: Any = json.loads(metadata) if metadata else None
        mark = document.get(STACK_MARK) if isinstance(document, dict) else None
        if not isinstance(mark, dict) or "Prefix" not in mark:
            return None
        return cls(str(mark["Prefix"]), mark.get("Pipeline"))
