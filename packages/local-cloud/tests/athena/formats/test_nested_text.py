"""Nested values in delimited text, with a delimiter for each level, as in LazySimpleSerDe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cloud_under_test.lake import Lake

NAMED = {"field.delim": ",", "collection.delim": "|", "mapkey.delim": ":"}


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("array<int>", "1|2", "[1, 2]"),
        ("array<int>", "1|x|\\N", "[1, null, null]"),
        ("array<string>", "", "[]"),
        ("array<string>", "\\N", None),
        ("array<array<int>>", "1:2|3", "[[1, 2], [3]]"),
        ("map<string,int>", "k:1|m:2", "{k=1, m=2}"),
        ("map<string,int>", "k:1|k:2|m", "{k=1, m=null}"),
        ("map<int,string>", "1:a|x:b", "{1=a}"),
        ("map<string,int>", "", "{}"),
        ("map<string,int>", "\\N", None),
        ("map<string,array<int>>", "k:1\x042|m:3", "{k=[1, 2], m=[3]}"),
        ("struct<a:int,b:string>", "3|z", "{a=3, b=z}"),
        ("struct<a:int,b:string>", "3", "{a=3, b=null}"),
        ("struct<a:int,b:array<int>>", "3|4:5", "{a=3, b=[4, 5]}"),
        ("struct<a:int,b:string>", "\\N", None),
    ],
)
def test_each_level_has_its_delimiter(lake: Lake, kind: str, text: str, expected: str | None) -> None:
    lake.table(f"v {kind}, n int", serde_parameters=NAMED)
    lake.put("t/1.csv", f"{text},7\n")
    assert lake.rows("SELECT * FROM t") == [(expected, "7")]


def test_control_characters_part_what_no_delimiter_is_named_for(lake: Lake) -> None:
    lake.table("a array<int>, m map<string,int>", serde_parameters={})
    lake.put("t/1.csv", "1\x022\x01k\x031\x02m\x032\n")
    assert lake.rows("SELECT * FROM t") == [("[1, 2]", "{k=1, m=2}")]


def test_an_escaped_delimiter_is_text_at_any_level(lake: Lake) -> None:
    lake.table("a array<string>, b string", serde_parameters={**NAMED, "escape.delim": "\\"})
    lake.put("t/1.csv", "x\\|y|z\\,w|\\\\,b\\:c\n")
    assert lake.rows("SELECT a, cardinality(a), b FROM t") == [("[x|y, z,w, \\]", "3", "b:c")]


def test_binary_values_are_base64(lake: Lake) -> None:
    lake.table("b binary, n int")
    lake.put("t/1.csv", "Cv8=,1\n!?,2\n")
    assert lake.rows("SELECT * FROM t ORDER BY n") == [("0a ff", "1"), ("21 3f", "2")]


def test_what_is_written_is_read_again(lake: Lake) -> None:
    values = (
        "ARRAY[1, NULL] AS a, MAP(ARRAY['k', 'l'], ARRAY[ARRAY[1, 2], ARRAY[3]]) AS m, "
        "CAST(ROW(1, 'x') AS ROW(f integer, g varchar)) AS r, X'0aff' AS b, CAST(NULL AS varchar) AS z"
    )
    lake.rows(f"CREATE TABLE c WITH (format = 'TEXTFILE') AS SELECT {values}")
    assert lake.rows("SELECT * FROM c") == [("[1, null]", "{k=[1, 2], l=[3]}", "{f=1, g=x}", "0a ff", None)]
