"""Tests of rows as JSON: typed values, one document, and escaped control characters."""

from __future__ import annotations

import json
from typing import ClassVar

import pytest

from partitioned_pipelines.cli.athena.result import ResultColumn, read_columns
from partitioned_pipelines.cli.athena.result_formats import json_document, typed_value


class TestTypedValue:
    """Tests of cell values by column type."""

    CASES: ClassVar = [
        (None, "integer", None),
        ("9223372036854775807", "bigint", 2**63 - 1),
        ("-1", "tinyint", -1),
        ("true", "boolean", True),
        ("false", "boolean", False),
        ("1.5E-5", "double", 1.5e-5),
        ("NaN", "double", "NaN"),
        ("-Infinity", "real", "-Infinity"),
        ("12", "decimal(38,0)", 12),
        ("99999999999999999999999999999999999999", "decimal(38,0)", 10**38 - 1),
        ("1.25", "decimal", 1.25),
        ("2.00", "decimal(10,2)", 2.0),
        ("0.12345678901234567890", "decimal(38,20)", "0.12345678901234567890"),
        ("2013-01-01", "date", "2013-01-01"),
        ("", "varchar", ""),
        ("007", "varchar", "007"),
        ("[1, 2]", "array", "[1, 2]"),
    ]

    @pytest.mark.parametrize(("cell", "kind", "value"), CASES)
    def test_value(self, cell: str | None, kind: str, value: object) -> None:
        typed = typed_value(cell, ResultColumn("c", "c", kind))
        assert typed == value
        assert type(typed) is type(value)
        json.dumps(typed, allow_nan=False)


def test_a_document_is_an_array_with_an_object_a_line() -> None:
    columns = read_columns([{"Name": "a", "Type": "integer"}, {"Name": "a", "Type": "varchar"}])
    rows = [("1", "特\x1b\u202e\n"), ("2", None)]
    written = "".join(json_document(columns, rows))
    assert json.loads(written) == [{"a": 1, "a_2": "特\x1b\u202e\n"}, {"a": 2, "a_2": None}]
    assert len(written.splitlines()) == 4
    assert "\x1b" not in written
    assert "\u202e" not in written
    assert "特" in written
    assert "".join(json_document(columns, rows, ascii_only=True)).isascii()


def test_no_rows_are_an_empty_array() -> None:
    assert "".join(json_document((), [])) == "[]\n"
