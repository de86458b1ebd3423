"""Quoted text is read as OpenCSVSerDe reads it: https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cloud_under_test.lake import Lake

OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x,y", ("x", "y")),
        ('"x, y",z', ("x, y", "z")),
        ('"say ""so""","\\"z\\""', ('say "so"', '"z"')),
        ('"back\\\\slash",', ("back\\slash", "")),
        (",", ("", "")),
        ('"",""', ("", "")),
        ("x", ("x", None)),
        ("x,y,z", ("x", "y")),
        ("\\N,y", ("N", "y")),  # an escape outside of quotes is dropped
        ('x "y,z', (None, None)),  # the quote has no end
        ('日本,"東,京"', ("日本", "東,京")),
    ],
)
def test_a_line_is_parted_outside_of_quotes(lake: Lake, line: str, expected: tuple[str | None, ...]) -> None:
    lake.table("a string, b string", serde=OPEN_CSV)
    lake.put("t/1.csv", f"{line}\n")
    assert lake.rows("SELECT * FROM t") == [expected]


def test_characters_may_be_others(lake: Lake) -> None:
    characters = {"separatorChar": "\t", "quoteChar": "'", "escapeChar": "^"}
    lake.table("a string, b string", serde=OPEN_CSV, serde_parameters=characters)
    lake.put("t/1.csv", "'x\ty'\t'it^'s'\n")
    assert lake.rows("SELECT * FROM t") == [("x\ty", "it's")]


def test_values_have_their_types_and_headers_are_skipped(lake: Lake) -> None:
    lake.table(
        "i int, d double, b boolean, e date, f timestamp",
        serde=OPEN_CSV,
        parameters={"skip.header.line.count": "1"},
    )
    lake.put("t/1.csv", '"i","d","b","e","f"\n"7","1.5","true","18976","1639562400123"\n')
    assert lake.rows("SELECT * FROM t") == [("7", "1.5", "true", "2021-12-15", "2021-12-15 10:00:00.123")]


@pytest.mark.parametrize("text", ["", "x", "1.5"])
def test_a_number_that_is_none_fails_the_query(lake: Lake, text: str) -> None:
    lake.table("a string, n int", serde=OPEN_CSV)
    lake.put("t/1.csv", f'x,"{text}"\n')
    assert lake.refusal("SELECT * FROM t") == f"HIVE_BAD_DATA: Error parsing field value '{text}' for field 1"
    assert lake.rows("SELECT a FROM t") == [("x",)]
