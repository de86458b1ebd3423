"""The local cloud as a process of its own, which lives for one command or until ``pipelines local down``."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.target.local_endpoint import LocalEndpoint
from partitioned_pipelines.cli.target.locations import APP_ROOT, IMAGE_STORE

if TYPE_CHECKING:
    from pathlib import Path

_STARTS_WITHIN_SECONDS = 60.0
_STOPS_WITHIN_SECONDS = 15.0
# glibc keeps a heap for each of several threads, and what hundreds of executions have freed in them: https://man7.org/linux/man-pages/man3/mallopt.3.html
_ALLOCATION = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": str(1024 * 1024)}


@dataclass(frozen=True)
class CloudProcess:
    """A local cloud that this process has started.

    Attributes
    ----------
    process
        Its supervisor, which ends last.
    pid
        Process id of the cloud itself.
    """

    process: subprocess.Popen[bytes]
    pid: int
    endpoint: LocalEndpoint
    log: Path

    def stop(self) -> None:
        """End it: ask first, insist later."""
        stop_process(self.process)


def start_cloud(
    state_dir: Path,
    *,
    port: int = 0,
    ends_with_this_process: bool,
    lock: IO[str] | None = None,
    folder_lock: int | None = None,
) -> CloudProcess:
    """Start a local cloud, and wait until it answers.

    Parameters
    ----------
    state_dir
        Folder for what it keeps, its log among it.
    port
        Port on localhost; 0 takes any that is free.
    ends_with_this_process
        Whether it ends when this process does, however that happens.
    lock
        A locked file that it holds open, and with it locked, for as long as it lives. Without one the folder is deleted if
        this process is killed.
    folder_lock
        Descriptor of the folder, if that is locked as well.

    Raises
    ------
    CommandError
        If it does not start.
    """
    from local_cloud.supervised import supervised  # of the extra `local`

    state_dir.mkdir(parents=True, exist_ok=True)
    log, ready = state_dir / "cloud.log", state_dir / "ready.json"
    arguments = ["--port", str(port), "--state-dir", str(state_dir), "--image-store", str(IMAGE_STORE)]
    if lock:
        arguments += ["--lock", str(lock.fileno()), lock.name]
    # Its first line holds the access key, which is nobody else's business.
    ready.unlink(missing_ok=True)
    ready.touch(mode=0o600)
    with log.open("wb") as log_file, ready.open("wb") as ready_file:
        process = subprocess.Popen(
            supervised(
                [sys.executable, "-m", "local_cloud", "serve", "--exit-with-parent", *arguments],
                ends_with_this_process=ends_with_this_process,
                remove=None if lock else state_dir,
            ),
            cwd=APP_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=ready_file,
            stderr=log_file,
            env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | _ALLOCATION,
            # A group of its own: Ctrl-C reaches the command only, which then ends the cloud in order.
            start_new_session=True,
            pass_fds=[*([lock.fileno()] if lock else []), *([folder_lock] if folder_lock is not None else [])],
        )
    deadline = time.monotonic() + _STARTS_WITHIN_SECONDS
    while not (line := _read(ready)).endswith(b"\n"):
        if process.poll() is not None or time.monotonic() > deadline:
            tail = "\n".join(_read(log).decode(errors="replace").splitlines()[-15:])
            stop_process(process)
            raise CommandError(f"the local cloud did not start:\n{tail}", exit_code=ExitCode.NO_CLOUD)
        time.sleep(0.02)
    told = json.loads(line.splitlines()[0])
    endpoint = LocalEndpoint(told["endpoint"], told["access_key_id"], told["secret_access_key"])
    return CloudProcess(process, told["pid"], endpoint, log)


def _read(file: Path) -> bytes:
    """Read a file; nothing if it is gone: the folder may be deleted while the cloud starts."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


def stop_process(process: subprocess.Popen[bytes]) -> None:
    """End a child process that leads a session, with its group, and wait for it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(
            ProcessLookupError, PermissionError
        ):  # macOS says the latter of a group that has ended
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOPS_WITHIN_SECONDS)
            return
    process.wait()
