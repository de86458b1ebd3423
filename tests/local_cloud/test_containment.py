"""What a script in a container cannot reach: the network where it is to have none, and the credentials of who started it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local_cloud.container import ContainerSpec, NoIsolationError, container, run_container
from local_cloud.container.isolation import launch_command, processes_can_be_hidden
from local_cloud.images import ImageStore, LocalImage
from tests.extras import needs_namespaces

if TYPE_CHECKING:
    from local_cloud.server import LocalCloud

NOBODY = 65534

CONNECT = """
import socket
try:
    socket.create_connection(("127.0.0.1", {port}), timeout=20)
    print("connected")
except OSError as error:
    print("refused")
"""
# What root could do: enter the network of a process outside, by its file in /proc.
ENTER = """
import ctypes, os
try:
    descriptor = os.open("/proc/{pid}/ns/net", os.O_RDONLY)
    entered = ctypes.CDLL(None).setns(descriptor, 0) == 0
except OSError:
    entered = False
print("entered" if entered else "denied")
"""
READ_ENVIRONMENT = """
try:
    print("read" if b"SECRET_OF_THE_PARENT" in open("/proc/{pid}/environ", "rb").read() else "empty")
except OSError:
    print("denied")
"""


@pytest.fixture
def image(local_cloud_server: LocalCloud) -> LocalImage:
    """Nothing but Python."""
    return ImageStore(local_cloud_server.settings.image_store).stand_in(None)


def output_of(image: LocalImage, opt_ml: Path, script: str, *, network: bool = True) -> list[str]:
    lines: list[str] = []
    spec = ContainerSpec(image=image, command=("python3", "-c", script), opt_ml=opt_ml, network=network)
    run_container(spec, lines.append)
    return lines


@needs_namespaces
@pytest.mark.parametrize(("network", "expected"), [(True, "connected"), (False, "refused")])
def test_the_cloud_s_endpoint_is_out_of_reach_without_a_network(
    image: LocalImage, tmp_path: Path, local_cloud_server: LocalCloud, network: bool, expected: str
) -> None:
    script = CONNECT.format(port=local_cloud_server.endpoint_url.rsplit(":", 1)[1])
    assert output_of(image, tmp_path, script, network=network) == [expected]


@needs_namespaces
def test_the_network_outside_cannot_be_entered(image: LocalImage, tmp_path: Path) -> None:
    assert output_of(image, tmp_path, ENTER.format(pid=os.getpid()), network=False) == ["denied"]


@needs_namespaces
@pytest.mark.skipif(not processes_can_be_hidden(), reason="this machine lets nobody mount a /proc of its own")
def test_the_environment_of_who_started_it_is_not_to_be_read(
    image: LocalImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen(["sleep", "60"], env={**os.environ, "SECRET_OF_THE_PARENT": "x"}) as parent:
        try:
            assert output_of(image, tmp_path, READ_ENVIRONMENT.format(pid=parent.pid)) == ["denied"]
        finally:
            parent.kill()
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the user's own")
    script = "import os; print(sorted(name for name in os.environ if name.startswith('AWS')), os.environ['HOME'])"
    assert output_of(image, tmp_path, script) == ["[] /tmp"]


@needs_namespaces
def test_the_user_s_aws_folder_is_empty(image: LocalImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws" / "credentials").write_text("[default]\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    script = f"import os; print(os.listdir('{home}'), os.listdir('{home}/.aws'))"
    assert output_of(image, tmp_path / "ml", script) == ["['.aws'] []"]


@needs_namespaces
def test_what_is_hidden_cannot_be_uncovered(image: LocalImage, tmp_path: Path) -> None:
    script = (
        "import ctypes, os; libc = ctypes.CDLL(None, use_errno=True); os.mkdir('/opt/ml/processing/in'); "
        "print(libc.umount2(b'/opt/ml', 2), libc.chroot(b'/opt/ml/processing/in'), libc.unshare(0x10000000))"
    )
    assert output_of(image, tmp_path, script) == ["-1 -1 -1"]


@needs_namespaces
@pytest.mark.skipif(os.getuid() != 0, reason="who is not root sees the same by all the other tests")
def test_it_holds_for_a_user_who_is_not_root() -> None:
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    if python is None:
        pytest.skip("no Python that another user may run")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        root = Path(folder) / "root"
        root.mkdir()
        os.chown(root, NOBODY, NOBODY)
        script = f"{ENTER.format(pid=os.getpid())}{READ_ENVIRONMENT.format(pid=os.getpid())}"
        script += "print(sorted(line.split(':')[0].strip() for line in open('/proc/net/dev').readlines()[2:]))"
        command = launch_command(
            root, {}, "/", ["python3", "-c", script], {"PATH": os.environ["PATH"]}, network=False, hide_processes=True
        )
        command[0] = python
        done = subprocess.run(command, user=NOBODY, group=NOBODY, capture_output=True, text=True, check=False)
    if done.returncode == 125:
        pytest.skip(f"this machine denies namespaces to users: {done.stderr}")
    assert done.stdout.splitlines()[:2] == ["denied", "denied"], done.stderr
    assert "eth0" not in done.stdout


def test_without_namespaces_a_script_is_not_run_with_a_network_that_it_must_not_have(
    image: LocalImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container, "namespaces_work", lambda: False)
    with pytest.raises(NoIsolationError, match="without a network, and this machine denies the namespaces"):
        output_of(image, tmp_path, "open('/opt/ml/processing/ran', 'w')", network=False)
    assert not (tmp_path / "processing" / "ran").exists()
