"""A script in a container cannot use a disabled network, nor the credentials of the user who started it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cloud_under_test.extras import needs_namespaces
from local_cloud.container import ContainerSpec, NoIsolationError, container, run_container
from local_cloud.container.isolation import launch, processes_can_be_hidden
from local_cloud.images import ImageStore, LocalImage, UnknownImageError
from local_cloud.images.dockerfile import UnsupportedDockerfileError
from local_cloud.images.virtual_environment import ImageBuildError

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
# Root could enter the network of another process by its file in /proc.
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
    """An image with Python only."""
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
@pytest.mark.skipif(not processes_can_be_hidden(), reason="this machine does not allow mounting a /proc")
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
def test_the_files_in_this_machine_s_tmp_are_not_visible(image: LocalImage, tmp_path: Path) -> None:
    with tempfile.NamedTemporaryFile(dir="/tmp") as file:
        script = f"""import os, tempfile
with tempfile.NamedTemporaryFile() as own:
    print({file.name!r} in (names := ['/tmp/' + name for name in os.listdir('/tmp')]), own.name in names)"""
        assert output_of(image, tmp_path, script) == ["False True"]


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
@pytest.mark.skipif(os.getuid() != 0, reason="the other tests cover users other than root")
def test_it_holds_for_a_user_who_is_not_root() -> None:
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    if python is None:
        pytest.skip("there is no Python that another user can run")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        root = Path(folder) / "root"
        root.mkdir()
        os.chown(root, NOBODY, NOBODY)
        script = f"{ENTER.format(pid=os.getpid())}{READ_ENVIRONMENT.format(pid=os.getpid())}"
        script += "print(sorted(line.split(':')[0].strip() for line in open('/proc/net/dev').readlines()[2:]))"
        environment = {"PATH": os.environ["PATH"]}
        with launch(
            root, {}, "/", ["python3", "-c", script], environment, network=False, hide_processes=True
        ) as launched:
            command = [python, *launched.command[1:]]
            done = subprocess.run(
                command,
                pass_fds=launched.descriptors,
                user=NOBODY,
                group=NOBODY,
                capture_output=True,
                text=True,
                check=False,
            )
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


@needs_namespaces
def test_pip_in_a_job_is_the_stand_in_s_own_and_changes_nothing_for_the_next(image: LocalImage, tmp_path: Path) -> None:
    package = tmp_path / "processing" / "package"
    (package / "left_behind").mkdir(parents=True)
    (package / "left_behind" / "__init__.py").touch()
    project = '[project]\nname = "left-behind"\nversion = "1"\n[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    (package / "pyproject.toml").write_text(project)
    # A build backend without dependencies, so that nothing is downloaded.
    (package / "backend.py").write_text(
        "import zipfile\n"
        "def build_wheel(folder, *_):\n"
        "    name = 'left_behind-1-py3-none-any.whl'\n"
        "    with zipfile.ZipFile(folder + '/' + name, 'w') as wheel:\n"
        "        wheel.writestr('left_behind/__init__.py', '')\n"
        "        wheel.writestr('left_behind-1.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: left-behind\\nVersion: 1\\n')\n"
        "        wheel.writestr('left_behind-1.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')\n"
        "        wheel.writestr('left_behind-1.dist-info/RECORD', '')\n"
        "    return name\n"
    )
    script = (
        "import os, shutil, subprocess, sys\n"
        "assert shutil.which('pip').startswith(sys.prefix), shutil.which('pip')\n"
        "for pip in (['pip'], [sys.executable, '-m', 'pip']):\n"
        "    where = subprocess.run([*pip, '--version'], capture_output=True, text=True, check=True).stdout\n"
        "    assert sys.prefix in where, where\n"
        "install = ['pip', 'install', '--quiet', '--no-index', '--no-build-isolation', '/opt/ml/processing/package']\n"
        "subprocess.run(install, check=True)\n"
        "subprocess.run([sys.executable, '-c', 'import left_behind'], check=True)\n"
        "print('installed')"
    )
    assert output_of(image, tmp_path, script)[-1:] == ["installed"]
    again = "import importlib.util; print(importlib.util.find_spec('left_behind'))"
    assert output_of(image, tmp_path, again) == ["None"]
    assert not list(image.venv.rglob("left_behind*"))


@needs_namespaces
def test_what_a_job_s_environment_holds_is_no_command_line_s(image: LocalImage, tmp_path: Path) -> None:
    secret = "ASIA-of-a-role"
    lines: list[str] = []
    environment = {"AWS_ACCESS_KEY_ID": secret}
    command = ("python3", "-c", "import os, time; print(os.environ['AWS_ACCESS_KEY_ID']); time.sleep(1)")
    spec = ContainerSpec(image=image, command=command, opt_ml=tmp_path, environment=environment)
    seen: list[bytes] = []

    def look(line: str) -> None:
        lines.append(line)
        seen.extend(path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline"))

    run_container(spec, look)
    assert lines == [secret]
    assert any(b"namespace_launcher.py" in command for command in seen)
    assert not [command for command in seen if secret.encode() in command]


@needs_namespaces
def test_an_image_of_ten_thousand_files_runs(local_cloud_server: LocalCloud, tmp_path: Path) -> None:
    context = tmp_path / "context"
    for folder in range(10):
        (context / "app" / f"{folder}-{'n' * 100}").mkdir(parents=True)
        for number in range(1000):
            (context / "app" / f"{folder}-{'n' * 100}" / f"{number}.txt").touch()
    dockerfile = context / "Dockerfile"
    dockerfile.write_text("FROM python:3\nWORKDIR /srv/app\nCOPY app/ /srv/app/\nCOPY app/ /usr/share/app/\n")
    large = ImageStore(local_cloud_server.settings.image_store).build(dockerfile, context)
    script = "import pathlib; print(*(len(list(pathlib.Path(p).rglob('*.txt'))) for p in ('.', '/usr/share/app')))"
    assert output_of(large, tmp_path / "ml", script) == ["10000 10000"]


def test_a_stand_in_without_its_python_is_refused_and_never_runs_on_another(tmp_path: Path) -> None:
    store = ImageStore(tmp_path)
    image = store.stand_in(None)
    store.register("registry/plain:1", image)
    for link in image.venv.joinpath("bin").glob("python*"):
        link.unlink()
    (image.venv / "bin" / "python3").symlink_to("/opt/python-that-is-gone/bin/python3")
    with pytest.raises(UnknownImageError, match="its Python, /opt/python-that-is-gone/bin/python3, was removed"):
        store.resolve("registry/plain:1")
    assert store.stand_in(None).python_works, "building it again repairs it"


def test_a_link_out_of_the_build_context_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "context" / "app").mkdir(parents=True)
    (tmp_path / "secret").write_text("of this machine")
    (tmp_path / "context" / "app" / "link").symlink_to(tmp_path / "secret")
    dockerfile = tmp_path / "context" / "Dockerfile"
    dockerfile.write_text("FROM python:3\nCOPY app/ /app/\n")
    with pytest.raises(
        UnsupportedDockerfileError, match=r"COPY: app/link is a link to .*secret, outside the build context"
    ):
        ImageStore(tmp_path / "store").build(dockerfile, tmp_path / "context")


def test_what_pip_builds_sees_nothing_of_the_user_s_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of the developer")
    monkeypatch.setenv("GITHUB_TOKEN", "of the developer")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    context = tmp_path / "context"
    context.mkdir()
    dump = f"json.dump(dict(os.environ), open({str(tmp_path / 'seen')!r}, 'w'))"
    (context / "backend.py").write_text(f"import json, os\ndef build_wheel(*_):\n    {dump}\n    raise SystemExit(1)\n")
    (context / "pyproject.toml").write_text(
        '[project]\nname = "p"\nversion = "1"\n[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (context / "Dockerfile").write_text("FROM python:3\nWORKDIR /p\nCOPY . /p/\nRUN pip install --no-index /p\n")
    with pytest.raises(ImageBuildError):
        ImageStore(tmp_path / "store").build(context / "Dockerfile", context)
    seen = json.loads((tmp_path / "seen").read_text())
    assert not {"AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN"} & seen.keys()
    assert seen["PIP_NO_CACHE_DIR"] == "1", "where and how to install is the user's to say"
