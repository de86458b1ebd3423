"""Delimited text is read as LazySimpleSerDe reads it: https://docs.aws.amazon.com/athena/latest/ug/lazy-simple-serde.html."""

from __future__ import annotations

import bz2
import gzip
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cloud_under_test.lake import Lake


def test_quotes_are_text_and_delimiters_in_them_part(lake: Lake) -> None:
    lake.table("a string, b string, c string")
    lake.put("t/1.csv", '"x","y, z",w\n')
    assert lake.rows("SELECT * FROM t") == [('"x"', '"y', ' z"')]


def test_a_backslash_n_is_null_and_nothing_is_an_empty_string(lake: Lake) -> None:
    lake.table("a string, b string, n int")
    lake.put("t/1.csv", "\\N,,\n,\\N,\\N\n")
    assert lake.rows("SELECT * FROM t") == [(None, "", None), ("", None, None)]
    assert lake.rows("SELECT count(*) FROM t WHERE b = ''") == [("1",)]


def test_another_text_may_stand_for_null(lake: Lake) -> None:
    lake.table("a string, b string", serde_parameters={"field.delim": ",", "serialization.null.format": ""})
    lake.put("t/1.csv", ",\\N\n")
    assert lake.rows("SELECT * FROM t") == [(None, "\\N")]


def test_fractions_of_whole_numbers_are_cut_off_and_days_run_on(lake: Lake) -> None:
    lake.table("n int, t timestamp")
    lake.put("t/1.csv", "7.9,2021-12-15T10:20:30\n-1.0,2021-02-30 00:00:00\n.5,2021-12-15 24:00:00\n")
    assert set(lake.rows("SELECT * FROM t")) == {
        ("7", "2021-12-15 10:20:30.000"),
        ("-1", "2021-03-02 00:00:00.000"),
        ("0", "2021-12-16 00:00:00.000"),
    }


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("int", "7", ["7.x", "x", "", " 7", "2147483648", "0x7"]),
        ("tinyint", "-128", ["128"]),
        ("smallint", "+5", ["32768"]),
        ("bigint", "9223372036854775807", ["9223372036854775808", "1e3"]),
        ("boolean", "true", ["yes", "1", "t", ""]),
        ("double", "1.5", ["x", ""]),
        ("float", "2.5", ["2,5"]),
        ("date", "2021-12-15", ["2021-02-30", "15/12/2021", "2021-12-15 00:00:00"]),
        ("timestamp", "2021-12-15 10:20:30.123", ["2021-12-15T10:20:30Z", "x"]),
        ("decimal(5,2)", "123.45", ["x", "123456.00"]),
    ],
)
def test_what_does_not_parse_is_null(lake: Lake, kind: str, good: str, bad: list[str]) -> None:
    lake.table(f"a {kind}, b string")
    lake.put(
        "t/1.csv",
        "".join(f"{text.replace(',', '')}|{number}\n".replace("|", ",") for number, text in enumerate([good, *bad])),
    )
    rows = lake.rows("SELECT b, a FROM t ORDER BY CAST(b AS integer)")
    assert rows[0][1] is not None
    nulls = [cell for _, cell in rows[1:]]
    assert nulls == [None] * len(bad) or kind == "float"


def test_missing_columns_are_null_and_extra_fields_are_left_out(lake: Lake) -> None:
    lake.table("a string, b string")
    lake.put("t/1.csv", "1\n1,2\n1,2,3\n")
    assert lake.rows("SELECT * FROM t") == [("1", None), ("1", "2"), ("1", "2")]


def test_a_blank_line_is_a_row(lake: Lake) -> None:
    lake.table("a string, n int")
    lake.put("t/1.csv", "x,1\n\ny,2\n")
    assert lake.rows("SELECT * FROM t") == [("x", "1"), ("", None), ("y", "2")]


def test_lines_end_in_any_way_and_the_last_needs_no_end(lake: Lake) -> None:
    lake.table("a string, n int")
    lake.put("t/1.csv", b"x,1\r\ny,2\rz,3\nw,4")
    assert lake.rows("SELECT * FROM t") == [("x", "1"), ("y", "2"), ("z", "3"), ("w", "4")]


def test_a_byte_order_mark_stays(lake: Lake) -> None:
    lake.table("a string")
    lake.put("t/1.csv", b"\xef\xbb\xbfx\n")
    assert lake.rows("SELECT length(a) FROM t") == [("2",)]


def test_what_is_no_utf8_becomes_the_replacement_character(lake: Lake) -> None:
    lake.table("a string, b string")
    lake.put("t/1.csv", b"\x93\xfa,ok\n" + "日本,語\n".encode())
    assert lake.rows("SELECT * FROM t") == [("\ufffd\ufffd", "ok"), ("日本", "語")]


def test_an_escaped_delimiter_is_text(lake: Lake) -> None:
    lake.table("a string, b string", serde_parameters={"field.delim": ",", "escape.delim": "\\"})
    lake.put("t/1.csv", "x\\,y,z\\\\\n\\N,1\n")
    assert lake.rows("SELECT * FROM t") == [("x,y", "z\\"), (None, "1")]


def test_the_delimiter_is_the_first_control_character_unless_it_is_named(lake: Lake) -> None:
    lake.table("a string, b string", serde_parameters={"serialization.format": "\x01"})
    lake.put("t/1", "x,y\x01z\n")
    assert lake.rows("SELECT * FROM t") == [("x,y", "z")]


def test_header_lines_are_skipped_in_every_file(lake: Lake) -> None:
    lake.table("a string", parameters={"skip.header.line.count": "2"})
    lake.put("t/1.csv", "h1\nh2\nx\n")
    lake.put("t/2.csv", "h1\nh2\ny\n")
    lake.put("t/3.csv", "h1\n")
    assert lake.rows("SELECT * FROM t ORDER BY a") == [("x",), ("y",)]


def test_files_are_decompressed_by_their_names(lake: Lake) -> None:
    lake.table("a string")
    lake.put("t/1.csv.gz", gzip.compress(b"x\n"))
    lake.put("t/2.bz2", bz2.compress(b"y\n"))
    lake.put("t/3.csv", "z\n")
    assert lake.rows("SELECT a FROM t ORDER BY a") == [("x",), ("y",), ("z",)]


def test_a_file_that_is_not_what_its_name_says_fails_the_query(lake: Lake) -> None:
    lake.table("a string")
    lake.put("t/1.csv.gz", "x\n")
    assert lake.refusal("SELECT * FROM t").startswith("HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split s3://")


def test_gzip_without_its_name_is_read_as_text(lake: Lake) -> None:
    lake.table("a string, n int")
    lake.put("t/1.csv", gzip.compress(b"x,1\n"))
    assert all(cell is None for _, cell in lake.rows("SELECT * FROM t"))


def test_an_unknown_serde_is_refused_by_name(lake: Lake) -> None:
    lake.table("a string", serde="org.apache.hadoop.hive.serde2.RegexSerDe")
    lake.put("t/1.csv", "x\n")
    assert lake.refusal("SELECT * FROM t") == (
        "HIVE_UNSUPPORTED_FORMAT: The local cloud does not support the SerDe org.apache.hadoop.hive.serde2.RegexSerDe"
    )
