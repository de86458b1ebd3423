"""Statements on customer-managed keys, each bound to the service that asks for it and to the thing that is encrypted.

Each does nothing where there is no such key: the keys of AWS's own ask for no rights.
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
    """Allow the objects of a bucket to be read and written, as far as the role may read and write them at all.

    The encryption context is the bucket's ARN where the bucket has a bucket key, and the object's where not:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
    """
    _allow(policy, _arn_of(key), "s3", _of_bucket(bucket_name))


def allow_job_objects(policy: RolePolicy, key: kms.IKey | None, bucket_name: str) -> None:
    """Allow a processing job to read and write the objects of a bucket, and to encrypt outputs with a key that the job names.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createprocessingjob-perms
    """
    _allow(policy, _arn_of(key), "s3", _of_bucket(bucket_name), (*_USE, "kms:Encrypt"))


def allow_object_reads(policy: RolePolicy, key: kms.IKey | None, bucket_name: str) -> None:
    """Allow the objects of a bucket to be read, as far as the role may read them at all."""
    _allow(policy, _arn_of(key), "s3", _of_bucket(bucket_name), ["kms:Decrypt"])


def allow_reads_by(policy: RolePolicy, key_arn: str, bucket_name: str) -> None:
    """Allow the objects of a bucket that a certain key encrypted to be read, as far as the role may read them at all."""
    _allow(policy, key_arn, "s3", _of_bucket(bucket_name), ["kms:Decrypt"])


def allow_assets(policy: RolePolicy, key_arn: str | None, bucket_name: str) -> None:
    """Allow the objects of the CDK's bootstrap bucket to be read, which has no bucket key."""
    objects = f"{bucket_arn(bucket_name)}/*"
    _allow(policy, key_arn, "s3", {"StringLike": {"kms:EncryptionContext:aws:s3:arn": objects}}, ["kms:Decrypt"])


def allow_messages(policy: RolePolicy, key: kms.IKey | None, queue_arn: str) -> None:
    """Allow messages to be sent to a queue: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html."""
    _allow(policy, _arn_of(key), "sqs", {"StringEquals": {"kms:EncryptionContext:aws:sqs:arn": queue_arn}})


def allow_catalog(policy: RolePolicy, key_arn: str | None) -> None:
    """Allow an encrypted Data Catalog to be used: Glue asks with the caller's rights, and the catalog is the encryption context.

    These three are what AWS asks of whoever reads or writes it: https://docs.aws.amazon.com/glue/latest/dg/set-up-encryption.html
    """
    context: dict[str, dict[str, object]] = {"StringEquals": {"kms:EncryptionContext:glue_catalog_id": ACCOUNT_ID}}
    _allow(policy, key_arn, "glue", context, ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"])


def allow_volumes(policy: RolePolicy, key: kms.IKey | None) -> None:
    """Allow SageMaker to hand the key to the volumes of a job's instances, which are SageMaker's.

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
    """Allow roles to decrypt objects of the lake by keys that no longer encrypt new ones.

    They are in a policy of their own: with no such key, nothing of a role changes.
    """
    for role in roles:
        if role is None or not key_arns:
            continue
        with role_policy(role, name="FormerKeys") as policy:
            for key_arn in key_arns:
                allow_reads_by(policy, key_arn, bucket_name)
