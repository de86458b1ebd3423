"""Statements on exactly the keys that are named: a listing is allowed below its prefixes only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A token, the same for every stack; each look at it asks the CDK's own process.
_PARTITION = Aws.PARTITION


def allow_on_prefixes(role: iam.Role, actions: Sequence[str], bucket_name: str, prefixes: Iterable[str]) -> None:
    """Allow object actions on every key below the prefixes of a bucket."""
    allow_on_keys(role, actions, bucket_name, [f"{prefix}*" for prefix in prefixes])


def allow_on_keys(role: iam.Role, actions: Sequence[str], bucket_name: str, keys: Iterable[str]) -> None:
    """Allow object actions on exactly these keys."""
    resources = [f"{_arn(bucket_name)}/{key}" for key in sorted(set(keys))]
    if resources:
        role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=resources))


def allow_list(role: iam.Role, bucket_name: str, prefixes: Iterable[str]) -> None:
    """Allow a bucket to be listed below the prefixes.

    Without it a key that does not exist answers 403 and not 404.
    """
    _allow_list(role, bucket_name, {"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in sorted(set(prefixes))]}})


def allow_list_exactly(role: iam.Role, bucket_name: str, prefixes: Iterable[str]) -> None:
    """Allow a bucket to be listed by exactly these prefixes."""
    _allow_list(role, bucket_name, {"StringEquals": {"s3:prefix": sorted(set(prefixes))}})


def _allow_list(role: iam.Role, bucket_name: str, condition: dict[str, dict[str, list[str]]]) -> None:
    if any(prefixes for operands in condition.values() for prefixes in operands.values()):
        role.add_to_policy(
            iam.PolicyStatement(actions=["s3:ListBucket"], resources=[_arn(bucket_name)], conditions=condition)
        )


def _arn(bucket_name: str) -> str:
    return f"arn:{_PARTITION}:s3:::{bucket_name}"
