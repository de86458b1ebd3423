"""SageMaker: processing jobs that run their containers, and pipelines that run their steps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.sagemaker.models import SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from local_cloud.images import ImageStore
from local_cloud.patching import original_of, replace
from local_cloud.sagemaker import pipelines
from local_cloud.sagemaker.job_listing import list_jobs_in_order
from local_cloud.sagemaker.processing_job import ProcessingJob
from local_cloud.sagemaker.processing_job_rules import check_create_processing_job
from local_cloud.sagemaker.tags import keep_tags

if TYPE_CHECKING:
    from local_cloud.settings import Settings


def install(settings: Settings) -> None:
    """Replace moto's processing jobs and pipelines."""
    images = ImageStore(settings.image_store)
    jobs_folder = settings.state_dir / "jobs"

    def create_processing_job(response: SageMakerResponse) -> ActionResult:
        request: dict[str, Any] = json.loads(response.body)
        backend = response.sagemaker_backend
        check_create_processing_job(request, taken=backend.processing_jobs)
        job = ProcessingJob(request, backend.account_id, backend.region_name, images, jobs_folder)
        jobs: dict[str, Any] = backend.processing_jobs
        jobs[job.processing_job_name] = job
        job.start()
        return ActionResult({"ProcessingJobArn": job.arn})

    # extension: processing jobs run; moto's are Completed immediately.
    replace(SageMakerResponse, "create_processing_job", create_processing_job)
    replace(SageMakerModelBackend, "stop_processing_job", _stop_processing_job)
    list_jobs_in_order()
    keep_tags()
    pipelines.install()


def _stop_processing_job(backend: SageMakerModelBackend, processing_job_name: str) -> None:
    job: Any = backend.processing_jobs.get(processing_job_name)
    if isinstance(job, ProcessingJob):
        job.stop()
    else:
        original_of(SageMakerModelBackend, "stop_processing_job")(backend, processing_job_name)
