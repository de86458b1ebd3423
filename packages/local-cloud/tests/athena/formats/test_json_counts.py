"""Objects in JSON files that DuckDB counts alone, and those that it leaves to the parser."""

from __future__ import annotations

import io
import json
import random
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from cloud_under_test.lake import HCATALOG_JSON, OPENX_JSON
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.formats.json_counts import count_objects
from local_cloud.athena.formats.json_rows import HIVE_RULES, JsonRules, openx_rules
from local_cloud.athena.scan.object_cache import _lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cloud_under_test.lake import Lake

OPENX = openx_rules({})
RULES = {
    "OpenX": OPENX,
    "OpenX, case-sensitive": openx_rules({"case.insensitive": "false"}),
    "OpenX, malformed lines ignored": openx_rules({"ignore.malformed.json": "true"}),
    "Hive": HIVE_RULES,
}
ROW = '{"id":1,"name":"x","ratio":0.5,"flag":true}\n'
ROWS = 27_000  # of ROW: more than a megabyte, and than the lines that are sampled

# A line after many of ROW, and whether the OpenX SerDe and Hive's read it.
LINES = [
    ('{"id":NaN,"name":"x","ratio":0.5,"flag":true}', True, False),
    ('{"id":1,"name":"x","ratio":-Infinity,"flag":true}', True, False),
    ('{"id":1,"name":"x","ratio":0.5,"flag":nan}', True, False),
    ('{"id":1,"name":"x","ratio": inf,"flag":true}', True, False),
    ('{"id":1,"name":"x","ratio":0.5,"flag":true,}', True, False),
    ('{"id":1,"name":"x","ratio":0.5,"flag":true, }', True, False),
    ('{"id":1,"name":"x","ratio":[1,],"flag":true}', True, False),
    ('{"id":1,"name":"x","ratio":[NaN],"flag":true}', True, False),
    ('{"id":1,"name":"x","ratio":0.5,"flag":true,"id":2}', False, False),
    ('{"id":1,"name":"x","ratio":0.5,"flag":true,"ID":2}', False, False),
    ('{"id":1,"id":2,"name":"x","ratio":0.5,"flag":true}', False, False),
    ('{"id":1,"name":null,"Name":2,"ratio":0.5,"flag":true}', False, False),
    ('{"id":1,"name":"x","ratio":{"p":1,"p":2},"flag":true}', False, False),
    ('{"id":1,"name":"x","ratio":{"p":1,"q":[{"p":2}]},"flag":true}', True, True),
    ('{"id":1,"name":"x","ratio":{},"flag":true}', True, True),
    ('{"id":1,"name":"x\\",\\"id\\":2","ratio":0.5,"flag":true}', True, True),
    ('{"id" : 1, "name" : "x","ratio":0.5,"flag":true}', True, True),
    ('{"flag":true,"ratio":0.5,"name":"x","id":1}', True, True),
    ('{"name":"x"}', True, True),
    ("{}", True, True),
    ("", True, False),
    ("  ", True, False),
    ('  {"id":1,"name":"x","ratio":0.5,"flag":true}', True, True),
    ('{"id":1,"name":"x","ratio":0.5,"flag":true}  ', True, True),
    ('{"id":1,"name":"x","ratio":0.5,"flag":true} {"id":2}', True, True),
    ('{"id":1,"name":"x","ratio":0.5,"flag":true', False, False),
    ('{"id":1,"name":"x,"ratio":0.5,"flag":true}', False, False),
    (
        '{"id":1,"name":"\ud83d\ude00 é","ratio":0.5,"flag":true}'.encode("utf-16", "surrogatepass").decode("utf-16"),
        True,
        True,
    ),
    ('{"id":1,"name":"x","ratio":0.5,\r"flag":true}', False, False),
    ('{"id":1,"name":"x","ratio":0.5\r,"flag":true}', False, False),
    ("{'id':1}", True, False),
    ("[1,2]", True, False),
    ("x", True, False),
    ('{"id":' + "[" * 2000 + "]" * 2000 + ',"name":"x","ratio":0.5,"flag":true}', False, False),
]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as found:
        yield found


def _count(connection: duckdb.DuckDBPyConnection, folder: Path, content: str | bytes, rules: JsonRules) -> int | None:
    file = folder / "stored"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return count_objects(connection, file, rules)


def _parsed(content: bytes, rules: JsonRules) -> int | None:
    """Return the number of lines by the parser of each; None if it refuses one."""
    rows = b"".join(_lines(io.BytesIO(content), "", "s3://b/k")).decode().split("\n")
    try:
        for row in rows[:-1] if rows[-1] == "" else rows:
            rules.document(row)
    except QueryFailedError:
        return None
    return len(rows) - (rows[-1] == "")


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
@pytest.mark.parametrize(
    "lines",
    [
        ROW * 2,
        ROW + ROW.rstrip("\n"),
        '{"id": 1, "a_b": "x", "50%": null, "a%b_": "y"}\n' * 2,
        '{"id":1,"s":"x"}\n{"id":2,"s":null}\n{"id":3}\n{"s":"y"}\n',
        '{"s":"a\\"b\\n","t":"\\u00e9\\/"}\n{"s":"é","t":"{[,:]}"}\n',
        '{"s":"N","t":"nan,} Infinity"}\n' * 2,
        "{}\n{}\n",
    ],
)
def test_files_of_few_shapes_are_counted(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, lines: str, rules: JsonRules
) -> None:
    expected = len(lines.splitlines())
    if rules is HIVE_RULES and "[" in lines:
        assert _count(connection, tmp_path, lines, rules) is None
    else:
        assert _count(connection, tmp_path, lines, rules) == expected == _parsed(lines.encode(), rules)


def test_objects_and_numbers_may_be_nested(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    lines = '{"a":{"b":{"c":"x"},"d":[1,2.5]},"e":[]}\n{"a":{"b":{"c":"y"},"d":[[3]]},"e":[4]}\n'
    assert _count(connection, tmp_path, lines, OPENX) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"\xef\xbb\xbf" + ROW.encode(),
        ROW.replace("\n", "\r\n").encode(),
        ROW.encode() + b'{"id":1,"name":"\xff","ratio":0.5,"flag":true}\n',
        ROW.encode() + b"\n",
        b'{"a":["x"]}\n',
        b'{"a":[{"b":1}]}\n',
        b'{"a":{"b":1},"c":{"b":2}}\n',
        b'{"a":"x\\\\"}\n',
        b'{"a":"x","b":"y","c":"z"}\n{"a":"x\\\\","b":"y\\\\","b":"z\\\\","c":"w\\\\"}\n',
        b"".join(b'{"a%d":1}\n' % number for number in range(9)),
        b"[1]\n",
        b'{"a":"x",",b":1}\n',
        b'{"a":' * 400 + b"1" + b"}" * 400 + b"\n",
    ],
)
def test_others_are_left_to_the_parser(connection: duckdb.DuckDBPyConnection, tmp_path: Path, content: bytes) -> None:
    assert _count(connection, tmp_path, content, OPENX) is None


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_what_is_counted_is_what_the_parser_reads(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, rules: JsonRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of random shapes with random damage, most of it after the lines that are sampled."""
    generator = random.Random(16)  # noqa: S311  # the same files in each run
    outcomes = {True: 0, False: 0}
    for _ in range(400):
        monkeypatch.setattr("local_cloud.athena.formats.json_rows._SAMPLED_LINES", generator.choice([1, 2, 1000]))
        content = _damaged_file(generator)
        found = _count(connection, tmp_path, content, rules)
        outcomes[found is not None] += 1
        if found is not None:
            assert found == _parsed(content, rules), content
    assert min(outcomes.values()) > 20


DAMAGE = [
    *(
        "NaN",
        "Infinity",
        "-inf",
        ",",
        ",}",
        "]",
        "[",
        "{",
        "}",
        '"',
        "\\",
        "\r",
        "\n",
        "\x00",
        " ",
        "\t",
        ":",
        "null",
        "nan",
    ),
    *(
        '"id":1,',
        ',"ID":2',
        '{"id":1}',
        "\ufeff",
        "'",
        "\x0b",
        '\\"',
        "\\\\",
        "[[[[",
        '"x"',
        "[NaN]",
        "[1,]",
        '"a\\",\\"b":1',
    ),
]


def _damaged_file(generator: random.Random) -> bytes:
    keys = generator.sample(["id", "name", "a_b", "a_c", "x%y", "ID", "é", "a.b"], generator.randint(1, 5))
    kinds = [generator.choice([str, str, float, bool, list]) for _ in keys]
    separators = generator.choice([(",", ":"), (", ", ": ")])

    def value(kind: type) -> Any:
        if kind is str:
            return generator.choice(
                ["x", "", "name-1", " lead", "é", "a:b", "{b}", "[c]", "N", 'q"', "\t", "it's", "%_"]
            )
        return [1, 2.5][: generator.randint(0, 2)] if kind is list else generator.choice([True, 0, -1, 2.5e-7, 10**30])

    lines = [
        json.dumps({key: value(kind) for key, kind in zip(keys, kinds, strict=True)}, separators=separators)
        for _ in range(generator.randint(1, 6))
    ]
    for _ in range(generator.choice([0, 1, 1, 2])):
        number = generator.randrange(len(lines))
        line = lines[number]
        place = generator.randint(0, len(line))
        if generator.random() < 0.3:  # as a value
            place = line.find(":", place) + 1
        lines[number] = line[:place] + generator.choice(DAMAGE) + line[place + generator.choice([0, 0, 1, 3]) :]
    end = generator.choice(["\n", "\n", "", "\n\n"])
    content = generator.choice(["\n"] * 9 + ["\r\n"]).join(lines) + end
    return content.encode() + generator.choice([b""] * 19 + [b'{"id":"\xff"}\n'])


@pytest.mark.parametrize("serde", [OPENX_JSON, HCATALOG_JSON])
@pytest.mark.parametrize("line", [line for line, _, _ in LINES], ids=range(len(LINES)))
def test_a_line_far_into_the_file_is_read_or_refused(lake: Lake, serde: str, line: str) -> None:
    is_read = next(hive if serde == HCATALOG_JSON else openx for other, openx, hive in LINES if other == line)
    lake.table("id string", serde=serde)
    lake.put("t/f.json", ROW * ROWS + line + "\n" + ROW)
    answer = lake.run("SELECT count(*) FROM t")
    if is_read:
        assert (answer.state, answer.rows) == ("SUCCEEDED", [(str(ROWS + 2),)]), answer.reason
    else:
        assert answer.reason.startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object"), answer.rows


@pytest.mark.parametrize("serde", [OPENX_JSON, HCATALOG_JSON])
def test_no_line_of_a_regular_file_is_parsed(lake: Lake, serde: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> str:
        raise AssertionError("the lines are parsed")

    monkeypatch.setattr("local_cloud.athena.formats.serde.json_objects_sql", refuse)
    lake.table("id bigint, name string", keys="p string", serde=serde)
    for partition, rows in (("x", ROWS), ("y", ROWS + 1)):
        lake.put(f"t/{partition}/f.json", ROW * rows)
        lake.partition(partition)
    assert lake.rows("SELECT count(*) FROM t") == [(str(2 * ROWS + 1),)]
    counted = lake.rows('SELECT p, "$path", count(*) FROM t GROUP BY 1, 2 ORDER BY 1')
    assert counted == [
        ("x", lake.uri("t/x/f.json"), str(ROWS)),
        ("y", lake.uri("t/y/f.json"), str(ROWS + 1)),
    ]
    assert lake.rows("SELECT count(*) FROM t WHERE p = 'y'") == [(str(ROWS + 1),)]


def test_counted_and_parsed_files_are_one_table(lake: Lake) -> None:
    lake.table("id bigint", serde=OPENX_JSON)
    lake.put("t/counted.json", ROW * ROWS)
    lake.put("t/again.json", ROW * ROWS)
    lake.put("t/parsed.json", ROW * ROWS + "\n")
    lake.put("t/small.json", ROW)
    assert lake.rows("SELECT count(*) FROM t") == [(str(3 * ROWS + 2),)]
    assert lake.rows("SELECT count(id) FROM t") == [(str(3 * ROWS + 1),)]


@pytest.mark.parametrize(
    ("parameters", "content", "expected"),
    [
        ({"skip.header.line.count": "1"}, "id\n" + ROW * ROWS, ROWS),
        ({}, ROW * ROWS + ROW.rstrip("\n"), ROWS + 1),
        ({}, ROW.replace("\n", "\r\n") * ROWS, ROWS),
        ({}, "\ufeff" + ROW * ROWS, ROWS),
        ({}, (ROW * ROWS).encode() + b'{"name":"\xff"}\n', ROWS + 1),
    ],
)
def test_files_that_are_not_plain_lines(
    lake: Lake, parameters: dict[str, str], content: str | bytes, expected: int
) -> None:
    lake.table("id bigint", serde=OPENX_JSON, parameters=parameters)
    lake.put("t/f.json", content)
    assert lake.rows("SELECT count(*) FROM t") == [(str(expected),)]
