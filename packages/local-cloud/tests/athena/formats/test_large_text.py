"""Reading text takes time in proportion to its size, and constant memory."""

from __future__ import annotations

import gzip
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from cloud_under_test.lake import LAZY_SIMPLE, OPENX_JSON
from local_cloud.athena.formats.text_lines import LONGEST_LINE
from local_cloud.athena.scan.object_cache import _lines

if TYPE_CHECKING:
    from pathlib import Path

    from cloud_under_test.lake import Lake

OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
ROWS = 10_000_000
# A limit enforced by the kernel, far above the usual second or two. Splitting one value of 40 MB would take minutes.
CPU_SECONDS = 60
READ = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
import duckdb
from pathlib import Path
from local_cloud.athena.scan.object_cache import _lines
from local_cloud.athena.formats.serde import select_sql
source, compression, library = sys.argv[1:]
copy = Path(source + ".lines")
with open(source, "rb") as content, copy.open("wb") as lines:
    lines.writelines(_lines(content, compression, source))
storage = {{"Columns": [{{"Name": "v"}}], "SerdeInfo": {{"SerializationLibrary": library}}}}
connection = duckdb.connect()
connection.execute("SET enable_progress_bar = false")
select = select_sql(connection, storage, [("v", "string")], {{}}, [copy], reads_columns=False)
print(connection.execute(f"SELECT count(*) FROM ({{select}})").fetchall()[0][0])
"""


@pytest.mark.parametrize(
    ("library", "row", "compression"),
    [(LAZY_SIMPLE, b"abc\n", ""), (LAZY_SIMPLE, b"abc\n", "gz"), (OPEN_CSV, b"abc\n", ""), (OPENX_JSON, b"{}\r\n", "")],
)
def test_short_rows_are_counted_within_a_bound(tmp_path: Path, library: str, row: bytes, compression: str) -> None:
    source = tmp_path / "source"
    with gzip.open(source, "wb") if compression else source.open("wb") as file:
        for _ in range(100):
            file.write(row * (ROWS // 100))
    command = [sys.executable, "-c", READ.format(seconds=CPU_SECONDS), str(source), compression, library]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, str(ROWS)), done.stderr[-2000:]


def test_pieces_are_read_and_written_one_by_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only one piece of an object is held in memory."""
    monkeypatch.setattr("local_cloud.athena.scan.object_cache._PIECE", 1000)
    source = tmp_path / "source.gz"
    source.write_bytes(gzip.compress(b"abc\n" * 100_000))
    with source.open("rb") as content:
        pieces = list(_lines(content, "gz", "s3://b/k"))
    assert max(map(len, pieces)) <= 1000
    assert b"".join(pieces) == b"abc\n" * 100_000


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize(
    "content",
    [
        b"a\r\nb\rc\nd",
        b"a\r",
        b"\r\r\n\n",
        "é日本😀\n".encode(),
        b"\xff\xe2\x82\n\xed\xa0\x80",
        b"a\x00b\n",
        b"\xef\xbb\xbfa\n",
        b"",
    ],
)
def test_pieces_end_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes, size: int) -> None:
    """A piece may end within a line end or a character."""
    monkeypatch.setattr("local_cloud.athena.scan.object_cache._PIECE", size)
    source = tmp_path / "source"
    source.write_bytes(content)
    text = content.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
    mark = "\ufeff" if text.startswith("\ufeff") else ""  # once more: DuckDB leaves one out
    with source.open("rb") as file:
        assert b"".join(_lines(file, "", "s3://b/k")) == (mark + text).encode()


def test_a_byte_order_mark_is_part_of_the_first_row(lake: Lake) -> None:
    lake.table("a string", serde=LAZY_SIMPLE)
    lake.put("t/a.csv", b"\xef\xbb\xbfa\nb\n")
    assert sorted(lake.rows("SELECT a FROM t")) == [("b",), ("\ufeffa",)]


def test_a_row_of_more_than_32_mb_fails_by_the_name_of_its_object(lake: Lake) -> None:
    """https://docs.aws.amazon.com/athena/latest/ug/other-notable-limitations.html."""
    lake.table("a string", serde=LAZY_SIMPLE)
    lake.put("t/a.csv", b"a" * (LONGEST_LINE - 1) + b"\n")
    assert lake.rows("SELECT length(a) FROM t") == [(str(LONGEST_LINE - 1),)]
    lake.put("t/b.csv", b"a" * (LONGEST_LINE + 1024 * 1024 * 2) + b"\n")
    assert f"Too many bytes before newline in {lake.uri('t/b.csv')}" in lake.refusal("SELECT length(a) FROM t")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ('{"a": 1}\n\n \n{"b": 2}', "4"),
        ('{"a": {"b": [1, {"c": "x"}]}}\n{"a": {"b": [{"c": "y"}, 2, 3]}}', "2"),
        ('{"a": "\\ud83d"}\n{"a": "\\u00e9"}', "2"),
        ("", "1"),
    ],
)
def test_json_objects_are_counted_without_their_values(lake: Lake, lines: str, expected: str) -> None:
    lake.table("a string", serde=OPENX_JSON)
    lake.put("t/a.json", lines + "\n")
    assert lake.rows("SELECT count(*) FROM t") == [(expected,)]


@pytest.mark.parametrize(
    "line",
    [
        '{"a": 1, "A": 2}',
        '{"a": {"b": 1, "b": 2}}',
        '{"a": [{"b": 1, "B": 2}]}',
        '{"a": 1',
        '{"a": "x}',
        '{"a" 1}',
    ],
)
def test_what_is_not_an_object_fails_a_count_too(lake: Lake, line: str) -> None:
    lake.table("a string", serde=OPENX_JSON)
    lake.put("t/a.json", f'{{"a": 1}}\n{{"a": {{"b": 2}}}}\n{{"a": [{{"b": 2}}]}}\n{{"a": "x"}}\n{line}\n')
    assert lake.refusal("SELECT count(*) FROM t").startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('{"a": NaN}', "NaN"),
        ('{"a": "\t"}', "\t"),
        ('{"a": 1}}', "1"),
        ('{"a": 1,}', "1"),
        ("{'a': x}", "x"),
        ("[1]", "1"),
    ],
)
def test_openx_reads_what_org_json_reads(lake: Lake, line: str, value: str) -> None:
    lake.table("a string", serde=OPENX_JSON)
    lake.put("t/a.json", f'{{"a": 2}}\n{line}\n')
    assert lake.rows("SELECT count(*) FROM t") == [("2",)]
    assert set(lake.rows("SELECT a FROM t")) == {("2",), (value,)}


def test_columns_are_read_however_they_are_named(lake: Lake) -> None:
    lake.table("a string, b int", serde=OPENX_JSON)
    lake.put("t/a.json", '{"a": "x", "b": 1}\n')
    for query in (
        "SELECT * FROM t",
        "SELECT u.* FROM t u",
        "SELECT a FROM (SELECT * FROM t)",
        "SELECT l.a FROM t l JOIN t r USING (b)",
        "SELECT A FROM T",
    ):
        assert lake.rows(query)[0][0] == "x" if "USING" not in query else lake.rows(query) == [("x",)], query
    assert lake.rows("SELECT count(*) FROM t l JOIN t r USING (a, b)") == [("1",)]
