"""The local cloud as a process of its own, which lives for one command or until ``pipelines local down``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from cli.errors import CommandError
from cli.exit_codes import ExitCode
from cli.local_endpoint import LocalEndpoint
from cli.locations import APP_ROOT, IMAGE_STORE

if TYPE_CHECKING:
    from pathlib import Path

_STARTS_WITHIN_SECONDS = 60.0
_STOPS_WITHIN_SECONDS = 15.0


@dataclass(frozen=True)
class CloudProcess:
    """A local cloud that this process has started."""

    process: subprocess.Popen[bytes]
    endpoint: LocalEndpoint
    log: Path

    def stop(self) -> None:
        """End it: ask first, insist later."""
        stop_process(self.process)


def start_cloud(
    state_dir: Path, *, port: int = 0, ends_with_this_process: bool, lock: IO[str] | None = None
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
        A locked file that it holds open, and with it locked, for as long as it lives.

    Raises
    ------
    CommandError
        Where it does not start.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    log, ready = state_dir / "cloud.log", state_dir / "ready.json"
    arguments = ["--port", str(port), "--state-dir", str(state_dir), "--image-store", str(IMAGE_STORE)]
    if ends_with_this_process:
        arguments.append("--exit-with-parent")
    # Its first line holds the access key, which is nobody else's business.
    ready.unlink(missing_ok=True)
    ready.touch(mode=0o600)
    with log.open("wb") as log_file, ready.open("wb") as ready_file:
        process = subprocess.Popen(
            [sys.executable, "-m", "local_cloud", "serve", *arguments],
            cwd=APP_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=ready_file,
            stderr=log_file,
            env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            # A group of its own: Ctrl-C reaches the command only, which then ends the cloud in order.
            start_new_session=True,
            pass_fds=[lock.fileno()] if lock else [],
        )
    deadline = time.monotonic() + _STARTS_WITHIN_SECONDS
    while not (line := ready.read_bytes()).endswith(b"\n"):
        if process.poll() is not None or time.monotonic() > deadline:
            stop_process(process)
            tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
            raise CommandError(f"the local cloud did not start:\n{tail}", exit_code=ExitCode.NO_CLOUD)
        time.sleep(0.02)
    told = json.loads(line.splitlines()[0])
    endpoint = LocalEndpoint(told["endpoint"], told["access_key_id"], told["secret_access_key"])
    return CloudProcess(process, endpoint, log)


def stop_process(process: subprocess.Popen[bytes]) -> None:
    """End a child process, and wait for it."""
    process.terminate()
    try:
        process.wait(_STOPS_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
