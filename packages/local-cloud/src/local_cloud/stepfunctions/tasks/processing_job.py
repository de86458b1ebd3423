"""``arn:aws:states:::sagemaker:createProcessingJob.sync``: create a job and wait until it ends.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
"""

from __future__ import annotations

from typing import Any

from local_cloud.stepfunctions.tasks.sync_task import SyncTask
from local_cloud.undocumented import chosen

# These errors keep their names; all others have the service's generic name.
_NAMED_ERRORS = {"ResourceLimitExceeded", "ResourceInUse"}
_OUTCOMES = {"Completed": True, "Failed": False}


class ProcessingJobTask(SyncTask):
    """A state that runs a processing job."""

    service = "sagemaker"
    service_name = "AmazonSageMaker"
    operation = "CreateProcessingJob"

    def begin(self, api: Any, parameters: dict[str, Any]) -> str:
        api.create_processing_job(**parameters)
        return str(parameters["ProcessingJobName"])

    def describe(self, api: Any, identifier: str) -> dict[str, Any]:
        job: dict[str, Any] = api.describe_processing_job(ProcessingJobName=identifier)
        job.pop("ResponseMetadata")
        return job

    def outcome(self, description: dict[str, Any]) -> bool | None:
        status = description["ProcessingJobStatus"]
        return chosen("stopped_job") == "succeeds" if status == "Stopped" else _OUTCOMES.get(status)

    def stop(self, api: Any, identifier: str) -> None:
        api.stop_processing_job(ProcessingJobName=identifier)

    def error_of(self, code: str) -> str:
        return f"SageMaker.{code}Exception" if code in _NAMED_ERRORS else "SageMaker.AmazonSageMakerException"
