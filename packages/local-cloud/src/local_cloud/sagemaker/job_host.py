"""A host of a processing job: its ``/opt/ml``, share of the inputs, container and log stream."""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from local_cloud.access import role_access_key
from local_cloud.backend_lock import backend_lock
from local_cloud.container import ContainerResult, ContainerSpec, memory_bound, run_container
from local_cloud.sagemaker.job_files import check_output, download_input, local_folder, upload_output
from local_cloud.settings import endpoint_url, region

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping
    from pathlib import Path

    from local_cloud.images import LocalImage

LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
MOST_LOGGED_BYTES = 128 * 1024 * 1024
_EVENT_BYTES = 500  # of an event in memory, without its message
_LAST_LINES = 1000


def host_names(count: int) -> list[str]:
    """Return the names of a job's hosts, as on SageMaker."""
    return [f"algo-{number}" for number in range(1, count + 1)]


class JobHost:
    """A host of a processing job.

    Parameters
    ----------
    request
        The request of CreateProcessingJob, with the job's ARN.
    folder
        The folder on this machine that is the host's ``/opt/ml``.
    index
        The index among the job's hosts.
    logs
        moto's backend of CloudWatch Logs.
    """

    def __init__(self, request: dict[str, Any], folder: Path, index: int, hosts: list[str], logs: Any) -> None:
        self.name = hosts[index]
        self.folder = folder
        self._request = request
        self._index = index
        self._hosts = hosts
        self._logs = logs
        self._logged_bytes = self._dropped_lines = 0
        self._last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._log_stream = f"{request['ProcessingJobName']}/{self.name}-{int(time.time())}"

    def prepare(self) -> None:
        """Download the inputs, create the folders of the outputs, and write the job's configuration files.

        https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
        """
        for entry in self._request.get("ProcessingInputs", []):
            if not entry.get("AppManaged"):
                download_input(entry, self.folder, self._index, len(self._hosts))
        for output in self._request.get("ProcessingOutputConfig", {}).get("Outputs", []):
            local_folder(self.folder, output["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)
        configuration = self.folder / "config"
        configuration.mkdir(parents=True, exist_ok=True)
        (configuration / "processingjobconfig.json").write_text(json.dumps(self._request), encoding="utf-8")
        resource = {"current_host": self.name, "hosts": self._hosts}
        (configuration / "resourceconfig.json").write_text(json.dumps(resource), encoding="utf-8")
        with backend_lock():
            self._logs.ensure_log_group(LOG_GROUP)
            self._logs.create_log_stream(LOG_GROUP, self._log_stream)

    def run(
        self,
        image: LocalImage,
        programs: Path | None,
        environment: Mapping[str, str],
        timeout_seconds: float,
        ending: threading.Event,
    ) -> ContainerResult:
        """Run the container until it ends or the job is stopped."""
        application = self._request["AppSpecification"]
        entrypoint = application.get("ContainerEntrypoint") or image.entrypoint
        spec = ContainerSpec(
            image=image,
            command=(*entrypoint, *application.get("ContainerArguments", [])),
            opt_ml=self.folder,
            environment={**self._access(), **self._request.get("Environment", {}), **environment},
            network=not self._is_isolated,
            timeout_seconds=timeout_seconds,
            memory_bytes=memory_bound(self._request["ProcessingResources"]["ClusterConfig"]["InstanceType"]),
            programs=programs,
            scratch=self.folder.parent,
            ends_with_this_process=sys.platform != "linux",  # on Linux, the cloud's supervisor stops it
        )
        try:
            return run_container(spec, self._log, ending)
        finally:
            self._log_last_lines()

    def _access(self) -> dict[str, str]:
        """Return the variables for an SDK in the script: the region and the credentials of the job's role.

        Jobs without a network have no credentials: https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html
        """
        if self._is_isolated:
            return {"AWS_REGION": region()}
        return {
            "AWS_REGION": region(),
            "AWS_ENDPOINT_URL": endpoint_url(),
            **role_access_key(self._request["RoleArn"]).environment,
        }

    @property
    def _is_isolated(self) -> bool:
        return bool(self._request.get("NetworkConfig", {}).get("EnableNetworkIsolation", False))

    def check(self, output: dict[str, Any]) -> None:
        """Raise UnreadableOutputError if the host's part of an output cannot be uploaded."""
        check_output(output, self.folder)

    def upload(self, output: dict[str, Any]) -> None:
        """Upload the host's part of an output."""
        upload_output(output, self.folder, self._request.get("ProcessingOutputConfig", {}).get("KmsKeyId"))

    def _log(self, line: str) -> None:
        """Log a line, or keep it for the end of the log if that has become too large: CloudWatch Logs is in memory here."""
        if not line:
            return
        if self._logged_bytes > MOST_LOGGED_BYTES:
            self._dropped_lines += len(self._last_lines) == self._last_lines.maxlen
            self._last_lines.append(line)
            return
        self._logged_bytes += len(line) + _EVENT_BYTES
        self._put_in_log(line)

    def _log_last_lines(self) -> None:
        if self._dropped_lines:
            self._put_in_log(f"({self._dropped_lines:,} more lines were printed; the local cloud does not log them)")
        while self._last_lines:
            self._put_in_log(self._last_lines.popleft())

    def _put_in_log(self, line: str) -> None:
        event = {"timestamp": int(time.time() * 1000), "message": line}
        with backend_lock():
            self._logs.put_log_events(LOG_GROUP, self._log_stream, [event])
