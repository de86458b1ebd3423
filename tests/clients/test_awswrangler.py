"""Tests of awswrangler (aws-sdk-pandas), used as in its own documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import awswrangler as wr
import pandas as pd
import pytest

from tests.clients.conftest import BUCKET, DATABASE, ROWS

if TYPE_CHECKING:
    from collections.abc import Callable

# awswrangler 3.17 concatenates CSV files with an argument that pandas 3 has deprecated.
pytestmark = pytest.mark.filterwarnings(
    "ignore:The copy keyword is deprecated and will be removed in a future version."
)
QUERY = "SELECT n, name, price, exact, even, seen, day, third FROM numbers ORDER BY n"


@pytest.mark.parametrize(("ctas", "unload"), [(True, False), (False, False), (False, True)])
def test_a_query_is_a_data_frame(ctas: bool, unload: bool) -> None:
    frame = wr.athena.read_sql_query(
        QUERY,
        database=DATABASE,
        ctas_approach=ctas,
        unload_approach=unload,
        s3_output=f"s3://{BUCKET}/wrangler/{ctas}-{unload}/",
    )
    assert len(frame) == ROWS
    assert frame["n"].tolist() == list(range(1, ROWS + 1))
    assert frame.iloc[6][["name", "price", "even", "third"]].tolist() == ["n7", 10.5, False, "1"]
    assert str(frame.iloc[6]["seen"]) == "2021-12-15 01:02:03"
    assert str(frame.iloc[6]["day"]) == "2021-12-15"
    assert str(frame.iloc[6]["exact"]) == "7.00"


def test_a_temporary_table_is_gone_afterwards() -> None:
    wr.athena.read_sql_query(
        "SELECT 1 AS x", database=DATABASE, ctas_approach=True, s3_output=f"s3://{BUCKET}/wrangler/x/"
    )
    assert wr.catalog.tables(database=DATABASE)["Table"].tolist() == ["numbers"]


def test_parameters_and_chunks() -> None:
    output = f"s3://{BUCKET}/wrangler/chunks/"
    frame = wr.athena.read_sql_query(
        "SELECT n FROM numbers WHERE third = :third AND n < 10 ORDER BY n",
        database=DATABASE,
        ctas_approach=False,
        params={"third": "1"},
        s3_output=output,
    )
    assert frame["n"].tolist() == [1, 4, 7]
    chunks = wr.athena.read_sql_query(
        "SELECT n FROM numbers", database=DATABASE, ctas_approach=False, chunksize=1000, s3_output=output
    )
    assert [len(chunk) for chunk in chunks] == [1000, 1000, 500]


def test_the_catalog() -> None:
    table = wr.catalog.table(database=DATABASE, table="numbers")
    assert table["Column Name"].tolist()[-1] == "third"
    assert table["Partition"].tolist() == [False] * 7 + [True]
    partitions = wr.catalog.get_partitions(database=DATABASE, table="numbers")
    assert partitions == {f"s3://{BUCKET}/numbers/third={third}/": [third] for third in "012"}
    assert DATABASE in wr.catalog.databases()["Database"].tolist()


def test_the_files_as_a_data_set() -> None:
    frame = wr.s3.read_parquet(f"s3://{BUCKET}/numbers/", dataset=True)
    assert len(frame) == ROWS
    assert sorted(frame["third"].unique()) == ["0", "1", "2"]


def test_statements() -> None:
    output = f"s3://{BUCKET}/wrangler/statements/"
    assert wr.athena.repair_table("numbers", database=DATABASE, s3_output=output) == "SUCCEEDED"
    assert "third" in wr.athena.describe_table("numbers", database=DATABASE, s3_output=output)["Column Name"].tolist()
    shown = wr.athena.show_create_table("numbers", database=DATABASE, s3_output=output)
    assert shown.startswith(f"CREATE EXTERNAL TABLE `{DATABASE}.numbers`")


def test_prepared_statements() -> None:
    wr.athena.create_prepared_statement(sql="SELECT n FROM numbers WHERE n < ?", statement_name="below")
    assert [one["StatementName"] for one in wr.athena.list_prepared_statements()] == ["below"]
    frame = wr.athena.read_sql_query(
        "EXECUTE below USING 3", database=DATABASE, ctas_approach=False, s3_output=f"s3://{BUCKET}/wrangler/prepared/"
    )
    assert sorted(frame["n"]) == [1, 2]
    wr.athena.delete_prepared_statement("below")


@pytest.mark.parametrize(
    ("form", "write", "options"),
    [
        ("orc", wr.s3.to_orc, {}),
        ("csv", wr.s3.to_csv, {"index": False}),
        ("json", wr.s3.to_json, {"index": False, "orient": "records", "lines": True}),
    ],
)
def test_a_data_frame_becomes_a_table(form: str, write: Callable[..., Any], options: dict[str, Any]) -> None:
    table = f"as_{form}"
    frame = pd.DataFrame({"a": [1, 2], "s": ["x", 'quo"ted'], "price": [1.5, 2.5]})
    write(frame, path=f"s3://{BUCKET}/wrangled/{form}/", dataset=True, database=DATABASE, table=table, **options)
    read = wr.athena.read_sql_table(table, DATABASE, s3_output=f"s3://{BUCKET}/wrangler/as-{form}/")
    assert read.sort_values("a").values.tolist() == [[1, "x", 1.5], [2, 'quo"ted', 2.5]]
    wr.catalog.delete_table_if_exists(DATABASE, table)


def test_errors_have_athena_s_words() -> None:
    with pytest.raises(wr.exceptions.QueryFailed, match="TABLE_NOT_FOUND"):
        wr.athena.read_sql_query(
            "SELECT * FROM nope", database=DATABASE, s3_output=f"s3://{BUCKET}/wrangler/", ctas_approach=False
        )
