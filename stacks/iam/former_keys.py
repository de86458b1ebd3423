"""Rights on keys that the lake was encrypted with before: what they encrypted stays readable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.iam.key_grants import allow_reads_by
from stacks.iam.role_policy import role_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aws_cdk import aws_iam as iam


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
