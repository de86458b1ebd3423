"""The words counted into a lake with a key, and the key of each of its objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.cli.athena.execution import run_query

if TYPE_CHECKING:
    from tests.end_to_end.cdk_user import CdkUser

SPEC = "pipelines/word_count.yaml"
DAY = "2026-11-20"
ROWS = {("to", "2", "two"), ("be", "2", "two"), ("or", "2", "two")}


def rows_of(user: CdkUser, table: str, day: str = DAY) -> set[tuple[str | None, ...]]:
    """Return Athena's rows of a day, in the deployment's workgroup."""
    # The name of the test's own table, not untrusted text.
    statement = f"SELECT word, count, spoken FROM {table} WHERE dt = DATE '{day}'"  # noqa: S608
    result = run_query(user.client("athena"), user.client("s3"), statement, work_group=user.prefix, database=None)
    rows = list(result.rows())
    assert len(set(rows)) == len(rows)
    return set(rows)


def keys_of_objects(user: CdkUser, bucket: str) -> dict[str, str | None]:
    """Return the key that each object is encrypted with."""
    s3 = user.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    names = [item["Key"] for page in pages for item in page.get("Contents", [])]
    return {name: s3.head_object(Bucket=bucket, Key=name).get("SSEKMSKeyId") for name in names}
