"""Tests of Parquet's footer as written by PyArrow: our reader agrees with PyArrow's, and finds what the table would misread."""

from __future__ import annotations

import datetime as dt
import decimal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partitioned_pipelines.lake.partitions.key_value import PartitionKey
from partitioned_pipelines.runtime.audit import TableContent, audit_local
from partitioned_pipelines.runtime.audit.data_file import LocalFile
from partitioned_pipelines.runtime.audit.parquet.footer import Footer, InvalidParquetError, read_footer
from partitioned_pipelines.runtime.audit.parquet.schema_node import InvalidSchemaError, build_schema
from partitioned_pipelines.runtime.audit.parquet.thrift_compact import CompactReader, InvalidThriftError

if TYPE_CHECKING:
    from pathlib import Path

KEYS = [PartitionKey("dt")]
_STRUCT = 12  # of the compact protocol
MOMENT = dt.datetime(2021, 12, 15, 1, 2, 3)  # noqa: DTZ001  # Hive's timestamps have no timezone
WRITTEN: dict[str, tuple[Any, Any]] = {
    "bool": (pa.bool_(), True),
    "int8": (pa.int8(), 1),
    "int16": (pa.int16(), 1),
    "int32": (pa.int32(), 1),
    "int64": (pa.int64(), 1),
    "uint32": (pa.uint32(), 1),
    "float32": (pa.float32(), 1.0),
    "float64": (pa.float64(), 1.0),
    "string": (pa.string(), "日本"),
    "large_string": (pa.large_string(), "a"),
    "binary": (pa.binary(), b"a"),
    "date32": (pa.date32(), MOMENT.date()),
    "timestamp_ms": (pa.timestamp("ms"), MOMENT),
    "timestamp_us": (pa.timestamp("us"), MOMENT),
    "timestamp_ns": (pa.timestamp("ns"), MOMENT),
    "decimal_10_2": (pa.decimal128(10, 2), decimal.Decimal("1.50")),
    "list": (pa.list_(pa.int32()), [1]),
    "map": (pa.map_(pa.string(), pa.int32()), [("a", 1)]),
    "struct": (pa.struct([("b", pa.int32()), ("c", pa.struct([("d", pa.string())]))]), {"b": 1, "c": {"d": "x"}}),
}
# For each Hive type, all of the above types that it reads: for wider integers, the statistics show that 1 fits.
READ = {
    "boolean": {"bool"},
    "tinyint": {"int8", "int16", "int32"},
    "smallint": {"int8", "int16", "int32"},
    "int": {"int8", "int16", "int32"},
    "bigint": {"int8", "int16", "int32", "int64"},
    "float": {"float32"},
    "double": {"float32", "float64"},
    "string": {"string", "large_string", "binary"},
    "binary": {"string", "large_string", "binary"},
    "date": {"date32"},
    "timestamp": {"timestamp_ms", "timestamp_us", "timestamp_ns"},
    "decimal(10,2)": {"decimal_10_2"},
    "decimal(12,2)": {"decimal_10_2"},
    "decimal(10,3)": set(),
    "array<int>": {"list"},
    "map<string,int>": {"map"},
    "struct<b:int,c:struct<d:string>>": {"struct"},
}


def write_all(path: Path, **options: Any) -> LocalFile:
    columns = {name: pa.array([value], kind) for name, (kind, value) in WRITTEN.items()}
    path.parent.mkdir(exist_ok=True)
    pyarrow.parquet.write_table(pa.table(columns), path, **options)
    return LocalFile(path, path.stat().st_size)


def audit(folder: Path, *columns: tuple[str, str]) -> list[str]:
    table: Any = {
        "format": "parquet",
        "columns": [{"name": name, "type": kind} for name, kind in columns],
        "partition_keys": [{"name": "dt"}],
    }
    return [str(finding) for finding in audit_local(folder, TableContent.from_payload(table), KEYS).findings]


@pytest.mark.parametrize("version", ["1.0", "2.6"])
def test_the_columns_are_those_that_pyarrow_reads(version: str, tmp_path: Path) -> None:
    file = write_all(tmp_path / "dt=a" / "a.parquet", version=version)
    theirs = pyarrow.parquet.read_metadata(file.path).schema
    by_top_level: dict[str, Any] = {}
    for number in range(len(theirs)):
        by_top_level.setdefault(theirs[number].path.partition(".")[0], theirs[number])
    ours = read_footer(file).columns
    assert [column.name for column in ours] == list(WRITTEN)
    for column in ours:
        their = by_top_level[column.name]
        if column.physical:
            assert column.physical == their.physical_type
            if "timestamp" in column.name:  # PyArrow does not expose the converted type of local timestamps
                assert column.annotation.startswith("TIMESTAMP") == (str(their.logical_type) != "None")
            else:
                assert column.annotation == their.converted_type.replace("NONE", "")


@pytest.mark.parametrize("hive_type", READ)
def test_each_type_is_read_from_what_it_can_be_and_nothing_else(hive_type: str, tmp_path: Path) -> None:
    write_all(tmp_path / "dt=a" / "a.parquet")
    for name in WRITTEN:
        found = audit(tmp_path, (name, hive_type))
        assert (found == []) == (name in READ[hive_type]), (name, hive_type, found)
        assert not found or f"{name} is " in found[0]


def test_spark_writes_int96_and_its_timestamps_are_read(tmp_path: Path) -> None:
    write_all(tmp_path / "dt=a" / "a.parquet", use_deprecated_int96_timestamps=True)
    assert audit(tmp_path, ("timestamp_ns", "timestamp")) == []


def test_what_is_wrong_is_said_with_what_to_write(tmp_path: Path) -> None:
    write_all(tmp_path / "dt=a" / "a.parquet")
    found = audit(tmp_path, ("int64", "int"), ("string", "string"), ("missing", "string"))
    assert [text.partition("a.parquet: ")[2] for text in found] == [
        "int64 is INT64, the table's is int: write INT32",
        f"it has no column 'missing', which would be null; its columns are {sorted(WRITTEN)!r}",
    ]


def test_columns_are_found_in_any_case(tmp_path: Path) -> None:
    (tmp_path / "dt=a").mkdir()
    pyarrow.parquet.write_table(pa.table({"Name": ["a"]}), tmp_path / "dt=a" / "a.parquet")
    assert audit(tmp_path, ("name", "string")) == []
    pyarrow.parquet.write_table(pa.table({"Name": ["a"], "name": ["b"]}), tmp_path / "dt=a" / "a.parquet")
    assert "differ only in case" in audit(tmp_path, ("name", "string"))[0]


def test_a_footer_longer_than_the_first_read(tmp_path: Path) -> None:
    (tmp_path / "dt=a").mkdir()
    columns = {f"column_{number}": [number] for number in range(2000)}
    path = tmp_path / "dt=a" / "a.parquet"
    pyarrow.parquet.write_table(pa.table(columns), path)
    assert [column.name for column in read_footer(LocalFile(path, path.stat().st_size)).columns] == list(columns)
    assert pyarrow.parquet.read_metadata(path).serialized_size > 64 * 1024


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "it has 0 bytes"),
        (b"a,1\n" * 10, "does not end in PAR1"),
        (b"PAR1" + b"x" * 20 + b"PARE", "its footer is encrypted"),
        (b"PAR1" + b"\xff\xff\xff\x7fPAR1", "its footer would have 2147483647 bytes"),
        (b"PAR1" + b"\x00" * 4 + b"\x04\x00\x00\x00PAR1", "its footer contains no schema"),
        (b"PAR1" + b"\x1f" * 4 + b"\x04\x00\x00\x00PAR1", "its footer cannot be read"),
    ],
)
def test_what_is_no_parquet_is_said_to_be_none(body: bytes, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(body)
    with pytest.raises(InvalidParquetError, match=problem):
        read_footer(LocalFile(path, len(body)))


@pytest.mark.parametrize("field", [5, 7, 8])
@pytest.mark.parametrize("value", [b"1", 1.5, [1], True])
def test_an_element_with_a_value_of_another_type_is_refused(field: int, value: object) -> None:
    root, column = {4: b"root", 5: 1}, {4: b"a", 1: 1}
    assert build_schema([root, {**column, field: 0}])
    with pytest.raises(InvalidSchemaError, match=f"field {field} of an element is"):
        build_schema([root, {**column, field: value}])


@given(st.binary(max_size=400))
def test_any_bytes_are_a_struct_or_refused(data: bytes) -> None:
    with suppress(InvalidThriftError):
        assert isinstance(CompactReader(data).value(_STRUCT), dict)


@given(st.binary(max_size=400))
def test_what_is_skipped_is_what_would_be_read(data: bytes) -> None:
    reading, skipping = CompactReader(data), CompactReader(data)
    try:
        reading.value(_STRUCT)
    except InvalidThriftError as error:
        with pytest.raises(type(error)):
            skipping.skip(_STRUCT)
    else:
        skipping.skip(_STRUCT)
        assert skipping.position == reading.position


@given(st.data())
def test_a_damaged_footer_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.parquet"
    if not path.exists():
        write_all(path)
        path.with_suffix(".whole").write_bytes(path.read_bytes())
    whole = bytearray(path.with_suffix(".whole").read_bytes())
    length = int.from_bytes(whole[-8:-4], "little")
    position = data.draw(st.integers(len(whole) - 8 - length, len(whole) - 9))
    whole[position] = data.draw(st.integers(0, 255))
    path.write_bytes(whole)
    with suppress(InvalidParquetError):
        assert isinstance(read_footer(LocalFile(path, len(whole))), Footer)
