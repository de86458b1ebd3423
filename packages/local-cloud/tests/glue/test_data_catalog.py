"""The Data Catalog: table versions, column statistics, search, segments of partitions, and the default database."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.refusal import refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable

Client = Any
KEYS = [{"Name": "dt", "Type": "string"}]
COLUMNS = [{"Name": "a", "Type": "bigint"}, {"Name": "b", "Type": "string"}]
TIME = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


@pytest.fixture
def glue(aws: Callable[[str], Client]) -> Client:
    return aws("glue")


@pytest.fixture
def table(glue: Client, name: str) -> dict[str, str]:
    glue.create_database(DatabaseInput={"Name": name})
    glue.create_table(DatabaseName=name, TableInput=definition("0"))
    return {"DatabaseName": name, "TableName": "events"}


def definition(mark: str) -> dict[str, Any]:
    storage = {"Columns": COLUMNS, "Location": "s3://b/t/"}
    return {"Name": "events", "PartitionKeys": KEYS, "StorageDescriptor": storage, "Parameters": {"mark": mark}}


def mark_of(glue: Client, table: dict[str, str], **version: str) -> tuple[str, str]:
    found = glue.get_table_version(**table, **version)["TableVersion"]
    assert found["VersionId"] == found["Table"]["VersionId"]
    return found["VersionId"], found["Table"]["Parameters"]["mark"]


def test_versions_begin_at_0_and_each_update_makes_one(glue: Client, table: dict[str, str]) -> None:
    database = table["DatabaseName"]
    assert glue.get_table(DatabaseName=database, Name="events")["Table"]["VersionId"] == "0"
    glue.update_table(DatabaseName=database, TableInput=definition("1"))
    glue.update_table(DatabaseName=database, TableInput=definition("2"), VersionId="1")
    assert glue.get_table(DatabaseName=database, Name="events")["Table"]["VersionId"] == "2"
    assert (mark_of(glue, table), mark_of(glue, table, VersionId="0")) == (("2", "2"), ("0", "0"))
    pages = glue.get_paginator("get_table_versions").paginate(**table, PaginationConfig={"PageSize": 2})
    assert [[one["VersionId"] for one in page["TableVersions"]] for page in pages] == [["0", "1"], ["2"]]


def test_an_update_without_an_archive_leaves_no_older_version(glue: Client, table: dict[str, str]) -> None:
    glue.update_table(DatabaseName=table["DatabaseName"], TableInput=definition("1"), SkipArchive=True)
    assert mark_of(glue, table) == ("1", "1")
    assert [one["VersionId"] for one in glue.get_table_versions(**table)["TableVersions"]] == ["1"]
    assert refusal_of(glue.get_table_version, **table, VersionId="0")[0] == "EntityNotFoundException"


@pytest.mark.parametrize("version", ["0", "7"])
def test_an_update_of_another_version_than_the_current_one_is_refused(
    glue: Client, table: dict[str, str], version: str
) -> None:
    glue.update_table(DatabaseName=table["DatabaseName"], TableInput=definition("1"))
    refusal = refusal_of(
        glue.update_table, DatabaseName=table["DatabaseName"], TableInput=definition("2"), VersionId=version
    )
    assert refusal == ("ConcurrentModificationException", "Update table failed due to concurrent modifications.")
    assert mark_of(glue, table) == ("1", "1")


def test_of_many_writers_who_saw_the_same_version_one_wins(glue: Client, table: dict[str, str]) -> None:
    def write(number: int) -> bool:
        try:
            glue.update_table(
                DatabaseName=table["DatabaseName"], TableInput=definition(str(number)), VersionId="0", SkipArchive=True
            )
        except glue.exceptions.ConcurrentModificationException:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(write, range(24))) == 1
    assert mark_of(glue, table)[0] == "1"


def test_versions_can_be_deleted_but_the_current_one(glue: Client, table: dict[str, str]) -> None:
    glue.update_table(DatabaseName=table["DatabaseName"], TableInput=definition("1"))
    assert refusal_of(glue.delete_table_version, **table, VersionId="1")[0] == "InvalidInputException"
    glue.delete_table_version(**table, VersionId="0")
    assert refusal_of(glue.delete_table_version, **table, VersionId="0")[0] == "EntityNotFoundException"
    assert mark_of(glue, table) == ("1", "1")


def test_segments_have_each_partition_once(glue: Client, table: dict[str, str]) -> None:
    days = {f"2026-01-{day:02}" for day in range(1, 31)}
    inputs = [
        {"Values": [day], "StorageDescriptor": {"Columns": COLUMNS, "Location": f"s3://b/t/{day}/"}} for day in days
    ]
    glue.batch_create_partition(**table, PartitionInputList=inputs)
    paginator = glue.get_paginator("get_partitions")
    segments = []
    for number in range(3):
        segment = {"SegmentNumber": number, "TotalSegments": 3}
        pages = paginator.paginate(**table, Segment=segment, PaginationConfig={"PageSize": 4})
        segments.append([one["Values"][0] for page in pages for one in page["Partitions"]])
    assert sorted(day for segment in segments for day in segment) == sorted(days)
    assert all(segments)
    wrong = {"SegmentNumber": 3, "TotalSegments": 3}
    assert refusal_of(glue.get_partitions, **table, Segment=wrong)[0] == "InvalidInputException"


def test_columns_can_be_left_out_of_partitions(glue: Client, table: dict[str, str]) -> None:
    storage = {"Columns": COLUMNS, "Location": "s3://b/t/1/"}
    glue.create_partition(**table, PartitionInput={"Values": ["1"], "StorageDescriptor": storage})
    (without,) = glue.get_partitions(**table, ExcludeColumnSchema=True)["Partitions"]
    assert without["StorageDescriptor"] == {"Location": "s3://b/t/1/"}
    assert glue.get_partitions(**table)["Partitions"][0]["StorageDescriptor"]["Columns"] == COLUMNS


def test_a_listed_partition_is_the_one_that_is_read_alone(glue: Client, table: dict[str, str]) -> None:
    storage = {"Columns": COLUMNS, "Location": "s3://b/t/é/", "SerdeInfo": {"Parameters": {"a": "1"}}}
    accessed = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    partition = {
        "Values": ["é"],
        "StorageDescriptor": storage,
        "Parameters": {"run_id": "r"},
        "LastAccessTime": accessed,
    }
    glue.create_partition(**table, PartitionInput=partition)
    answer = glue.get_partitions(**table)
    (listed,) = answer["Partitions"]
    alone = glue.get_partition(**table, PartitionValues=["é"])["Partition"]
    assert abs(listed.pop("CreationTime") - alone.pop("CreationTime")).total_seconds() <= 1, "one has fractions"
    assert listed == alone
    assert listed["LastAccessTime"] == accessed
    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/x-amz-json-1.1"


def statistics(column: str, kind: str, **data: Any) -> dict[str, Any]:
    values = {"Type": kind, f"{kind.capitalize()}ColumnStatisticsData": data}
    return {"ColumnName": column, "ColumnType": "bigint", "AnalyzedTime": TIME, "StatisticsData": values}


@pytest.mark.parametrize("of", ["table", "partition"])
def test_statistics_of_columns_are_kept(glue: Client, table: dict[str, str], of: str) -> None:
    glue.create_partition(**table, PartitionInput={"Values": ["1"], "StorageDescriptor": {}})
    asked: dict[str, Any] = table | ({"PartitionValues": ["1"]} if of == "partition" else {})
    get, update, delete = (getattr(glue, f"{verb}_column_statistics_for_{of}") for verb in ("get", "update", "delete"))
    numbers = statistics("a", "LONG", MinimumValue=-1, MaximumValue=9, NumberOfNulls=0, NumberOfDistinctValues=3)
    words = statistics("b", "STRING", MaximumLength=9, AverageLength=4.5, NumberOfNulls=1, NumberOfDistinctValues=2)
    unknown = statistics("c", "BOOLEAN", NumberOfTrues=1, NumberOfFalses=2, NumberOfNulls=0)
    assert get(**asked, ColumnNames=["a"])["ColumnStatisticsList"] == []
    errors = update(**asked, ColumnStatisticsList=[numbers, words, unknown])["Errors"]
    assert [(one["ColumnStatistics"]["ColumnName"], one["Error"]["ErrorCode"]) for one in errors] == [
        ("c", "EntityNotFoundException")
    ]
    answer = get(**asked, ColumnNames=["b", "a", "c"])
    assert answer["ColumnStatisticsList"] == [words, numbers]
    assert [one["ColumnName"] for one in answer["Errors"]] == ["c"]
    delete(**asked, ColumnName="a")
    assert refusal_of(delete, **asked, ColumnName="a")[0] == "EntityNotFoundException"
    assert get(**asked, ColumnNames=["b"])["ColumnStatisticsList"] == [words]


def test_statistics_of_another_type_than_they_say_are_refused(glue: Client, table: dict[str, str]) -> None:
    wrong = statistics("a", "LONG", NumberOfNulls=0, NumberOfDistinctValues=1)
    wrong["StatisticsData"]["Type"] = "DOUBLE"
    call = glue.update_column_statistics_for_table
    assert refusal_of(call, **table, ColumnStatisticsList=[wrong])[0] == "InvalidInputException"


def test_tables_are_found(glue: Client, name: str) -> None:
    glue.create_database(DatabaseInput={"Name": name})
    for table, comment in (("customer-link", "who buys"), ("xx-link-yy", "roads"), ("xxlinkyy", "chains")):
        column = {"Name": "c", "Type": "string", "Comment": f"{comment} of {name}"}
        glue.create_table(DatabaseName=name, TableInput={"Name": table, "StorageDescriptor": {"Columns": [column]}})

    def found(**criteria: Any) -> list[str]:
        page = glue.search_tables(**criteria, MaxResults=2)
        tables = page["TableList"]
        while "NextToken" in page:
            page = glue.search_tables(**criteria, MaxResults=2, NextToken=page["NextToken"])
            tables += page["TableList"]
        return [table["Name"] for table in tables if table["DatabaseName"] == name]

    assert found(SearchText=name) == ["customer-link", "xx-link-yy", "xxlinkyy"]
    assert found(SearchText=f"ROADS of {name}") == ["xx-link-yy"]
    assert found(SearchText=f'"{name}"') == ["customer-link", "xx-link-yy", "xxlinkyy"], "the database, as a whole"
    of_it = {"Key": "DatabaseName", "Value": name}
    # By words of the value: https://docs.aws.amazon.com/glue/latest/webapi/API_SearchTables.html
    assert found(Filters=[of_it, {"Key": "Name", "Value": "link"}]) == ["customer-link", "xx-link-yy"]
    past = {"Key": "CreateTime", "Value": "2020-01-01T00:00:00Z", "Comparator": "LESS_THAN"}
    assert found(Filters=[of_it, past]) == []
    assert len(found(Filters=[of_it, past | {"Comparator": "GREATER_THAN"}])) == 3
    criteria = [{"FieldName": "Name", "Sort": "DESC"}]
    assert found(Filters=[of_it], SortCriteria=criteria) == ["xxlinkyy", "xx-link-yy", "customer-link"]


def test_there_is_a_default_database(glue: Client) -> None:
    assert glue.get_database(Name="default")["Database"]["Description"] == "Default Hive database"
    assert refusal_of(glue.create_database, DatabaseInput={"Name": "default"})[0] == "AlreadyExistsException"
