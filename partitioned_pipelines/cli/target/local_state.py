"""The local cloud of a project: its process, its address, and its last deployment.

While a cloud or any process that it has started runs, it holds a lock on a file, which the operating system releases when they end for any
reason. The cloud writes its process id and its address into that file, and exits if the file is deleted. So neither leftover files nor a
later process with the same id are mistaken for a running cloud, and no second cloud starts on the same state.
"""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.target.local_endpoint import LocalEndpoint
from partitioned_pipelines.cli.target.locations import state_folder
from partitioned_pipelines.cli.target.state_files import open_lock_file, open_state_file, remove_state_file

if TYPE_CHECKING:
    from collections.abc import Iterator

_STARTS_WITHIN_SECONDS = 60.0
_STOPS_WITHIN_SECONDS = 15.0
_WRITES_WITHIN_SECONDS = 5.0  # a cloud rewrites the lock file if it was truncated


@dataclass(frozen=True)
class RunningCloud:
    """A running cloud.

    Attributes
    ----------
    pid
        Process id of the cloud.
    endpoint
        Its address and access key.
    deployed
        For each prefix, the digest of the project as last deployed.
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
        self.lock_file = self._folder / "local_cloud.lock"
        self.cloud_folder = self._folder / "local_cloud"

    def running(self) -> RunningCloud | None:
        """Return the running cloud, after waiting for one that is starting or stopping; None if none is running."""
        began = time.monotonic()
        while self._cloud_lock_is_held():
            said, waited = self._said(), time.monotonic() - began
            pid, endpoint = _pid_of(said), _endpoint_of(said)
            if pid and endpoint and self._is_cloud(pid):
                return RunningCloud(pid, endpoint, self._deployed(pid))
            if not pid and waited > _WRITES_WITHIN_SECONDS:
                raise self._error(
                    f"a local cloud of this project runs, and {self.lock_file} does not say where: it is damaged"
                )
            if pid and endpoint and waited > _WRITES_WITHIN_SECONDS and _exists(pid):
                raise self._error(f"{self.lock_file} names process {pid}, which is not this project's local cloud")
            if pid and endpoint and waited > _STOPS_WITHIN_SECONDS:
                raise self._error(f"the local cloud (process {pid}) has ended, and something that it started has not")
            if waited > _STARTS_WITHIN_SECONDS:
                raise CommandError(
                    "a local cloud of this project is starting, but does not become ready",
                    f"see {self.cloud_folder / 'cloud.log'}",
                    exit_code=ExitCode.NO_CLOUD,
                )
            time.sleep(0.1)
        return None

    def left_behind(self) -> int | None:
        """Remove the state of a cloud that ended without `local down`; return its process id."""
        if not self._folder.is_dir():  # there is no state, and a check creates none
            if self._folder.exists():
                state_folder(self._project)  # raises, because it is a file
            return None
        with self.claim() as lock:
            said = self._said() if lock else {}
            if lock:
                self._forget(lock)
            return _pid_of(said) if _endpoint_of(said) else None

    @contextmanager
    def claim(self) -> Iterator[IO[str] | None]:
        """Yield the locked file of the running cloud; None if another process holds the lock.

        A child process that inherits the file keeps the lock after this block.
        """
        state_folder(self._project)
        with open_lock_file(self.lock_file) as file:  # it contains the cloud's access key
            # Retry briefly: a process that only checks the lock also holds it for a moment.
            for _ in range(10):
                if _try_lock(file):
                    yield file
                    return
                time.sleep(0.02)
            yield None

    def say_starting(self, lock: IO[str]) -> None:
        """Record in the claimed lock that a cloud is starting; the cloud adds its address later."""
        self._forget(lock)
        lock.write(json.dumps({"pid": os.getpid()}) + "\n")
        lock.flush()

    def remove_cloud_folder(self) -> None:
        """Delete the folder of the cloud's files."""
        from local_cloud.folder_removal import remove_folder  # from the extra `local`

        remove_folder(self.cloud_folder)

    @contextmanager
    def empty_cloud_folder(self) -> Iterator[int]:
        """Empty and lock the folder of the cloud's files; a process that inherits the descriptor keeps the lock.

        A cloud whose lock file was deleted is about to stop, but may still be writing there.
        """
        if self.cloud_folder.is_dir():
            with _opened_folder(self.cloud_folder) as descriptor:
                deadline = time.monotonic() + _STOPS_WITHIN_SECONDS
                while not _try_lock(descriptor):
                    if time.monotonic() > deadline:
                        raise self._error(
                            f"a local cloud whose lock file was removed does not end: it uses {self.cloud_folder}"
                        )
                    time.sleep(0.05)
                self.remove_cloud_folder()
        self.cloud_folder.mkdir(parents=True, exist_ok=True)
        with _opened_folder(self.cloud_folder) as descriptor:
            _try_lock(descriptor)
            yield descriptor

    @contextmanager
    def deploying(self) -> Iterator[None]:
        """Hold the lock for deployments to this cloud; wait for it first."""
        state_folder(self._project)
        with open_lock_file(self._folder / "deploy.lock") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def record_deployment(self, prefix: str, digest: str | None) -> None:
        """Record the digest deployed with a prefix; None if it is unknown."""
        if self._cloud_lock_is_held() and (pid := _pid_of(self._said())):
            deployed = {key: value for key, value in self._deployed(pid).items() if key != prefix}
            self._write({"pid": pid, "deployed": deployed | ({prefix: digest} if digest else {})})

    def forget(self) -> None:
        """Remove the state of a cloud that has ended."""
        if self._folder.is_dir():
            with self.claim() as lock:
                if lock:
                    self._forget(lock)

    def stop(self, cloud: RunningCloud) -> None:
        """Stop a running cloud, and wait until it and all processes that it has started have ended."""
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.kill(cloud.pid, signal_number)
                os.kill(cloud.pid, signal.SIGCONT)  # a suspended process does not handle SIGTERM
            deadline = time.monotonic() + _STOPS_WITHIN_SECONDS
            while self._cloud_lock_is_held() and time.monotonic() < deadline:
                time.sleep(0.05)
            if not self._cloud_lock_is_held():
                break
        self.forget()

    def _said(self) -> dict[str, Any]:
        """Return the content of the lock file; empty if it cannot be read."""
        return _read_object(self.lock_file)

    def _deployed(self, pid: int) -> dict[str, str]:
        """Return the digests deployed to a cloud; empty if the state file does not contain them, so that everything is deployed again."""
        state = _read_object(self.file)
        deployed = state.get("deployed")
        if state.get("pid") != pid or not isinstance(deployed, dict):
            return {}
        return {key: value for key, value in deployed.items() if isinstance(value, str)}

    def _write(self, state: dict[str, Any]) -> None:
        """Write the state file atomically."""
        partial = self.file.with_suffix(".partial")
        with suppress(FileNotFoundError):  # the folder was deleted, which stops the cloud
            remove_state_file(partial)
            partial.write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")
            partial.replace(self.file)

    def _forget(self, lock: IO[str]) -> None:
        lock.truncate(0)
        remove_state_file(self.file)

    def _error(self, message: str) -> CommandError:
        how_to_find = f"ps -e -o pid,args | grep -F -- {shlex.quote(str(self.cloud_folder))}"
        return CommandError(message, f"find the cloud, and end it: {how_to_find}", exit_code=ExitCode.NO_CLOUD)

    def _is_cloud(self, pid: int) -> bool:
        """Return whether a process is the local cloud of this project, by its command line."""
        try:
            arguments = Path("/proc", str(pid), "cmdline").read_bytes().split(b"\0")
        except OSError:
            if Path("/proc/self").exists():
                return False
            listed = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, check=False)
            return os.fsencode(self.cloud_folder) in listed.stdout
        return os.fsencode(self.cloud_folder) in arguments

    def _cloud_lock_is_held(self) -> bool:
        try:
            with open_state_file(self.lock_file) as file:
                return not _try_lock(file)
        except (FileNotFoundError, NotADirectoryError):
            return False


def _read_object(file: Path) -> dict[str, Any]:
    """Return a JSON object; empty if the file is damaged, by a manual edit or a full disk."""
    try:
        with open_state_file(file) as opened:
            document = json.load(opened)
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _pid_of(said: dict[str, Any]) -> int | None:
    pid = said.get("pid")
    return pid if type(pid) is int and pid > 0 else None


def _endpoint_of(said: dict[str, Any]) -> LocalEndpoint | None:
    values = [said.get(name) for name in ("endpoint", "access_key_id", "secret_access_key")]
    known = [value for value in values if isinstance(value, str) and value]
    return LocalEndpoint(*known) if len(known) == len(values) else None


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _opened_folder(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _try_lock(file: IO[Any] | int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
