"""A Lambda function of this repository: its handler's folder and the shared ``partitions`` package, straight from the checkout."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

    from pipeline_spec import Pipeline

ROOT = Path(__file__).parents[1]
# The same for every function; each look at one asks the CDK's own process.
_RUNTIME, _ARCHITECTURE = lambda_.Runtime.PYTHON_3_14, lambda_.Architecture.ARM_64
_LAMBDA = iam.ServicePrincipal("lambda.amazonaws.com")


class SharedCodeFunction(Construct):
    """A function whose import paths are the same in the archive as in the checkout: no copying, no Docker.

    Attributes
    ----------
    function, role
        The function, and a role that may so far only write the function's log.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        folder: str,
        entry: str = "handler",
        description: str,
        memory_size: int,
        timeout: cdk.Duration,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        log_group = logs.LogGroup(
            self,
            "Log",
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            encryption_key=key,
        )
        self.role = iam.Role(self, "Role", assumed_by=_LAMBDA, description=description)
        log_group.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            description=description,
            runtime=_RUNTIME,
            architecture=_ARCHITECTURE,
            handler=f"lambdas.{folder}.handler.{entry}",
            code=lambda_.Code.from_asset(
                str(ROOT),
                # GIT patterns: everything is left out but the handler and the package that it imports.
                ignore_mode=cdk.IgnoreMode.GIT,
                exclude=[
                    "/*",
                    "!/lambdas/",
                    "/lambdas/*",
                    "!/lambdas/__init__.py",
                    f"!/lambdas/{folder}/",
                    "!/partitions/",
                    "__pycache__/",
                ],
            ),
            memory_size=memory_size,
            timeout=timeout,
            role=self.role,
            log_group=log_group,
        )


def entry_of(pipeline: Pipeline) -> str:
    """Name the handler's function, which depends on what calls it."""
    return "step_handler" if pipeline.orchestrator == "sagemaker_pipelines" else "handler"


def longest(minutes: int, pipeline: Pipeline) -> cdk.Duration:
    """Give a function the time that it wants; a Lambda step of SageMaker Pipelines ends at ten minutes, and the call before it.

    https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps.html
    """
    most = 9 if pipeline.orchestrator == "sagemaker_pipelines" else minutes
    return cdk.Duration.minutes(min(minutes, most))
