"""What S3A asks of S3 while Spark writes and commits, replayed against the role that was synthesized; and what it must not reach.

The package of PySpark has no S3A, so these calls are from its documentation, and not from a run:
https://hadoop.apache.org/docs/stable/hadoop-aws/tools/hadoop-aws/assumed_roles.html and .../committers.html.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pipeline_spec import lease_key, table_prefix
from tests.judges.dry_run import dry_run
from tests.judges.iam.expected_calls import allowed, denied, surprises
from tests.judges.iam.logged_calls import list_call, object_call
from tests.judges.iam.rights_on_record import unused_rights
from tests.judges.machine_checks import ONE_DAY
from tests.judges.subject import filled_s3

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.judges.iam.simulator import IamCall
    from tests.judges.subject import Subject

# What a role has for a commit alone; the rest it has for what SageMaker moves, too.
_FOR_A_COMMIT = {"s3:DeleteObject", "s3:ListMultipartUploadParts"}


def spark_calls(subject: Subject) -> list[str]:
    """Spark may write below its outputs' URIs, move what was temporary, and delete it there; it may delete nothing else."""
    role = subject.stack.role_of("sagemaker.amazonaws.com", description="Processing jobs of")
    arn = subject.stack.outputs["ProcessingRoleArn"]
    statements = {arn: subject.stack.statements_of(role)}
    made = [call for bucket, root in _committed(subject) for call in _commit(arn, bucket, root)]
    found = surprises([*allowed(*made), *denied(*_forbidden(arn, subject))], {}, statements)
    unused = unused_rights(made, statements, {}, judged=_FOR_A_COMMIT.__contains__)
    return found + [f"nothing needs {right}" for right in unused]


def _committed(subject: Subject) -> Iterator[tuple[str, str]]:
    """Give the bucket and the prefix of each output that Spark writes itself."""
    requests = {request.state: request for request in dry_run(subject.stack.definition, filled_s3(), ONE_DAY)}
    for step in subject.pipeline.steps:
        if step.is_spark:
            for output in requests[step.name].parameters["ProcessingOutputConfig"]["Outputs"]:
                if output["OutputName"] in step.outputs:
                    bucket, _, prefix = output["S3Output"]["S3Uri"].removeprefix("s3://").partition("/")
                    yield bucket, prefix.rstrip("/")


def _commit(role: str, bucket: str, root: str) -> Iterator[IamCall]:
    """Look whether the folder and those above are there; write a task's files aside, move them, mark the success, and clean up."""
    for folder in (PurePosixPath(root), *PurePosixPath(root).parents[:-1]):
        yield from _look(role, bucket, str(folder))
    temporary, name = f"{root}/_temporary/0", "dt=2026-11-28/part-00000.parquet"
    task = f"{temporary}/task_1/{name}"
    yield from _write(role, bucket, f"{temporary}/")
    yield from _look(role, bucket, task)
    yield from _write(role, bucket, task)
    yield list_call(role, bucket, f"{temporary}/task_1/")
    yield object_call(role, "s3:GetObject", bucket, task)
    yield from _write(role, bucket, f"{root}/{name}")
    yield from _write(role, bucket, f"{root}/_SUCCESS")
    for gone in (task, f"{temporary}/"):
        yield object_call(role, "s3:DeleteObject", bucket, gone)


def _look(role: str, bucket: str, path: str) -> Iterator[IamCall]:
    """Ask for a file, and for a folder. That there is no such key, S3 tells only who may list with it as the prefix."""
    for key in (path, f"{path}/"):
        yield object_call(role, "s3:GetObject", bucket, key)
        yield list_call(role, bucket, key)


def _write(role: str, bucket: str, key: str) -> Iterator[IamCall]:
    for action in ("PutObject", "AbortMultipartUpload", "ListMultipartUploadParts"):
        yield object_call(role, f"s3:{action}", bucket, key)


def _forbidden(role: str, subject: Subject) -> Iterator[IamCall]:
    name = subject.pipeline.name
    keys = ["raw/x", "intermediates/another/x", f"intermediates/{name}-2/x"]
    for table in subject.pipeline.tables:
        keys += [f"{table_prefix(table)}receipts/x", f"tables/{table.database}/{table.name}2/runs/x", lease_key(table)]
        if not subject.pipeline.step(table.source.step).is_spark:
            keys.append(f"{table_prefix(table)}runs/x")
    for key in keys:
        yield object_call(role, "s3:DeleteObject", subject.lake_bucket, key)
    for prefix in ("", "raw/", "tables/another/"):
        yield list_call(role, subject.lake_bucket, prefix)
