"""The options of a deployment for the stacks, and the context that identifies the project and the deployment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk

from partitioned_pipelines.spec import (
    OVERRIDES,
    Deployment,
    DeploymentFile,
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
    """The context of the app; each value is set with ``-c name=value`` of the CDK CLI.

    Attributes
    ----------
    project
        Folder that contains ``pipelines/``.
    overrides
        Options that replace those of ``deployment.yaml``.
    local
        True if the deployment is for the local cloud.
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
            If a name is unknown, or a value is invalid.
        """
        # The CDK requests names one by one: an unknown name would be ignored, and the deployment would lack its value.
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

    @property
    def given_prefix(self) -> str | None:
        """The prefix of the context, if it is another than that of the project's ``deployment.yaml``; raises like ``load_project``."""
        given = self.overrides.get("prefix")
        return given if given != DeploymentFile.read(self.project).options.prefix else None

    def load_project(self) -> Project:
        """Read the project of the context; raises the same errors as ``load_project``."""
        return load_project(self.project, overrides=self.overrides, local=self.local)


@dataclass(frozen=True, slots=True)
class DeploymentSettings:
    """The options of a deployment, some of them converted to the CDK's types.

    Attributes
    ----------
    options
        The content of ``deployment.yaml``, with its overrides.
    local
        Whether the deployment is for the local cloud.
    given_prefix
        The prefix, if it is not that of ``deployment.yaml``, so that commands must name it.
    """

    options: Deployment
    local: bool = False
    given_prefix: str | None = None

    @property
    def prefix(self) -> str:
        """The prefix of the stack names, and the name of the Athena workgroup."""
        return self.options.prefix

    @property
    def existing_topic(self) -> str | None:
        """The ARN of the topic that replaces the lake's own; None if there is none."""
        return self.options.existing_topic

    @property
    def environment(self) -> cdk.Environment | None:
        """The account and the region, if set; without them, the templates fit any account and region."""
        account, region = self.options.account, self.options.region
        return cdk.Environment(account=account, region=region) if account or region else None

    @property
    def command_options(self) -> list[str]:
        """The options with which a command of this project finds the deployment."""
        target = [] if self.local else ["--target", "aws"]
        return [*target, *(["--prefix", self.given_prefix] if self.given_prefix else [])]

    @property
    def removal_policy(self) -> cdk.RemovalPolicy:
        """The removal policy of the bucket, the key and the databases when they are removed from their stack.

        Retention starts only after a successful deployment, so that a failed first deployment can be repeated:
        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
        """
        if self.options.removal_policy == "destroy":
            return cdk.RemovalPolicy.DESTROY
        return cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE

    def apply_to(self, app: cdk.App) -> None:
        """Set the options that apply to all stacks of an app; call this before creating stacks."""
        if self.options.permissions_boundary is not None:
            # A context key of the CDK, which every stack created after this reads:
            # https://docs.aws.amazon.com/cdk/v2/guide/customize-permissions-boundaries.html
            app.node.set_context("@aws-cdk/core:permissionsBoundary", {"arn": self.options.permissions_boundary})
