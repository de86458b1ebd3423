"""The EventBridge event ``Object Created`` of buckets whose notification configuration enables EventBridge.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

import re
import secrets
import time
from typing import TYPE_CHECKING, Any

import moto.s3.notifications as notifications
from moto.s3.responses import S3Response

from local_cloud.events.put_events import has_rules, put_service_event
from local_cloud.patching import original_of, replace
from local_cloud.settings import ACCOUNT_ID

if TYPE_CHECKING:
    from moto.s3.models import FakeBucket

_Event = notifications.S3NotificationEvent
_REASONS = {
    _Event.OBJECT_CREATED_PUT_EVENT: "PutObject",
    _Event.OBJECT_CREATED_POST_EVENT: "POST Object",
    _Event.OBJECT_CREATED_COPY_EVENT: "CopyObject",
    _Event.OBJECT_CREATED_COMPLETE_MULTIPART_UPLOAD_EVENT: "CompleteMultipartUpload",
}
_END = "</NotificationConfiguration>"
_EMPTY = re.compile(r"<(NotificationConfiguration[^>]*)/>")
_BRIDGE = "<EventBridgeConfiguration></EventBridgeConfiguration>"


def install() -> None:
    """Replace moto's events, and how it describes the configuration."""
    # moto: S3's events to EventBridge have eTag instead of etag, a constant sequencer and id, a version-id in buckets without versions, and the
    # reason ObjectCreated, and a completed upload sends a second one; not reported yet: reason is the operation, such as PutObject.
    replace(notifications, "_send_event_bridge_message", _send)
    # moto: S3's GetBucketNotificationConfiguration omits EventBridgeConfiguration; not reported yet: AWS returns it as it was put.
    replace(S3Response, "get_bucket_notification", _get_bucket_notification)


def _send(account_id: str, bucket: FakeBucket, event_name: str, key: Any) -> None:
    event = _Event(event_name)
    is_part_of_upload = event is _Event.OBJECT_CREATED_PUT_EVENT and key.multipart is not None
    reason = _REASONS.get(event)
    if reason is None or is_part_of_upload or not has_rules(bucket.region_name):
        return
    stored = {"key": key.name, "size": key.size, "etag": key.etag.strip('"')}
    version = {"version-id": key.version_id} if bucket.is_versioned else {}
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": {**stored, **version, "sequencer": f"{time.time_ns():018X}"},
        "request-id": secrets.token_hex(8).upper(),
        "requester": ACCOUNT_ID,
        "source-ip-address": "127.0.0.1",
        "reason": reason,
    }
    put_service_event(bucket.region_name, "aws.s3", "Object Created", [bucket.arn], detail)


def _get_bucket_notification(self: S3Response) -> Any:
    status, headers, body = original_of(S3Response, "get_bucket_notification")(self)
    configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)
    if configuration is not None and configuration.event_bridge is not None:
        body = _EMPTY.sub(rf"<\1>{_END}", body).replace(_END, f"{_BRIDGE}{_END}")
    return status, headers, body
