"""The definition of a SageMaker pipeline, written by the official SDK from the same requests that the state machine holds."""

from stacks.sagemaker_pipeline.definition import build_definition
from stacks.sagemaker_pipeline.sdk import MissingSdkError

__all__ = ["MissingSdkError", "build_definition"]
