"""SageMaker: processing jobs that really run their container, where moto's are complete at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.sagemaker.models import SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from local_cloud.images import ImageStore
from local_cloud.sagemaker.processing_job import ProcessingJob
from local_cloud.sagemaker.request_check import check_create_processing_job

if TYPE_CHECKING:
    from local_cloud.settings import Settings

_moto_stop = SageMakerModelBackend.stop_processing_job


def install(settings: Settings) -> None:
    """Run jobs, and keep the parts of the request that moto drops."""
    images = ImageStore(settings.image_store)
    jobs_folder = settings.state_dir / "jobs"

    def create_processing_job(response: SageMakerResponse) -> ActionResult:
        request: dict[str, Any] = json.loads(response.body)
        backend = response.sagemaker_backend
        check_create_processing_job(request, taken=backend.processing_jobs)
        job = ProcessingJob(request, backend.account_id, backend.region_name, images, jobs_folder)
        backend.processing_jobs[job.processing_job_name] = job
        job.start()
        return ActionResult({"ProcessingJobArn": job.arn})

    SageMakerResponse.create_processing_job = create_processing_job
    SageMakerModelBackend.stop_processing_job = _stop_processing_job


def _stop_processing_job(backend: SageMakerModelBackend, processing_job_name: str) -> None:
    job = backend.processing_jobs.get(processing_job_name)
    if isinstance(job, ProcessingJob):
        job.stop()
    else:
        _moto_stop(backend, processing_job_name)
