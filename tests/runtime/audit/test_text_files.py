"""Tests of the findings in CSV and JSON files, each with its line, and of valid files."""

from __future__ import annotations

import bz2
import gzip
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.runtime.audit.text_audit import audit, content, findings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "row",
    [
        "a,1,1.5,2021-12-15",
        ",,,",
        "\\N,\\N,\\N,\\N",
        "日本語,-2147483648,1e-5,2024-02-29",
        "a,+7,NaN,2021-1-5",
        "a,2147483647,-Infinity,",
        'she said "no",1,1,',  # quotes inside a value are its own
        '"a" or "b",1,1,',  # a value may begin with one, and end otherwise
        "a\tb,1,1,",
    ],
)
def test_a_good_row_is_no_finding(row: str, tmp_path: Path) -> None:
    for ending in ("\n", "\r\n", ""):
        report = audit(tmp_path, f"{row}{ending}".encode())
        assert findings(report, tmp_path) == []
        assert report.files == 1


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("a,1,1.0", "it has 3 values, and the table has 4 columns, too few"),
        ("a,1,1.0,2021-12-15,z,z", "it has 6 values, and the table has 4 columns, too many"),
        ("a,1,1.0,2021-12-15,2021-12-15", "the partition keys belong only in the path"),
        ("", "it has 1 values"),
        ("a,text,1,", "n is 'text': it is not an int: write digits alone"),
        ("a,1.0,1,", "n is '1.0': it is not an int: round it"),
        ("a, 1,1,", "n is ' 1': it is not an int"),
        ("a,2147483648,1,", "outside the range of int (-2147483648 to 2147483647)"),
        ("a,1,nan,", "it is not a double: write NaN, or nothing"),
        ("a,1,inf,", "write Infinity"),
        ("a,1,None,", "x is 'None': it is not a double"),
        ("a,1,1,2021-02-30", "it is not a date: write YYYY-MM-DD"),
        ("a,1,1,2021-12-15 00:00:00", "it is not a date"),
        ('"a,b",1,1,', "begins a quoted value that contains a delimiter; LazySimpleSerDe does not support quotes"),
        ('"a",1,1,', "is quoted; LazySimpleSerDe does not support quotes, which would be part of the value"),
        ('"a', "begins a quoted value that contains a newline"),
    ],
)
def test_a_bad_row_is_found_by_its_line(row: str, problem: str, tmp_path: Path) -> None:
    report = audit(tmp_path, f"a,1,1,\nb,2,2,\n{row}\nc,3,3,\n".encode())
    (found,) = findings(report, tmp_path)
    assert found.startswith("a.csv, line 3: ")
    assert problem in found
    assert (report.count, report.files_with_findings) == (1, 1)


@pytest.mark.parametrize(
    ("column_type", "good", "bad"),
    [
        ("tinyint", ["-128", "127"], ["128"]),
        ("smallint", ["-32768"], ["32768"]),
        ("bigint", ["9223372036854775807"], ["9223372036854775808", "1e3"]),
        ("boolean", ["true", "FALSE", "True"], ["1", "yes"]),
        ("int", ["+1", "007"], [" 1", "1 ", "1_000", "0x1F", "١٢", "１", "1L", "1e2", "--1", "+"]),
        (
            "decimal(5,2)",
            ["999.99", "-1", "0.123", ".5", "5.", "000123", "999.994", "9.99E+2", "1E-400", "0E+9"],
            ["1000", "abc", ".", "999.995", "-999.995", "1E+3", "1e20", "1e999999999", " 1", "1_0", "1d", "NaN", "1e"],
        ),
        ("decimal(38,0)", ["9" * 38, "1E+37"], ["1E+38", "9" * 38 + ".5"]),
        ("decimal(2,2)", [".99", "0.994"], ["1", "0.995"]),
        ("decimal", ["9999999999"], ["10000000000"]),
        ("double", ["1.5d", "1e3f", "1D", "-.5e-3", "5.", "1e-400"], ["1e400", "0x1p3", " 1", "1_0", "infinity", "d"]),
        ("float", ["3.4e38", "1F"], ["1e39", "-3.5e38"]),
        ("date", ["0001-01-01", "9999-12-31", "2024-1-2"], ["10000-01-01", "-1-01-01", "2024/01/02", "2024-01-02 "]),
        ("varchar(5)", ["Zürich"[:5], "日本語日本", ""], ["Zürich-Nord", "abcde "]),
        ("char(3)", ["B", "abc", "abc   "], ["abcd", " abc"]),
        ("binary", ["YWI=", ""], ["abc", "YW I="]),
        (
            "timestamp",
            ["2021-12-15 01:02:03", "2021-12-15 01:02:03.123456789", "9999-12-31 23:59:59.9994"],
            [
                "2021-12-15T01:02:03",
                "2021-12-15 25:00:00",
                "2024-01-02",
                "2024-01-02 03:04",
                "2024-01-02 03:04:05Z",
                "2024-01-02 24:00:00",
                "9999-12-31 23:59:59.9995",
            ],
        ),
        ("array<int>", ["anything"], []),
    ],
)
def test_every_type_has_its_values(column_type: str, good: list[str], bad: list[str], tmp_path: Path) -> None:
    table = content("csv", [{"name": "v", "type": column_type}, {"name": "w", "type": "string"}])
    for value in [*good, *bad]:
        report = audit(tmp_path, f"{value},\n".encode(), table)
        assert bool(report.findings) == (value in bad), (value, report.findings)


def test_a_header_is_found_by_what_pandas_writes_unasked(tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": ["a"], "n": [1], "x": [1.5], "day": ["2021-12-15"]})
    for index in (False, True):
        (first, *_) = findings(audit(tmp_path, frame.to_csv(index=index).encode()), tmp_path)
        assert first.startswith("a.csv, line 1: it is a header")
    assert findings(audit(tmp_path, frame.to_csv(index=False, header=False).encode()), tmp_path) == []


def test_a_header_is_none_further_down(tmp_path: Path) -> None:
    found = findings(audit(tmp_path, b"a,1,1,\nname,n,x,day\n"), tmp_path)
    assert [text.partition("'")[0] for text in found] == [f"a.csv, line 2: {name} is " for name in ("n", "x", "day")]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("表,1,1,\n".encode("cp932"), "line 1: its byte 1 (b'\\x95') is not UTF-8"),
        ("a,1,1,\n".encode("utf-8-sig"), "line 1: it begins with UTF-8's byte order mark"),
        ("a,1,1,\n".encode("utf-16"), "line 1: it begins with UTF-16's byte order mark"),
        (
            gzip.compress(b"a,1,1,\n", mtime=0),
            "the file contains gzip, and would be read as text: name it with the suffix .gz",
        ),
        (bz2.compress(b"a,1,1,\n"), "the file contains bzip2"),
        (b"PAR1rest", "the file contains Parquet, which a text table cannot read"),
    ],
)
def test_what_is_no_plain_utf_8_is_found(body: bytes, problem: str, tmp_path: Path) -> None:
    (found,) = findings(audit(tmp_path, body), tmp_path)
    assert problem in found


def test_compressed_files_are_read_and_their_names_are_held_to(tmp_path: Path) -> None:
    good = gzip.compress(b"a,1,1,\n") + gzip.compress(b"b,2,2,\n")  # two members are one file
    assert findings(audit(tmp_path, good, name="a.csv.gz"), tmp_path) == []
    (found,) = findings(audit(tmp_path, gzip.compress(b"a,1,1,\n") + gzip.compress(b"x\n"), name="a.csv.gz"), tmp_path)
    assert "line 2: it has 1 values" in found
    (found,) = findings(audit(tmp_path, b"a,1,1,\n", name="a.csv.gz"), tmp_path)
    assert "the name promises gzip, but the file is not compressed" in found
    (found,) = findings(audit(tmp_path, bz2.compress(b"a,1,1,\n"), name="a.csv.gz"), tmp_path)
    assert "the name promises gzip, but the file contains bzip2" in found


@pytest.mark.parametrize("full", [True, False])
def test_a_file_that_ends_before_its_compression_does_is_damaged(full: bool, tmp_path: Path) -> None:
    (found,) = findings(audit(tmp_path, gzip.compress(b"a,1,1,\n" * 1000)[:-9], name="a.csv.gz", full=full), tmp_path)
    assert "it ends before its gzip does" in found


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_lines_are_counted_over_the_edges_of_chunks(ending: bytes, tmp_path: Path) -> None:
    row = b"a,1,1,2021-12-15" + ending
    count = 2 * 1024 * 1024 // len(row)  # two chunks and a half
    (found,) = findings(audit(tmp_path, row * count + b"bad" + ending + row), tmp_path)
    assert f"line {count + 1}: it has 1 values" in found


def test_findings_are_bounded_and_counted(tmp_path: Path) -> None:
    report = audit(tmp_path, b"bad\n" * 1000)
    assert report.count == 1000
    assert [finding.place for finding in report.findings] == [f"line {n}" for n in range(1, 6)]


def test_bad_paths_and_hidden_files_of_a_local_folder(tmp_path: Path) -> None:
    for path in ("dt=2021-12-32/a.csv", "x.csv", "dt=2021-12-15/_SUCCESS", "dt=2021-12-15/.a.crc"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(b"bad\n")
    report = audit(tmp_path, b"a,1,1,\n")
    assert (report.files, report.count) == (3, 2)
    assert "is not a date in the format" in str(report.findings[0])
    assert "the object is not in a partition" in str(report.findings[1])


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"name": "a", "N": 1, "x": 1.5, "day": "2021-12-15", "other": [1]}', None),
        ('{"name": {"nested": 1}, "n": "7", "x": 1}', None),
        ('{"name": null}', None),
        ("{}", None),
        ('[{"name": "a"}]', "it is an array: write one object per line"),
        ('"a"', "it is a single value"),
        ("{", "is not one JSON object"),
        ('{"name": "a"} {"name": "b"}', "is not one JSON object"),
        ('{"x": NaN}', "NaN is not JSON: write null"),
        ('{"n": 1, "n": 2}', "a key is repeated"),
        ('{"n": 1, "N": 2}', "keys differ only in case"),
        ('{"nam": "a"}', "none of its keys is a column"),
        ('{"n": 1.5}', "n is 1.5: it is not an int: round it"),
        ('{"n": true}', "n is true: it is not an int"),
        ('{"n": [1]}', "n is [1]: it is not an int: write a single value"),
        ('{"day": 1639526400000}', "it is not a date"),
    ],
)
def test_json_lines(line: str, problem: str | None, tmp_path: Path) -> None:
    found = findings(audit(tmp_path, f'{{"n": 1}}\n{line}\n'.encode(), content("json"), "a.json"), tmp_path)
    assert len(found) == (problem is not None)
    assert not problem or (found[0].startswith("a.json, line 2: ") and problem in found[0])


def test_nested_types_of_json(tmp_path: Path) -> None:
    columns = [
        {"name": "a", "type": "array<int>"},
        {"name": "s", "type": "struct<b:int>"},
        {"name": "f", "type": "boolean"},
    ]
    body = b'{"a": [1], "s": {"b": 1}, "f": true}\n{"a": 1}\n{"s": []}\n{"f": "maybe"}\n'
    found = findings(audit(tmp_path, body, content("json", columns), "a.json"), tmp_path)
    assert [text.partition(": ")[2] for text in found] == [
        "a is 1: it is not an array<int>: write an array",
        "s is []: it is not a struct<b:int>: write an object",
        "f is 'maybe': it is not a boolean: write true or false",
    ]


def test_a_value_is_quoted_as_far_as_it_helps(tmp_path: Path) -> None:
    (found,) = findings(audit(tmp_path, f"a,{'9' * 5000},1,\n".encode()), tmp_path)
    assert len(found) < 400
    assert "n is '999" in found
