"""Athena's metadata operations and ``information_schema`` read Glue."""

# ruff: noqa: S608 - the SQL is the test's own

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from cloud_under_test.lake import Lake

CATALOG = {"CatalogName": "AwsDataCatalog"}


def test_databases(lake: Lake) -> None:
    assert lake.athena.get_database(**CATALOG, DatabaseName=lake.database)["Database"]["Name"] == lake.database
    pages = lake.athena.get_paginator("list_databases").paginate(**CATALOG, PaginationConfig={"PageSize": 1})
    assert lake.database in [item["Name"] for page in pages for item in page["DatabaseList"]]
    with pytest.raises(lake.athena.exceptions.MetadataException, match="EntityNotFoundException"):
        lake.athena.get_database(**CATALOG, DatabaseName="nope")


def test_tables(lake: Lake) -> None:
    lake.table("a int, s string", keys="dt string", parameters={"x": "y"})
    lake.table("b int", name="other")
    place = {**CATALOG, "DatabaseName": lake.database}
    table = lake.athena.get_table_metadata(**place, TableName="t")["TableMetadata"]
    assert table["Columns"] == [{"Name": "a", "Type": "int"}, {"Name": "s", "Type": "string"}]
    assert table["PartitionKeys"] == [{"Name": "dt", "Type": "string"}]
    assert (table["Parameters"]["x"], table["Parameters"]["location"]) == ("y", lake.uri("t/"))
    listed = lake.athena.list_table_metadata(**place)["TableMetadataList"]
    assert [item["Name"] for item in listed] == ["other", "t"]
    matched = lake.athena.list_table_metadata(**place, Expression="o.*")["TableMetadataList"]
    assert [item["Name"] for item in matched] == ["other"]
    # PyAthena tells an unknown table from another error by the end of the message.
    said = r"Table nope not found. \(Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException;[^()]*\)$"
    with pytest.raises(lake.athena.exceptions.MetadataException, match=said):
        lake.athena.get_table_metadata(**place, TableName="nope")


def test_catalogs(lake: Lake) -> None:
    assert lake.athena.get_data_catalog(Name="AwsDataCatalog")["DataCatalog"]["Type"] == "GLUE"
    assert lake.athena.list_data_catalogs()["DataCatalogsSummary"][0]["CatalogName"] == "AwsDataCatalog"
    with pytest.raises(lake.athena.exceptions.MetadataException, match="nope"):
        lake.athena.list_databases(CatalogName="nope")


def test_information_schema(lake: Lake) -> None:
    lake.table("a int, s string", keys="dt date")
    lake.rows("CREATE VIEW v AS SELECT 1 AS x")
    where = f"WHERE table_schema = '{lake.database}'"
    assert lake.rows(f"SELECT table_name, table_type FROM information_schema.tables {where} ORDER BY 1") == [
        ("t", "BASE TABLE"),
        ("v", "VIEW"),
    ]
    columns = f"SELECT column_name, data_type, ordinal_position, extra_info FROM information_schema.columns {where}"
    assert lake.rows(f"{columns} AND table_name = 't' ORDER BY ordinal_position") == [
        ("a", "integer", "1", None),
        ("s", "varchar", "2", None),
        ("dt", "date", "3", "partition key"),
    ]
    schemata = "SELECT count(*) FROM information_schema.schemata WHERE schema_name = "
    assert lake.rows(f"{schemata}'{lake.database}'") == [("1",)]
    assert lake.refusal("SELECT * FROM information_schema.nope").startswith("TABLE_NOT_FOUND")


@pytest.mark.parametrize(
    ("operation", "request_"),
    [("list_databases", CATALOG), ("list_query_executions", {})],
)
def test_a_token_that_was_never_returned_is_refused(lake: Lake, operation: str, request_: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="Invalid next token") as caught:
        getattr(lake.athena, operation)(NextToken="x", **request_)
    assert caught.value.response["Error"]["Code"] == "InvalidRequestException"
