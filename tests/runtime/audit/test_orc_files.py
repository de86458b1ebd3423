"""Tests of ORC's tail as written by PyArrow: our reader agrees with PyArrow's, and finds what the table would misread."""

from __future__ import annotations

import datetime as dt
import decimal
import random
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import orc

from partitioned_pipelines.lake.partitions.key_value import PartitionKey
from partitioned_pipelines.runtime.audit import TableContent, audit_local
from partitioned_pipelines.runtime.audit.data_file import LocalFile
from partitioned_pipelines.runtime.audit.orc import decompression
from partitioned_pipelines.runtime.audit.orc.decompression import (
    DamagedStreamError,
    UnknownCodecError,
    decompress,
)
from partitioned_pipelines.runtime.audit.orc.protobuf import InvalidMessageError, read_fields
from partitioned_pipelines.runtime.audit.orc.tail import InvalidOrcError, Tail, read_tail
from partitioned_pipelines.runtime.audit.orc.type_tree import build_columns

if TYPE_CHECKING:
    from pathlib import Path

    from partitioned_pipelines.runtime.audit.orc.type_tree import OrcType

KEYS = [PartitionKey("dt")]
CODECS = ["uncompressed", "zlib", "snappy", "lz4", "zstd"]
MOMENT = dt.datetime(2021, 12, 15, 1, 2, 3)  # noqa: DTZ001  # Hive's timestamps have no timezone
WRITTEN: dict[str, tuple[Any, Any]] = {
    "bool": (pa.bool_(), True),
    "int8": (pa.int8(), 1),
    "int16": (pa.int16(), 1),
    "int32": (pa.int32(), 1),
    "int64": (pa.int64(), 1),
    "float32": (pa.float32(), 1.0),
    "float64": (pa.float64(), 1.0),
    "string": (pa.string(), "日本"),
    "binary": (pa.binary(), b"a"),
    "date32": (pa.date32(), MOMENT.date()),
    "timestamp": (pa.timestamp("us"), MOMENT),
    "instant": (pa.timestamp("us", "UTC"), MOMENT),
    "decimal_10_2": (pa.decimal128(10, 2), decimal.Decimal("1.50")),
    "list": (pa.list_(pa.int32()), [1]),
    "map": (pa.map_(pa.string(), pa.int32()), [("a", 1)]),
    "struct": (pa.struct([("b", pa.int32()), ("C", pa.struct([("d", pa.string())]))]), {"b": 1, "C": {"d": "x"}}),
}
# For each Hive type, all of the above types that it reads.
READ = {
    "boolean": {"bool"},
    "tinyint": {"int8"},
    "smallint": {"int16"},
    "int": {"int16", "int32"},
    "bigint": {"int16", "int32", "int64"},
    "float": {"float32"},
    "double": {"float32", "float64"},
    "string": {"string"},
    "varchar(5)": {"string"},
    "binary": {"binary"},
    "date": {"date32"},
    "timestamp": {"timestamp"},
    "decimal(10,2)": {"decimal_10_2"},
    "decimal(12,2)": {"decimal_10_2"},
    "decimal(10,3)": set(),
    "array<int>": {"list"},
    "array<string>": set(),
    "map<string,int>": {"map"},
    "struct<b:int,c:struct<d:string>>": {"struct"},
    "struct<b:string>": set(),
    "struct<z:int>": set(),
}
PLAIN = st.sampled_from([kind for name, (kind, _) in WRITTEN.items() if name not in ("list", "map", "struct")])
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=6)
TYPES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        inner.map(pa.list_),
        st.tuples(PLAIN, inner).map(lambda pair: pa.map_(*pair)),
        st.lists(st.tuples(NAMES, inner), min_size=1, max_size=3, unique_by=lambda field: field[0]).map(pa.struct),
    ),
    max_leaves=6,
)


def write_table(path: Path, table: pa.Table, **options: Any) -> LocalFile:
    path.parent.mkdir(exist_ok=True)
    orc.write_table(table, path, **options)
    return LocalFile(path, path.stat().st_size)


def write_all(path: Path, **options: Any) -> LocalFile:
    return write_table(
        path, pa.table({name: pa.array([value], kind) for name, (kind, value) in WRITTEN.items()}), **options
    )


def audit(folder: Path, *columns: tuple[str, str]) -> list[str]:
    table: Any = {
        "format": "orc",
        "columns": [{"name": name, "type": kind} for name, kind in columns],
        "partition_keys": [{"name": "dt"}],
    }
    return [str(finding) for finding in audit_local(folder, TableContent.from_payload(table), KEYS).findings]


def arrow_type(found: OrcType) -> pa.DataType:
    """Return PyArrow's type for an ORC type."""
    plain = {
        "BOOLEAN": pa.bool_(), "BYTE": pa.int8(), "SHORT": pa.int16(), "INT": pa.int32(), "LONG": pa.int64(), "FLOAT": pa.float32(),
        "DOUBLE": pa.float64(), "STRING": pa.string(), "BINARY": pa.binary(), "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("ns"),
        "TIMESTAMP_INSTANT": pa.timestamp("ns", "UTC"),
    }  # fmt: skip
    if found.decimal:
        return pa.decimal128(*found.decimal)
    children = [arrow_type(child) for child in found.children]
    match found.kind:
        case "LIST":
            return pa.list_(children[0])
        case "MAP":
            return pa.map_(*children)
        case "STRUCT":
            return pa.struct([(part.name, kind) for part, kind in zip(found.children, children, strict=True)])
    return plain[found.kind]


@settings(deadline=None)
@given(
    schema=st.lists(st.tuples(NAMES, TYPES), min_size=1, max_size=5, unique_by=lambda field: field[0]),
    rows=st.integers(0, 3),
    codec=st.sampled_from(CODECS),
    stripe_size=st.sampled_from([1024, 64 * 1024 * 1024]),
)
def test_the_tail_says_what_pyarrow_reads(
    tmp_path_factory: pytest.TempPathFactory,
    schema: list[tuple[str, pa.DataType]],
    rows: int,
    codec: str,
    stripe_size: int,
) -> None:
    path = tmp_path_factory.getbasetemp() / "drawn.orc"
    table = pa.table({name: pa.nulls(rows, kind) for name, kind in schema})
    tail = read_tail(write_table(path, table, compression=codec, stripe_size=stripe_size))
    theirs = orc.ORCFile(path)
    assert tail.rows == theirs.nrows == rows
    assert pa.schema([(column.name, arrow_type(column)) for column in tail.columns]) == theirs.schema.remove_metadata()


@pytest.mark.parametrize("codec", CODECS)
def test_a_footer_longer_than_the_first_read_in_any_codec(codec: str, tmp_path: Path) -> None:
    drawn = random.Random(1)  # noqa: S311 - names that do not compress well
    columns = [f"column_{drawn.getrandbits(400):x}" for _ in range(2000)]
    file = write_table(tmp_path / "a.orc", pa.table({name: [1] for name in columns}), compression=codec)
    assert [column.name for column in read_tail(file).columns] == columns
    assert orc.ORCFile(file.path).file_footer_length > 64 * 1024


@pytest.mark.parametrize("hive_type", READ)
def test_each_type_is_read_from_what_it_can_be_and_nothing_else(hive_type: str, tmp_path: Path) -> None:
    write_all(tmp_path / "dt=a" / "a.orc")
    for name in WRITTEN:
        found = audit(tmp_path, (name, hive_type))
        assert (found == []) == (name in READ[hive_type]), (name, hive_type, found)


def test_what_is_wrong_is_said_with_what_to_write(tmp_path: Path) -> None:
    write_all(tmp_path / "dt=a" / "a.orc")
    found = audit(
        tmp_path, ("int64", "int"), ("instant", "timestamp"), ("struct", "struct<c:struct<d:int>>"), ("no", "int")
    )
    assert [text.partition("a.orc: ")[2] for text in found] == [
        "int64 is LONG, the table's is int: write INT (pyarrow: int32)",
        "instant is TIMESTAMP_INSTANT, the table's is timestamp: write TIMESTAMP, without a time zone (pyarrow: timestamp('us'))",
        "struct.c.d is STRING, the table's is int: write INT (pyarrow: int32)",
        f"it has no column 'no', which would be null; its columns are {sorted(WRITTEN)!r}",
    ]


def test_columns_are_found_in_any_case_and_order(tmp_path: Path) -> None:
    write_table(tmp_path / "dt=a" / "a.orc", pa.table({"b": ["x"], "A": pa.array([1], pa.int32()), "more": [1]}))
    assert audit(tmp_path, ("a", "int"), ("b", "string")) == []
    write_table(tmp_path / "dt=a" / "a.orc", pa.table({"Name": ["a"], "name": ["b"]}))
    assert "differ only in case" in audit(tmp_path, ("name", "string"))[0]


def test_a_partition_without_rows_is_found(tmp_path: Path) -> None:
    write_table(tmp_path / "dt=a" / "a.orc", pa.table({"a": pa.array([], pa.int32())}))
    (finding,) = audit(tmp_path, ("a", "int"))
    assert "the partition has no rows" in finding


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "does not end in ORC's postscript"),
        (b"\x20", "does not end in ORC's postscript"),
        (b"a,1\n" * 10, "does not end in ORC's postscript"),
        (b"PAR1" + b"x" * 20 + b"PAR1", "does not end in ORC's postscript"),
        (b"ORC\x08\x64\x10\x00\x82\xf4\x03\x03ORC\x0b", "its footer would have 100 bytes, in a file of 15"),
        (b"ORC\x08\x00\x10\x03\x82\xf4\x03\x03ORC\x0b", "it is compressed by LZO, which Athena does not read"),
        (b"ORC\x08\x00\x10\x63\x82\xf4\x03\x03ORC\x0b", "it is compressed by codec 99, which Athena does not read"),
        (b"ORC\x22\xff\x08\x02\x10\x00\x82\xf4\x03\x03ORC\x0b", "its footer cannot be read"),
        (b"ORC\x22\x02\x08\x03\x08\x04\x10\x00\x82\xf4\x03\x03ORC\x0b", "is not a struct of columns"),
    ],
)
def test_what_is_not_orc_is_refused(body: bytes, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "a.orc"
    path.write_bytes(body)
    with pytest.raises(InvalidOrcError, match=problem):
        read_tail(LocalFile(path, len(body)))


def test_a_file_that_was_cut_is_refused(tmp_path: Path) -> None:
    whole = write_all(tmp_path / "a.orc").path.read_bytes()
    for name, body in (("front", whole[100:]), ("middle", whole[:3] + whole[200:]), ("end", whole[:-1])):
        path = tmp_path / f"{name}.orc"
        path.write_bytes(body)
        with pytest.raises(InvalidOrcError, match="cut"):
            read_tail(LocalFile(path, len(body)))


def test_rows_that_the_stripes_do_not_have_are_refused(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.orc", pa.table({"a": [7] * 77})).path
    body = path.read_bytes()
    assert body.count(b"\x30\x4d") == 1, "field 6 of the footer: 77 rows"
    path.write_bytes(body.replace(b"\x30\x4d", b"\x30\x4e"))
    with pytest.raises(InvalidOrcError, match="records 78 rows, and its stripes 77"):
        read_tail(LocalFile(path, len(body)))


def test_a_zstd_footer_that_this_python_cannot_read_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    write_all(tmp_path / "dt=a" / "a.orc", compression="zstd")
    monkeypatch.setattr(decompression, "import_module", missing)
    (finding,) = [text for text in audit(tmp_path, ("int32", "int")) if "a.orc" in text]
    assert "compressed by ZSTD" in finding
    assert "was not checked" in finding


@pytest.mark.parametrize(
    ("types", "problem"),
    [
        ([b"\x08\x0c\x12\x01\x00\x1a\x01a"], "parts that are missing or used twice"),  # itself
        (
            [b"\x08\x0c\x12\x02\x01\x01\x1a\x01a\x1a\x01b", b"\x08\x03"],
            "parts that are missing or used twice",
        ),  # twice
        ([b"\x08\x0c\x12\x01\x02\x1a\x01a", b"\x08\x03"], "parts that are missing or used twice"),  # beyond
        ([b"\x08\x0c\x12\x01\x01", b"\x08\x03"], "names for 0"),
        ([b"\x08\x0c\x12\x01\x01\x1a\x01a", b"\x08\x0a"], "a LIST has 0 parts"),
    ],
)
def test_types_that_are_not_a_tree_are_refused(types: list[bytes], problem: str) -> None:
    with pytest.raises(InvalidMessageError, match=problem):
        build_columns(types)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    with suppress(InvalidMessageError):
        assert all(number >= 0 for number, _ in read_fields(data))


@given(data=st.binary(max_size=300), codec=st.sampled_from(["ZLIB", "SNAPPY", "LZ4", "ZSTD"]))
def test_any_bytes_decompress_within_the_limit_or_are_refused(data: bytes, codec: str) -> None:
    chunk = (len(data) << 1).to_bytes(3, "little") + data
    with suppress(DamagedStreamError):
        assert len(decompress(chunk, codec, 1000, 1000)) <= 1000


@pytest.mark.parametrize("codec", ["snappy", "lz4_raw", "zstd"])
@given(data=st.one_of(st.binary(max_size=500), st.lists(st.sampled_from([b"ab", b"a" * 70, b"xyz"])).map(b"".join)))
def test_what_arrow_compresses_is_decompressed(codec: str, data: bytes) -> None:
    packed = pa.Codec(codec).compress(data, asbytes=True)
    chunk = (len(packed) << 1).to_bytes(3, "little") + packed
    name = codec.partition("_")[0].upper()
    assert decompress(chunk, name, 100_000, 100_000) == data
    if len(data) > 1:
        with pytest.raises(DamagedStreamError):
            decompress(chunk, name, len(data) - 1, 100_000)


def test_a_stream_holds_no_more_than_its_limit() -> None:
    original = (600 << 1 | 1).to_bytes(3, "little") + b"x" * 600
    with pytest.raises(DamagedStreamError, match="more than 1000 bytes"):
        decompress(original * 2, "ZLIB", 600, 1000)
    with pytest.raises(UnknownCodecError):
        decompress(original, "LZO", 600, 1000)


@settings(deadline=None)
@given(st.data())
def test_a_damaged_tail_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    codec = data.draw(st.sampled_from(CODECS))
    path = tmp_path_factory.getbasetemp() / f"damaged-{codec}.orc"
    if not path.exists():
        write_all(path, compression=codec)
        path.with_suffix(".whole").write_bytes(path.read_bytes())
    whole = bytearray(path.with_suffix(".whole").read_bytes())
    position = data.draw(st.integers(max(0, len(whole) - 1000), len(whole) - 1))
    whole[position] = data.draw(st.integers(0, 255))
    path.write_bytes(whole)
    with suppress(InvalidOrcError):
        assert isinstance(read_tail(LocalFile(path, len(whole))), Tail)


@pytest.mark.parametrize("codec", ["ZLIB", "ZSTD", "SNAPPY", "LZ4"])
def test_a_block_size_of_zero_is_not_read_as_no_limit(codec: str) -> None:
    packed = zlib.compress(bytes(10_000_000), wbits=-zlib.MAX_WBITS)
    chunk = (len(packed) << 1).to_bytes(3, "little") + packed
    with pytest.raises(DamagedStreamError, match="its chunks would have 0 bytes"):
        decompress(chunk, codec, 0, 1000)
