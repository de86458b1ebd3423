"""Tests of how a function's log is shown to people."""

from __future__ import annotations

import json

import pytest

from partitioned_pipelines.cli.runs.logs.function_log_line import readable_line

LEASED = {
    "timestamp": "2026-11-29T05:00:00Z",
    "level": "INFO",
    "message": "leased",
    "run_id": "r",
    "seconds": 0.2,
    "requestId": "x",
}
RAISED = {
    "timestamp": "2026-11-29T05:00:00Z",
    "level": "ERROR",
    "errorType": "LeaseHeldError",
    "errorMessage": "held by x",
    "stackTrace": [],
}


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("printed", "printed"),
        ("[1, 2]", "[1, 2]"),
        ('{"a": 1}', '{"a": 1}'),
        (json.dumps(LEASED), "INFO leased seconds=0.2"),
        (json.dumps(LEASED | {"message": {"any": "object"}}), "INFO {'any': 'object'} seconds=0.2"),
        (json.dumps(RAISED), "ERROR LeaseHeldError: held by x"),
        (
            json.dumps(RAISED | {"stackTrace": ['  File "a.py", line 1, in f\n', "    g()\n"]}),
            'ERROR LeaseHeldError: held by x\n  File "a.py", line 1, in f\n    g()',
        ),
    ],
)
def test_a_line_is_shown_as_text(message: str, shown: str) -> None:
    assert readable_line(message) == shown
