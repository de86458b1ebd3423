"""The lake's bucket for raw data, intermediates, tables and query results, and the bucket for its access logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_s3 as s3
from constructs import Construct

from partitioned_pipelines.lake.key_layout import EXPIRING
from partitioned_pipelines.spec import CREATE

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

    from stacks.settings import DeploymentSettings


class AccessLogs(Construct):
    """A bucket for server access logs: a new one, or an existing one that collects the account's logs.

    Attributes
    ----------
    bucket
        The bucket, which must be in the lake's region and account. An existing bucket is not changed: its policy must already allow S3's
        logging service.
    prefix
        Key prefix of the lake's logs, because the bucket may contain other logs.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: DeploymentSettings) -> None:
        super().__init__(scope, construct_id)
        self.prefix = f"s3-access/{settings.prefix}/"
        self.bucket: s3.IBucket
        asked = settings.options.access_logs or CREATE
        if asked != CREATE:
            self.bucket = s3.Bucket.from_bucket_name(self, "Bucket", asked)
            Validations.of(scope).acknowledge(
                Acknowledgment(
                    id="Annotation::@aws-cdk/aws-s3:accessLogsPolicyNotAdded",
                    reason="The policy of a bucket that exists is its owner's, and lets S3's logging service in already",
                )
            )
            return
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            # S3 delivers logs only to a bucket that is encrypted with S3 managed keys:
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=settings.removal_policy,
            lifecycle_rules=[s3.LifecycleRule(id="expire-logs", expiration=cdk.Duration.days(365))],
        )


class LakeBucket(Construct):
    """A private, encrypted, versioned bucket that is retained when its stack is deleted.

    Only data that can be created again expires by age. Current objects below ``tables/`` and ``raw/`` never expire: the age of a partition's
    files does not show whether they are live.

    Parameters
    ----------
    tells_of_arrivals
        Whether the bucket sends an event for each new object to EventBridge.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: DeploymentSettings,
        key: kms.IKey | None,
        tells_of_arrivals: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        logs = AccessLogs(self, "AccessLogs", settings=settings) if settings.options.access_logs else None
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            # The bucket key needs one KMS call for many objects, and makes the bucket the encryption context.
            bucket_key_enabled=True if key else None,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            server_access_logs_bucket=logs.bucket if logs else None,
            server_access_logs_prefix=logs.prefix if logs else None,
            versioned=True,
            removal_policy=settings.removal_policy,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="drop-what-was-replaced-or-never-finished",
                    noncurrent_version_expiration=cdk.Duration.days(90),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                    expired_object_delete_marker=True,
                ),
                *(
                    s3.LifecycleRule(
                        id=f"expire-{prefix.rstrip('/')}",
                        prefix=prefix,
                        # A redrive is possible for 14 days, and needs the results of the earlier steps.
                        expiration=cdk.Duration.days(30),
                        noncurrent_version_expiration=cdk.Duration.days(7),
                    )
                    for prefix in EXPIRING
                ),
            ],
        )
        if tells_of_arrivals:
            # On the L1 construct: with the L2's option, a function of the CDK's own would change the bucket after its creation.
            resource = cast("s3.CfnBucket", self.bucket.node.default_child)
            resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
                event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
            )
