"""Log records, each with the line that AWS's runtime for Python writes of it in the format JSON.

The lines were written by ``JsonFormatter`` of awslambdaric 4.2.2 (https://github.com/aws/aws-lambda-python-runtime-interface-client), with the
request id REQUEST_ID. Its package needs a compiler on some systems, so its lines are kept in log_lines.json.
"""

from __future__ import annotations

import logging
from typing import Any

import pytest

REQUEST_ID = "8f507cfc-0001-4000-8000-000000000000"
_CREATED = 1_798_711_200.25


def record(
    message: object = "text", level: int = logging.INFO, args: tuple[object, ...] = (), **more: Any
) -> logging.LogRecord:
    """Return a record of a fixed time and place."""
    return logging.makeLogRecord(
        {
            "name": "some.logger",
            "msg": message,
            "args": args,
            "levelno": level,
            "levelname": logging.getLevelName(level),
            "pathname": "/var/task/app.py",
            "filename": "app.py",
            "funcName": "handle",
            "lineno": 7,
            "created": _CREATED,
            "taskName": None,
            **more,
        }
    )


def records() -> dict[str, logging.LogRecord]:
    """Return the records by name."""
    return {
        "plain": record(),
        "arguments": record("%s of %d", args=("one", 2)),
        "a mapping": record({"event": "published", "partitions": 3}),
        "extra": record(pipeline="p", partitions_created=3, ratio=0.5, nothing=None, listed=["a", 1]),
        "names of the line": record(timestamp="mine", location="mine", requestId="mine"),
        "not json": record(path=complex(1, 2)),
        "not ascii": record("特徴量 ✓"),
        "a newline": record("first\nsecond"),
        "debug": record(level=logging.DEBUG),
        "a level between": record(level=35),
        "above critical": record(level=70),
        "an exception": record("it failed", level=logging.ERROR, exc_info=_raised()),
    }


def _raised() -> Any:
    with pytest.raises(ValueError, match="no such day") as caught:
        exec(compile("def f():\n    raise ValueError('no such day')\nf()", "/var/task/other.py", "exec"), {})  # noqa: S102 - for a fixed path
    frames = caught.tb.tb_next
    return (caught.type, caught.value, frames)
