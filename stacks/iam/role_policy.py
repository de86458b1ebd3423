"""What a role may do: put down statement by statement, and handed to the CDK at once."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_iam as iam
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# A role's inline policies hold 10,240 characters, those that the CDK adds itself among them, and tokens become names that are longer than they:
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
    """Yield a policy to put statements into; the role has it when the block ends, below a name that is its own.

    Each statement that is handed over by itself asks the CDK's own process twice, and a pipeline has some twenty.
    """
    policy = RolePolicy()
    yield policy
    document = {"Statement": policy.statements}
    if len(json.dumps(document)) > _LONGEST_INLINE:
        # The CDK divides what is too long, as long as it is told of each statement.
        for statement in policy.statements:
            role.add_to_principal_policy(iam.PolicyStatement.from_json(statement))
    elif policy.statements:
        assert isinstance(role, Construct)  # every role is one, which its interface does not say  # noqa: S101
        # Below the role: what waits for the role waits for its rights.
        iam.Policy(role, name, document=iam.PolicyDocument.from_json(document), roles=[role])
