"""Statements on exactly the keys that are named: a listing is allowed below its prefixes only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


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
    patterns = [f"{prefix}*" for prefix in sorted(set(prefixes))]
    if patterns:
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:ListBucket"],
                resources=[_arn(bucket_name)],
                conditions={"StringLike": {"s3:prefix": patterns}},
            )
        )


def _arn(bucket_name: str) -> str:
    return f"arn:{Aws.PARTITION}:s3:::{bucket_name}"
