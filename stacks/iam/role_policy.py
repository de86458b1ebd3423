"""A collector of a role's statements, which attaches them as one policy."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_iam as iam
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# A role's inline policies may have 10,240 characters in total, including the CDK's own, and resolved tokens are longer than their placeholders:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_LONGEST_INLINE = 6000


class RolePolicy:
    """The statements of one role's policy."""

    def __init__(self) -> None:
        self.statements: list[dict[str, Any]] = []

    def allow(
        self,
        actions: Iterable[str],
        resources: Iterable[str],
        conditions: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Allow actions on resources, under conditions."""
        condition = {"Condition": dict(conditions)} if conditions else {}
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources), **condition}
        self.statements.append(statement)


@contextmanager
def role_policy(role: iam.IRole, *, name: str = "Policy") -> Iterator[RolePolicy]:
    """Yield a policy that collects statements; at the end of the block, it is attached to the role under ``name``.

    Adding each statement separately would call the CDK's separate process twice, and a pipeline has about twenty statements.
    """
    policy = RolePolicy()
    yield policy
    document = {"Statement": policy.statements}
    if len(json.dumps(document)) > _LONGEST_INLINE:
        # The CDK splits a policy that is too long, but only if each statement is added separately.
        for statement in policy.statements:
            role.add_to_principal_policy(iam.PolicyStatement.from_json(statement))
    elif policy.statements:
        assert isinstance(role, Construct)  # every role is a Construct, but IRole does not declare it  # noqa: S101
        # A child of the role, so that a dependency on the role includes its permissions.
        iam.Policy(role, name, document=iam.PolicyDocument.from_json(document), roles=[role])
