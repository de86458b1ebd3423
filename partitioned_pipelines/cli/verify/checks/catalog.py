"""What the Data Catalog answers to batches, on a table of the copy's that no pipeline writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.verify.outcome import Check, Seen
from partitioned_pipelines.lake.key_layout import table_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_glue.type_defs import ColumnTypeDef, PartitionInputTypeDef

    from partitioned_pipelines.cli.verify.scene import Scene

_TABLE = "scratch"
_VALUES = ["a b", "é=/%20+", "日本", "0", "__HIVE_DEFAULT_PARTITION__"]


def _catalog(scene: Scene) -> Iterator[Seen]:
    glue, database = scene.cloud.glue, scene.names.database
    columns: list[ColumnTypeDef] = [{"Name": "line", "Type": "string"}]
    location = f"s3://{scene.bucket}/{table_prefix(database, _TABLE)}"
    glue.create_table(
        DatabaseName=database,
        TableInput={
            "Name": _TABLE,
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": [{"Name": "k", "Type": "string"}],
            "StorageDescriptor": {"Columns": columns, "Location": location},
        },
    )

    def entry(value: str, folder: str = "old") -> PartitionInputTypeDef:
        return {"Values": [value], "StorageDescriptor": {"Columns": columns, "Location": f"{location}{folder}/"}}

    glue.batch_create_partition(
        DatabaseName=database, TableName=_TABLE, PartitionInputList=[entry(value) for value in _VALUES]
    )
    found = _locations(scene)
    yield Seen("A33", sorted(found) == sorted(_VALUES), f"{sorted(found)}")

    # One that is there stands between two that are not.
    errors = glue.batch_create_partition(
        DatabaseName=database,
        TableName=_TABLE,
        PartitionInputList=[entry("new 1"), entry("0", "other"), entry("new 2")],
    ).get("Errors", [])
    told = [(one.get("PartitionValues"), one.get("ErrorDetail", {}).get("ErrorCode")) for one in errors]
    found = _locations(scene)
    held = told == [(["0"], "AlreadyExistsException")] and {"new 1", "new 2"} <= set(found)
    yield Seen("A30", held and found["0"].endswith("/old/"), f"Errors: {told}")

    errors_of_update = glue.batch_update_partition(
        DatabaseName=database,
        TableName=_TABLE,
        Entries=[
            {"PartitionValueList": [value], "PartitionInput": entry(value, "new")}
            for value in ("0", "not there", "日本")
        ],
    ).get("Errors", [])
    updated = [(one.get("PartitionValueList"), one.get("ErrorDetail", {}).get("ErrorCode")) for one in errors_of_update]
    found = _locations(scene)
    held = updated == [(["not there"], "EntityNotFoundException")] and found["0"].endswith("/new/")
    yield Seen("A31", held and found["日本"].endswith("/new/") and "not there" not in found, f"Errors: {updated}")
    yield _too_many(scene, [entry(f"many {number}") for number in range(101)])


def _too_many(scene: Scene, entries: list[PartitionInputTypeDef]) -> Seen:
    try:
        scene.cloud.glue.batch_create_partition(
            DatabaseName=scene.names.database, TableName=_TABLE, PartitionInputList=entries
        )
    except ClientError as error:
        code = error.response["Error"].get("Code")
        return Seen("A32", code in {"ValidationException", "InvalidInputException"}, f"{code}")
    return Seen("A32", held=False, what=f"{len(entries)} were taken")


def _locations(scene: Scene) -> dict[str, str]:
    pages = scene.cloud.glue.get_paginator("get_partitions").paginate(
        DatabaseName=scene.names.database, TableName=_TABLE, ExcludeColumnSchema=True
    )
    return {
        partition["Values"][0]: partition["StorageDescriptor"]["Location"]
        for page in pages
        for partition in page["Partitions"]
    }


CHECK = Check("catalog", "batches of the Data Catalog", _catalog, ("A30", "A31", "A32", "A33"))
