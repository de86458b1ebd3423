"""Tests that no process, scratch folder or second cloud is left, however a local cloud or the command that started it ends."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.images import ImageStore
from partitioned_pipelines.cli.errors import ExitCode
from partitioned_pipelines.cli.settings import Settings, Target
from partitioned_pipelines.cli.target.cloud_process import CloudProcess
from partitioned_pipelines.cli.target.clouds import start_project_cloud
from partitioned_pipelines.cli.target.local_endpoint import LOCAL_REGION, LocalEndpoint
from partitioned_pipelines.cli.target.local_state import LocalState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Invoke

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it looks for processes in /proc")

IMAGE = f"123456789012.dkr.ecr.{LOCAL_REGION}.amazonaws.com/plain:1"
# Both leave a process in its own session, like a daemon; `sleep` with a recognizable number.
STARTS_SLEEPERS = """
import subprocess, tempfile, time
tempfile.mkdtemp(prefix="left-{marker}-", dir="/tmp")
subprocess.Popen(["sleep", "{marker}"], start_new_session=True)
subprocess.run(["sleep", "{marker}"])
"""
SERVE = """
import sys, time
from pathlib import Path
from partitioned_pipelines.cli.target.cloud_process import start_cloud
print(start_cloud(Path(sys.argv[1]), ends_with_this_process=True).pid, flush=True)
time.sleep(600)
"""


class Scene:
    """A project with a local cloud, observed from outside."""

    def __init__(self, project: Path, temporary: Path) -> None:
        self.project = project
        self.temporary = temporary
        self.state = LocalState(project)
        self.settings = Settings(project, Target.LOCAL, "pipelines", json=False)
        self.started: list[CloudProcess] = []
        self.marker = str(uuid.uuid4().int % 10**9 + 10**9)  # seconds that no test waits for

    def start(self) -> CloudProcess:
        started = start_project_cloud(self.settings, port=0, ends_with_this_process=False)
        assert isinstance(started, CloudProcess)
        self.started.append(started)
        return started

    def end(self) -> None:
        """Stop what a failed test has left running."""
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        for started in self.started:
            started.process.wait(30)

    def processes(self) -> dict[int, str]:
        """Return the processes of the cloud, its jobs and its functions."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if self.marker in line or str(self.project) in line:
                    found[int(folder.name)] = line
        return found

    def wait_until_nothing_is_left(self, seconds: float = 15) -> None:
        deadline = time.monotonic() + seconds
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert left == {}
        mounts = Path("/proc/self/mounts").read_text()
        assert str(self.project) not in mounts
        assert list(self.temporary.iterdir()) == []
        assert not list(Path("/tmp").glob(f"left-{self.marker}-*"))  # noqa: S108 - where a script's own end up

    def wait_for_sleepers(self, count: int) -> None:
        deadline = time.monotonic() + 60
        while sum(line.startswith("sleep") for line in self.processes().values()) < count:
            assert time.monotonic() < deadline, self.processes()
            time.sleep(0.05)


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, images: Path) -> Iterator[Scene]:
    project, temporary = tmp_path / "project", tmp_path / "temporary"
    project.mkdir()
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("partitioned_pipelines.cli.target.cloud_process.IMAGE_STORE", images)
    found = Scene(project, temporary)
    yield found
    found.end()


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = ImageStore(tmp_path_factory.mktemp("images"))
    store.register(IMAGE, store.stand_in(None))
    return store.root


def run_a_job_and_a_function(scene: Scene, endpoint: LocalEndpoint) -> None:
    """Start a job and a function, and wait until each has its two sleepers."""

    def client(service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=endpoint.url,
            aws_access_key_id=endpoint.access_key_id,
            aws_secret_access_key=endpoint.secret_access_key,
            region_name=LOCAL_REGION,
            config=Config(retries={"total_max_attempts": 1}),
        )

    source = STARTS_SLEEPERS.format(marker=scene.marker)
    function = source.replace("tempfile.mkdtemp", "(lambda **_: None)")  # a function's /tmp is this machine's
    client("sagemaker").create_processing_job(
        ProcessingJobName="sleeps",
        RoleArn="arn:aws:iam::123456789012:role/job",
        AppSpecification={
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["python3", "-c", source.strip().replace("\n", "; ")],
        },
        ProcessingResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.t3.medium", "VolumeSizeInGB": 1}
        },
    )
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    role = client("iam").create_role(
        RoleName="function", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("handler.py", "def handler(event, context):" + function.replace("\n", "\n    ") + "\n")
    client("lambda").create_function(
        FunctionName="sleeps",
        Role=role["Role"]["Arn"],
        Handler="handler.handler",
        Runtime="python3.12",
        Timeout=600,
        Code={"ZipFile": archive.getvalue()},
    )
    threading.Thread(target=_invoke, args=(client("lambda"),), daemon=True).start()
    scene.wait_for_sleepers(4)


def _invoke(client: Any) -> None:
    with contextlib.suppress(BotoCoreError, ClientError):  # the cloud ends before the function
        client.invoke(FunctionName="sleeps")


def status(scene: Scene, invoke: Invoke) -> Any:
    began = time.monotonic()
    shown = invoke("local", "status", "--project", scene.project)
    assert time.monotonic() - began < 10, "at once"
    assert "Traceback" not in shown.stderr
    return shown


@pytest.mark.parametrize("killed", ["the cloud", "its supervisor", "both"])
def test_a_cloud_is_killed(scene: Scene, invoke: Invoke, killed: str) -> None:
    started = scene.start()
    run_a_job_and_a_function(scene, started.endpoint)
    if killed != "the cloud":
        started.process.kill()
    if killed != "its supervisor":
        os.kill(started.pid, signal.SIGKILL)
    started.process.wait(20)
    shown = status(scene, invoke)
    assert shown.exit_code == ExitCode.NO_CLOUD
    assert f"process {started.pid} has stopped" in shown.stderr
    if killed == "the cloud":
        scene.wait_until_nothing_is_left()
    else:
        # Nothing else is left to stop processes that a function has started in their own sessions.
        deadline = time.monotonic() + 15
        while len(left := scene.processes()) > 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert all(line.startswith("sleep") for line in left.values()), left
        assert len(left) <= 2
    again = scene.start()
    assert [path.name for path in scene.state.cloud_folder.iterdir()].count("jobs") == 0, (
        "it begins with an empty folder"
    )
    again.stop()
    scene.state.forget()


def test_a_cloud_is_ended_during_a_job(scene: Scene, invoke: Invoke) -> None:
    started = scene.start()
    run_a_job_and_a_function(scene, started.endpoint)
    shown = invoke("local", "down", "--project", scene.project, "--json")
    assert (shown.exit_code, json.loads(shown.stdout)) == (0, {"stopped": True})
    scene.wait_until_nothing_is_left(seconds=0)
    assert not scene.state.cloud_folder.exists()
    assert started.process.wait(5) == 0


@pytest.mark.parametrize("removed", [".pipelines", ".pipelines/local_cloud.lock", ".pipelines/local_cloud"])
def test_its_files_are_removed(scene: Scene, invoke: Invoke, removed: str) -> None:
    started = scene.start()
    run_a_job_and_a_function(scene, started.endpoint)
    target = scene.project / removed
    while target.exists():  # as `rm -rf` does, while the cloud writes
        shutil.rmtree(target, ignore_errors=True) if target.is_dir() else target.unlink()
    again = scene.start() if removed.endswith(".lock") else None  # immediately: a stopping cloud is waited for
    assert started.process.wait(20) != 0
    if again:
        assert scene.state.running() is not None
        assert {pid for pid, line in scene.processes().items() if " serve " in line} == {again.pid, again.process.pid}
        again.stop()
    scene.wait_until_nothing_is_left()
    assert status(scene, invoke).exit_code == ExitCode.NO_CLOUD


@pytest.mark.parametrize("name", ["local_cloud.json", "local_cloud.lock"])
@pytest.mark.parametrize("content", ["", '{"pid": 1, "endp', "\x00" * 100, '{"pid": 1}', "[]"])
def test_a_state_file_is_cut(one_cloud: tuple[Scene, CloudProcess], invoke: Invoke, name: str, content: str) -> None:
    scene, started = one_cloud
    (scene.project / ".pipelines" / name).write_text(content)
    shown = status(scene, invoke)
    assert shown.exit_code == 0
    assert started.endpoint.url in shown.stdout
    found = start_project_cloud(scene.settings, port=0, ends_with_this_process=False)
    assert found.pid == started.pid, "no second cloud"


@pytest.fixture(scope="module")
def one_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Scene, CloudProcess]]:
    scene = Scene(tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("temporary"))
    started = scene.start()
    yield scene, started
    scene.end()


def test_a_state_file_is_lost(one_cloud: tuple[Scene, CloudProcess], invoke: Invoke) -> None:
    scene, started = one_cloud
    scene.state.record_deployment("pipelines", "digest")
    scene.state.file.unlink()
    assert started.endpoint.url in status(scene, invoke).stdout


def test_a_cloud_is_suspended(scene: Scene, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partitioned_pipelines.cli.target.clouds._ANSWERS_WITHIN_SECONDS", 1.0)
    started = scene.start()
    os.kill(started.pid, signal.SIGSTOP)
    shown = status(scene, invoke)
    assert shown.exit_code == ExitCode.NO_CLOUD
    assert f"(process {started.pid}) does not answer at {started.endpoint.url}" in shown.stderr
    assert invoke("local", "down", "--project", scene.project).exit_code == 0
    scene.wait_until_nothing_is_left(seconds=0)


def test_a_command_with_a_cloud_of_its_own_is_killed(scene: Scene) -> None:
    folder = scene.project / "pipelines-cloud-1"
    command = [sys.executable, "-c", SERVE, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) in scene.processes()
        process.kill()
    scene.wait_until_nothing_is_left()
    assert not folder.exists(), "nobody else would delete it"
