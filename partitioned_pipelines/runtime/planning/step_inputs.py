"""The inputs of a run's steps: writes the manifests of tables and finds missing inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.function_events.requests import InvalidRequestError
from partitioned_pipelines.lake.s3_uri import split_s3_uri
from partitioned_pipelines.runtime.planning.manifest import TableFiles, write_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.function_events.payloads import StepPlan
    from partitioned_pipelines.lake.function_events.requests import PlanRequest
    from partitioned_pipelines.runtime.planning.run_plan import RunPlan


class MissingInputError(RuntimeError):
    """An input of a step has no data."""


def write_manifests(
    plan: RunPlan,
    request: PlanRequest,
    steps: Mapping[str, StepPlan],
    s3: S3Client,
    glue: Callable[[], GlueClient] | None,
) -> dict[tuple[str, str], str]:
    """Write the manifest of each table that a step reads; return a reason, by step and input, for each table without files."""
    empty = {}
    for step in request.steps:
        for name, entry in step.table_inputs.items():
            if glue is None:
                raise InvalidRequestError(
                    f"step {step.name!r} reads a table, but there is no client for the Data Catalog"
                )
            table = TableFiles.from_payload(entry.table, plan.resolve(entry.location, f"step {step.name!r}"))
            if not write_manifest(s3, glue(), table, plan.interval, steps[step.name]["inputs"][name]):
                which = "partitions" if table.partitions == "all" else "partitions of the run's interval"
                empty[step.name, name] = f"the {which} of {table.full_name} contain no files"
    return empty


def find_missing_input(
    steps: Mapping[str, StepPlan], request: PlanRequest, s3: S3Client, empty: Mapping[tuple[str, str], str]
) -> str | None:
    """Return a description of the missing inputs, if all of them belong to steps that skip missing input; None if no input is missing.

    Raises
    ------
    MissingInputError
        If a step does not skip its missing input; such steps are checked first.
    """
    reasons = []
    for step in sorted(request.steps, key=lambda step: step.skip_missing_input):
        for name, uri in steps[step.name]["inputs"].items():
            why = empty.get((step.name, name))
            if why is None and (name in step.table_inputs or _holds_objects(s3, uri)):
                continue
            reason = f"step {step.name!r}, input {name!r}: {why or f'no objects under {uri}'}"
            if not step.skip_missing_input:
                raise MissingInputError(reason)
            reasons.append(reason)
    return "; ".join(reasons) or None


def _holds_objects(s3: S3Client, uri: str) -> bool:
    """Check whether a URI is an object, or a folder with objects; False if the bucket does not exist.

    The console's folder markers do not count as input.
    """
    bucket, key = split_s3_uri(uri)
    try:
        if not key or key.endswith("/"):
            return _holds_objects_below(s3, bucket, key)
        first = s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1).get("Contents", [])
        # The object itself sorts before siblings with the same prefix (day.csv, day.csv.bak), which must not match.
        return any(item["Key"] == key for item in first) or _holds_objects_below(s3, bucket, f"{key}/")
    except s3.exceptions.NoSuchBucket:
        return False


def _holds_objects_below(s3: S3Client, bucket: str, prefix: str) -> bool:
    return any(
        not item["Key"].endswith("/") or item["Size"] > 0
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for item in page.get("Contents", [])
    )
