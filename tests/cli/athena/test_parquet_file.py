"""Tests of results as Parquet, read back with PyArrow."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partitioned_pipelines.cli.athena.result import ResultColumn
from partitioned_pipelines.cli.athena.result_csv import write_row
from partitioned_pipelines.cli.athena.result_formats import write_parquet
from partitioned_pipelines.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TYPES: list[tuple[ResultColumn, str, pa.DataType, Any]] = [
    (ResultColumn("c", "c", "tinyint"), "-128", pa.int8(), -128),
    (ResultColumn("c", "c", "smallint"), "32767", pa.int16(), 32767),
    (ResultColumn("c", "c", "integer"), "-1", pa.int32(), -1),
    (ResultColumn("c", "c", "int"), "-1", pa.int32(), -1),
    (ResultColumn("c", "c", "bigint"), "9223372036854775807", pa.int64(), 2**63 - 1),
    (ResultColumn("c", "c", "boolean"), "true", pa.bool_(), True),
    (ResultColumn("c", "c", "double"), "1.5E-5", pa.float64(), 1.5e-5),
    (ResultColumn("c", "c", "double"), "-Infinity", pa.float64(), -math.inf),
    (ResultColumn("c", "c", "float"), "0.1", pa.float32(), pytest.approx(0.1)),
    (ResultColumn("c", "c", "decimal", 38, 2), "1.50", pa.decimal128(38, 2), Decimal("1.50")),
    (ResultColumn("c", "c", "date"), "0001-01-01", pa.date32(), dt.date(1, 1, 1)),
    (ResultColumn("c", "c", "time"), "12:00:00.000", pa.time64("us"), dt.time(12)),
    (ResultColumn("c", "c", "timestamp"), "2024-01-01 00:00:00.123", pa.timestamp("us"), dt.datetime(2024, 1, 1, 0, 0, 0, 123000)),  # noqa: DTZ001
    (ResultColumn("c", "c", "varbinary"), "61 00 ff", pa.binary(), b"a\x00\xff"),
    (ResultColumn("c", "c", "varchar"), "007", pa.string(), "007"),
    (ResultColumn("c", "c", "array"), "[1, {a=2}]", pa.string(), "[1, {a=2}]"),
    (ResultColumn("c", "c", "interval day to second"), "1 00:00:00.000", pa.string(), "1 00:00:00.000"),
]  # fmt: skip


def convert(
    folder: Path, columns: Sequence[ResultColumn], rows: Sequence[tuple[str | None, ...]], limit: int | None = None
) -> pa.Table:
    source, target = folder / "source.csv", folder / "target.parquet"
    written = [tuple(column.label for column in columns), *rows]
    source.write_bytes("".join(map(write_row, written)).encode())
    write_parquet(source, target, columns, limit)
    return pq.read_table(target)


@pytest.mark.parametrize(("column", "cell", "kind", "value"), TYPES, ids=lambda case: getattr(case, "kind", None))
def test_values_have_their_columns_types(
    tmp_path: Path, column: ResultColumn, cell: str, kind: pa.DataType, value: Any
) -> None:
    table = convert(tmp_path, [column], [(cell,), (None,)])
    assert table.schema.field("c").type == kind
    assert table.column("c").to_pylist() == [value, None]


@pytest.mark.parametrize(
    "cell", ["2024-01-01 00:00:00.000 Asia/Tokyo", "2024-01-01 00:00:00.000 +09:00", "2023-12-31 15:00:00.000 UTC"]
)
def test_a_time_with_a_zone_is_an_instant(tmp_path: Path, cell: str) -> None:
    table = convert(tmp_path, [ResultColumn("c", "c", "timestamp with time zone")], [(cell,)])
    assert table.column("c").to_pylist() == [dt.datetime(2023, 12, 31, 15, tzinfo=dt.UTC)]


@settings(max_examples=30, deadline=None)
@given(
    rows=st.integers(1, 3).flatmap(
        lambda width: st.lists(
            st.tuples(*[st.none() | st.text(alphabet='",\n\ra \\é#\x00', max_size=5)] * width), max_size=12
        )
    )
)
def test_every_string_is_kept(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str | None, ...]]) -> None:
    """NULL, an empty string, a newline and a quote stay distinct, and no row is lost."""
    width = len(rows[0]) if rows else 1
    columns = [ResultColumn(f"c{index}", f"c{index}", "varchar") for index in range(width)]
    table = convert(tmp_path_factory.mktemp("rows"), columns, rows)
    assert [tuple(row.values()) for row in table.to_pylist()] == rows


def test_order_names_and_limit(tmp_path: Path) -> None:
    columns = [
        ResultColumn('a"b', 'a"b', "integer"),
        ResultColumn("特", "特", "integer"),
        ResultColumn("特", "特_2", "integer"),
    ]
    rows = [(str(n), str(-n), None) for n in range(1000, 0, -1)]
    table = convert(tmp_path, columns, rows, limit=500)
    assert table.column_names == ['a"b', "特", "特_2"]
    assert table.column('a"b').to_pylist() == list(range(1000, 500, -1))


def test_a_value_of_another_type_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written as Parquet") as caught:
        convert(tmp_path, [ResultColumn("c", "c", "integer")], [("x",)])
    assert caught.value.remedy == "write it as .csv or .json"
