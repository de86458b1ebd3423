"""A line of a function's log as text for people: Lambda writes one JSON object for each record."""

from __future__ import annotations

import json
from typing import Any

# Fields that are the same in all lines of a call, or that the text shows in another way.
_NOT_SHOWN = frozenset(
    {
        *("timestamp", "level", "message", "logger", "requestId", "location"),
        *("errorType", "errorMessage", "stackTrace"),
        *("pipeline", "run_id", "execution", "table"),
    }
)


def readable_line(message: str) -> str:
    """Return a line of a function's log as text; a line that is not a JSON object of Lambda's is returned unchanged.

    https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
    """
    try:
        line = json.loads(message)
    except ValueError:  # a line that was printed
        return message
    if not isinstance(line, dict):
        return message
    if isinstance(record := line.get("record"), dict) and "type" in line:
        return " ".join([str(line["type"]), *_pairs({**record, **record.get("metrics", {}), "metrics": None})])
    if "level" not in line:
        return message
    said = [line["level"], line.get("message"), *_pairs({k: v for k, v in line.items() if k not in _NOT_SHOWN})]
    text = " ".join(str(part) for part in said if part is not None)
    if "errorType" not in line:
        return text
    frames = "".join(line.get("stackTrace", [])).rstrip("\n")
    error = f"{line['errorType']}: {line.get('errorMessage', '')}"
    return "\n".join(part for part in (f"{text} {error}", frames) if part)


def _pairs(fields: dict[str, Any]) -> list[str]:
    return [f"{name}={value}" for name, value in fields.items() if value is not None]
