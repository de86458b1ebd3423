"""ministack in a separate process and environment, with IAM enforced, and the repository's pipelines on it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from local_cloud.images.docker_shim import write_docker_command
from partitioned_pipelines.cli.target.local_endpoint import LOCAL_ACCOUNT, LOCAL_REGION, LocalEndpoint
from partitioned_pipelines.cli.target.locations import IMAGE_STORE, node_folder
from tests.end_to_end.cdk_user import CdkUser
from tests.end_to_end.deployment import ROOT, Deployment, endpoint_of
from tests.ministack.job_bridge import JobBridge, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

_REQUIREMENTS = ROOT / "requirements" / "ministack.txt"
_ENVIRONMENTS = ROOT / "build" / "ministack"
_SERVER = Path(__file__).with_name("server.py")
_START_SECONDS = 120


@dataclass(frozen=True)
class Decision:
    """ministack's decision on one call of a role."""

    role: str
    action: str
    resource: str
    allowed: bool


@dataclass(frozen=True)
class Ministack(Deployment):
    """A project that is deployed to ministack.

    Attributes
    ----------
    certificate
        The server's self-signed certificate.
    record
        The file of decisions, one per line.
    """

    certificate: Path = Path()
    record: Path = Path()

    def client(self, service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]  # the service's name is not a literal here
            service,
            endpoint_url=self.endpoint.url,
            region_name=LOCAL_REGION,
            aws_access_key_id=self.endpoint.access_key_id,
            aws_secret_access_key=self.endpoint.secret_access_key,
            verify=str(self.certificate),
        )

    def decisions(self, since: int = 0) -> list[Decision]:
        """Return the decisions on calls by roles, after the first ``since`` lines of the record."""
        lines = self.record.read_text(encoding="utf-8").splitlines()[since:]
        read = [json.loads(line) for line in lines]
        return [
            Decision(each["principal"].split("/")[1], each["action"], each["resource"], each["allowed"])
            for each in read
            if ":assumed-role/" in each["principal"]
        ]

    @property
    def decided(self) -> int:
        """Return the number of decisions in the record."""
        return len(self.record.read_text(encoding="utf-8").splitlines())


def python_of_ministack() -> Path:
    """Return the Python of ministack's environment, which is built once for each version of its requirements."""
    digest = hashlib.sha256(f"{sys.version}\n".encode() + _REQUIREMENTS.read_bytes()).hexdigest()[:16]
    folder = _ENVIRONMENTS / digest
    _ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
    with (_ENVIRONMENTS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            pip = [str(folder / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "install", "--require-hashes", "-r", str(_REQUIREMENTS)], check=True)
            (folder / "complete").touch()
    return folder / "bin" / "python"


@contextlib.contextmanager
def ministack_deployed(project: Path, folder: Path) -> Iterator[Ministack]:
    """Start ministack, bootstrap it, deploy a project to it with the CDK CLI, and destroy the stacks after the block."""
    with _serving(folder) as (environment, certificate, record):
        user = CdkUser(project, environment, folder, prefix="pipelines")
        ministack = Ministack(project, endpoint_of(environment), certificate=certificate, record=record)
        user.bootstrap()
        _widen_image_publishing(ministack)
        user.deploy()
        yield ministack
        user.must("destroy", "--all", "--force", synthesize=False)


def _widen_image_publishing(ministack: Ministack) -> None:
    """Allow the CDK's own role to describe every repository: it may describe its own, but ministack checks the permission on `*`."""
    statement = {"Effect": "Allow", "Action": "ecr:DescribeRepositories", "Resource": "*"}
    ministack.client("iam").put_role_policy(
        RoleName=f"cdk-hnb659fds-image-publishing-role-{LOCAL_ACCOUNT}-{LOCAL_REGION}",
        PolicyName="ministack",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


@contextlib.contextmanager
def _serving(folder: Path) -> Iterator[tuple[dict[str, str], Path, Path]]:
    """Start an empty ministack; yield its clients' environment, its certificate and its record."""
    python = python_of_ministack()
    scratch, record, log = folder / "ministack", folder / "decisions.jsonl", folder / "ministack.log"
    scratch.mkdir()
    record.touch()
    port, certificate = _free_port(), scratch / "ministack-tls" / "server.crt"
    endpoint = LocalEndpoint(f"https://127.0.0.1:{port}", "AKIAJUDGEOFPIPELINES", secrets.token_urlsafe(30))
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))}
    clients = {**clean, **endpoint.environment, "AWS_CA_BUNDLE": str(certificate)}
    with serving(JobBridge(endpoint.url, certificate, folder / "jobs")) as bridge, log.open("w") as written:
        server = {
            **clients,
            "AUTH": "true",
            "USE_SSL": "1",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_ACCOUNT_ID": LOCAL_ACCOUNT,
            "MINISTACK_REGION": LOCAL_REGION,
            "LAMBDA_EXECUTOR": "local",
            "SFN_WAIT_SCALE": "0",  # between attempts
            "TMPDIR": str(scratch),
            "PATH": os.pathsep.join([str(python.parent), clean["PATH"]]),
            "JUDGE_BRIDGE": bridge,
            "JUDGE_RECORD": str(record),
        }
        process = subprocess.Popen(
            [python, _SERVER], env=server, cwd=scratch, stdin=subprocess.PIPE, stdout=written, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(port, process, log)
            node = node_folder()
            assert node is not None, "the packaged Node is installed with the project"
            yield (
                {
                    **clients,
                    "NODE_EXTRA_CA_CERTS": str(certificate),
                    "PATH": os.pathsep.join([str(node), clean["PATH"]]),
                    "JSII_NODE": str(node / "node"),
                    "CDK_DOCKER": str(write_docker_command(folder, IMAGE_STORE)),
                },
                certificate,
                record,
            )
        finally:
            process.terminate()
            process.communicate(timeout=30)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        ended = process.poll()
        assert ended is None, f"ministack ended with {ended}: {log.read_text(encoding='utf-8')[-2000:]}"
        assert time.monotonic() < deadline, f"ministack does not answer: {log.read_text(encoding='utf-8')[-2000:]}"
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
