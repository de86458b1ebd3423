"""The name of a run: sortable by its start, unique by its execution."""

from __future__ import annotations

import hashlib
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def build_run_id(started_at: datetime, execution_arn: str) -> str:
    """Build ``20261123T162508Z-1a2b3c4d`` from an execution's start and ARN.

    A redrive keeps both, and with them its run id.
    """
    digest = hashlib.sha256(execution_arn.encode()).hexdigest()
    return f"{started_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{digest[:8]}"
