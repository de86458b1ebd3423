"""What a deployment may choose, read once from the CDK context."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk

from pipeline_spec import unknown_context
from stacks.invalid_context import InvalidContextError
from stacks.redshift_settings import RedshiftSettings
from stacks.security_settings import SecuritySettings

if TYPE_CHECKING:
    import constructs

__all__ = ["DeploymentSettings", "InvalidContextError"]

_POLICY_ARN = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>\d{12}|aws):policy/[\w+=,.@/-]+")


@dataclass(frozen=True, slots=True)
class DeploymentSettings:
    """Context values of the app, each ``-c name=value`` of the CDK CLI.

    Attributes
    ----------
    project
        Folder that holds ``pipelines/``.
    prefix
        Begins each stack's name, and names the Athena workgroup.
    environment
        Account and region, when they are given; without them the templates fit any.
    removal_policy
        What becomes of the bucket and the databases when their stack is destroyed.
    permissions_boundary
        ARN of a managed policy that bounds every role, where an account asks for one.
    security
        What there is to choose of encryption, and what exists already.
    redshift
        For whom Redshift Spectrum reads the tables; None where it does not.
    """

    project: Path
    prefix: str
    environment: cdk.Environment | None
    removal_policy: cdk.RemovalPolicy
    permissions_boundary: str | None = None
    security: SecuritySettings = field(default_factory=SecuritySettings)
    redshift: RedshiftSettings | None = None

    def apply_to(self, app: cdk.App) -> None:
        """Set what holds for all stacks of an app, before there are any."""
        if self.permissions_boundary is not None:
            # The CDK's own key, which every stack made after this reads:
            # https://docs.aws.amazon.com/cdk/v2/guide/customize-permissions-boundaries.html
            app.node.set_context("@aws-cdk/core:permissionsBoundary", {"arn": self.permissions_boundary})

    @classmethod
    def from_context(cls, node: constructs.Node) -> DeploymentSettings:
        """Read the context.

        Raises
        ------
        InvalidContextError
            Where there is no option of a name, or a value is not one of those that are possible.
        """
        # The CDK asks for names one by one: what nobody asks for would be ignored, and deployed without.
        if unknown := unknown_context(node.get_all_context()):
            raise InvalidContextError("\n".join(unknown))
        prefix = str(node.try_get_context("prefix") or "pipelines")
        if not re.fullmatch(r"[a-z](-?[a-z0-9])*", prefix) or len(prefix) > 20:
            raise InvalidContextError(
                f"context prefix={prefix!r}: give 1 to 20 lower-case letters, digits and single hyphens"
            )
        account, region = node.try_get_context("account"), node.try_get_context("region")
        if account and not re.fullmatch(r"[0-9]{12}", str(account)):
            raise InvalidContextError(f"context account={account!r}: give the 12 digits of an AWS account")
        if region and not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-[0-9]", str(region)):
            raise InvalidContextError(f"context region={region!r}: give one such as ap-northeast-1")
        removal = node.try_get_context("removal_policy") or "retain"
        if removal not in {"retain", "destroy"}:
            raise InvalidContextError(f"context removal_policy={removal!r}: give retain or destroy")
        return cls(
            project=Path(node.try_get_context("project") or ".").resolve(),
            prefix=prefix,
            environment=cdk.Environment(account=account, region=region) if account or region else None,
            removal_policy=cdk.RemovalPolicy[removal.upper()],
            permissions_boundary=_permissions_boundary(node, account),
            security=SecuritySettings.from_context(node),
            redshift=RedshiftSettings.from_context(node),
        )


def _permissions_boundary(node: constructs.Node, account: str | None) -> str | None:
    boundary = node.try_get_context("permissions_boundary")
    if not boundary:
        return None
    arn = _POLICY_ARN.fullmatch(str(boundary))
    if arn is None:
        raise InvalidContextError(
            f"context permissions_boundary={boundary!r}: give the ARN of a managed policy, such as "
            "arn:aws:iam::123456789012:policy/boundary"
        )
    if account and arn["account"] not in {"aws", str(account)}:
        raise InvalidContextError(
            f"context permissions_boundary={boundary!r} with account={account}: "
            "IAM bounds a role by a policy of the role's own account, or by one of AWS's"
        )
    return str(boundary)
