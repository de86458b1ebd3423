"""Calls on the lake's buckets and key, replayed against their policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.iam.calls.expected_calls import (
    ADMINISTRATOR,
    NOBODY,
    PLAIN_HTTP,
    STRANGER,
    TLS,
    allowed,
    denied,
    surprises,
)
from tests.iam.simulator import IamCall
from tests.synthesized.intrinsics import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.iam.calls.expected_calls import Expected
    from tests.synthesized.resolved_stack import ResolvedStack

_NEW_TLS, _OLD_TLS = (*TLS, ("s3:TlsVersion", "1.2")), (*TLS, ("s3:TlsVersion", "1.1"))
_DELIVERY = "logging.s3.amazonaws.com"
_LOGS, _EVENTS, _ALARMS = f"logs.{REGION}.amazonaws.com", "events.amazonaws.com", "cloudwatch.amazonaws.com"
_GROUPS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group"
_LOGS_CONTEXT, _TOPIC_CONTEXT = "kms:EncryptionContext:aws:logs:arn", "kms:EncryptionContext:aws:sns:topicArn"
_QUEUE_CONTEXT = "kms:EncryptionContext:aws:sqs:arn"


def bucket_calls(lake: ResolvedStack) -> list[str]:
    """Check that callers with identity policies may use a bucket, with current TLS, and that S3 delivers only the lake's access logs."""
    found = []
    for name in (key for key, value in lake.resources.items() if value["Type"] == "AWS::S3::Bucket"):
        bucket = f"{lake.name}-{name}".lower()[:63]
        arn = f"arn:aws:s3:::{bucket}"
        uses = [("s3:GetObject", f"{arn}/raw/x"), ("s3:PutObject", f"{arn}/raw/x"), ("s3:ListBucket", arn)]
        expected = [
            *allowed(*(IamCall(ADMINISTRATOR, *use, _NEW_TLS) for use in uses)),
            *denied(*(IamCall(ADMINISTRATOR, *use, _OLD_TLS) for use in uses)),
            *denied(*(IamCall(ADMINISTRATOR, *use, (*PLAIN_HTTP, ("s3:TlsVersion", "1.2"))) for use in uses)),
            *denied(*(IamCall(principal, *use, _NEW_TLS) for principal in (NOBODY, STRANGER) for use in uses)),
            *_deliveries(lake, bucket),
        ]
        statements = [
            statement
            for policy in lake.of_type("AWS::S3::BucketPolicy")
            if policy["Properties"]["Bucket"] == bucket
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        ]
        found += surprises(expected, {arn: {"Version": "2012-10-17", "Statement": statements}})
    return found


def _deliveries(lake: ResolvedStack, bucket: str) -> Iterable[Expected]:
    """Return the expected deliveries of access logs, to and from the lake's own buckets."""
    source = lake.outputs["LakeBucketName"]
    logging = [resource["Properties"].get("LoggingConfiguration", {}) for resource in lake.of_type("AWS::S3::Bucket")]
    prefix = next((to["LogFilePrefix"] for to in logging if to.get("DestinationBucketName") == bucket), None)

    def put(key: str, of_bucket: str = source, account: str = ACCOUNT, context: Any = _NEW_TLS) -> IamCall:
        told = (("aws:SourceArn", f"arn:aws:s3:::{of_bucket}"), ("aws:SourceAccount", account))
        return IamCall(_DELIVERY, "s3:PutObject", f"arn:aws:s3:::{bucket}/{key}", (*context, *told))

    if prefix is None:
        return denied(put("s3-access/2026-11-24"))
    key = f"{prefix}2026-11-24"
    return [
        *allowed(put(key)),
        *denied(put("elsewhere/2026-11-24"), put(key, "another-bucket"), put(key, account="210987654321")),
        *denied(put(key, context=_OLD_TLS)),
    ]


def key_calls(lake: ResolvedStack) -> list[str]:
    """Check that the key is for three services, with our log groups, topic and queue, and for this account's roles by policy."""
    found = []
    prefix = lake.name.removesuffix("data-lake")
    for name in (key for key, value in lake.resources.items() if value["Type"] == "AWS::KMS::Key"):
        key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{lake.name}-{name}"

        def logs(action: str, group: str, service: str = _LOGS, *, key: str = key) -> IamCall:
            return IamCall(service, f"kms:{action}", key, ((_LOGS_CONTEXT, f"{_GROUPS}:{group}"),))

        def topic(action: str, to: str, service: str = _ALARMS, *, key: str = key) -> IamCall:
            return IamCall(service, f"kms:{action}", key, ((_TOPIC_CONTEXT, f"arn:aws:sns:{REGION}:{to}"),))

        def queue(action: str, to: str, service: str = _EVENTS, *, key: str = key) -> IamCall:
            return IamCall(service, f"kms:{action}", key, ((_QUEUE_CONTEXT, f"arn:aws:sqs:{REGION}:{to}"),))

        ours = (f"{prefix}flights-PlannerPlanRunLog9D437C07-a1b2c3", f"/aws/vendedlogs/states/{prefix}flights")
        uses = ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey")
        our_topic, our_queue = f"{ACCOUNT}:{prefix}notices", f"{ACCOUNT}:{prefix}undelivered"
        expected = [
            *allowed(*(logs(use, group) for group in ours for use in uses)),
            *denied(
                *(logs("Decrypt", group) for group in ("/aws/lambda/other", f"other-{prefix}x", "/aws/sagemaker/x"))
            ),
            *denied(logs("CreateGrant", ours[0]), logs("ScheduleKeyDeletion", ours[0])),
            *denied(logs("Decrypt", ours[0], "logs.us-east-1.amazonaws.com"), logs("Decrypt", ours[0], _EVENTS)),
            *denied(*(IamCall(service, "kms:Decrypt", key) for service in (_LOGS, _EVENTS, _ALARMS))),
            *_of_one(_ALARMS, our_topic, topic),
            *_of_one(_EVENTS, our_queue, queue),
            *denied(*(queue("Decrypt", our_queue, each) for each in ("scheduler.amazonaws.com", _LOGS, _ALARMS))),
            *denied(*(topic("Decrypt", our_topic, service) for service in ("scheduler.amazonaws.com", _LOGS, _EVENTS))),
            *allowed(IamCall(ADMINISTRATOR, "kms:Decrypt", key)),
            *denied(IamCall(NOBODY, "kms:Decrypt", key), IamCall(STRANGER, "kms:Decrypt", key)),
        ]
        policy = lake.resources[name]["Properties"]["KeyPolicy"]
        found += surprises(expected, {key: policy})
    return found


def _of_one(service: str, ours: str, call: Callable[[str, str, str], IamCall]) -> Iterable[Expected]:
    """Return the expectations that a service may use the key for our topic or our queue, and for no other."""
    others = (f"{ACCOUNT}:other", f"{ours}-2", ours.replace(ACCOUNT, "210987654321"))
    return [
        *allowed(*(call(use, ours, service) for use in ("Decrypt", "GenerateDataKey"))),
        *denied(*(call("Decrypt", other, service) for other in others)),
        *denied(*(call(use, ours, service) for use in ("Encrypt", "CreateGrant"))),
    ]


LAKE_REPLAY_CHECKS: dict[str, Callable[[ResolvedStack], list[str]]] = {
    check.__name__: check for check in (bucket_calls, key_calls)
}
