"""Statements on exactly the keys that are named: a listing is allowed below its prefixes only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.iam.arns import bucket_arn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stacks.iam.role_policy import RolePolicy


def allow_on_prefixes(policy: RolePolicy, actions: Sequence[str], bucket_name: str, prefixes: Iterable[str]) -> None:
    """Allow object actions on every key below the prefixes of a bucket."""
    allow_on_keys(policy, actions, bucket_name, [f"{prefix}*" for prefix in prefixes])


def allow_on_keys(policy: RolePolicy, actions: Sequence[str], bucket_name: str, keys: Iterable[str]) -> None:
    """Allow object actions on exactly these keys."""
    resources = [f"{bucket_arn(bucket_name)}/{key}" for key in sorted(set(keys))]
    if resources:
        policy.allow(actions, resources)


def allow_list(policy: RolePolicy, bucket_name: str, prefixes: Iterable[str]) -> None:
    """Allow a bucket to be listed below the prefixes.

    Without it a key that does not exist answers 403 and not 404: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    That the key counts as the prefix then is an assumption, A27 of docs/reference/aws_assumptions.md.
    """
    _allow_list(policy, bucket_name, {"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in sorted(set(prefixes))]}})


def allow_list_exactly(policy: RolePolicy, bucket_name: str, prefixes: Iterable[str]) -> None:
    """Allow a bucket to be listed by exactly these prefixes."""
    _allow_list(policy, bucket_name, {"StringEquals": {"s3:prefix": sorted(set(prefixes))}})


def _allow_list(policy: RolePolicy, bucket_name: str, condition: dict[str, dict[str, list[str]]]) -> None:
    if any(prefixes for operands in condition.values() for prefixes in operands.values()):
        policy.allow(["s3:ListBucket"], [bucket_arn(bucket_name)], condition)
