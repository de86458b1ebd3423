"""The file with the columns of a result, a Protocol Buffers message."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloud_under_test.lake import Lake


def fields(content: bytes) -> list[tuple[int, int | bytes]]:
    """Return the fields of a message of numbers and strings."""
    found: list[tuple[int, int | bytes]] = []
    position = 0

    def varint() -> int:
        nonlocal position
        value = shift = 0
        while True:
            byte = content[position]
            position += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while position < len(content):
        tag = varint()
        value: int | bytes = varint()
        if tag & 7 == 2:
            assert isinstance(value, int)
            end = position + value
            value, position = content[position:end], end
        found.append((tag >> 3, value))
    return found


def described(lake: Lake, location: str) -> list[dict[int, int | bytes]]:
    columns = fields(lake.get(f"{location}.metadata"))
    assert {number for number, _ in columns} <= {4}
    return [dict(fields(column)) for _, column in columns if isinstance(column, bytes)]


def test_every_column_is_described(lake: Lake) -> None:
    answer = lake.run("SELECT 'x' AS a, CAST(1.5 AS decimal(10,3)) AS \"価格\"")
    first, second = described(lake, answer.execution["ResultConfiguration"]["OutputLocation"])
    assert first == {1: b"hive", 2: b"", 3: b"", 4: b"a", 5: b"a", 6: b"varchar", 7: 2147483647, 8: 0, 9: 3, 10: 1}
    assert (second[4], second[6], second[7], second[8]) == ("価格".encode(), b"decimal", 10, 3)


def test_what_is_no_query_has_it_too(lake: Lake) -> None:
    answer = lake.run("SHOW TABLES")
    (column,) = described(lake, answer.execution["ResultConfiguration"]["OutputLocation"])
    assert (column[4], column[6]) == (b"tab_name", b"string")
    made = lake.run("CREATE TABLE c AS SELECT 1 AS a").execution
    (rows,) = described(lake, lake.uri(f"results/{made['QueryExecutionId']}"))
    assert (rows[4], rows[6]) == (b"rows", b"bigint")
