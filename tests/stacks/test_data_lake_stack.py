"""Tests of the data lake's stack by its template."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aws_cdk.assertions import Match, Template

if TYPE_CHECKING:
    from tests.synthesized.synthesis import Synthesis


@pytest.fixture(scope="module")
def template(repository: Synthesis) -> Template:
    return Template.from_stack(repository.lake)


def test_the_bucket_is_private_encrypted_versioned_and_outlives_its_stack(template: Template) -> None:
    template.has_resource(
        "AWS::S3::Bucket",
        {
            "DeletionPolicy": "RetainExceptOnCreate",
            "Properties": Match.object_like(
                {
                    "PublicAccessBlockConfiguration": {
                        "BlockPublicAcls": True,
                        "BlockPublicPolicy": True,
                        "IgnorePublicAcls": True,
                        "RestrictPublicBuckets": True,
                    },
                    "BucketEncryption": {
                        "ServerSideEncryptionConfiguration": [
                            {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
                        ]
                    },
                    "VersioningConfiguration": {"Status": "Enabled"},
                    "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
                }
            ),
        },
    )


def test_only_what_can_be_created_again_is_deleted_by_age(template: Template) -> None:
    (bucket,) = template.find_resources("AWS::S3::Bucket").values()
    rules = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
    expiring = {rule.get("Prefix") for rule in rules if "ExpirationInDays" in rule}
    assert expiring == {"intermediates/", "athena-results/", "locks/"}


def test_nobody_reads_it_without_tls(template: Template) -> None:
    denied = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*"}
    template.has_resource_properties(
        "AWS::S3::BucketPolicy",
        {
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [Match.object_like({**denied, "Condition": {"Bool": {"aws:SecureTransport": "false"}}})]
                )
            }
        },
    )


def test_the_pipelines_databases_are_created(template: Template) -> None:
    template.has_resource_properties("AWS::Glue::Database", {"DatabaseInput": {"Name": "analytics"}})


def test_queries_write_their_results_where_the_workgroup_says(template: Template) -> None:
    template.has_resource_properties(
        "AWS::Athena::WorkGroup",
        {
            "Name": "pipelines",
            "WorkGroupConfiguration": Match.object_like(
                {
                    "EnforceWorkGroupConfiguration": True,
                    "ResultConfiguration": Match.object_like(
                        {
                            "OutputLocation": {
                                "Fn::Join": ["", ["s3://", {"Ref": Match.any_value()}, "/athena-results/"]]
                            }
                        }
                    ),
                }
            ),
        },
    )


def test_one_topic_reports_failed_runs_and_alarms(template: Template) -> None:
    template.has_resource_properties("AWS::SNS::Topic", {"TopicName": "pipelines-notices"})
    template.has_resource_properties("AWS::CloudWatch::Alarm", {"AlarmName": "pipelines-undelivered"})
