"""Check of an existing bucket whose objects start pipelines: only its owner can make it tell EventBridge of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.spec import Project


def check_arrivals(cloud: Cloud, _settings: Settings, project: Project) -> Iterator[str]:
    """Report that an existing bucket sends no events for the objects that pipelines wait for.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-event-notifications-eventbridge.html
    """
    bucket = project.deployment.bucket
    waiting = [
        pipeline.name for pipeline in project.pipelines if pipeline.schedule and pipeline.schedule.when == "arrival"
    ]
    if bucket is None or not waiting:
        return
    try:
        answer = cloud.s3.get_bucket_notification_configuration(Bucket=bucket)
    except ClientError as error:
        yield f"whether s3://{bucket} sends events to EventBridge is unknown ({error}); {_consequence(waiting)}"
        return
    if "EventBridgeConfiguration" not in answer:
        yield f"s3://{bucket} sends no events to EventBridge, and is not changed, because it exists; {_consequence(waiting)}"


def _consequence(waiting: list[str]) -> str:
    return (
        f"without them {', '.join(waiting)} {'starts' if len(waiting) == 1 else 'start'} only at the deadlines. Its owner switches them on: "
        "docs/how-to/when_inputs.md#wait-for-an-object"
    )
