"""A processing job: it downloads inputs, runs a container for each host, and uploads outputs."""

from __future__ import annotations

import contextlib
import functools
import threading
from concurrent.futures import FIRST_COMPLETED, wait
from typing import TYPE_CHECKING, Any

from moto.core.utils import utcnow
from moto.logs.models import logs_backends

from local_cloud.container import ContainerResult, NoIsolationError, UnreadableOutputError, memory_bound
from local_cloud.daemon_thread import in_daemon_thread, start_daemon_thread
from local_cloud.folder_removal import temporary_folder
from local_cloud.images import UnknownImageError
from local_cloud.object_store import NoSuchBucketError
from local_cloud.sagemaker.continuous_upload import ContinuousUpload
from local_cloud.sagemaker.input_objects import DownloadError
from local_cloud.sagemaker.job_host import JobHost, host_names
from local_cloud.spark import MirrorError, is_spark_job, spark_runtime
from local_cloud.undocumented import chosen

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from local_cloud.images import ImageStore, LocalImage

_DEFAULT_MAX_RUNTIME_SECONDS = 86_400
_OUT_OF_MEMORY = (
    "ClientError: Please use an instance type with more memory, or reduce the size of job data processed on an instance: "
    "on {} the local cloud gives a host {:.1f} GiB, exit code: 137"
)


class ProcessingJob:
    """A processing job, as shown by DescribeProcessingJob and ListProcessingJobs.

    Parameters
    ----------
    request
        The request of CreateProcessingJob.
    folder
        The folder for the job's files while it runs.
    """

    def __init__(self, request: dict[str, Any], account_id: str, region: str, images: ImageStore, folder: Path) -> None:
        self.request = request
        self.processing_job_name: str = request["ProcessingJobName"]
        self.arn = f"arn:aws:sagemaker:{region}:{account_id}:processing-job/{self.processing_job_name}"
        self.tags: list[dict[str, str]] = list(request.get("Tags", []))
        self.processing_job_status = "InProgress"
        self.creation_time = self.last_modified_time = utcnow()
        self.processing_start_time: dt.datetime | None = None
        self.processing_end_time: dt.datetime | None = None
        self.failure_reason = ""
        self.exit_message = ""
        self._images = images
        self._folder = folder
        self._stop_is_asked_for = False
        self._ending = threading.Event()  # stops the containers of all hosts
        self._logs = logs_backends[account_id][region]

    @property
    def response_object(self) -> dict[str, Any]:
        """The description in the form of the API, without unset members."""
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
        """Start the job in its own thread."""
        start_daemon_thread(self.processing_job_name, self._run, self._fail)

    def stop(self) -> None:
        """Stop the containers, unless the job has ended."""
        if self.processing_job_status == "InProgress":
            self._become("Stopping")
            self._stop_is_asked_for = True
            self._ending.set()

    def _run(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            with temporary_folder("job-", self._folder) as folder:
                self._run_in(folder)
        except UnreadableOutputError as error:
            self._become("Failed", failure_reason=f"ClientError: Data upload failed: {error}")
        except (DownloadError, MirrorError, NoSuchBucketError, UnknownImageError, NoIsolationError) as error:
            self._become("Failed", failure_reason=str(error))

    def _run_in(self, folder: Path) -> None:
        image = self._images.resolve(self.request["AppSpecification"]["ImageUri"])
        hosts = self._prepare_hosts(folder)
        with self._runtime(image, hosts[0], folder) as (programs, environment), self._continuous_upload(hosts):
            self.processing_start_time = utcnow()
            result = self._run_hosts(hosts, image, programs, environment)
        self._conclude(result, hosts)

    def _fail(self, error: Exception) -> None:
        if self.processing_job_status in {"InProgress", "Stopping"}:
            self._become("Failed", failure_reason=f"InternalServerError: {error}")

    def _prepare_hosts(self, folder: Path) -> list[JobHost]:
        names = host_names(self.request["ProcessingResources"]["ClusterConfig"]["InstanceCount"])
        request = {**self.request, "ProcessingJobArn": self.arn}
        hosts = [JobHost(request, folder / name, number, names, self._logs) for number, name in enumerate(names)]
        for host in hosts:
            host.prepare()
        return hosts

    @contextlib.contextmanager
    def _runtime(self, image: LocalImage, host: JobHost, folder: Path) -> Iterator[tuple[Path | None, dict[str, str]]]:
        if is_spark_job(self.request["AppSpecification"].get("ContainerEntrypoint") or image.entrypoint):
            with spark_runtime(self.request, image, host.folder, folder / "spark", self._images.root) as runtime:
                yield runtime
        else:
            yield None, {}

    def _run_hosts(
        self, hosts: list[JobHost], image: LocalImage, programs: Path | None, environment: dict[str, str]
    ) -> ContainerResult:
        """Run the containers of all hosts in parallel. The first one that fails stops the others, and its result is the job's."""
        running = {
            in_daemon_thread(
                f"{self.processing_job_name}/{host.name}",
                functools.partial(host.run, image, programs, environment, self._max_runtime_seconds, self._ending),
            )
            for host in hosts
        }
        results: list[ContainerResult] = []
        errors: list[BaseException] = []
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                error = future.exception()
                if error is not None:
                    errors.append(error)
                else:
                    results.append(future.result())
            if errors or not all(_is_success(result) for result in results):
                self._ending.set()
        if errors:
            raise errors[0]
        told = [result for result in results if result.exit_message]
        failed = [result for result in results if not _is_success(result)]
        # Hosts that were stopped because of another's failure are not the cause.
        return next((result for result in failed if not result.stopped), [*failed, *told, *results][0])

    def _conclude(self, result: ContainerResult, hosts: list[JobHost]) -> None:
        self.exit_message = result.exit_message
        if (result.timed_out or result.stopped or self._stop_is_asked_for) and chosen("stopped_job") == "succeeds":
            self._upload_at_the_end(hosts)
        if result.timed_out:
            # SageMaker stops jobs after their MaxRuntimeInSeconds: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingStoppingCondition.html
            seconds = self._max_runtime_seconds
            self._become(
                "Stopped", failure_reason=f"the job ran for its MaxRuntimeInSeconds of {seconds} and was stopped"
            )
        elif result.stopped or self._stop_is_asked_for:
            self._become("Stopped")
        elif result.out_of_memory:
            kind = self.request["ProcessingResources"]["ClusterConfig"]["InstanceType"]
            self._become("Failed", failure_reason=_OUT_OF_MEMORY.format(kind, memory_bound(kind) / 1024**3))
        elif result.exit_code != 0:
            reason = f"AlgorithmError: , exit code: {result.exit_code}"
            if result.exit_message:
                reason = f"AlgorithmError: {result.exit_message}, exit code: {result.exit_code}"
            self._become("Failed", failure_reason=reason)
        else:
            self._upload_at_the_end(hosts)
            self._become("Completed")

    def _upload_at_the_end(self, hosts: list[JobHost]) -> None:
        at_the_end = [output for output in self._outputs if output["S3Output"]["S3UploadMode"] != "Continuous"]
        for transfer in (JobHost.check, JobHost.upload):
            for output in at_the_end:
                for host in hosts:
                    transfer(host, output)

    def _become(self, status: str, failure_reason: str = "") -> None:
        self.last_modified_time = utcnow()
        self.failure_reason = failure_reason
        if status != "Stopping":
            self.processing_end_time = self.last_modified_time
        self.processing_job_status = status  # last: clients that poll the status read the other fields after it

    def _continuous_upload(self, hosts: list[JobHost]) -> ContinuousUpload:
        outputs = [output for output in self._outputs if output["S3Output"]["S3UploadMode"] == "Continuous"]
        key = self.request.get("ProcessingOutputConfig", {}).get("KmsKeyId")
        return ContinuousUpload(outputs, [host.folder for host in hosts], key)

    @property
    def _outputs(self) -> list[dict[str, Any]]:
        outputs: list[dict[str, Any]] = self.request.get("ProcessingOutputConfig", {}).get("Outputs", [])
        return outputs

    @property
    def _max_runtime_seconds(self) -> int:
        condition = self.request.get("StoppingCondition", {})
        return int(condition.get("MaxRuntimeInSeconds", _DEFAULT_MAX_RUNTIME_SECONDS))


def _is_success(result: ContainerResult) -> bool:
    return result.exit_code == 0 and not result.timed_out and not result.stopped
