"""The name of a run: sortable by its start, unique by its execution."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

RUN_ID_PATTERN = "[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}"
_RUN_ID = re.compile(RUN_ID_PATTERN)


def build_run_id(started_at: datetime, execution_arn: str) -> str:
    """Build ``20261123T162508Z-1a2b3c4d`` from an execution's start and ARN.

    A redrive keeps both, and with them its run id.
    """
    digest = hashlib.sha256(execution_arn.encode()).hexdigest()
    return f"{started_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{digest[:8]}"


def started_at_of(run_id: str) -> datetime | None:
    """Read the start, to the second, out of a run id; None if it is not one of ours."""
    if not _RUN_ID.fullmatch(run_id):
        return None
    try:
        return datetime.strptime(run_id.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
