"""Calls of Step Functions to Athena as a state machine's role, and of Athena to Glue and S3 as the same role, to repair a table.

The local Athena makes no authorized calls, so no log contains these: they follow AWS's documentation, applied to an execution's queries.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.iam.calls.logged_calls import REGION, bucket_call, glue_calls, list_call, object_call
from tests.iam.simulator import ACCOUNT, IamCall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_ATHENA = f"arn:aws:athena:{REGION}:{ACCOUNT}"
_REPAIR = re.compile(r"MSCK REPAIR TABLE `(?P<database>\w+)`\.`(?P<table>\w+)`")


def repair_calls(role: str, history: Sequence[Mapping[str, Any]], glue: Any, s3: Any) -> Iterator[IamCall]:
    """Yield the calls of the repairs in an execution's history."""
    for event in history:
        succeeded = event.get("taskSucceededEventDetails", {})
        if succeeded.get("resourceType") == "athena":
            yield from _query_calls(role, json.loads(succeeded["output"])["QueryExecution"], glue, s3)


def _query_calls(role: str, query: Mapping[str, Any], glue: Any, s3: Any) -> Iterator[IamCall]:
    # https://docs.aws.amazon.com/step-functions/latest/dg/athena-iam.html
    for action in ("StartQueryExecution", "GetQueryExecution", "StopQueryExecution"):
        yield IamCall(role, f"athena:{action}", f"{_ATHENA}:workgroup/{query['WorkGroup']}")
    yield IamCall(role, "athena:GetDataCatalog", f"{_ATHENA}:datacatalog/AwsDataCatalog")
    repaired = _REPAIR.fullmatch(query["Query"])
    assert repaired, f"{query['Query']} is no repair: say here what else Athena asks for"
    for action in ("GetTable", "GetPartitions", "BatchCreatePartition"):
        yield from glue_calls(role, f"glue:{action}", repaired["database"], repaired["table"])
    # Athena requests `default` for every query, and the database that the query runs in, which is `default` if none is named:
    # https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html#full-access-to-default-db-per-region
    context = query.get("QueryExecutionContext", {}).get("Database", "default")
    for resource in ("catalog", *(f"database/{name}" for name in sorted({"default", context, repaired["database"]}))):
        yield IamCall(role, "glue:GetDatabase", f"arn:aws:glue:{REGION}:{ACCOUNT}:{resource}")
    table = glue.get_table(DatabaseName=repaired["database"], Name=repaired["table"])["Table"]
    yield from _file_calls(role, table["StorageDescriptor"]["Location"], s3)
    yield from _result_calls(role, query["ResultConfiguration"]["OutputLocation"])


def _file_calls(role: str, location: str, s3: Any) -> Iterator[IamCall]:
    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    yield list_call(role, bucket, prefix)
    for content in s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=5)["Contents"]:
        yield object_call(role, "s3:GetObject", bucket, content["Key"])


def _result_calls(role: str, uri: str) -> Iterator[IamCall]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    for action in ("GetBucketLocation", "ListBucketMultipartUploads"):
        yield bucket_call(role, f"s3:{action}", bucket)
    yield list_call(role, bucket, key)
    for action in ("PutObject", "AbortMultipartUpload", "ListMultipartUploadParts", "GetObject"):
        for written in (key, f"{key}.metadata"):
            yield object_call(role, f"s3:{action}", bucket, written)
