"""The statements on customer-managed keys, each limited to the calling service and to the encrypted resource.

A function adds nothing if there is no such key, because AWS managed keys need no permissions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.iam.arns import ACCOUNT_ID, REGION, URL_SUFFIX, bucket_arn
from stacks.iam.role_policy import RolePolicy, role_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms

_USE = ("kms:Decrypt", "kms:GenerateDataKey")


def allow_objects(policy: RolePolicy, key: kms.IKey | None, bucket_name: str) -> None:
    """Allow a role to use the key for the objects of a bucket; its S3 permissions decide which objects it can read and write.

    The encryption context is the bucket's ARN if the bucket has a bucket key, and otherwise the object's:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
    """
    _allow(policy, _arn_of(key), "s3", _of_bucket(bucket_name))


def allow_job_objects(policy: RolePolicy, key: kms.IKey | None, bucket_name: str) -> None:
    """Allow a processing job to use the key for the objects of a bucket, including outputs for which the job names the key.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createprocessingjob-perms
    """
    _allow(policy, _arn_of(key), "s3", _of_bucket(bucket_name), (*_USE, "kms:Encrypt"))


def allow_object_reads(policy: RolePolicy, key: kms.IKey | None, bucket_name: str) -> None:
    """Allow a role to decrypt the objects of a bucket; its S3 permissions decide which objects it can read."""
    _allow(policy, _arn_of(key), "s3", _of_bucket(bucket_name), ["kms:Decrypt"])


def allow_reads_by(policy: RolePolicy, key_arn: str, bucket_name: str) -> None:
    """Allow a role to decrypt the objects of a bucket that a given key encrypted; its S3 permissions decide which it can read."""
    _allow(policy, key_arn, "s3", _of_bucket(bucket_name), ["kms:Decrypt"])


def allow_assets(policy: RolePolicy, key_arn: str | None, bucket_name: str) -> None:
    """Allow a role to decrypt the objects of the CDK's bootstrap bucket, which has no bucket key."""
    objects = f"{bucket_arn(bucket_name)}/*"
    _allow(policy, key_arn, "s3", {"StringLike": {"kms:EncryptionContext:aws:s3:arn": objects}}, ["kms:Decrypt"])


def allow_messages(policy: RolePolicy, key: kms.IKey | None, queue_arn: str) -> None:
    """Allow a role to send messages to an encrypted queue: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html."""
    _allow(policy, _arn_of(key), "sqs", {"StringEquals": {"kms:EncryptionContext:aws:sqs:arn": queue_arn}})


def allow_topic(policy: RolePolicy, key: kms.IKey | None, topic_arn: str) -> None:
    """Allow a role to publish to an encrypted topic: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html."""
    _allow(policy, _arn_of(key), "sns", {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": topic_arn}})


def allow_catalog(policy: RolePolicy, key_arn: str | None) -> None:
    """Allow a role to use an encrypted Data Catalog: Glue uses the caller's permissions, and the catalog is the encryption context.

    AWS requires these three actions for reading and for writing: https://docs.aws.amazon.com/glue/latest/dg/set-up-encryption.html
    """
    context: dict[str, dict[str, object]] = {"StringEquals": {"kms:EncryptionContext:glue_catalog_id": ACCOUNT_ID}}
    _allow(policy, key_arn, "glue", context, ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"])


def allow_volumes(policy: RolePolicy, key: kms.IKey | None) -> None:
    """Allow SageMaker to use the key for the volumes of a job's instances, which belong to SageMaker.

    https://docs.aws.amazon.com/sagemaker/latest/dg/api-permissions-reference.html
    """
    if key is None:
        return
    policy.allow(["kms:DescribeKey"], [key.key_arn])
    policy.allow(["kms:CreateGrant"], [key.key_arn], {"Bool": {"kms:GrantIsForAWSResource": "true"}})


def _of_bucket(bucket_name: str) -> dict[str, dict[str, object]]:
    bucket = bucket_arn(bucket_name)
    return {"StringLike": {"kms:EncryptionContext:aws:s3:arn": [bucket, f"{bucket}/*"]}}


def _allow(
    policy: RolePolicy,
    key_arn: str | None,
    service: str,
    context: dict[str, dict[str, object]],
    actions: Sequence[str] = _USE,
) -> None:
    if key_arn is None:
        return
    via = {"kms:ViaService": f"{service}.{REGION}.{URL_SUFFIX}"}
    conditions = {**context, "StringEquals": {**via, **context.get("StringEquals", {})}}
    policy.allow(actions, [key_arn], conditions)


def _arn_of(key: kms.IKey | None) -> str | None:
    return key.key_arn if key else None


def allow_former_keys(roles: Iterable[iam.IRole | None], key_arns: Sequence[str], bucket_name: str) -> None:
    """Allow roles to decrypt the lake's older objects with keys that no longer encrypt new ones.

    The statements are in a separate policy, so that a role does not change if there are no such keys.
    """
    for role in roles:
        if role is None or not key_arns:
            continue
        with role_policy(role, name="FormerKeys") as policy:
            for key_arn in key_arns:
                allow_reads_by(policy, key_arn, bucket_name)
