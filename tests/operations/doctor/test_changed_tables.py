"""Tests of the doctor after changes of columns or partition keys: it reports all differences, and fixes only what it can."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from pyarrow import orc

from partitioned_pipelines.lake.partitions.catalog_rules import key_mismatch
from partitioned_pipelines.lake.partitions.key_value import PartitionKey
from partitioned_pipelines.lake.tables.storage_format import storage_descriptor, table_parameters
from partitioned_pipelines.operations.doctor import Finding, cascade_schema, examine
from partitioned_pipelines.operations.operation import OperationRefusedError
from partitioned_pipelines.runtime.catalog import RegistrationError
from tests.operations.doctor.examination import kinds, no_executions
from tests.runtime.registration.published_runs import (
    DAY,
    START,
    Clock,
    address,
    lease_of,
    prepare_rollback,
    publish,
)

if TYPE_CHECKING:
    from partitioned_pipelines.lake.tables.storage_format import TableFormat
    from tests.moto_lake import Lake

Columns = dict[str, str]


def deploy(lake: Lake, table_format: TableFormat, columns: Columns, keys: Columns | None = None) -> dict[str, Any]:
    """Change the table in the catalog as CloudFormation does: its partitions stay unchanged."""
    described = [{"name": name, "type": kind} for name, kind in columns.items()]
    table_input: Any = {
        "Name": "features",
        "Parameters": table_parameters(table_format),
        "PartitionKeys": [{"Name": name, "Type": kind} for name, kind in (keys or {"dt": "string"}).items()],
        "StorageDescriptor": storage_descriptor(table_format, described, lake.location),
    }
    lake.glue.update_table(DatabaseName="analytics", TableInput=table_input)
    changed: dict[str, Any] = table_input
    return changed


def hold(lake: Lake, table_format: TableFormat, columns: Columns, name: str, body: bytes) -> None:
    """Register a partition of a day, with the given columns and a file."""
    key = f"{lake.root('r1')}dt=2026-01-01/{name}"
    lake.s3.put_object(Bucket="lake", Key=key, Body=body)
    described = [{"name": column, "type": kind} for column, kind in columns.items()]
    descriptor: Any = storage_descriptor(table_format, described, f"s3://lake/{key[: -len(name)]}")
    lake.glue.create_partition(
        DatabaseName="analytics",
        TableName="features",
        PartitionInput={"Values": ["2026-01-01"], "StorageDescriptor": descriptor},
    )


def parquet(**columns: pa.Array) -> bytes:
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(columns), stream)
    return stream.getvalue()


def orc_of(**columns: Any) -> bytes:
    stream = io.BytesIO()
    orc.write_table(pa.table(columns), stream)
    return stream.getvalue()


def old_schema(lake: Lake, wanted: dict[str, Any]) -> Finding:
    found = examine(lake.s3, lake.glue, address(lake), wanted, no_executions())
    (finding,) = [each for each in found if each.kind == "old_schema"]
    return finding


def cascade(lake: Lake) -> int:
    return cascade_schema(lake.s3, lake.glue, address(lake), lease_of(lake, Clock()))


OLD = {"n": "int", "size": "decimal(6,0)", "at": "string"}
NEW = {"n": "string", "size": "decimal(28,5)", "at": "timestamp"}
FILE = parquet(
    n=pa.array([1], pa.int32()), size=pa.array([1], pa.decimal128(6, 0)), at=pa.array(["2024-01-01 00:00:00"])
)


def test_every_column_that_differs_is_named(lake: Lake) -> None:
    lake.create_table()
    hold(lake, "parquet", OLD, "a.parquet", FILE)
    finding = old_schema(lake, deploy(lake, "parquet", NEW))
    for name, before in OLD.items():
        assert f"{name!r} is {before}, and should be {NEW[name]}" in finding.problem


def test_a_cascade_over_files_that_cannot_be_read_is_no_fix(lake: Lake) -> None:
    lake.create_table()
    hold(lake, "parquet", OLD, "a.parquet", FILE)
    wanted = deploy(lake, "parquet", NEW)
    finding = old_schema(lake, wanted)
    assert "cannot read its files" in finding.problem
    assert "a.parquet" in finding.problem
    assert "--fix" not in str(finding.remedy)
    assert cascade(lake) == 0
    assert old_schema(lake, wanted) == finding, "still ill"


@pytest.mark.parametrize(
    ("table_format", "old", "new", "name", "body"),
    [
        ("parquet", {"a": "int"}, {"a": "bigint"}, "a.parquet", parquet(a=pa.array([1], pa.int32()))),
        ("parquet", {"a": "bigint"}, {"a": "bigint", "b": "string"}, "a.parquet", parquet(a=pa.array([1]))),
        ("parquet", {"a": "bigint", "b": "bigint"}, {"b": "bigint"}, "a.parquet", parquet(a=pa.array([1]), b=pa.array([1]))),
        ("orc", {"a": "int"}, {"a": "bigint"}, "a.orc", orc_of(a=pa.array([1], pa.int32()))),
        ("orc", {"a": "bigint", "b": "bigint"}, {"b": "bigint", "a": "bigint"}, "a.orc", orc_of(a=[1], b=[1])),
        ("csv", {"a": "string"}, {"a": "timestamp"}, "a.csv", b"2024-01-01 00:00:00\n"),
        ("csv", {"a": "int"}, {"a": "int", "b": "string"}, "a.csv", b"1\n"),
        ("csv", {"a": "int", "b": "int"}, {"a": "int", "c": "int"}, "a.csv", b"1,2\n"),
        ("json", {"a": "int"}, {"a": "bigint", "b": "string"}, "a.json", b'{"a": 1}\n'),
        ("json", {"a": "int", "b": "int"}, {"a": "int"}, "a.json", b'{"a": 1, "b": 2}\n'),
    ],
)  # fmt: skip
def test_a_cascade_is_a_fix_if_the_files_are_read_by_the_tables_schema(
    lake: Lake, table_format: TableFormat, old: Columns, new: Columns, name: str, body: bytes
) -> None:
    lake.create_table()
    hold(lake, table_format, old, name, body)
    wanted = deploy(lake, table_format, new)
    assert "--fix" in str(old_schema(lake, wanted).remedy)
    assert cascade(lake) == 1
    assert "old_schema" not in kinds(examine(lake.s3, lake.glue, address(lake), wanted, no_executions()))


@pytest.mark.parametrize(
    ("table_format", "old", "new", "name", "body", "says"),
    [
        ("csv", {"a": "string"}, {"a": "int"}, "a.csv", b"x\n", "a.csv"),
        ("csv", {"a": "int", "c": "int"}, {"a": "int", "b": "int", "c": "int"}, "a.csv", b"1,2\n", "'c' is field 2 of its files"),
        ("parquet", {"price": "bigint"}, {"amount": "bigint"}, "a.parquet", parquet(price=pa.array([1])), "'price', and 'amount'"),
        ("orc", {"price": "bigint"}, {"amount": "bigint"}, "a.orc", orc_of(price=[1]), "'price', and 'amount'"),
        ("orc", {"a": "bigint"}, {"a": "string"}, "a.orc", orc_of(a=[1]), "a is LONG"),
        ("json", {"price": "int"}, {"amount": "int"}, "a.json", b'{"price": 1}\n', "'price', and 'amount'"),
        ("parquet", {"a": "bigint"}, {"a": "bigint", "b": "string"}, "a.csv", b"1\n", "Parquet"),
    ],
)  # fmt: skip
def test_a_cascade_that_would_lose_data_is_none(
    lake: Lake, table_format: TableFormat, old: Columns, new: Columns, name: str, body: bytes, says: str
) -> None:
    lake.create_table()
    hold(lake, table_format, old, name, body)
    finding = old_schema(lake, deploy(lake, table_format, new))
    assert says in finding.problem
    assert cascade(lake) == 0


def test_a_renamed_column_is_found(lake: Lake) -> None:
    lake.create_table()
    hold(
        lake,
        "parquet",
        {"a": "bigint", "price": "double"},
        "a.parquet",
        parquet(a=pa.array([1]), price=pa.array([1.0])),
    )
    finding = old_schema(lake, deploy(lake, "parquet", {"a": "bigint", "amount": "double", "note": "string"}))
    assert "'price' is now 'amount', if it was renamed; it lacks 'note'" in finding.problem


KEYS = {"year": "string", "month": "string"}


@pytest.mark.parametrize(
    ("values", "location", "says"),
    [
        (("2024",), "s3://lake/t/year=2024/", "it has 1 value (2024), and the table's partition keys are year, month"),
        (("2024", "03", "jp"), "s3://lake/t/year=2024/month=03/region=jp/", "it has 3 values (2024/03/jp)"),
        (("03", "2024"), "s3://lake/t/month=03/year=2024/", "written under the keys month, year"),
        (("2024", "03"), "s3://lake/t/year=2024/day=03/", "written under the keys year, day"),
        (("2024", "03"), "s3://lake/t/year=2024/month=03/", None),
        (("2024", "03"), "s3://lake/t/root=x/Year=2024/Month=03/", None),
        (("2024", "03"), "s3://lake/elsewhere/", None),
        (("__HIVE_DEFAULT_PARTITION__", "03"), "s3://lake/elsewhere/", None),
    ],
)
def test_whether_a_partition_is_one_of_the_keys(values: tuple[str, ...], location: str, says: str | None) -> None:
    problem = key_mismatch(values, location, [PartitionKey(name, kind) for name, kind in KEYS.items()])
    assert (problem is None) is (says is None)
    assert (says or "") in (problem or "")


@pytest.mark.parametrize(
    ("kind", "value"), [("int", "march"), ("date", "2024-3-1"), ("tinyint", "300"), ("boolean", "yes")]
)
def test_a_value_that_does_not_fit_its_keys_type(kind: str, value: str) -> None:
    assert f"k={value}" in (key_mismatch([value], "s3://lake/t/", [PartitionKey("k", kind)]) or "")
    assert key_mismatch([value], "s3://lake/t/", [PartitionKey("k", "string")]) is None


@pytest.mark.parametrize(
    "keys",
    [{"dt": "string", "region": "string"}, {"region": "string", "dt": "string"}, {"dt": "int"}, {"day": "string"}],
    ids=["more", "another first", "type", "name"],
)
def test_a_table_whose_keys_were_changed_is_not_healthy(two_runs: Lake, keys: Columns) -> None:
    wanted = deploy(two_runs, "csv", {"feature1": "string", "y": "int"}, keys)
    found = examine(two_runs.s3, two_runs.glue, address(two_runs), wanted, no_executions())
    assert kinds(found).count("key_mismatch") == 3
    # A cascade changes how files are read, and cannot address a partition with another number of values.
    assert cascade(two_runs) == (3 if len(keys) == 1 else 0)


def test_a_rollback_of_a_table_with_more_keys_is_refused(two_runs: Lake) -> None:
    publish(two_runs, "r3", START + 2 * DAY, 2)
    deploy(two_runs, "csv", {"feature1": "string", "y": "int"}, {"dt": "string", "region": "string"})
    two_runs.keys.append({"name": "region", "type": "string", "date_format": None})
    for asked in ((), ("region=jp",), ("dt=2026-01-02/region=jp",)):
        rollback = prepare_rollback(two_runs, *asked)
        for act in (rollback.plan, rollback.run):
            with pytest.raises(
                OperationRefusedError,
                match="has the partition keys dt, region, and partitions that were published under",
            ):
                act()


def test_a_registration_in_a_table_whose_keys_were_changed_is_refused(two_runs: Lake) -> None:
    deploy(two_runs, "csv", {"feature1": "string", "y": "int"}, {"dt": "string", "region": "string"})
    two_runs.keys.append({"name": "region", "type": "string", "date_format": None})
    two_runs.write("dt=2026-01-09/region=jp/a.csv", run="r9")
    before = two_runs.partitions()
    with pytest.raises(RegistrationError, match=r"analytics\.features .*it has 1 value \(2026-01-0"):
        two_runs.register("r9")
    assert two_runs.partitions() == before
