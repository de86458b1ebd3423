"""One thing that a table suffers from, or that is worth knowing of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a finding is about."""

    TABLE_MISSING = "table_missing"
    TABLE_DRIFT = "table_drift"
    BAD_RECEIPT = "bad_receipt"
    MISSING_PARTITION = "missing_partition"
    KEY_MISMATCH = "key_mismatch"
    DRIFT = "drift"
    DEAD_PARTITION = "dead_partition"
    OLD_SCHEMA = "old_schema"
    NO_RECEIPT = "no_receipt"
    ORPHAN = "orphan"
    MISSED_DAYS = "missed_days"


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding.

    Attributes
    ----------
    subject
        The partition, the run or the object.
    is_note
        Whether this belongs to a healthy table: a run that was replaced, and is kept for a rollback, or one that goes on.
    """

    kind: Kind
    subject: str
    problem: str
    remedy: str
    values: tuple[str, ...] = ()
    is_note: bool = False
