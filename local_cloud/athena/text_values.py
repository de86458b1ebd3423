"""Texts as values of a type."""

from __future__ import annotations

from local_cloud.athena.hive_types import INTEGERS, literal

# What Trino's reader of Hive text takes, where DuckDB's cast would take more.
_GUARDS = {
    **dict.fromkeys(INTEGERS, r"[+-]?\d+"),
    "BOOLEAN": r"(?i)true|false",
    "DATE": r"\d{4}-\d{1,2}-\d{1,2}",
    "TIMESTAMP": r"\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,9})?)?",
}
_BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"


def scalar(text: str, kind: str, *, is_base64: bool = False) -> str:
    """Build the SQL that reads a text as a type; what does not parse is null.

    Parameters
    ----------
    is_base64
        Whether binary values are in Base64; what is none is taken as it is.
    """
    if kind == "VARCHAR":
        return text
    if kind == "BLOB":
        decoded = (
            f"CASE WHEN regexp_full_match({text}, {literal(_BASE64)}) THEN from_base64({text}) ELSE encode({text}) END"
        )
        return decoded if is_base64 else f"encode({text})"
    if kind in _GUARDS:
        return f"CASE WHEN regexp_full_match({text}, {literal(_GUARDS[kind])}) THEN TRY_CAST({text} AS {kind}) END"
    return f"TRY_CAST({text} AS {kind})"
