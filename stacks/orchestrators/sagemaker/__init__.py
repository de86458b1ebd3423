"""The definition of a SageMaker pipeline, written by the official SDK from the same requests that the state machine holds."""

from stacks.orchestrators.sagemaker.definition import build_definition
from stacks.orchestrators.sagemaker.sdk import MissingSdkError

__all__ = ["MissingSdkError", "build_definition"]
