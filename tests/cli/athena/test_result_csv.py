"""Tests of Athena's CSV, read in chunks of any size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_cloud.athena.results.query_result import csv_lines
from partitioned_pipelines.cli.athena.result_csv import TornResultError, parse_row, row_bytes, write_row

CELLS = st.one_of(st.none(), st.text(alphabet='",\n\ra \\é特\x00\u2028', max_size=6))
ROWS = st.integers(1, 4).flatmap(lambda width: st.lists(st.tuples(*[CELLS] * width), min_size=1, max_size=8))


@given(rows=ROWS, size=st.integers(1, 50))
def test_what_is_written_is_read(rows: list[tuple[str | None, ...]], size: int) -> None:
    written = "".join(map(write_row, rows)).encode()
    pieces = [written[start : start + size] for start in range(0, len(written), size)]
    assert [parse_row(row, len(rows[0])) for row in row_bytes(pieces)] == rows


@given(rows=ROWS)
def test_the_local_athena_writes_what_is_read(rows: list[tuple[str | None, ...]]) -> None:
    assert [parse_row(row, len(rows[0])) for row in row_bytes([csv_lines(rows)])] == rows


def test_null_and_an_empty_string_differ() -> None:
    assert parse_row(b',"",', 3) == (None, "", None)
    assert parse_row(b"", 1) == (None,)
    assert parse_row(b'""', 1) == ("",)


def test_a_last_row_without_a_newline_is_a_row() -> None:
    assert list(row_bytes([b'"a"\n"b"'])) == [b'"a"', b'"b"']


@pytest.mark.parametrize("row", [b'"a","b"', b'"a', b'"a"b"', b'"a","b","c","d"'])
def test_another_number_of_cells_is_an_error(row: bytes) -> None:
    with pytest.raises(TornResultError, match="does not have 3 columns"):
        parse_row(row, 3)
