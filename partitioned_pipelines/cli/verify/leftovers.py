"""What there still is under the copy's prefix, asked of each service by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.deployment.removal.stack_deletion import stack_status
from partitioned_pipelines.cli.runs.job_log import LOG_GROUP
from partitioned_pipelines.cli.verify.bucket import own_buckets

if TYPE_CHECKING:
    from collections.abc import Callable

    from partitioned_pipelines.cli.verify.scene import Scene

_GONE = frozenset(
    {
        "404",
        "AWS.SimpleQueueService.NonExistentQueue",
        "EntityNotFoundException",
        "NoSuchBucket",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
    }
)


def find_leftovers(scene: Scene) -> list[str]:
    """Name what is left, of all that a copy makes."""
    cloud, names = scene.cloud, scene.names
    group = scene.settings.pipeline_stack(names.pipeline)
    left = [f"stack {stack} ({status})" for stack in names.stacks if (status := stack_status(cloud, stack)) is not None]
    asked: list[tuple[str, Callable[[], object]]] = [
        *((f"bucket {one}", _bucket_exists(scene, one)) for one in own_buckets(scene)),
        (f"Glue database {names.database}", lambda: cloud.glue.get_database(Name=names.database)),
        (f"queue {names.queue}", lambda: scene.clients.sqs.get_queue_url(QueueName=names.queue)),
        (f"schedule group {group}", lambda: scene.clients.scheduler.get_schedule_group(Name=group)),
    ]
    left += [what for what, ask in asked if _is_there(ask)]
    if names.prefix in _work_groups(scene):
        left.append(f"Athena workgroup {names.prefix}")
    return left + [f"log stream {stream}" for stream in job_streams(scene)]


def job_streams(scene: Scene) -> list[str]:
    """List the log streams of the copy's jobs."""
    beginning = scene.names.job_beginning
    pages = scene.cloud.logs.get_paginator("describe_log_streams")
    try:
        found = [
            stream["logStreamName"]
            for page in pages.paginate(logGroupName=LOG_GROUP, logStreamNamePrefix=beginning)
            for stream in page["logStreams"]
        ]
    except ClientError as error:
        if error.response["Error"].get("Code") == "ResourceNotFoundException":
            return []
        raise
    return [name for name in found if name.startswith(beginning)]


def _work_groups(scene: Scene) -> set[str]:
    found: set[str] = set()
    page = scene.cloud.athena.list_work_groups()
    found.update(one.get("Name", "") for one in page.get("WorkGroups", []))
    while token := page.get("NextToken"):
        page = scene.cloud.athena.list_work_groups(NextToken=token)
        found.update(one.get("Name", "") for one in page.get("WorkGroups", []))
    return found


def _bucket_exists(scene: Scene, bucket: str) -> Callable[[], object]:
    return lambda: scene.cloud.s3.head_bucket(Bucket=bucket)


def _is_there(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except ClientError as error:
        if error.response["Error"].get("Code") in _GONE:
            return False
        raise
    return True
