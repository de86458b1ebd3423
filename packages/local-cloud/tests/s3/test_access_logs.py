"""The target bucket of access logs must exist; its policy may allow the logging service later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud_under_test.stacks import resource
from cloud_under_test.template_parts import policy, succeed

if TYPE_CHECKING:
    from cloud_under_test.stacks import Stacks

Aws = Any


def test_logs_and_the_policy_that_names_who_is_logged(aws: Aws, stacks: Stacks) -> None:
    target = {"DestinationBucketName": {"Ref": "Logs"}, "LogFilePrefix": "s3/"}
    allowed = policy(
        "s3:PutObject",
        {"Fn::Sub": "${Logs.Arn}/s3/*"},
        Principal={"Service": "logging.s3.amazonaws.com"},
        Condition={"ArnLike": {"aws:SourceArn": {"Fn::GetAtt": ["Data", "Arn"]}}},
    )
    made = {
        "Logs": resource("AWS::S3::Bucket"),
        "Data": resource("AWS::S3::Bucket", {"LoggingConfiguration": target}),
        "Policy": resource("AWS::S3::BucketPolicy", {"Bucket": {"Ref": "Logs"}, "PolicyDocument": allowed}),
    }
    succeed(stacks.create(made))
    logging = aws("s3").get_bucket_logging(Bucket=stacks.physical_id("Data"))["LoggingEnabled"]
    assert logging == {"TargetBucket": stacks.physical_id("Logs"), "TargetPrefix": "s3/"}


def test_a_target_that_is_not_there_is_refused(stacks: Stacks) -> None:
    target = {"DestinationBucketName": f"{stacks.name}-missing"}
    stack = stacks.create({"Data": resource("AWS::S3::Bucket", {"LoggingConfiguration": target})})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("The target bucket for logging does not exist" in reason for _, _, reason in stacks.events())
