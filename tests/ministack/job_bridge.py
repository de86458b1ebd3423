"""Processing jobs of another cloud, run by the local cloud's runner on the other cloud's S3 and ECR, with the role of the job."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import hmac
import http.server
import json
import secrets
import shutil
import threading
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_cloud.container import ContainerResult, run_container
from local_cloud.images import ImageStore
from local_cloud.sagemaker import input_objects, job_files, job_host
from local_cloud.sagemaker.processing_job import ProcessingJob
from partitioned_pipelines.cli.target.local_endpoint import LOCAL_ACCOUNT, LOCAL_REGION
from partitioned_pipelines.cli.target.locations import IMAGE_STORE
from tests.ministack.role_services import RoleObjects, ask_for_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from local_cloud.container import ContainerSpec

_RUNNING = {"InProgress", "Stopping"}


class JobBridge:
    """A runner of jobs, one after the other, each to its end.

    A successful container is not rerun for the same code, arguments and input files: its earlier output is
    written to S3 with the role of the job, as the input was read. So every permission can be removed in turn within minutes.

    Parameters
    ----------
    endpoint, certificate
        Of the cloud that the jobs belong to.
    folder
        For the jobs' files.
    """

    def __init__(self, endpoint: str, certificate: Path, folder: Path) -> None:
        self._endpoint, self._certificate, self._folder = endpoint, certificate, folder
        self._images = ImageStore(IMAGE_STORE)
        self._one_job = threading.Lock()

    def run(self, request: dict[str, Any], access_key: dict[str, str]) -> dict[str, Any]:
        """Run a job to its end, given CreateProcessingJob's request; return its description.

        Raises
        ------
        ClientError
            If its role may not pull the image.
        """

        def client(service: str) -> Any:
            config = Config(retries={"total_max_attempts": 1})
            verify = str(self._certificate)
            return boto3.client(  # type: ignore[call-overload]  # the service's name is not a literal here
                service,
                endpoint_url=self._endpoint,
                region_name=LOCAL_REGION,
                verify=verify,
                config=config,
                **access_key,
            )

        with self._one_job, pytest.MonkeyPatch.context() as patch:
            objects = RoleObjects(client("s3"))
            patch.setattr(input_objects, "list_objects", objects.list_objects)
            patch.setattr(input_objects, "find_object", objects.find_object)
            patch.setattr(job_files, "write_object", objects.write_object)
            patch.setattr(job_host, "run_container", self._run_container_once)
            patch.setattr(job_host.JobHost, "_access", lambda _host: {"AWS_REGION": LOCAL_REGION})
            ask_for_image(client("ecr"), request["AppSpecification"]["ImageUri"])
            job = ProcessingJob(request, LOCAL_ACCOUNT, LOCAL_REGION, self._images, self._folder)
            job.start()
            while job.processing_job_status in _RUNNING:
                time.sleep(0.02)
            return job.response_object

    def _run_container_once(
        self, spec: ContainerSpec, on_line: Callable[[str], None], stop: threading.Event
    ) -> ContainerResult:
        kept = self._folder / "kept" / _digest(spec)
        if not kept.exists():
            result = run_container(spec, on_line, stop)
            if result.exit_code != 0:
                return result
            shutil.copytree(spec.opt_ml, kept)
            (kept / "result.json").write_text(json.dumps(result.exit_message), encoding="utf-8")
            return result
        shutil.copytree(kept / "processing", spec.opt_ml / "processing", dirs_exist_ok=True)
        on_line("the output of an earlier run of the same container is taken")
        message = json.loads((kept / "result.json").read_text(encoding="utf-8"))
        return ContainerResult(0, timed_out=False, stopped=False, exit_message=message)


def _digest(spec: ContainerSpec) -> str:
    digest = hashlib.sha256(json.dumps([spec.image.digest, spec.command, dict(spec.environment)]).encode())
    for path in sorted((spec.opt_ml / "processing").rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(spec.opt_ml)}:{path.stat().st_size}:".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


@contextlib.contextmanager
def serving(bridge: JobBridge) -> Iterator[str]:
    """Serve jobs at a URL on localhost: POST a request and a role's credentials, and receive the job's description."""

    path = f"/{secrets.token_urlsafe(30)}"  # prevents other users of this machine from running code here

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if not hmac.compare_digest(self.path.encode(), path.encode()):
                self.send_error(404)
                return
            order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                status, answer = 200, json.dumps(bridge.run(**order), default=_epoch_milliseconds)
            except ClientError as error:
                status, answer = 400, str(error)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, *_arguments: Any) -> None:
            """Suppress the log: the jobs have their own."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{path}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _epoch_milliseconds(value: object) -> int:
    if isinstance(value, dt.datetime):
        return int(value.timestamp() * 1000)
    raise TypeError(f"a {type(value).__name__} in a description of a job")
