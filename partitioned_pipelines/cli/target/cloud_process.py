"""The local cloud's process, which lives for one command or until ``pipelines local down``."""

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
from partitioned_pipelines.cli.terminal.output import note

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
        The cloud's supervisor, which exits last.
    pid
        Process id of the cloud.
    """

    process: subprocess.Popen[bytes]
    pid: int
    endpoint: LocalEndpoint
    log: Path

    def stop(self) -> None:
        """Stop the cloud, first with SIGTERM, then with SIGKILL."""
        stop_process(self.process)


def start_cloud(
    state_dir: Path,
    *,
    port: int = 0,
    athena: str = "duckdb",
    ends_with_this_process: bool,
    lock: IO[str] | None = None,
    folder_lock: int | None = None,
) -> CloudProcess:
    """Start a local cloud, and wait until it responds.

    Parameters
    ----------
    state_dir
        Folder for the cloud's files, including its log.
    port
        Port on localhost; 0 selects a free one.
    athena
        The engine of Athena's queries: duckdb or trino, which is assembled first if it is missing.
    ends_with_this_process
        Whether the cloud stops when this process ends for any reason.
    lock
        A locked file that the cloud keeps open, and thereby locked, while it runs. Without a lock, the folder is deleted if
        this process is killed.
    folder_lock
        Descriptor of the folder, if it is locked, too.

    Raises
    ------
    CommandError
        If the cloud does not start, or Trino needs what is not installed.
    """
    from local_cloud.supervised import supervised  # from the extra `local`

    if athena == "trino":
        _assemble_trino()
    state_dir.mkdir(parents=True, exist_ok=True)
    log, ready = state_dir / "cloud.log", state_dir / "ready.json"
    arguments = ["--port", str(port), "--state-dir", str(state_dir), "--image-store", str(IMAGE_STORE)]
    arguments += ["--athena", athena]
    if lock:
        arguments += ["--lock", str(lock.fileno()), lock.name]
    # The first line contains the access key, so that only this user may read it.
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
            # A separate process group: Ctrl-C reaches only the command, which then stops the cloud cleanly.
            start_new_session=True,
            pass_fds=[*([lock.fileno()] if lock else []), *([folder_lock] if folder_lock is not None else [])],
        )
    deadline = time.monotonic() + _STARTS_WITHIN_SECONDS
    while not (line := _read(ready)).endswith(b"\n"):
        if process.poll() is not None or time.monotonic() > deadline:
            ended = process.returncode is not None
            why = (
                f"its process ended with {process.returncode}"
                if ended
                else f"not within {_STARTS_WITHIN_SECONDS:.0f} s"
            )
            tail = _read(log).decode(errors="replace").splitlines()[-15:]
            stop_process(process)
            raise CommandError("\n".join([f"the local cloud did not start: {why}", *tail]), exit_code=ExitCode.NO_CLOUD)
        time.sleep(0.02)
    told = json.loads(line.splitlines()[0])
    endpoint = LocalEndpoint(told["endpoint"], told["access_key_id"], told["secret_access_key"])
    return CloudProcess(process, told["pid"], endpoint, log)


def _assemble_trino() -> None:
    from local_cloud.athena.trino.assembly import DEFAULT_FOLDER, TrinoMissingError, assemble

    try:
        assemble(DEFAULT_FOLDER, note)
    except TrinoMissingError as error:
        raise CommandError(str(error), exit_code=ExitCode.NO_CLOUD) from error


def _read(file: Path) -> bytes:
    """Return a file's content; empty if it does not exist, because the folder may be deleted while the cloud starts."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


def stop_process(process: subprocess.Popen[bytes]) -> None:
    """Stop a child process that leads a session, including its process group, and wait for it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(
            ProcessLookupError, PermissionError
        ):  # macOS raises the latter for a group that has ended
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOPS_WITHIN_SECONDS)
            return
    process.wait()
