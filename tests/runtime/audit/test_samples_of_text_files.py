"""Tests that a sample of a large file reads only its edges."""

from __future__ import annotations

import bz2
import gzip
import tracemalloc
from random import Random
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.runtime.audit.text_file import EDGE, LONGEST_SAMPLED_LINE
from tests.runtime.audit.text_audit import audit, content, findings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LONG = "x" * 50_000
VERY_LONG = "x" * (2 * LONGEST_SAMPLED_LINE)


def test_a_sample_reads_the_edges_and_ignores_a_cut_line(tmp_path: Path) -> None:
    row = b"a,1,1,2021-12-15\n"
    rows = row * (4 * EDGE // len(row))
    assert findings(audit(tmp_path, rows, full=False), tmp_path) == []
    middle = len(rows) // 2 // len(row) * len(row)
    assert findings(audit(tmp_path, rows[:middle] + b"bad\n" + rows[middle:], full=False), tmp_path) == []
    (found,) = findings(audit(tmp_path, rows[:middle] + b"bad\n" + rows[middle:], full=True), tmp_path)
    assert f"line {middle // len(row) + 1}: it has 1 values" in found
    (found,) = findings(audit(tmp_path, rows + b"bad\n", full=False), tmp_path)
    assert f"the line at byte {len(rows)}: it has 1 values" in found
    (found,) = findings(audit(tmp_path, rows + b"bad", full=False), tmp_path)  # without its newline
    assert f"the line at byte {len(rows)}: it has 1 values" in found


@pytest.mark.parametrize(
    ("compress", "suffix"),
    [(bytes, ""), (gzip.compress, ".gz"), (bz2.compress, ".bz2")],
    ids=["plain", "gzip", "bzip2"],
)
@pytest.mark.parametrize(
    ("table_format", "text", "says"),
    [
        ("json", f'[{{"name": "{LONG}"}}, {{"name": "{LONG}"}}]', "it is an array: write one object per line"),
        ("json", f'[{{"name": "{VERY_LONG}"}}]', "write one object per line"),
        ("csv", "a,1,1,2021-12-15;" * 10_000, "line 1: "),
        ("csv", "a,1,1,2021-12-15;" * 200_000, "line 1: it has "),
        ("csv", f'a,"1",{VERY_LONG}', "line 1: '\"1\"' is quoted"),
        ("json", f'{{"name": "{LONG}"}}\n{{"name": "b", "n": 1}}\n', None),
        ("json", f'{{"name": "{VERY_LONG}"}}\n{{"name": "b"}}\n', None),
        ("csv", f"{LONG},1,1,2021-12-15\nb,2,2,\n", None),
        ("csv", f"{VERY_LONG},1,1,2021-12-15\nb,2,2,\n", None),
    ],
    ids=[
        "array",
        "long array",
        "rows in a line",
        "more rows in a line",
        "quotes",
        "objects",
        "long object",
        "values",
        "long value",
    ],
)
def test_a_first_line_that_is_longer_than_the_edge(
    tmp_path: Path, compress: Callable[[bytes], bytes], suffix: str, table_format: str, text: str, says: str | None
) -> None:
    """It is read further within a limit, and a sample never passes data that it has not read."""
    body = compress(text.encode())
    found = findings(audit(tmp_path, body, content(table_format), f"a.{table_format}{suffix}", full=False), tmp_path)
    assert bool(found) == (says is not None), found
    assert says is None or says in found[0]


@pytest.mark.parametrize(
    ("first", "says"),
    [
        ("\ufeff".encode() + VERY_LONG.encode(), "UTF-8's byte order mark"),
        (b"x" * 1000 + b"\x93\xfa" + VERY_LONG.encode(), "its byte 1001 (b'\\x93') is not UTF-8"),
        ("日".encode() * LONGEST_SAMPLED_LINE, None),  # which is cut within a character
    ],
    ids=["mark", "Shift_JIS", "UTF-8"],
)
def test_the_encoding_of_a_line_that_is_cut(tmp_path: Path, first: bytes, says: str | None) -> None:
    found = findings(audit(tmp_path, first + b",1,1,\n", full=False), tmp_path)
    assert bool(found) == (says is not None), found
    assert says is None or says in found[0]


@pytest.mark.parametrize(
    ("compress", "suffix"), [(gzip.compress, ".gz"), (bz2.compress, ".bz2")], ids=["gzip", "bzip2"]
)
@pytest.mark.parametrize(("seventh", "says"), [("1", None), ("one", "a.csv{suffix}, line 7: n is 'one'")])
def test_a_large_compressed_file_is_read_as_far_as_its_beginning_goes(
    tmp_path: Path, compress: Callable[[bytes], bytes], suffix: str, seventh: str, says: str | None
) -> None:
    """The row at which the beginning ends is truncated, and ignored."""
    random = Random(0)  # noqa: S311  # rows that compress badly, and no secrets
    rows = [f"{random.randbytes(40).hex()},{seventh if n == 7 else n},1.5,2021-12-15" for n in range(1, 60_001)]
    body = compress("\n".join(rows).encode())
    assert len(body) > LONGEST_SAMPLED_LINE
    found = findings(audit(tmp_path, body, name=f"a.csv{suffix}", full=False), tmp_path)
    assert len(found) == (says is not None)
    assert says is None or found[0].startswith(says.format(suffix=suffix))


@pytest.mark.parametrize("full", [False, True], ids=["sample", "full"])
def test_a_file_may_hold_a_thousand_times_as_much_as_it_is_long(tmp_path: Path, full: bool) -> None:
    """64 MiB, in 64 KiB, are never in memory."""
    line = b"x" * 1_000_000 + b",1,1,2021-12-15\n"
    body = gzip.compress(line * 64)
    assert EDGE < len(body) < LONGEST_SAMPLED_LINE // 8
    tracemalloc.start()
    try:
        report = audit(tmp_path, body, name="a.csv.gz", full=full)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert findings(report, tmp_path) == []
    assert peak < 16 << 20
