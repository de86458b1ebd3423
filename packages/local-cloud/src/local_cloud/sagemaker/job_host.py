"""One of a processing job's hosts: its own ``/opt/ml``, its share of the inputs, its container and its log stream."""

from __future__ import annotations

import json
import sys
import time
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


def host_names(count: int) -> list[str]:
    """Name the hosts of a job as SageMaker does."""
    return [f"algo-{number}" for number in range(1, count + 1)]


class JobHost:
    """A host; all of a job's hosts have the same request and image.

    Parameters
    ----------
    request
        CreateProcessingJob's, with the job's ARN.
    folder
        Of this machine, which becomes the host's ``/opt/ml``.
    index
        Its place among the hosts.
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
        self._log_stream = f"{request['ProcessingJobName']}/{self.name}-{int(time.time())}"

    def prepare(self) -> None:
        """Bring its inputs, make the folders of its outputs, and write what a container reads of its own job.

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
        """Run its container to its end, or until the job is ending."""
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
            ends_with_this_process=sys.platform != "linux",  # there the cloud's supervisor sees to it
        )
        return run_container(spec, self._log, ending)

    def _access(self) -> dict[str, str]:
        """Return what an SDK in the script finds on SageMaker, too: the region, and the credentials of the job's role.

        Without a network there are none: https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html
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
        """Raise UnreadableOutputError if it has something of an output that cannot be uploaded."""
        check_output(output, self.folder)

    def upload(self, output: dict[str, Any]) -> None:
        """Upload what it has of an output."""
        upload_output(output, self.folder, self._request.get("ProcessingOutputConfig", {}).get("KmsKeyId"))

    def _log(self, line: str) -> None:
        if line:
            event = {"timestamp": int(time.time() * 1000), "message": line}
            with backend_lock():
                self._logs.put_log_events(LOG_GROUP, self._log_stream, [event])
