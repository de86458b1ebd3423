"""A bucket with EventBridge enabled sends an event for each object that is created."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.event_targets import Queue, queue_for
from cloud_under_test.processing_jobs import s3_output
from cloud_under_test.stacks import resource
from cloud_under_test.template_parts import succeed

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud_under_test.stacks import Stacks

Aws = Any
ENABLED: dict[str, Any] = {"EventBridgeConfiguration": {}}


@pytest.fixture
def queue(aws: Aws, name: str) -> Queue:
    """A queue that gets the events of objects below ``raw/`` in buckets whose names begin as this test's."""
    found = queue_for(aws, name)
    detail = {"bucket": {"name": [{"prefix": name}]}, "object": {"key": [{"prefix": "raw/"}]}}
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail}
    aws("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    aws("events").put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": found.arn}])
    return found


def created(queue: Queue, fewest: int = 1) -> list[tuple[str, str, int]]:
    events = sorted(queue.bodies(fewest), key=lambda event: str(event["detail"]["object"]["sequencer"]))
    return [
        (event["detail"]["reason"], event["detail"]["object"]["key"], event["detail"]["object"]["size"])
        for event in events
    ]


def test_the_event_has_awss_form(aws: Aws, queue: Queue, bucket: str) -> None:
    s3 = aws("s3")
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=ENABLED)
    etag = s3.put_object(Bucket=bucket, Key="raw/dt=2026-11-29/a b.csv", Body=b"hello")["ETag"]
    (event,) = queue.bodies()
    assert (event["resources"], event["region"]) == ([f"arn:aws:s3:::{bucket}"], "ap-northeast-1")
    detail = event["detail"]
    assert len(detail.pop("request-id")) == 16
    assert int(detail["object"].pop("sequencer"), 16) > 0
    assert detail == {
        "version": "0",
        "bucket": {"name": bucket},
        "object": {"key": "raw/dt=2026-11-29/a b.csv", "size": 5, "etag": etag.strip('"')},
        "requester": "123456789012",
        "source-ip-address": "127.0.0.1",
        "reason": "PutObject",
    }


def test_copies_and_multipart_uploads_send_one_each(aws: Aws, queue: Queue, bucket: str) -> None:
    s3 = aws("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=ENABLED)
    s3.put_object(Bucket=bucket, Key="elsewhere", Body=b"12")
    s3.copy_object(Bucket=bucket, Key="raw/copy", CopySource={"Bucket": bucket, "Key": "elsewhere"})
    s3.upload_fileobj(io.BytesIO(bytes(9_000_000)), bucket, "raw/large")
    version = s3.put_object(Bucket=bucket, Key="raw/put", Body=b"")["VersionId"]
    s3.put_object_tagging(Bucket=bucket, Key="raw/put", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.delete_object(Bucket=bucket, Key="raw/copy")
    bodies = queue.bodies(3)
    assert sorted((event["detail"]["reason"], event["detail"]["object"]["key"]) for event in bodies) == [
        ("CompleteMultipartUpload", "raw/large"),
        ("CopyObject", "raw/copy"),
        ("PutObject", "raw/put"),
    ]
    assert version in {event["detail"]["object"]["version-id"] for event in bodies}


def test_without_a_configuration_there_is_none(aws: Aws, queue: Queue, bucket: str) -> None:
    s3 = aws("s3")
    s3.put_object(Bucket=bucket, Key="raw/before", Body=b"")
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket=bucket)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=ENABLED)
    assert s3.get_bucket_notification_configuration(Bucket=bucket)["EventBridgeConfiguration"] == {}
    s3.put_object(Bucket=bucket, Key="raw/during", Body=b"1")
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="raw/after", Body=b"")
    assert created(queue) == [("PutObject", "raw/during", 1)]


def test_objects_of_jobs_send_it_too(
    aws: Aws, queue: Queue, bucket: str, create_job: Callable[..., dict[str, Any]]
) -> None:
    aws("s3").put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=ENABLED)
    outputs = {"Outputs": [s3_output("result", f"s3://{bucket}/raw", "/opt/ml/processing/output")]}
    script = "open('/opt/ml/processing/output/r.csv', 'w').write('1,2')"
    assert create_job(script, ProcessingOutputConfig=outputs)["ProcessingJobStatus"] == "Completed"
    assert created(queue) == [("PutObject", "raw/r.csv", 3)]


def test_a_template_enables_and_disables_it(aws: Aws, queue: Queue, stacks: Stacks) -> None:
    def of(**more: Any) -> dict[str, Any]:
        return {"Bucket": resource("AWS::S3::Bucket", {"BucketName": f"{stacks.name}-b", **more})}

    s3, bucket = aws("s3"), f"{stacks.name}-b"
    succeed(stacks.create(of(NotificationConfiguration={"EventBridgeConfiguration": {"EventBridgeEnabled": "true"}})))
    s3.put_object(Bucket=bucket, Key="raw/one", Body=b"1")
    assert created(queue) == [("PutObject", "raw/one", 1)]
    succeed(stacks.update(of()))
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket=bucket)
    stack = stacks.update(of(NotificationConfiguration={"QueueConfigurations": []}))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert any("does not support QueueConfigurations" in reason for _, _, reason in stacks.events())
