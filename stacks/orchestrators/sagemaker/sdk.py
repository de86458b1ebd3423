"""The official SageMaker SDK: imported only if a pipeline needs it, prevented from using the network, and given no CDK tokens."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import warnings
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from stacks.settings import InvalidContextError

if TYPE_CHECKING:
    from collections.abc import Iterator

# The imported names of each module.
_NAMES = {
    "boto3.session": ("Session",),
    "sagemaker.core.lambda_helper": ("Lambda",),
    "sagemaker.core.network": ("NetworkConfig",),
    "sagemaker.core.processing": ("Processor",),
    "sagemaker.core.shapes": (*("ProcessingInput", "ProcessingOutput", "ProcessingS3Input", "ProcessingS3Output"),),
    "sagemaker.core.workflow.conditions": ("ConditionEquals",),
    "sagemaker.core.workflow.execution_variables": ("ExecutionVariables",),
    "sagemaker.core.workflow.functions": ("Join",),
    "sagemaker.core.workflow.parameters": ("ParameterString",),
    "sagemaker.core.workflow.pipeline_context": ("PipelineSession",),
    "sagemaker.core.workflow.pipeline_definition_config": ("PipelineDefinitionConfig",),
    "sagemaker.mlops.workflow.condition_step": ("ConditionStep",),
    "sagemaker.mlops.workflow.lambda_step": ("LambdaOutput", "LambdaOutputTypeEnum", "LambdaStep"),
    "sagemaker.mlops.workflow.pipeline": ("Pipeline",),
    "sagemaker.mlops.workflow.retry": (
        *("SageMakerJobExceptionTypeEnum", "SageMakerJobStepRetryPolicy"),
        *("StepExceptionTypeEnum", "StepRetryPolicy"),
    ),
    "sagemaker.mlops.workflow.steps": ("ProcessingStep",),
}
# Required by the SDK to create a session; it does not appear in a definition.
_REGION = "us-east-1"
_ENVIRONMENT = {"AWS_DEFAULT_REGION": _REGION, "AWS_EC2_METADATA_DISABLED": "true"}
# https://docs.aws.amazon.com/cdk/v2/guide/tokens.html
_TOKEN = re.compile(r"\$\{Token\[[^\]]*\]\}")


class MissingSdkError(InvalidContextError):
    """A pipeline uses SageMaker Pipelines, but the SDK is not installed."""


@contextmanager
def quiet_sdk(pipeline_name: str) -> Iterator[Any]:
    """Yield the SDK's classes, and suppress its warnings, which are about its own dependencies.

    Raises
    ------
    MissingSdkError
        If the SDK is not installed; the message names the extra to install.
    """
    with warnings.catch_warnings(), _offline_environment():
        warnings.simplefilter("ignore")
        try:
            found = {name: getattr(import_module(module), name) for module, names in _NAMES.items() for name in names}
        except ModuleNotFoundError as error:
            raise MissingSdkError(
                f"the pipeline {pipeline_name} has orchestrator: sagemaker_pipelines, which needs the SageMaker SDK, and {error.name} is not "
                "installed: pip install '.[sagemaker]' in this project, or leave orchestrator out, for Step Functions"
            ) from error
        yield SimpleNamespace(**found)


@contextmanager
def _offline_environment() -> Iterator[None]:
    """Set a region, because the SDK creates clients on import, and prevent credential look-ups and log messages of the SDK."""
    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    disabled = logging.root.manager.disable
    os.environ.update(_ENVIRONMENT)
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(disabled)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def offline_session(sdk: Any) -> Any:
    """Create a session that records requests and sends none."""

    class OfflineSession(sdk.PipelineSession):  # type: ignore[misc]  # the SDK has no types
        def expand_role(self, role: str) -> str:
            """Return the role unchanged: it is an ARN from CloudFormation, for which the SDK would query IAM."""
            return role

    return OfflineSession(
        boto_session=sdk.Session(
            region_name=_REGION,
            aws_access_key_id="offline",
            aws_secret_access_key="offline",  # noqa: S106  # no secret: nothing is called with it
        ),
        default_bucket="offline",
        sagemaker_config={
            "SchemaVersion": "1.0",
            "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}},
        },
    )


class StandIns:
    """A replacement for the CDK's tokens, which the SDK rejects inside an ``s3://`` URI; the tokens are restored afterwards.

    Parameters
    ----------
    content
        The content of the pipeline's file: no string in it contains the hash of the file, so that none is mistaken for a stand-in.
    """

    def __init__(self, content: str) -> None:
        self._nonce = hashlib.sha256(content.encode()).hexdigest()[:16]
        self._by_token: dict[str, str] = {}

    def put(self, value: Any) -> Any:
        """Replace the tokens in a document."""
        if isinstance(value, str):
            return _TOKEN.sub(lambda found: self._stand_in(found[0]), value)
        if isinstance(value, dict):
            return {key: self.put(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.put(inner) for inner in value]
        return value

    def restore(self, text: str) -> str:
        """Replace the stand-ins with the tokens."""
        for token, stand_in in self._by_token.items():
            text = text.replace(stand_in, token)
        return text

    def _stand_in(self, token: str) -> str:
        return self._by_token.setdefault(token, f"token-{len(self._by_token)}-{self._nonce}")
