"""The run of a command in a container."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

from local_cloud.container.isolation import (
    Launch,
    NoIsolationError,
    borrowed_opt_ml,
    launch,
    namespaces_work,
    processes_can_be_hidden,
    users_secrets,
)
from local_cloud.container.memory import takes_more
from local_cloud.container.written_files import read_message
from local_cloud.folder_removal import temporary_folder
from local_cloud.supervised import supervised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from local_cloud.images import LocalImage

_GRACE_SECONDS = 5.0
_POLL_SECONDS = 0.02
_MEMORY_POLL_SECONDS = 0.2
_LONGEST_LINE = 16_384
_TMP = "/tmp"  # noqa: S108 - the container's folder
_PACKAGE = Path(__file__).parent.parent
# The variables of Spark's jobs that name folders.
_OF_SPARK = ("JAVA_HOME", "LOCAL_CLOUD_SPARK_JARS", "LOCAL_CLOUD_SPARK_S3")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """The command of a container, and what it can see and use.

    Attributes
    ----------
    image
        The local image, whose Python and files the container has.
    command
        The entrypoint and its arguments.
    opt_ml
        The folder of the host that is the container's ``/opt/ml``.
    environment
        The environment variables, besides those of the image. Variables of this process are not passed.
    network
        Whether the container has a network.
    timeout_seconds
        The time after which the container is stopped.
    memory_bytes
        The memory limit of all its processes, above which the container is killed.
    interactive
        Whether the container uses this process's terminal, so that a debugger works.
    programs
        A folder of this machine to append to the container's PATH.
    scratch
        The folder for files that are written outside of ``/opt/ml``; a temporary one by default.
    ends_with_this_process
        Whether the container is stopped, and its scratch folder deleted, if this process is killed. Processes below a supervisor do not
        need it.
    """

    image: LocalImage
    command: tuple[str, ...]
    opt_ml: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    network: bool = True
    timeout_seconds: float | None = None
    memory_bytes: int | None = None
    interactive: bool = False
    programs: Path | None = None
    scratch: Path | None = None
    ends_with_this_process: bool = False


@dataclass(frozen=True, slots=True)
class ContainerResult:
    """The end of a container; ``exit_message`` is the content of ``/opt/ml/output/message``."""

    exit_code: int
    timed_out: bool
    stopped: bool
    exit_message: str
    out_of_memory: bool = False


def run_container(
    spec: ContainerSpec,
    on_line: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
) -> ContainerResult:
    """Run a container until it ends.

    Parameters
    ----------
    spec
        The container.
    on_line
        Called with each line of output, unless the container is interactive.
    stop
        Stops the container when it is set.

    Raises
    ------
    NoIsolationError
        If this machine cannot provide a private ``/opt/ml``.
    """
    for folder in ("processing", "output", "config"):
        (spec.opt_ml / folder).mkdir(parents=True, exist_ok=True)
    with _command(spec) as (launched, directory, environment):
        command = launched.command
        # An interactive container shares the terminal's process group, so it cannot have a supervisor.
        if spec.ends_with_this_process and not spec.interactive:
            command = supervised(command, ends_with_this_process=True, remove=spec.scratch)
        process = subprocess.Popen(
            command,
            pass_fds=launched.descriptors,
            cwd=directory,
            env=environment,
            stdin=None if spec.interactive else subprocess.DEVNULL,
            stdout=None if spec.interactive else subprocess.PIPE,
            stderr=None if spec.interactive else subprocess.STDOUT,
            start_new_session=not spec.interactive,
        )
        reader = None
        if process.stdout is not None:
            reader = threading.Thread(target=_read_lines, args=(process.stdout, on_line), daemon=True)
            reader.start()
        ended_by = _wait(process, spec, stop)
        if reader is not None:
            reader.join(timeout=_GRACE_SECONDS)
    return ContainerResult(
        exit_code=process.returncode if process.returncode >= 0 else 128 - process.returncode,
        timed_out=ended_by == "timeout",
        stopped=ended_by == "stop",
        exit_message=read_message(spec.opt_ml),
        out_of_memory=ended_by == "memory",
    )


@contextlib.contextmanager
def _command(spec: ContainerSpec) -> Iterator[tuple[Launch, Path | None, dict[str, str] | None]]:
    programs = f":{spec.programs.resolve()}" if spec.programs is not None else ""
    environment = {
        "PATH": f"{spec.image.venv}/bin{programs}:{_PATH}",
        "HOME": _TMP,
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        **spec.image.environment,
        **spec.environment,
    }
    with temporary_folder("container-", spec.scratch) as scratch:
        # A copy, so that the next container does not see files that this one writes.
        rootfs = scratch / "rootfs"
        shutil.copytree(spec.image.rootfs, rootfs)
        if namespaces_work():
            root = scratch / "root"
            root.mkdir()
            nothing, changes = scratch / "nothing", scratch / "changes"
            nothing.mkdir()
            changes.mkdir()
            temporary = scratch / "tmp"
            temporary.mkdir()
            temporary.chmod(0o1777)
            hidden = {str(place): nothing for place in users_secrets()}
            others = {**hidden, **_in_tmp(spec), "/opt/ml": spec.opt_ml.resolve()}
            grafts = {**others, **_image_grafts(rootfs, Path("/"), {Path(path) for path in others})}
            with launch(
                root,
                grafts,
                spec.image.working_directory,
                spec.command,
                environment,
                network=spec.network,
                hide_processes=processes_can_be_hidden(),
                private={_TMP: temporary},
                discarded={spec.image.venv.resolve(): changes},
            ) as launched:
                # The launcher sets the directory and the environment.
                yield launched, None, {"PATH": _PATH}
        elif not spec.network:
            raise NoIsolationError(
                "the script must run without a network, and this machine denies the namespaces which that needs. "
                "Allow them (Ubuntu: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0), run as root on Linux, or "
                "enable the network for a test"
            )
        else:
            directory_here = rootfs / spec.image.working_directory.lstrip("/")
            with borrowed_opt_ml(spec.opt_ml):
                yield Launch(list(_found(spec.command, environment["PATH"]))), directory_here, environment


def _in_tmp(spec: ContainerSpec) -> dict[str, Path]:
    """Return the folders of this machine's ``/tmp`` that the container needs. On AWS, the ``/tmp`` of a container is empty."""
    python = spec.image.python.resolve().parent.parent
    of_spark = [Path(spec.environment[name]) for name in _OF_SPARK if name in spec.environment]
    programs = [spec.programs] if spec.programs is not None else []
    needed = [spec.image.folder, python, _PACKAGE, *programs, *of_spark]
    spellings = ((path, folder) for folder in needed for path in (folder.absolute(), folder.resolve()))
    return {str(path): folder.resolve() for path, folder in spellings if path.is_relative_to(_TMP)}


def _found(command: tuple[str, ...], path: str) -> tuple[str, ...]:
    """Return the command with the program's path on the container's PATH."""
    if found := shutil.which(command[0], path=path):
        return (found, *command[1:])
    return ("/bin/sh", "-c", 'echo "$0: the image has no such program" >&2; exit 127', command[0])


def _image_grafts(rootfs: Path, place: Path, others: set[Path]) -> dict[str, Path]:
    """Return the image's files by their path in the container; folders as a whole if this machine has no visible files there."""
    grafts: dict[str, Path] = {}
    for source in rootfs.iterdir():
        inside = place / source.name
        shared = inside.is_dir() or any(inside in other.parents for other in others)
        if source.is_dir() and shared and any(source.iterdir()):
            grafts |= _image_grafts(source, inside, others)
        else:
            grafts[str(inside)] = source
    return grafts


def _read_lines(stream: IO[bytes], on_line: Callable[[str], None] | None) -> None:
    with stream:
        for line in iter(lambda: stream.readline(_LONGEST_LINE), b""):
            if on_line is not None:
                on_line(line.decode("utf-8", errors="replace").rstrip("\r\n"))


def _wait(
    process: subprocess.Popen[bytes], spec: ContainerSpec, stop: threading.Event | None
) -> Literal["timeout", "stop", "memory"] | None:
    """Wait for the end, and return the reason if the process was stopped."""
    ends = time.monotonic() + spec.timeout_seconds if spec.timeout_seconds is not None else None
    looks_at_memory = time.monotonic()
    while process.poll() is None:
        now = time.monotonic()
        timed_out = ends is not None and now >= ends
        if timed_out or (stop is not None and stop.is_set()):
            _end(process, group=not spec.interactive)
            return "timeout" if timed_out else "stop"
        if spec.memory_bytes is not None and now >= looks_at_memory:
            if takes_more(process.pid, spec.memory_bytes):
                _signal(process, signal.SIGKILL, group=not spec.interactive)
                process.wait()
                return "memory"
            looks_at_memory = now + _MEMORY_POLL_SECONDS
        time.sleep(_POLL_SECONDS)
    if not spec.interactive:
        _signal(process, signal.SIGKILL, group=True)  # background processes
    return None


def _end(process: subprocess.Popen[bytes], *, group: bool) -> None:
    _signal(process, signal.SIGTERM, group=group)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=_GRACE_SECONDS)
    _signal(process, signal.SIGKILL, group=group)
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals, *, group: bool) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if group:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
