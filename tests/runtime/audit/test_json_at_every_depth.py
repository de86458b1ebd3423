"""Tests of JSON checked against its types at every depth, as the SerDe reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.runtime.audit.text_audit import audit, content, findings

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = {
    "id": "bigint",
    "customer": "struct<id:bigint,firstname:string,age:int>",
    "items": "array<struct<sku:string,qty:int>>",
    "sizes": "array<int>",
    "counts": "map<string,array<smallint>>",
    "days": "map<int,date>",
    "note": "string",
    "code": "varchar(3)",
    "raw": "binary",
    "price": "decimal(10,2)",
    "paid": "boolean",
    "by_day": "map<date,int>",
    "by_time": "map<timestamp,int>",
    "by_price": "map<decimal(10,2),int>",
}
TABLE = content("json", [{"name": name, "type": kind} for name, kind in COLUMNS.items()])


def found_in(line: str, folder: Path) -> list[str]:
    found = findings(audit(folder, f"{line}\n".encode("utf-8", "surrogatepass"), TABLE, "a.json"), folder)
    return [text.removeprefix("a.json, line 1: ") for text in found]


@pytest.mark.parametrize(
    "line",
    [
        '{"id": 2, "customer": {"id": 8, "firstName": "Bo", "age": 30}}',
        '{"CUSTOMER": {"AGE": "30"}, "items": [{"Qty": 2}, null, {"sku": null}], "sizes": [1, null]}',
        '{"counts": {"a": [1], "b": []}, "days": {"1": "2024-01-02", "-7": null}}',
        '{"customer": {"id": 1, "other": {"deep": [{"x": 1}]}}, "customer2": {"a": 1}}',
        '{"note": {"a": [1, 0.5, "x"]}, "code": true}',
        '{"note": 12345678901234567890, "price": "1e2", "raw": "YWI="}',
        '{"price": 99999999.994, "id": "", "paid": "TRUE"}',
        '{"note": "\\ud83d\\ude00 \\u00e9"}',
        '{"by_day": {"2026-01-01": 1, "2026-10-01": 2, "2026-01-10": 3, "2020-01-01": 4}}',
        '{"by_time": {"2026-01-01 00:00:10": 1, "2026-01-01 00:00:01": 2, "2026-01-01 00:00:01.1": 3, "2026-01-01 00:00:01.01": 4}}',
        '{"by_price": {"1": 1, "10": 2, "0.01": 3, "0.1": 4}}',
    ],
)
def test_what_engines_read_alike_is_no_finding(line: str, tmp_path: Path) -> None:
    # `code` is varchar(3), and `true` has four characters
    assert found_in(line.replace(', "code": true', ""), tmp_path) == []


@pytest.mark.parametrize(
    ("line", "problems"),
    [
        (
            '{"id":1,"customer":{"age":"n/a"},"items":[{"qty":"two"}],"sizes":["x",3000000000]}',
            [
                "customer.age is 'n/a': it is not an int: write digits alone, or nothing",
                "items[].qty is 'two': it is not an int: write digits alone, or nothing",
                "sizes[] is 'x': it is not an int: write digits alone, or nothing",
                "sizes[] is 3000000000: it is outside the range of int (-2147483648 to 2147483647): use a wider type for the column",
            ],
        ),
        (
            '{"customer":{"firstName":"Gi","firstname":"gi"}}',
            ["customer: keys differ only in case, ['firstName', 'firstname']"],
        ),
        ('{"items":[{"qty":1,"qty":2}]}', ["items[]: a key is repeated, ['qty']"]),
        ('{"unknown":{"deep":[{"a":1,"A":2}]}}', ["unknown.deep[]: keys differ only in case, ['A', 'a']"]),
        ('{"counts":{"x":[1],"X":[2]}}', ["counts: keys differ only in case, ['X', 'x']"]),
        ('{"counts":{"x":[1,40000]}}', ["counts['x'][] is 40000: it is outside the range of smallint"]),
        ('{"counts":{"x":1}}', ["counts['x'] is 1: it is not an array<smallint>: write an array"]),
        ('{"days":{"one":"2024-01-02"}}', ["days is an object with the key 'one': it is not an int"]),
        ('{"days":{"":null}}', ["days is an object with the key '': it is not an int"]),
        ('{"days":{"1":null,"+1":null}}', ["days is an object with the key '+1' in two spellings"]),
        (
            '{"by_day":{"2026-1-1":1,"2026-01-01":2}}',
            ["by_day is an object with the key '2026-01-01' in two spellings"],
        ),
        (
            '{"by_time":{"2026-1-1 0:00:00":1,"2026-01-01 00:00:00.0":2}}',
            ["by_time is an object with the key '2026-01-01 00:00:00.0' in two spellings"],
        ),
        ('{"by_price":{"1":1,"1.001":2}}', ["by_price is an object with the key '1.001' in two spellings"]),
        ('{"customer":{"name":"Bo"}}', ["""customer is {"name": "Bo"}: none of its keys is a field of struct<"""]),
        ('{"customer":["Bo"]}', ["""customer is ["Bo"]: it is not a struct<"""]),
        ('{"items":{"qty":1}}', ["""items is {"qty": 1}: it is not an array<"""]),
        ('{"note":"\\ud800"}', ["note is '\\ud800': it contains half of a surrogate pair"]),
        ('{"note":["\\udfff"]}', ["it contains half of a surrogate pair"]),
        ('{"counts":{"\\ud800":[]}}', ["it contains half of a surrogate pair"]),
        ('{"note":"a\\u0000b"}', ["it contains the control character '\\x00'"]),
        ('{"note":1.50}', ["note is 1.50: it contains the number 1.50, which engines format differently"]),
        ('{"note":{"a":1e2}}', ["it contains the number 1e2"]),
        ('{"code":"Zürich"}', ["code is 'Zürich': it has 6 characters, and would be cut to the first 3"]),
        ('{"code":true}', ["code is true: it has 4 characters"]),
        ('{"code":{"a":1}}', ["it is not a varchar(3): write a string"]),
        ('{"raw":"abc"}', ["raw is 'abc': it is not Base64"]),
        ('{"raw":12}', ["raw is 12: it is a number, and binary values are Base64 strings"]),
        ('{"price":1e20}', ["price is 1e20: it is outside the range of decimal(10,2)"]),
        ('{"price":99999999.995}', ["price is 99999999.995: it is outside the range of decimal(10,2)"]),
        ('{"paid":""}', ["paid is '': it is not a boolean: write null, or omit it"]),
        ('{"id":"010"}', ["id is '010': it begins with 0, and would be read as an octal number"]),
        ('{"id":1e400}', ["id is 1e400: it is not a bigint"]),
    ],
)
def test_what_is_read_otherwise_is_found_by_its_path(line: str, problems: list[str], tmp_path: Path) -> None:
    found = found_in(line, tmp_path)
    assert len(found) == len(problems), found
    for text, problem in zip(found, problems, strict=True):
        assert problem in text


def test_a_blank_line_among_rows_is_a_row_of_nulls(tmp_path: Path) -> None:
    body = b'{"id": 1}\n\n{"id": 2}\n'
    (found,) = findings(audit(tmp_path, body, TABLE, "a.json"), tmp_path)
    assert found == "a.json, line 2: it is blank, and engines read a blank line as a row of nulls: remove it"
    assert findings(audit(tmp_path, body.replace(b"\n\n", b"\n"), TABLE, "a.json"), tmp_path) == []


@pytest.mark.parametrize("opening", ['{"a":', "["])
def test_a_value_without_end_is_no_traceback(opening: str, tmp_path: Path) -> None:
    closing = {"[": "]", '{"a":': "}"}[opening]
    for depth in (900, 5000, 200_000):
        line = f'{{"note": {opening * depth}1{closing * depth}, "code": {opening * 900}1{closing * 900}}}'
        assert found_in(line, tmp_path), depth
