"""The local cloud of a project: who runs it, where it answers, and what was deployed to it last.

A running cloud holds a lock on a file for as long as it lives, which the operating system releases however it ends. So a
state file that was left behind is never taken for a cloud, and neither is a process that got the same id later.
"""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from cli.errors import CommandError
from cli.exit_codes import ExitCode
from cli.local_endpoint import LocalEndpoint
from cli.locations import state_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

_STARTS_WITHIN_SECONDS = 60.0
_STOPS_WITHIN_SECONDS = 15.0


@dataclass(frozen=True)
class RunningCloud:
    """What the state file says.

    Attributes
    ----------
    pid
        Process id of the cloud.
    endpoint
        Its address, and the key that opens it.
    deployed
        For each prefix, the digest of the project that was deployed last.
    """

    pid: int
    endpoint: LocalEndpoint
    deployed: dict[str, str] = field(default_factory=dict)


class LocalState:
    """The state of a project's local cloud, in ``<project>/.pipelines/``.

    Parameters
    ----------
    project
        The project's folder.
    """

    def __init__(self, project: Path) -> None:
        self._folder = project / ".pipelines"
        self._project = project
        self.file = self._folder / "local_cloud.json"
        self.cloud_folder = self._folder / "local_cloud"

    def running(self) -> RunningCloud | None:
        """Find the cloud that runs, waiting for one that is about to; None when there is none."""
        if not self._folder.is_dir():
            return None
        deadline = time.monotonic() + _STARTS_WITHIN_SECONDS
        while self._cloud_lock_is_held():
            if cloud := self._read():
                return cloud
            # It is written whole or not at all, and removed before a cloud starts: this one was changed since.
            if self.file.exists() and self._read() is None:
                raise CommandError(
                    f"a local cloud of this project runs, and {self.file} does not say where: it is damaged",
                    f"find the cloud, and end it: {self._how_to_find}",
                    exit_code=ExitCode.NO_CLOUD,
                )
            if time.monotonic() > deadline:
                raise CommandError(
                    "a local cloud of this project is starting, and does not come up",
                    f"see {self.cloud_folder / 'cloud.log'}",
                    exit_code=ExitCode.NO_CLOUD,
                )
            time.sleep(0.1)
        return None

    def left_behind(self) -> RunningCloud | None:
        """Remove the state of a cloud that ended without `local down`, and hand it back."""
        if not self._folder.is_dir():  # nothing was left, and a look leaves nothing either
            if self._folder.exists():
                state_folder(self._project)  # raises: it is a file
            return None
        with self.claim() as lock:
            stale = self._read() if lock else None
            if stale:
                self.file.unlink(missing_ok=True)
            return stale

    @contextmanager
    def claim(self) -> Iterator[IO[str] | None]:
        """Lock the place of the running cloud; None where somebody holds it.

        A child process that inherits the file keeps the lock after this block.
        """
        state_folder(self._project)
        with (self._folder / "local_cloud.lock").open("a") as file:
            # A moment's patience: whoever only looks holds it for a moment, too.
            for _ in range(10):
                if _try_lock(file):
                    yield file
                    return
                time.sleep(0.02)
            yield None

    @contextmanager
    def deploying(self) -> Iterator[None]:
        """Wait for whoever deploys to this cloud, and keep others waiting."""
        state_folder(self._project)
        with (self._folder / "deploy.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def write(self, cloud: RunningCloud) -> None:
        """Write the state file, whole or not at all, for this user alone: the cloud's access key is in it."""
        partial = self.file.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
        partial.write_text(json.dumps(asdict(cloud), indent=2) + "\n", encoding="utf-8")
        partial.replace(self.file)

    def record_deployment(self, prefix: str, digest: str | None) -> None:
        """Remember what is deployed with a prefix; None when that is not known."""
        if cloud := self._read():
            deployed = {key: value for key, value in cloud.deployed.items() if key != prefix}
            self.write(replace(cloud, deployed=deployed | ({prefix: digest} if digest else {})))

    def is_about(self, pid: int) -> bool:
        """Whether the state file is that of a process: `local down` removes it."""
        cloud = self._read()
        return cloud is not None and cloud.pid == pid

    def forget(self) -> None:
        """Remove the state file."""
        self.file.unlink(missing_ok=True)

    def stop(self, cloud: RunningCloud) -> None:
        """End a running cloud, and wait until it has.

        Raises
        ------
        CommandError
            If the process is not this project's local cloud: the state file is not as a command left it.
        """
        if not self._is_cloud(cloud.pid):
            raise CommandError(
                f"{self.file} names process {cloud.pid}, which is not this project's local cloud: it was not ended",
                f"find the cloud, and end it: {self._how_to_find}",
                exit_code=ExitCode.NO_CLOUD,
            )
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(cloud.pid, signal_number)
            except ProcessLookupError:
                break
            deadline = time.monotonic() + _STOPS_WITHIN_SECONDS
            while self._cloud_lock_is_held() and time.monotonic() < deadline:
                time.sleep(0.05)
            if not self._cloud_lock_is_held():
                break
        self.forget()

    def _read(self) -> RunningCloud | None:
        try:
            state = json.loads(self.file.read_text(encoding="utf-8"))
            found = RunningCloud(**(state | {"endpoint": LocalEndpoint(**state["endpoint"])}))
        except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
            return None
        return found if _is_well_formed(found) else None

    @property
    def _how_to_find(self) -> str:
        return f"ps -e -o pid,args | grep -F -- {shlex.quote(str(self.cloud_folder))}"

    def _is_cloud(self, pid: int) -> bool:
        """Whether a process is the local cloud that keeps its files in this project: its command line says so.

        If the process is gone, there is nothing to end.
        """
        try:
            arguments = Path("/proc", str(pid), "cmdline").read_bytes().split(b"\0")
        except FileNotFoundError:
            if Path("/proc/self").exists():
                return True
            listed = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, check=False)
            return not listed.stdout or os.fsencode(self.cloud_folder) in listed.stdout
        return os.fsencode(self.cloud_folder) in arguments

    def _cloud_lock_is_held(self) -> bool:
        with (self._folder / "local_cloud.lock").open("a") as file:
            return not _try_lock(file)


def _is_well_formed(cloud: RunningCloud) -> bool:
    """Whether the values of a state file are of their types: a hand, or a full disk, may have left anything."""
    deployed: object = cloud.deployed
    return (
        type(cloud.pid) is int
        and cloud.pid > 0
        and all(isinstance(value, str) for value in vars(cloud.endpoint).values())
        and isinstance(deployed, dict)
        and all(isinstance(value, str) for value in deployed.values())
    )


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
