"""Breakages of the policies of buckets and the key, which their replays must find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.checks.data_lake.encryption import lake_bucket
from tests.mutations.mutation import Mutation

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.resolved_stack import ResolvedStack

_STRANGER = {"AWS": "arn:aws:iam::210987654321:role/stranger"}


def _lake(name: str, check: str, finding: str, apply: Callable[[ResolvedStack], object]) -> Mutation:
    return Mutation(name, check, finding, apply, project="locked_down")


def _bucket_statements(lake: ResolvedStack, *, of_logs: bool = False) -> list[dict[str, Any]]:
    (found,) = (
        policy["Properties"]["PolicyDocument"]["Statement"]
        for policy in lake.of_type("AWS::S3::BucketPolicy")
        if (policy["Properties"]["Bucket"] != lake.outputs["LakeBucketName"]) is of_logs
    )
    made: list[dict[str, Any]] = found
    return made


def _key_statement(lake: ResolvedStack, number: int) -> dict[str, Any]:
    made: dict[str, Any] = lake.only("AWS::KMS::Key")["KeyPolicy"]["Statement"][number]
    return made


def _send_logs_elsewhere(lake: ResolvedStack) -> None:
    lake_bucket(lake)["LoggingConfiguration"]["LogFilePrefix"] = "other/"


LAKE_RESOURCE_POLICY_MUTATIONS = [
    _lake(
        "let the bucket be read over plain HTTP",
        "bucket_calls",
        "administrator: s3:GetObject on arn:aws:s3:::pipelines-data-lake-lakebucket",
        lambda lake: _bucket_statements(lake)[0].update(Action=["s3:PutObject", "s3:ListBucket"]),
    ),
    _lake(
        "take TLS 1.1 for today's",
        "bucket_calls",
        "'s3:TlsVersion': '1.1'} is allowed",
        lambda lake: _bucket_statements(lake)[1]["Condition"]["NumericLessThan"].update({"s3:TlsVersion": 1.1}),
    ),
    _lake(
        "let another account read the lake",
        "bucket_calls",
        "stranger: s3:GetObject",
        lambda lake: _bucket_statements(lake).append(
            {"Effect": "Allow", "Principal": _STRANGER, "Action": "s3:GetObject", "Resource": "*"}
        ),
    ),
    _lake(
        "take another bucket's logs",
        "bucket_calls",
        "'aws:SourceArn': 'arn:aws:s3:::another-bucket'",
        lambda lake: _bucket_statements(lake, of_logs=True)[2]["Condition"].pop("ArnLike"),
    ),
    _lake("send logs where none are let in", "bucket_calls", "other/2026-11-24", _send_logs_elsewhere),
    _lake(
        "let CloudWatch Logs use the key for a group of anybody's",
        "key_calls",
        "log-group:/aws/lambda/other'} is allowed",
        lambda lake: _key_statement(lake, 1)["Condition"]["StringLike"].update(
            {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:*:*:log-group:*"}
        ),
    ),
    _lake(
        "keep state machines' logs from the key",
        "key_calls",
        "/aws/vendedlogs/states/pipelines-flights'} is denied",
        lambda lake: _key_statement(lake, 1)["Condition"]["StringLike"]["kms:EncryptionContext:aws:logs:arn"].pop(),
    ),
    _lake(
        "let EventBridge and CloudWatch use the key for any topic",
        "key_calls",
        "123456789012:other'} is allowed",
        lambda lake: _key_statement(lake, 2).pop("Condition"),
    ),
    _lake(
        "keep alarms from the key",
        "key_calls",
        "cloudwatch.amazonaws.com: kms:Decrypt",
        lambda lake: _key_statement(lake, 3).update(Principal={"Service": "events.amazonaws.com"}),
    ),
    _lake(
        "let any service use the key",
        "key_calls",
        "scheduler.amazonaws.com: kms:Decrypt",
        lambda lake: _key_statement(lake, 3).update(Principal="*"),
    ),
    _lake(
        "forget that our roles use the key",
        "key_calls",
        "administrator: kms:Decrypt",
        lambda lake: _key_statement(lake, 0).update(Principal=_STRANGER),
    ),
]
