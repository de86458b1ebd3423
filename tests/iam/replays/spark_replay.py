"""S3A's calls to S3 while Spark reads, writes and commits, replayed against the synthesized role; and calls that must be denied.

The reads, the renames and the multipart commits are from recorded runs on S3A; tests/end_to_end/permissions/test_spark_permissions.py
checks such a run against the deployed role. Calls that no such run makes are from documentation: ListMultipartUploadParts, and the markers
of older releases.
https://hadoop.apache.org/docs/stable/hadoop-aws/tools/hadoop-aws/assumed_roles.html and .../committers.html.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.key_layout import receipts_prefix
from partitioned_pipelines.spec import lease_key, table_data_prefix, table_prefix
from tests.checks.state_machine.dry_run import dry_run
from tests.checks.state_machine.machine import ONE_DAY
from tests.iam.calls.expected_calls import allowed, denied, surprises
from tests.iam.calls.logged_calls import bucket_call, list_call, object_call
from tests.iam.permissions_on_record import unused_permissions
from tests.synthesized.subject import filled_s3

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from partitioned_pipelines.spec import Step
    from tests.iam.simulator import IamCall
    from tests.synthesized.subject import Subject

# Permissions for commits only; the others are also for the data that SageMaker moves.
_FOR_A_COMMIT = {"s3:DeleteObject", "s3:ListBucketMultipartUploads", "s3:ListMultipartUploadParts"}


def spark_calls(subject: Subject) -> list[str]:
    """Check that Spark may read its inputs, write below its outputs' URIs, move and delete temporary files there, and delete nothing else."""
    role = subject.stack.role_of("sagemaker.amazonaws.com", description="Processing jobs of")
    arn = subject.stack.outputs["ProcessingRoleArn"]
    statements = {arn: subject.stack.statements_of(role)}
    made = [call for bucket, root in _committed(subject) for call in _commit(arn, bucket, root)]
    made += [call for bucket, folder in _read(subject) for call in _read_folder(arn, bucket, folder)]
    found = surprises([*allowed(*made), *denied(*_forbidden(arn, subject))], {}, statements)
    unused = unused_permissions(made, statements, {}, checked=_FOR_A_COMMIT.__contains__)
    return found + [f"nothing needs {permission}" for permission in unused]


def _spark_requests(subject: Subject) -> Iterator[tuple[Step, Mapping[str, Any]]]:
    requests = {request.state: request for request in dry_run(subject.stack.definition, filled_s3(), ONE_DAY)}
    for step in subject.pipeline.steps:
        if step.is_spark:
            yield step, requests[step.name].parameters


def _read(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield the bucket and the name of each folder that Spark reads by URI; for a table, the folder of all its files."""
    for step, request in _spark_requests(subject):
        inputs = {entry["InputName"]: entry["S3Input"]["S3Uri"] for entry in request["ProcessingInputs"]}
        for name in step.inputs:
            if name not in step.table_inputs:
                bucket, _, prefix = inputs[name].removeprefix("s3://").partition("/")
                yield bucket, prefix.rstrip("/")
        for source in step.table_inputs.values():
            yield subject.lake_bucket, table_data_prefix(subject.pipeline.read_tables[source.table]).rstrip("/")


def _committed(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield the bucket and the prefix of each output that Spark writes itself."""
    for step, request in _spark_requests(subject):
        for output in request["ProcessingOutputConfig"]["Outputs"]:
            if output["OutputName"] in step.outputs:
                bucket, _, prefix = output["S3Output"]["S3Uri"].removeprefix("s3://").partition("/")
                yield bucket, prefix.rstrip("/")


def _read_folder(role: str, bucket: str, folder: str) -> Iterator[IamCall]:
    """Yield the calls that look for a file with the folder's name, list the folder, and read a file."""
    yield from _head(role, bucket, folder)
    yield list_call(role, bucket, f"{folder}/")
    yield object_call(role, "s3:GetObject", bucket, f"{folder}/dt=2026-11-28/part-00000.parquet")


def _commit(role: str, bucket: str, root: str) -> Iterator[IamCall]:
    """Yield the calls that check for the folder and its parents, and write with each kind of committer."""
    for folder in (PurePosixPath(root), *PurePosixPath(root).parents[:-1]):
        yield from _look(role, bucket, str(folder))
    name = "dt=2026-11-28/part-00000.parquet"
    yield from _commit_by_renames(role, bucket, root, name)
    yield from _commit_by_uploads(role, bucket, root, name)
    yield object_call(role, "s3:PutObject", bucket, f"{root}/_SUCCESS")


def _commit_by_renames(role: str, bucket: str, root: str, name: str) -> Iterator[IamCall]:
    """Yield the calls that write a task's file, copy it (UploadPartCopy if it is large), delete temporary files, and put folder markers."""
    temporary, task = f"{root}/_temporary/0", f"{root}/_temporary/0/_temporary/attempt_1/{name}"
    yield object_call(role, "s3:PutObject", bucket, f"{temporary}/")
    yield from _look(role, bucket, task)
    yield from _write(role, bucket, task)
    yield list_call(role, bucket, f"{temporary}/_temporary/attempt_1/")
    yield object_call(role, "s3:GetObject", bucket, task)  # CopyObject and UploadPartCopy need it on their source
    yield from _write(role, bucket, f"{root}/{name}")
    yield object_call(role, "s3:PutObject", bucket, f"{root}/{PurePosixPath(name).parent}/")
    for gone in (task, f"{temporary}/"):
        yield object_call(role, "s3:DeleteObject", bucket, gone)


def _commit_by_uploads(role: str, bucket: str, root: str, name: str) -> Iterator[IamCall]:
    """Yield the calls that begin uploads to the final paths, complete them at the commit, and list leftovers to abort them."""
    pending = f"{root}/__magic_job-1/job_1/00/pendingset"
    yield from _write(role, bucket, f"{root}/{name}")
    yield object_call(role, "s3:PutObject", bucket, pending)
    yield from _look(role, bucket, pending)
    yield bucket_call(role, "s3:ListBucketMultipartUploads", bucket)
    yield object_call(role, "s3:DeleteObject", bucket, pending)


def _look(role: str, bucket: str, path: str) -> Iterator[IamCall]:
    """Yield the calls that look for a file and for a folder."""
    for key in (path, f"{path}/"):
        yield from _head(role, bucket, key)


def _head(role: str, bucket: str, key: str) -> Iterator[IamCall]:
    """Yield the calls for a missing key; S3 reports this only to a role that may list with the key as the prefix."""
    yield object_call(role, "s3:GetObject", bucket, key)
    yield list_call(role, bucket, key)


def _write(role: str, bucket: str, key: str) -> Iterator[IamCall]:
    """Yield the calls that put an object, or upload it in parts."""
    for action in ("PutObject", "AbortMultipartUpload", "ListMultipartUploadParts"):
        yield object_call(role, f"s3:{action}", bucket, key)


def _forbidden(role: str, subject: Subject) -> Iterator[IamCall]:
    name = subject.pipeline.name
    keys = ["raw/x", "intermediates/another/x", f"intermediates/{name}-2/x"]
    for table in subject.pipeline.tables:
        keys += [
            f"{receipts_prefix(table.database, table.name)}x",
            f"tables/{table.database}/{table.name}2/runs/x",
            lease_key(table),
        ]
        if not subject.pipeline.step(table.source.step).is_spark:
            keys.append(f"{table_prefix(table)}runs/x")
    for key in keys:
        yield object_call(role, "s3:DeleteObject", subject.lake_bucket, key)
    # Parent folders of inputs, and one with a similar name; for folders read through a subfolder, the name itself.
    for key in ("raw", "raw/stores2", "raw/hourly", "tables/db_in_place/t_csv"):
        yield object_call(role, "s3:GetObject", subject.lake_bucket, key)
        yield list_call(role, subject.lake_bucket, key)
    for prefix in ("", "raw/", "tables/another/"):
        yield list_call(role, subject.lake_bucket, prefix)
