"""The KMS calls for encrypted objects, volumes and messages, derived from the other calls of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.iam.calls.logged_calls import REGION
from tests.iam.simulator import IamCall

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# Writing requires GenerateDataKey; objects in parts, and messages, also require Decrypt.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#require-sse-kms
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
_WRITE = ("kms:GenerateDataKey", "kms:Decrypt")
_OF_OBJECTS = {"s3:GetObject": ("kms:Decrypt",), "s3:PutObject": _WRITE}


@dataclass(frozen=True)
class EncryptedBucket:
    """A bucket whose objects are encrypted with a key.

    Attributes
    ----------
    has_bucket_key
        Whether the encryption context is the bucket's ARN rather than each object's:
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html.
    """

    name: str
    key: str
    has_bucket_key: bool


def object_key_calls(calls: Iterable[IamCall], buckets: Iterable[EncryptedBucket]) -> Iterator[IamCall]:
    """Yield S3's calls on a bucket's key on behalf of readers and writers of objects."""
    by_name = {bucket.name: bucket for bucket in buckets}
    for call in calls:
        arn, _, _ = call.resource.partition("/")
        bucket = by_name.get(arn.removeprefix("arn:aws:s3:::"))
        if bucket:
            encrypted = arn if bucket.has_bucket_key else call.resource
            for action in _OF_OBJECTS.get(call.action, ()):
                yield _by_a_service(call.principal, action, bucket.key, "s3", encrypted)


def message_key_calls(calls: Iterable[IamCall], key: str) -> Iterator[IamCall]:
    """Yield the calls on a key on behalf of those who send to encrypted queues and publish to encrypted topics."""
    sends = {"sqs:SendMessage": ("sqs", "arn"), "sns:Publish": ("sns", "topicArn")}
    for call in calls:
        if call.action in sends:
            service, name = sends[call.action]
            for action in _WRITE:
                yield _by_a_service(call.principal, action, key, service, call.resource, name)


def volume_key_calls(job: Mapping[str, Any]) -> Iterator[IamCall]:
    """Yield the calls on the volume's key as a job's role: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createprocessingjob-perms."""
    if key := job["ProcessingResources"]["ClusterConfig"].get("VolumeKmsKeyId"):
        yield IamCall(job["RoleArn"], "kms:DescribeKey", key)
        yield IamCall(job["RoleArn"], "kms:CreateGrant", key, (("kms:GrantIsForAWSResource", "true"),))


def output_key_calls(job: Mapping[str, Any], buckets: Iterable[EncryptedBucket]) -> Iterator[IamCall]:
    """Yield the calls on the key in a job's output configuration, by the same list: made by S3, for the lake."""
    key = job["ProcessingOutputConfig"].get("KmsKeyId")
    for bucket in buckets:
        if key == bucket.key:
            yield _by_a_service(job["RoleArn"], "kms:Encrypt", key, "s3", f"arn:aws:s3:::{bucket.name}")


def _by_a_service(principal: str, action: str, key: str, service: str, encrypted: str, name: str = "arn") -> IamCall:
    via = ("kms:ViaService", f"{service}.{REGION}.amazonaws.com")
    return IamCall(principal, action, key, (via, (f"kms:EncryptionContext:aws:{service}:{name}", encrypted)))
