"""SageMaker Pipelines: definitions, and executions that run their steps."""

from local_cloud.sagemaker.pipelines.api import install

__all__ = ["install"]
