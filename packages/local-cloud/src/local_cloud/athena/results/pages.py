"""Pages of GetQueryResults, read from the result file in S3, as Athena does: if the file is deleted, the call fails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local_cloud.athena.errors import InvalidStatementError, invalid_token
from local_cloud.object_store import NoSuchBucketError, find_object, split_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local_cloud.object_store import StoredObject

_BLOCK_BYTES = 1024 * 1024
# A cell of a CSV result and the delimiter after it; a cell without quotes is null.
_CELL = re.compile(rb'(?:"((?:[^"]|"")*+)")?([,\n])')
_LINE = re.compile(rb"([^\n]*)(\n)")


def read_page(uri: str, token: str, size: int) -> tuple[list[dict[str, Any]], str | None]:
    """Return one page of a result file.

    Parameters
    ----------
    uri
        The file: ``.csv`` of a query, ``.txt`` of any other statement.
    token
        The NextToken: the position at which the page begins, in bytes.
    size
        The maximum number of rows.

    Returns
    -------
    tuple
        The rows in the form of the API (the first row of a query is its header), and the token of the next page, None on the last page.

    Raises
    ------
    InvalidStatementError
        If the file was deleted or overwritten.
    """
    file = _find(uri)
    start = int(token) if token.isdecimal() else -1
    if not 0 <= start <= file.size:
        raise invalid_token(token)
    rows: list[dict[str, Any]] = []
    row: list[dict[str, str]] = []
    end = start
    is_query = uri.endswith(".csv")
    for value, last, place in _cells(file, start, _CELL if is_query else _LINE):
        row.append({} if value is None else {"VarCharValue": value})
        if last:
            rows.append({"Data": row})
            row, end = [], place
            if len(rows) == size:
                break
    return rows, str(end) if end < file.size else None


def _find(uri: str) -> StoredObject:
    try:
        found = find_object(*split_uri(uri))
    except NoSuchBucketError:
        found = None
    if found is None:
        raise InvalidStatementError(message="Could not find results")
    return found


def _cells(file: StoredObject, start: int, pattern: re.Pattern[bytes]) -> Iterator[tuple[str | None, bool, int]]:
    """Yield each cell, whether it is the last of its row, and the position of the next one."""
    text, place, wanted = b"", start, _BLOCK_BYTES
    while True:
        if block := file.read_range(place + len(text), wanted):
            text += block
        done = 0
        while match := pattern.match(text, done):
            value, follows = match.groups()
            yield _value(value), follows == b"\n", place + match.end()
            done = match.end()
        if not block:
            if done < len(text):
                raise InvalidStatementError(message="Could not find results")
            return
        wanted = max(_BLOCK_BYTES, len(text) - done)  # doubled for a longer cell
        place, text = place + done, text[done:]


def _value(cell: bytes | None) -> str | None:
    return None if cell is None else cell.replace(b'""', b'"').decode("utf-8", errors="replace")
