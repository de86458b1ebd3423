"""Tests of Parquet at every depth, its storage, and the cost of reading a footer."""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pyarrow.parquet.encryption as pe
import pytest

from partitioned_pipelines.runtime.audit.data_file import LocalFile
from partitioned_pipelines.runtime.audit.parquet import footer as footer_module
from partitioned_pipelines.runtime.audit.parquet.footer import InvalidParquetError, read_footer
from partitioned_pipelines.runtime.audit.parquet.thrift_compact import MOST_VALUES, CompactReader
from tests.runtime.audit.test_parquet_files import audit

if TYPE_CHECKING:
    from pathlib import Path

OWNER = ("owner", "struct<team:string,cost:double>")


def problems(folder: Path, table: Any, *columns: tuple[str, str], **options: Any) -> list[str]:
    path = folder / "dt=a" / "a.parquet"
    path.parent.mkdir(exist_ok=True)
    pyarrow.parquet.write_table(pa.table(table) if isinstance(table, dict) else table, path, **options)
    return [text.partition("a.parquet: ")[2] for text in audit(folder, *columns)]


@pytest.mark.parametrize(
    ("column", "values", "problem"),
    [
        (OWNER, [{"team": "a", "cost": 1.5}], None),
        (OWNER, [{"cost": 1.5}], None),
        (OWNER, [{"more": [1], "Cost": 1.5, "Team": "a"}], None),
        (OWNER, [{"team": "a", "cost": "1,5"}], "owner.cost is BYTE_ARRAY UTF8, the table's is double: write DOUBLE"),
        (OWNER, [{"team": "a", "cost": 3}], "owner.cost is INT64, the table's is double: write DOUBLE"),
        (OWNER, [{"name": "a"}], "owner has none of the table's fields (team, cost)"),
        (OWNER, ["a"], "owner is BYTE_ARRAY UTF8, the table's is struct<team:string,cost:double>: write a group"),
        (OWNER, [{"team": "a", "cost": None}], "owner.cost has no type: all its values are null; set one"),
        (OWNER, [{"cost": 1.5, "COST": 2.5}], "fields of owner have the same name, or differ only in case"),
        (("v", "array<struct<a:bigint>>"), [[{"A": 1}]], None),
        (("v", "array<struct<a:bigint>>"), [["x"]], "v[] is BYTE_ARRAY UTF8, the table's is struct<a:bigint>"),
        (("v", "array<struct<a:bigint>>"), [[{"a": "x"}]], "v[].a is BYTE_ARRAY UTF8, the table's is bigint"),
        (("v", "array<string>"), [[None]], "v[] has no type: all its values are null; set one"),
        (("v", "array<bigint>"), [1], "v is INT64, the table's is array<bigint>: write a LIST"),
        (("v", "bigint"), [[1]], "v is group LIST, the table's is bigint"),
        (("v", "map<string,bigint>"), pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())), None),
        (("v", "map<string,bigint>"), pa.array([[(1, 1)]], pa.map_(pa.int64(), pa.int64())), "v[key] is INT64, the table's is string"),
        (
            ("v", "map<string,array<int>>"),
            pa.array([[("a", [1])]], pa.map_(pa.string(), pa.list_(pa.int64()))),
            "v[value][] is INT64, the table's is int",
        ),
        (("v", "map<string,bigint>"), [{"a": 1}], "v is group, the table's is map<string,bigint>: write a MAP"),
    ],
)  # fmt: skip
def test_nested_types_are_compared_at_every_depth(
    column: tuple[str, str], values: Any, problem: str | None, tmp_path: Path
) -> None:
    found = problems(tmp_path, {column[0]: values}, column)
    assert len(found) == (problem is not None), found
    assert problem is None or found[0].startswith(problem)


def test_many_levels_are_compared_to_the_last(tmp_path: Path) -> None:
    kind, value = "int", pa.array([1], pa.int64())
    for level in range(14):
        kind = f"array<{kind}>" if level % 2 else f"struct<a:{kind}>"
        value = (
            pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), value)
            if level % 2
            else pa.StructArray.from_arrays([value], names=["A"])
        )
    (found,) = problems(tmp_path, {"v": value}, ("v", kind))
    assert found == f"v{'[].a' * 7} is INT64, the table's is int: write INT32"


def test_a_column_of_nulls_alone_has_no_type(tmp_path: Path) -> None:
    (tmp_path / "dt=a").mkdir()
    pd.DataFrame({"remark": [None, None]}).to_parquet(tmp_path / "dt=a" / "a.parquet")
    assert [text.partition("a.parquet: ")[2] for text in audit(tmp_path, ("remark", "string"))] == [
        "remark has no type: all its values are null; set one (pandas: astype('string'))"
    ]
    assert "astype('Int64')" in audit(tmp_path, ("remark", "bigint"))[0]


def test_counts_of_polars_are_unsigned_and_read_as_signed(tmp_path: Path) -> None:
    (tmp_path / "dt=a").mkdir()
    counts = {"n": (4034472678, pl.UInt32), "a": (200, pl.UInt8), "b": (60000, pl.UInt16)}
    frame = pl.DataFrame({name: pl.Series([value], dtype=kind) for name, (value, kind) in counts.items()})
    frame.write_parquet(tmp_path / "dt=a" / "a.parquet")
    for kind in ("bigint", "int"):
        (found,) = audit(tmp_path, ("n", kind))
        assert "n is INT32 UINT_32, the table's is " in found
        assert "Trino reads it as signed: cast to Int64" in found
    assert audit(tmp_path, ("a", "smallint"), ("b", "int")) == []


@pytest.mark.parametrize(
    ("kind", "values", "problem"),
    [
        ("tinyint", [[1, None], [-128, 127]], None),
        ("tinyint", [[None], [None]], None),
        ("tinyint", [[], []], None),
        ("tinyint", [[1], [200]], "v is INT32, the table's is tinyint, and its values range from 1 to 200: write INT32 INT_8"),
        ("smallint", [[-32768], [32767]], None),
        ("smallint", [[1], [-32769]], "its values range from -32769 to 1: write INT32 INT_16"),
    ],
)  # fmt: skip
def test_integers_of_no_width_have_to_fit_by_their_statistics(
    kind: str, values: list[list[int | None]], problem: str | None, tmp_path: Path
) -> None:
    groups = [pa.table({"other": pa.array(["x"] * len(group)), "v": pa.array(group, pa.int32())}) for group in values]
    path = tmp_path / "dt=a" / "a.parquet"
    path.parent.mkdir()
    with pyarrow.parquet.ParquetWriter(path, groups[0].schema) as writer:
        for group in groups:
            writer.write_table(group)
    found = audit(tmp_path, ("v", kind))
    # A file without rows is not a finding about its types.
    found = [text for text in found if "has no rows" not in text]
    assert len(found) == (problem is not None), found
    assert problem is None or problem in found[0]


def test_without_statistics_nobody_knows(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, {"v": pa.array([1], pa.int32())}, ("v", "tinyint"), write_statistics=False)
    assert "its statistics do not show whether its values fit" in found


@pytest.mark.parametrize(
    ("codec", "problem"),
    [
        *((codec, None) for codec in ("none", "snappy", "gzip", "zstd")),
        ("brotli", "it is compressed by BROTLI, which Athena does not read (v): write snappy, gzip or zstd"),
        ("lz4", "it is compressed by LZ4_RAW, which Athena does not read (v)"),
        ({"v": "brotli", "s": "snappy"}, "it is compressed by BROTLI, which Athena does not read (v)"),
    ],
)
def test_only_codecs_that_athena_reads_are_published(codec: Any, problem: str | None, tmp_path: Path) -> None:
    found = problems(tmp_path, {"s": ["a"] * 9, "v": ["a"] * 9}, ("s", "string"), ("v", "string"), compression=codec)
    if codec in ("brotli", "lz4"):
        problem = (problem or "").replace("(v)", "(s, v)")
    assert len(found) == (problem is not None), found
    assert problem is None or found[0].startswith(problem)


class _Keys(pe.KmsClient):  # type: ignore[misc]  # PyArrow has no types
    def wrap_key(self, key_bytes: bytes, _: str) -> bytes:
        return base64.b64encode(key_bytes)

    def unwrap_key(self, wrapped_key: bytes, _: str) -> bytes:
        return base64.b64decode(wrapped_key)


def test_encrypted_columns_are_found_though_the_footer_is_plain(tmp_path: Path) -> None:
    settings = pe.EncryptionConfiguration(footer_key="f", column_keys={"c": ["v"]}, plaintext_footer=True)
    factory = pe.CryptoFactory(lambda _: _Keys())
    properties = factory.file_encryption_properties(pe.KmsConnectionConfig(), settings)
    found = problems(
        tmp_path, {"s": ["a"], "v": ["a"]}, ("s", "string"), ("v", "string"), encryption_properties=properties
    )
    assert found == ["columns are encrypted, which Athena does not read, ['v']: write them without encryption"]


class _Counted(CompactReader):
    """A reader that counts what all readers read and skip."""

    total = 0

    def _count(self) -> None:
        _Counted.total += 1
        super()._count()


def test_the_cost_of_a_footer_does_not_grow_with_its_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the schema and one row group are read and fetched, for 100 row groups as for one."""
    monkeypatch.setattr(footer_module, "CompactReader", _Counted)
    costs = []
    for groups in (1, 100):
        path = tmp_path / f"{groups}.parquet"
        columns = {f"column_{number}": [1.5] * 100 for number in range(300)}
        pyarrow.parquet.write_table(pa.table(columns), path, row_group_size=100 // groups)
        fetched = _Fetched(path)
        _Counted.total = 0
        read = read_footer(fetched)
        assert (read.rows, len(read.columns), len(read.chunks)) == (100, 300, 300)
        costs.append((_Counted.total, fetched.bytes))
    assert pyarrow.parquet.read_metadata(path).serialized_size > 3_000_000
    assert costs[1][0] == costs[0][0]
    assert costs[1][1] < 200_000


class _Fetched:
    def __init__(self, path: Path) -> None:
        self._file = LocalFile(path, path.stat().st_size)
        self.name, self.size, self.open = self._file.name, self._file.size, self._file.open
        self.bytes = 0

    def read_range(self, start: int, end: int) -> bytes:
        self.bytes += end - start
        return self._file.read_range(start, end)


def test_a_schema_longer_than_the_first_reads(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    columns = {f"column_{number:0200d}": [number] for number in range(3000)}
    pyarrow.parquet.write_table(pa.table(columns), path)
    assert [column.name for column in read_footer(LocalFile(path, path.stat().st_size)).columns] == list(columns)


NESTED = {
    "structs": lambda depth: b"\x1c" * depth,
    "lists": lambda depth: b"\x19" + b"\x19" * depth,
    "maps": lambda depth: b"\x1b" + b"\x01\xbb" * depth,
}


@pytest.mark.parametrize("depth", [100, 100_000])
@pytest.mark.parametrize("kind", NESTED)
def test_a_footer_that_is_nested_without_end_is_refused_by_the_file_s_name(
    kind: str, depth: int, tmp_path: Path
) -> None:
    for head in (b"", b"\x15\x02"):  # in place of the version, and of the schema
        found = crafted(tmp_path, head + NESTED[kind](depth))
        assert "a.parquet: its footer " in found


@pytest.mark.parametrize(
    "body",
    [
        b"\x15\x02\x19\xfc" + b"\xff" * 8 + b"\x01",  # a schema of 2^57 elements
        b"\x15\x02\x19\xfc" + b"\xff" * 20,  # a length without end
        b"\x18\xff\xff\xff\xff\x0f",  # a binary of 4 GiB
        b"\x15",  # cut off in a number
        b"\x15\x02\x19\x2c\x48\x04root\x15\x02\x00\x18\x01a\x15\x7e\x00\x16\x02\x00",  # a number of children that are not there
        b"\x15\x02\x29\x0c\x00",  # no schema at all
        b"\x15\x02\x19\x2c\x48\x04root\x15\x02\x00\x15\xfc\x01\x38\x01v\x00\x16\x02\x00",  # a type that does not exist
    ],
)
def test_a_footer_that_lies_is_refused_by_the_file_s_name(body: bytes, tmp_path: Path) -> None:
    assert "a.parquet: its footer " in crafted(tmp_path, body)


def test_a_footer_of_millions_of_values_is_refused(tmp_path: Path) -> None:
    found = crafted(tmp_path, b"\x1a\xf7" + _varint(MOST_VALUES + 10) + b"\x00" * 16 + b"\x00" * (MOST_VALUES * 8))
    assert "a.parquet: its footer " in found
    found = crafted(tmp_path, b"\x19\xf5" + _varint(MOST_VALUES + 10) + b"\x00" * (MOST_VALUES + 20))
    assert f"it has more than {MOST_VALUES} values" in found


def _varint(value: int) -> bytes:
    encoded = b""
    while value > 0x7F:
        encoded += bytes([value & 0x7F | 0x80])
        value >>= 7
    return encoded + bytes([value])


def crafted(folder: Path, body: bytes) -> str:
    path = folder / "dt=a" / "a.parquet"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"PAR1" + body + struct.pack("<I", len(body)) + b"PAR1")
    (found,) = audit(folder, ("v", "int"))
    return found


def test_an_invalid_footer_is_one_kind_of_error(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1" + b"\x1c" * 1000 + struct.pack("<I", 1000) + b"PAR1")
    with pytest.raises(InvalidParquetError, match="nested too deeply"):
        read_footer(LocalFile(path, path.stat().st_size))
