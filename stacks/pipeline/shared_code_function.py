"""A Lambda function of this repository: its handler's folder and what it shares of ``partitioned_pipelines``."""

from __future__ import annotations

import functools
from contextlib import contextmanager
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.iam.role_policy import RolePolicy, role_policy
from stacks.pipeline.function_source import function_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_cdk import aws_kms as kms

    from stacks.orchestrators.orchestrator import Orchestrator

# The same for every function; each look at one asks the CDK's own process.
_RUNTIME, _ARCHITECTURE = lambda_.Runtime.PYTHON_3_14, lambda_.Architecture.ARM_64
_LAMBDA = iam.ServicePrincipal("lambda.amazonaws.com")
_minutes = functools.cache(cdk.Duration.minutes)


class SharedCodeFunction(Construct):
    """A function whose import paths are the same in the archive as in the checkout: no Docker.

    Attributes
    ----------
    function, role
        The function, and its role, which may so far do nothing.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        folder: str,
        orchestrator: Orchestrator,
        description: str,
        memory_size: int,
        timeout_minutes: int,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._log_group = logs.LogGroup(
            self,
            "Log",
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            encryption_key=key,
        )
        self.role = iam.Role(self, "Role", assumed_by=_LAMBDA, description=description)
        self.function = lambda_.Function(
            self,
            "Function",
            description=description,
            runtime=_RUNTIME,
            architecture=_ARCHITECTURE,
            handler=f"lambdas.{folder}.handler.{orchestrator.handler_entry}",
            code=lambda_.Code.from_asset(str(function_source(_assembly_of(self), folder))),
            memory_size=memory_size,
            timeout=_minutes(orchestrator.function_minutes(timeout_minutes)),
            role=self.role,
            log_group=self._log_group,
        )

    @contextmanager
    def policy(self) -> Iterator[RolePolicy]:
        """Return the policy of the function's role to put statements into; that it may write the function's log is one."""
        with role_policy(self.role) as policy:
            policy.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [self._log_group.log_group_arn])
            yield policy


def _assembly_of(construct: Construct) -> str:
    stage = cdk.Stage.of(construct)
    assert stage is not None  # a construct of a stack is never without one  # noqa: S101
    return stage.outdir
