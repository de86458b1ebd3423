"""Responses of S3, the Data Catalog and Athena to single requests: conditional writes, plain HTTP, batches, result locations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.verify.verification import Check, Seen
from partitioned_pipelines.lake.key_layout import ATHENA_RESULTS, INTERMEDIATES, LOCKS, table_prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_glue.type_defs import ColumnTypeDef, PartitionInputTypeDef

    from partitioned_pipelines.cli.verify.scene import Scene

_KEYS = f"{LOCKS}verify/"

_TABLE = "scratch"
_VALUES = ["a b", "é=/%20+", "日本", "0", "__HIVE_DEFAULT_PARTITION__"]

_RUNNING = {"QUEUED", "RUNNING"}


def _conditional(scene: Scene) -> Iterator[Seen]:
    s3, bucket, key = scene.cloud.s3, scene.bucket, f"{_KEYS}object"
    first = s3.put_object(Bucket=bucket, Key=key, Body=b"first", IfNoneMatch="*")["ETag"]
    answer = _code(lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"second", IfNoneMatch="*"))
    yield Seen("A23", answer == "PreconditionFailed", f"a second put is answered {answer}")
    second = s3.put_object(Bucket=bucket, Key=key, Body=b"second", IfMatch=first)["ETag"]
    answer = _code(lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"third", IfMatch=first))
    gone = _code(lambda: s3.put_object(Bucket=bucket, Key=f"{_KEYS}nothing", Body=b"", IfMatch=first))
    held = answer == "PreconditionFailed" and gone in {"NoSuchKey", "PreconditionFailed"}
    yield Seen("A24", held, f"an old ETag is answered {answer}, an object that is not there {gone}")
    answer = _code(lambda: s3.delete_object(Bucket=bucket, Key=key, IfMatch=first))
    errors = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key, "ETag": first}]}).get("Errors", [])
    codes = [error.get("Code") for error in errors]
    there = _keys(scene) == [key]
    ended = _code(lambda: s3.delete_object(Bucket=bucket, Key=key, IfMatch=second))
    held = (
        answer == "PreconditionFailed"
        and codes == ["PreconditionFailed"]
        and there
        and ended == ""
        and not _keys(scene)
    )
    yield Seen(
        "A25", held, f"deleting by an old ETag is answered {answer}, of several {codes}; by its own {ended or 'done'}"
    )
    yield _listing(scene)


def _listing(scene: Scene) -> Seen:
    """List objects right after each write: no single listing proves consistency, but a failing one disproves it."""
    names = [f"{_KEYS}{number:02d}" for number in range(20)]
    for count, name in enumerate(names, 1):
        scene.cloud.s3.put_object(Bucket=scene.bucket, Key=name, Body=b"")
        if (found := _keys(scene)) != names[:count]:
            return Seen("A26", held=False, what=f"after {count} objects a listing showed {len(found)}")
    return Seen("A26", held=True, what=f"{len(names)} listings, each right after a write")


def _keys(scene: Scene) -> list[str]:
    listed = scene.cloud.s3.list_objects_v2(Bucket=scene.bucket, Prefix=_KEYS).get("Contents", [])
    return [entry["Key"] for entry in listed]


def _code(call: Callable[[], object]) -> str:
    """Return the error code of a call; empty if it succeeds."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"].get("Code"))
    return ""


CONDITIONAL = Check(
    "conditional", "conditional requests and listings of S3", _conditional, ("A23", "A24", "A25", "A26")
)


def _transport(scene: Scene) -> Iterator[Seen]:
    plain = scene.cloud.session.client("s3", use_ssl=False)
    try:
        plain.list_objects_v2(Bucket=scene.bucket, MaxKeys=1)
    except ClientError as error:
        code = error.response["Error"].get("Code")
        yield Seen("A29", code == "AccessDenied", f"plain HTTP is answered {code}")
        return
    yield Seen("A29", held=False, what="plain HTTP was answered")


TRANSPORT = Check("transport", "the bucket is asked over plain HTTP", _transport, ("A29",), aws_only=("A29",))


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

    # An existing partition between two new ones.
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


CATALOG = Check("catalog", "batches of the Data Catalog", _catalog, ("A30", "A31", "A32", "A33"))


def _workgroup(scene: Scene) -> Iterator[Seen]:
    athena = scene.cloud.athena
    query = athena.start_query_execution(
        QueryString="SELECT 1 AS one",
        WorkGroup=scene.names.prefix,
        # Still the copy's own bucket, in case the setting takes effect.
        ResultConfiguration={"OutputLocation": f"s3://{scene.bucket}/{INTERMEDIATES}elsewhere/"},
    )["QueryExecutionId"]

    def ended() -> str | None:
        execution = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        if execution["Status"]["State"] in _RUNNING:
            return None
        return execution.get("ResultConfiguration", {}).get("OutputLocation", "nowhere")

    where = scene.wait("the query's end", ended, seconds=600)
    yield Seen("A36", where.startswith(f"s3://{scene.bucket}/{ATHENA_RESULTS}"), f"the result is in {where}")


WORKGROUP = Check("workgroup", "a query that asks for another place for its result", _workgroup, ("A36",))
