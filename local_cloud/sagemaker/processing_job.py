"""One processing job: inputs down, container, outputs up, and the status that tells of it."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moto.core.utils import utcnow
from moto.logs.models import logs_backends

from local_cloud.container import ContainerResult, ContainerSpec, NoIsolationError, run_container
from local_cloud.images import UnknownImageError
from local_cloud.object_store import NoSuchBucketError
from local_cloud.sagemaker.job_files import DownloadError, download_input, upload_output

if TYPE_CHECKING:
    import datetime as dt

    from local_cloud.images import ImageStore

_LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
_DEFAULT_MAX_RUNTIME_SECONDS = 86_400
_HOST = "algo-1"


class _JobFailedError(Exception):
    """Carries a FailureReason."""


class ProcessingJob:
    """What DescribeProcessingJob and ListProcessingJobs show; the attributes are those that moto's listing reads.

    Parameters
    ----------
    request
        CreateProcessingJob's.
    folder
        Below which the job has its files for as long as it runs.
    """

    def __init__(self, request: dict[str, Any], account_id: str, region: str, images: ImageStore, folder: Path) -> None:
        self.request = request
        self.processing_job_name: str = request["ProcessingJobName"]
        self.arn = f"arn:aws:sagemaker:{region}:{account_id}:processing-job/{self.processing_job_name}"
        self.processing_job_status = "InProgress"
        self.creation_time = self.last_modified_time = utcnow()
        self.processing_start_time: dt.datetime | None = None
        self.processing_end_time: dt.datetime | None = None
        self.failure_reason = ""
        self.exit_message = ""
        self._images = images
        self._folder = folder
        self._stop = threading.Event()
        self._logs = logs_backends[account_id][region]
        self._log_stream = f"{self.processing_job_name}/{_HOST}-{int(time.time())}"

    @property
    def response_object(self) -> dict[str, Any]:
        """The description, in AWS's names; what is not set is absent."""
        kept = {
            "AppSpecification",
            "Environment",
            "ExperimentConfig",
            "NetworkConfig",
            "ProcessingInputs",
            "ProcessingJobName",
            "ProcessingOutputConfig",
            "ProcessingResources",
            "RoleArn",
            "StoppingCondition",
        }
        described = {
            **{name: value for name, value in self.request.items() if name in kept},
            "ProcessingJobArn": self.arn,
            "ProcessingJobStatus": self.processing_job_status,
            "ExitMessage": self.exit_message,
            "FailureReason": self.failure_reason,
            "CreationTime": self.creation_time,
            "LastModifiedTime": self.last_modified_time,
            "ProcessingStartTime": self.processing_start_time,
            "ProcessingEndTime": self.processing_end_time,
        }
        return {name: value for name, value in described.items() if value not in (None, "")}

    def start(self) -> None:
        """Run in a thread of its own."""
        threading.Thread(target=self._run, name=self.processing_job_name, daemon=True).start()

    def stop(self) -> None:
        """Ask the container to end; a job that has ended stays as it is."""
        if self.processing_job_status == "InProgress":
            self._become("Stopping")
            self._stop.set()

    def _run(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        opt_ml = Path(tempfile.mkdtemp(prefix="job-", dir=self._folder))
        try:
            result = self._run_container(opt_ml)
            self._conclude(result, opt_ml)
        except (_JobFailedError, DownloadError, NoSuchBucketError, UnknownImageError, NoIsolationError) as error:
            self._become("Failed", failure_reason=str(error))
        except OSError as error:
            self._become("Failed", failure_reason=f"InternalServerError: {error}")
            raise
        finally:
            shutil.rmtree(opt_ml, ignore_errors=True)

    def _run_container(self, opt_ml: Path) -> ContainerResult:
        application = self.request["AppSpecification"]
        image = self._images.resolve(application["ImageUri"])
        for entry in self.request.get("ProcessingInputs", []):
            download_input(entry, opt_ml)
        for output in self._outputs:
            _inside(opt_ml, output["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)
        self._write_configuration(opt_ml)
        self._logs.ensure_log_group(_LOG_GROUP)
        self._logs.create_log_stream(_LOG_GROUP, self._log_stream)
        self.processing_start_time = utcnow()
        entrypoint = application.get("ContainerEntrypoint") or image.entrypoint
        spec = ContainerSpec(
            image=image,
            command=(*entrypoint, *application.get("ContainerArguments", [])),
            opt_ml=opt_ml,
            environment=self.request.get("Environment", {}),
            network=not self.request.get("NetworkConfig", {}).get("EnableNetworkIsolation", False),
            timeout_seconds=self._max_runtime_seconds,
        )
        return run_container(spec, self._log, self._stop)

    def _conclude(self, result: ContainerResult, opt_ml: Path) -> None:
        self.exit_message = result.exit_message
        if result.stopped:
            self._become("Stopped")
        elif result.timed_out:
            # SageMaker stops what runs too long: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingStoppingCondition.html
            seconds = self._max_runtime_seconds
            self._become(
                "Stopped", failure_reason=f"the job ran for its MaxRuntimeInSeconds of {seconds} and was stopped"
            )
        elif result.exit_code != 0:
            reason = f"AlgorithmError: , exit code: {result.exit_code}"
            if result.exit_message:
                reason = f"AlgorithmError: {result.exit_message}, exit code: {result.exit_code}"
            self._become("Failed", failure_reason=reason)
        else:
            for output in self._outputs:
                upload_output(output, opt_ml)
            self._become("Completed")

    def _become(self, status: str, failure_reason: str = "") -> None:
        self.last_modified_time = utcnow()
        self.failure_reason = failure_reason
        if status != "Stopping":
            self.processing_end_time = self.last_modified_time
        self.processing_job_status = status  # last: whoever waits for it reads the rest after it

    def _log(self, line: str) -> None:
        if line:
            event = {"timestamp": int(time.time() * 1000), "message": line}
            self._logs.put_log_events(_LOG_GROUP, self._log_stream, [event])

    def _write_configuration(self, opt_ml: Path) -> None:
        """Write what a container reads of its own job.

        https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
        """
        folder = opt_ml / "config"
        folder.mkdir()
        job = {**self.request, "ProcessingJobArn": self.arn}
        (folder / "processingjobconfig.json").write_text(json.dumps(job), encoding="utf-8")
        hosts = {"current_host": _HOST, "hosts": [_HOST]}
        (folder / "resourceconfig.json").write_text(json.dumps(hosts), encoding="utf-8")

    @property
    def _outputs(self) -> list[dict[str, Any]]:
        outputs: list[dict[str, Any]] = self.request.get("ProcessingOutputConfig", {}).get("Outputs", [])
        return outputs

    @property
    def _max_runtime_seconds(self) -> int:
        condition = self.request.get("StoppingCondition", {})
        return int(condition.get("MaxRuntimeInSeconds", _DEFAULT_MAX_RUNTIME_SECONDS))


def _inside(opt_ml: Path, local_path: str) -> Path:
    return opt_ml / local_path.removeprefix("/opt/ml/")
