"""The Data Catalog's checks and pages beyond its model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.refusal import refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def glue(unchecked: Callable[[str], Any]) -> Any:
    """A Glue client."""
    return unchecked("glue")


@pytest.fixture
def table(glue: Any, name: str) -> dict[str, str]:
    """A table with the partition keys ``year`` and ``month``."""
    keys = [{"Name": "year", "Type": "string"}, {"Name": "month", "Type": "string"}]
    storage = {"Columns": [{"Name": "x", "Type": "string"}], "Location": "s3://b/t/"}
    glue.create_database(DatabaseInput={"Name": name})
    glue.create_table(
        DatabaseName=name, TableInput={"Name": "events", "PartitionKeys": keys, "StorageDescriptor": storage}
    )
    return {"DatabaseName": name, "TableName": "events"}


def partition(*values: str, location: str = "s3://b/t/p/") -> dict[str, Any]:
    return {"Values": list(values), "StorageDescriptor": {"Location": location}}


def values_of(glue: Any, table: dict[str, str]) -> list[list[str]]:
    return [found["Values"] for found in glue.get_partitions(**table)["Partitions"]]


@pytest.mark.parametrize("values", [["2026"], ["2026", "01", "02"], []])
def test_a_wrong_number_of_values_is_refused_and_nothing_of_the_batch_created(
    glue: Any, table: dict[str, str], values: list[str]
) -> None:
    batch = [partition("2026", "01"), partition(*values)]
    code, words = refusal_of(glue.batch_create_partition, **table, PartitionInputList=batch)
    assert code == "InvalidInputException"
    assert words.startswith("The number of partition keys do not match the number of partition values")
    assert str(values) in words
    assert values_of(glue, table) == []


def test_every_call_that_writes_a_partition_counts_its_values(glue: Any, table: dict[str, str]) -> None:
    glue.create_partition(**table, PartitionInput=partition("2026", "01"))
    old = ["2026", "01"]
    entry = {"PartitionValueList": old, "PartitionInput": partition("2026")}
    assert refusal_of(glue.create_partition, **table, PartitionInput=partition("2026"))[0] == "InvalidInputException"
    for call, more in (
        (glue.update_partition, {"PartitionValueList": old, "PartitionInput": partition("2026")}),
        (glue.batch_update_partition, {"Entries": [entry]}),
    ):
        assert refusal_of(call, **table, **more)[0] == "InvalidInputException"
    assert values_of(glue, table) == [old]


def test_a_partition_that_exists_is_an_error_of_its_own(glue: Any, table: dict[str, str]) -> None:
    glue.create_partition(**table, PartitionInput=partition("2026", "01"))
    batch = [partition("2026", "01", location="s3://b/other/"), partition("2026", "02"), partition("2026", "02")]
    errors = glue.batch_create_partition(**table, PartitionInputList=batch)["Errors"]
    assert [error["PartitionValues"] for error in errors] == [["2026", "01"], ["2026", "02"]]
    assert {error["ErrorDetail"]["ErrorCode"] for error in errors} == {"AlreadyExistsException"}
    assert values_of(glue, table) == [["2026", "01"], ["2026", "02"]]


def test_an_update_says_of_each_entry_why_it_was_refused_and_loses_none(glue: Any, table: dict[str, str]) -> None:
    glue.batch_create_partition(**table, PartitionInputList=[partition("2026", "01"), partition("2026", "02")])
    entries = [
        {"PartitionValueList": ["2026", "09"], "PartitionInput": partition("2026", "09")},
        {"PartitionValueList": ["2026", "01"], "PartitionInput": partition("2026", "02")},
        {"PartitionValueList": ["2026", "02"], "PartitionInput": partition("2026", "02", location="s3://b/new/")},
    ]
    errors = glue.batch_update_partition(**table, Entries=entries)["Errors"]
    assert [(error["PartitionValueList"], error["ErrorDetail"]["ErrorCode"]) for error in errors] == [
        (["2026", "09"], "EntityNotFoundException"),
        (["2026", "01"], "AlreadyExistsException"),
    ]
    found = glue.get_partitions(**table)["Partitions"]
    assert [(one["Values"][1], one["StorageDescriptor"]["Location"]) for one in found] == [
        ("01", "s3://b/t/p/"),
        ("02", "s3://b/new/"),
    ]


def test_an_update_onto_another_partition_takes_nothing_away(glue: Any, table: dict[str, str]) -> None:
    glue.batch_create_partition(**table, PartitionInputList=[partition("2026", "01"), partition("2026", "02")])
    update = {"PartitionValueList": ["2026", "01"], "PartitionInput": partition("2026", "02")}
    assert refusal_of(glue.update_partition, **table, **update)[0] == "AlreadyExistsException"
    assert values_of(glue, table) == [["2026", "01"], ["2026", "02"]]


def test_a_partition_that_is_not_there_can_not_be_deleted(glue: Any, table: dict[str, str]) -> None:
    errors = glue.batch_delete_partition(**table, PartitionsToDelete=[{"Values": ["2026", "01"]}])["Errors"]
    assert errors[0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"


def test_partitions_come_in_pages(glue: Any, table: dict[str, str]) -> None:
    wanted = [["2026", f"{month:02}"] for month in range(1, 8)]
    glue.batch_create_partition(**table, PartitionInputList=[partition(*values) for values in wanted])
    pages = list(glue.get_paginator("get_partitions").paginate(**table, PaginationConfig={"PageSize": 3}))
    assert [[one["Values"] for one in page["Partitions"]] for page in pages] == [wanted[:3], wanted[3:6], wanted[6:]]


def test_a_page_has_at_most_500_where_none_is_asked_for(glue: Any, table: dict[str, str]) -> None:
    for hundred in range(6):
        batch = [partition("2026", str(number)) for number in range(hundred * 100, hundred * 100 + 100)]
        glue.batch_create_partition(**table, PartitionInputList=batch)
    first = glue.get_partitions(**table)
    rest = glue.get_partitions(**table, NextToken=first["NextToken"])
    assert (len(first["Partitions"]), len(rest["Partitions"])) == (500, 100)
    assert "NextToken" not in rest


def test_a_token_of_ones_own_is_refused(glue: Any, table: dict[str, str]) -> None:
    assert refusal_of(glue.get_partitions, **table, NextToken="mine")[0] == "InvalidInputException"


def test_names_are_folded_to_lower_case(glue: Any, name: str) -> None:
    glue.create_database(DatabaseInput={"Name": name.upper()})
    glue.create_table(DatabaseName=name, TableInput={"Name": "Events"})
    assert glue.get_database(Name=name)["Database"]["Name"] == name
    assert glue.get_table(DatabaseName=name.upper(), Name="EVENTS")["Table"]["Name"] == "events"
    code, _ = refusal_of(glue.create_table, DatabaseName=name, TableInput={"Name": "EVENTS"})
    assert code == "AlreadyExistsException"


@pytest.mark.parametrize(
    ("comment", "fits"),
    [("あ" * 85, True), ("あ" * 86, False), ("a" * 255, True)],
    ids=["85-of-3", "86-of-3", "255-of-1"],
)
def test_comments_are_counted_in_bytes(glue: Any, name: str, comment: str, fits: bool) -> None:
    """Glue's guide counts bytes, which is stricter than its API reference: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html."""
    glue.create_database(DatabaseInput={"Name": name})
    table = {
        "Name": "t",
        "StorageDescriptor": {"Columns": [{"Name": "a", "Type": "string", "Comment": comment}]},
    }
    if fits:
        glue.create_table(DatabaseName=name, TableInput=table)
        return
    code, message = refusal_of(glue.create_table, DatabaseName=name, TableInput=table)
    assert code == "ValidationException"
    assert "Member must have length less than or equal to 255" in message
