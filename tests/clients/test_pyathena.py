"""Tests of PyAthena, used as in its own documentation."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy
from pyathena import connect
from pyathena.cursor import DictCursor
from pyathena.error import DatabaseError, OperationalError
from pyathena.pandas.cursor import PandasCursor

from tests.clients.conftest import BUCKET, DATABASE, REGION, ROWS


def connected(**more: Any) -> Any:
    """Return a connection; the endpoint is in the environment."""
    return connect(
        s3_staging_dir=f"s3://{BUCKET}/pyathena/", region_name=REGION, schema_name=DATABASE, poll_interval=0.05, **more
    )


def test_rows_have_python_s_types() -> None:
    cursor = connected().cursor()
    cursor.execute("SELECT n, name, price, exact, even, seen, day, third, ARRAY[n] AS list FROM numbers WHERE n = 7")
    moment = dt.datetime(2021, 12, 15, 1, 2, 3)  # noqa: DTZ001 - Athena's timestamps have no zone
    assert cursor.fetchall() == [(7, "n7", 10.5, Decimal("7.00"), False, moment, dt.date(2021, 12, 15), "1", [7])]
    assert [column[:2] for column in cursor.description][:3] == [
        ("n", "bigint"),
        ("name", "varchar"),
        ("price", "double"),
    ]
    assert cursor.data_scanned_in_bytes > 0


def test_all_pages_are_read() -> None:
    cursor = connected().cursor()
    rows = cursor.execute("SELECT n FROM numbers ORDER BY n").fetchall()
    assert rows == [(number,) for number in range(1, ROWS + 1)]


def test_parameters_of_both_styles() -> None:
    cursor = connected(cursor_class=DictCursor).cursor()
    named = "SELECT n, third FROM numbers WHERE third = %(third)s AND n < %(most)d ORDER BY n"
    assert cursor.execute(named, {"third": "1", "most": 5}).fetchall() == [
        {"n": 1, "third": "1"},
        {"n": 4, "third": "1"},
    ]
    marks = "SELECT n FROM numbers WHERE name = ?"
    assert cursor.execute(marks, ["'n9'"], paramstyle="qmark").fetchall() == [{"n": 9}]


# PyAthena 4.2 passes pandas an engine name that pandas 3 deprecates.
@pytest.mark.filterwarnings("ignore:engine='auto' is deprecated and will be removed in a future version.")
@pytest.mark.parametrize("unload", [False, True])
def test_a_data_frame(unload: bool) -> None:
    cursor = connected(cursor_class=PandasCursor).cursor(unload=unload)
    frame = cursor.execute("SELECT n, name, price, seen, third FROM numbers ORDER BY n").as_pandas()
    assert len(frame) == ROWS
    assert frame["n"].sum() == ROWS * (ROWS + 1) // 2
    assert frame.iloc[6][["name", "price", "third"]].tolist() == ["n7", 10.5, "1"]
    assert frame["seen"].dt.year.unique().tolist() == [2021]


def test_errors_have_athena_s_words() -> None:
    cursor = connected().cursor()
    with pytest.raises(OperationalError, match="COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"):
        cursor.execute("SELECT nope FROM numbers")
    with pytest.raises(DatabaseError, match="mismatched input 'SELEC'"):
        cursor.execute("SELEC 1")


def test_a_previous_result_is_reused() -> None:
    cursor = connected().cursor(result_reuse_enable=True, result_reuse_minutes=5)
    sql = "SELECT count(*) AS reused FROM numbers"
    assert [cursor.execute(sql).reused_previous_result for _ in range(2)] == [False, True]
    assert cursor.fetchall() == [(ROWS,)]


def test_written_rows_are_counted() -> None:
    cursor = connected().cursor()
    cursor.execute(f"CREATE TABLE counted WITH (external_location = 's3://{BUCKET}/counted') AS SELECT 1 AS a")
    assert (cursor.rowcount, cursor.fetchall()) == (1, [])
    cursor.executemany("INSERT INTO counted (a) VALUES (%(a)d)", [{"a": 2}, {"a": 3}])
    assert cursor.execute("SELECT a FROM counted ORDER BY a").fetchall() == [(1,), (2,), (3,)]
    cursor.execute("DROP TABLE counted")


def test_sqlalchemy_creates_fills_and_reflects_a_table() -> None:
    place = f"s3_staging_dir=s3%3A//{BUCKET}/alchemy/&poll_interval=0.05"
    engine = sqlalchemy.create_engine(f"awsathena+rest://@athena.{REGION}.amazonaws.com:443/{DATABASE}?{place}")
    table = sqlalchemy.Table(
        "alchemy",
        sqlalchemy.MetaData(),
        sqlalchemy.Column("a", sqlalchemy.Integer, comment="number"),
        sqlalchemy.Column("d", sqlalchemy.Date),
        sqlalchemy.Column("p", sqlalchemy.String, awsathena_partition=True),
        awsathena_location=f"s3://{BUCKET}/alchemy-table/",
        awsathena_file_format="PARQUET",
    )
    assert not sqlalchemy.inspect(engine).has_table("alchemy")
    table.create(engine)
    with engine.connect() as connection:
        connection.execute(table.insert().values(a=1, d=dt.date(2021, 12, 15), p="x"))
        rows = connection.execute(sqlalchemy.select(table).where(table.c.p == "x")).fetchall()
    assert [tuple(row) for row in rows] == [(1, dt.date(2021, 12, 15), "x")]
    columns = sqlalchemy.inspect(engine).get_columns("alchemy")
    assert [(column["name"], column["comment"]) for column in columns] == [("a", "number"), ("d", None), ("p", None)]
    table.drop(engine)


def test_metadata() -> None:
    cursor = connected().cursor()
    assert cursor.execute("SHOW PARTITIONS numbers").fetchall() == [("third=0",), ("third=1",), ("third=2",)]
    assert [table.name for table in cursor.list_table_metadata()] == ["numbers"]
    assert [key.name for key in cursor.get_table_metadata("numbers").partition_keys] == ["third"]
    assert DATABASE in [database.name for database in cursor.list_databases("AwsDataCatalog")]
