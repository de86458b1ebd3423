"""The mark in a stack's template that identifies its deployment: commands delete a stack by its mark, never by its name alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

STACK_MARK = "PartitionedPipelines"
"""The key of the template's metadata that holds the mark."""


@dataclass(frozen=True)
class StackMark:
    """The deployment and the pipeline that a stack belongs to.

    Attributes
    ----------
    prefix
        Prefix of the deployment: the stack name ``a-b-c`` alone does not show whether the prefix is ``a`` or ``a-b``.
    pipeline
        Name of the pipeline; None for the data lake.
    """

    prefix: str
    pipeline: str | None = None

    def document(self) -> dict[str, str]:
        """Return the value to store in the metadata."""
        return {"Prefix": self.prefix, **({"Pipeline": self.pipeline} if self.pipeline else {})}

    @classmethod
    def parse(cls, metadata: str | None) -> StackMark | None:
        """Return the mark from a template's metadata, as returned by GetTemplateSummary; None if it has no mark."""
        document: Any = json.loads(metadata) if metadata else None
        mark = document.get(STACK_MARK) if isinstance(document, dict) else None
        if not isinstance(mark, dict) or "Prefix" not in mark:
            return None
        return cls(str(mark["Prefix"]), mark.get("Pipeline"))
