"""SageMaker Pipelines: definitions that are executed, where moto's executions have succeeded at once."""

from local_cloud.sagemaker.pipelines.api import install

__all__ = ["install"]
