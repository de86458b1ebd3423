"""Where the lake's bucket writes down who asked for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_s3 as s3
from constructs import Construct

from partitioned_pipelines.spec import CREATE

if TYPE_CHECKING:
    from stacks.settings import DeploymentSettings


class AccessLogs(Construct):
    """A bucket for server access logs: one of its own, or one that the account collects them in.

    Attributes
    ----------
    bucket
        Must be in the lake's region and account. Of one that exists, nothing is changed: its policy lets S3's logging service in already.
    prefix
        Below which the lake's logs lie, as others' may lie beside them.
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
            # S3 delivers logs to a bucket that encrypts with its own keys only:
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=settings.removal_policy,
            lifecycle_rules=[s3.LifecycleRule(id="expire-logs", expiration=cdk.Duration.days(365))],
        )
