"""The options of a deployment as the stacks take them, and the context that says which project and deployment it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk

from partitioned_pipelines.spec import (
    OVERRIDES,
    Deployment,
    InvalidContextError,
    Project,
    context_problems,
    load_project,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import constructs

__all__ = ["Context", "DeploymentSettings", "InvalidContextError"]


@dataclass(frozen=True, slots=True)
class Context:
    """The context that the app reads, each value given by ``-c name=value`` of the CDK CLI.

    Attributes
    ----------
    project
        Folder that holds ``pipelines/``.
    overrides
        Options that replace those of ``deployment.yaml``.
    local
        Whether the deployment is for the local cloud.
    """

    project: Path
    overrides: Mapping[str, str]
    local: bool = False

    @classmethod
    def of(cls, node: constructs.Node) -> Context:
        """Read the context of an app.

        Raises
        ------
        InvalidContextError
            If there is a name that nothing reads, or a value that is not possible.
        """
        # The CDK asks for names one by one: what nobody asks for would be ignored, and deployed without.
        if problems := context_problems(node.get_all_context()):
            raise InvalidContextError("\n".join(problems))
        given = {name: node.try_get_context(name) for name in OVERRIDES}
        local = str(node.try_get_context("local") or "false").lower()
        if local not in {"true", "false"}:
            raise InvalidContextError(f"context local is {local!r}: write true or false")
        return cls(
            project=Path(node.try_get_context("project") or ".").resolve(),
            overrides={name: str(value) for name, value in given.items() if value not in (None, "")},
            local=local == "true",
        )

    def load_project(self) -> Project:
        """Read the project that the context names; it raises as ``load_project`` does."""
        return load_project(self.project, overrides=self.overrides, local=self.local)


@dataclass(frozen=True, slots=True)
class DeploymentSettings:
    """The options of a deployment, some in the CDK's own terms.

    Attributes
    ----------
    options
        What ``deployment.yaml`` says.
    """

    options: Deployment

    @property
    def prefix(self) -> str:
        """Stack name prefix, and the name of the Athena workgroup."""
        return self.options.prefix

    @property
    def environment(self) -> cdk.Environment | None:
        """Account and region, if they are given; without them the templates fit any."""
        account, region = self.options.account, self.options.region
        return cdk.Environment(account=account, region=region) if account or region else None

    @property
    def removal_policy(self) -> cdk.RemovalPolicy:
        """What becomes of the bucket, the key and the databases when they leave their stack.

        What is retained is retained only once a deployment has succeeded, so that a failed first one can be repeated:
        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
        """
        if self.options.removal_policy == "destroy":
            return cdk.RemovalPolicy.DESTROY
        return cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE

    def apply_to(self, app: cdk.App) -> None:
        """Set what holds for all stacks of an app, before there are any."""
        if self.options.permissions_boundary is not None:
            # The CDK's own key, which every stack made after this reads:
            # https://docs.aws.amazon.com/cdk/v2/guide/customize-permissions-boundaries.html
            app.node.set_context("@aws-cdk/core:permissionsBoundary", {"arn": self.options.permissions_boundary})
