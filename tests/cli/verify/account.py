"""The resources that a deployed copy leaves in an account, and unrelated ones next to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import boto3

    from partitioned_pipelines.cli.verify.copy import Names

JOB_LOGS = "/aws/sagemaker/ProcessingJobs"
OTHER = "verify-ffffffff"
_FOREIGN_BUCKET = "verify-0a1b2c3d-data-lake-of-somebody"


def deploy_stacks(session: boto3.Session, names: Names) -> str:
    """Create the copy's stacks with the minimum of resources; return the bucket's name."""
    cloudformation = session.client("cloudformation")
    reading, writing, lake = names.stacks
    _create(cloudformation, lake, {"LakeBucketB1D32E10": {"Type": "AWS::S3::Bucket"}})
    for stack in (writing, reading):
        _create(cloudformation, stack, {"Topic": {"Type": "AWS::SNS::Topic"}})
    listed = cloudformation.describe_stack_resources(StackName=lake)["StackResources"]
    bucket = listed[0]["PhysicalResourceId"]
    session.client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def leave_traces(session: boto3.Session, names: Names, bucket: str) -> None:
    """Create what runs create: objects, replaced and deleted ones too, a queue, a job's log."""
    s3, logs = session.client("s3"), session.client("logs")
    for body in (b"one", b"two"):
        s3.put_object(Bucket=bucket, Key="tables/file", Body=body)
    s3.put_object(Bucket=bucket, Key="raw/file", Body=b"")
    s3.delete_object(Bucket=bucket, Key="raw/file")
    session.client("sqs").create_queue(QueueName=names.queue)
    logs.create_log_group(logGroupName=JOB_LOGS)
    logs.create_log_stream(logGroupName=JOB_LOGS, logStreamName=f"{names.prefix}--write-1/algo-1-1")


def make_neighbours(session: boto3.Session) -> None:
    """Create resources of someone else, with similar names."""
    cloudformation, s3, logs = session.client("cloudformation"), session.client("s3"), session.client("logs")
    _create(cloudformation, f"{OTHER}-data-lake", {"LakeBucketB1D32E10": {"Type": "AWS::S3::Bucket"}})
    s3.create_bucket(Bucket=_FOREIGN_BUCKET)
    s3.put_object(Bucket=_FOREIGN_BUCKET, Key="precious", Body=b"")
    session.client("sqs").create_queue(QueueName=f"{OTHER}-notifications")
    logs.create_log_stream(logGroupName=JOB_LOGS, logStreamName="verify-0a1b2c3dx--write-1/algo-1-1")


def inventory(session: boto3.Session) -> dict[str, Any]:
    """Return all resources by name."""
    s3 = session.client("s3")
    buckets = [one["Name"] for one in s3.list_buckets()["Buckets"]]
    stacks = session.client("cloudformation").describe_stacks()["Stacks"]
    streams = session.client("logs").describe_log_streams(logGroupName=JOB_LOGS)["logStreams"]
    return {
        "buckets": sorted(buckets),
        "objects": sorted(
            f"{bucket}/{one['Key']}"
            for bucket in buckets
            for one in s3.list_object_versions(Bucket=bucket).get("Versions", [])
        ),
        "stacks": sorted(one["StackName"] for one in stacks if one["StackStatus"] != "DELETE_COMPLETE"),
        "queues": sorted(session.client("sqs").list_queues().get("QueueUrls", [])),
        "streams": sorted(one["logStreamName"] for one in streams),
    }


def _create(cloudformation: Any, name: str, resources: dict[str, Any]) -> None:
    template = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})
    cloudformation.create_stack(StackName=name, TemplateBody=template)
