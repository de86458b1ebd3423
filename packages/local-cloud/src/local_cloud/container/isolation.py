"""Isolation: a private ``/opt/ml`` in a mount namespace, or the machine's ``/opt/ml`` under a lock if namespaces are denied."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import json
import os
import pwd
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

_LAUNCHER = Path(__file__).with_name("namespace_launcher.py")
OPT_ML = Path("/opt/ml")


class NoIsolationError(RuntimeError):
    """Neither a mount namespace nor a writable ``/opt/ml`` is available."""


@functools.cache
def namespaces_work() -> bool:
    """Return whether this user can create a mount namespace, which is tried once."""
    if sys.platform != "linux":
        return False
    with tempfile.TemporaryDirectory() as root:
        return _works(launch(Path(root), {}, "/", ["true"], {"PATH": os.defpath}, network=True))


@functools.cache
def processes_can_be_hidden() -> bool:
    """Return whether a container can have its own ``/proc``, which some sandboxes deny; it is tried once."""
    with tempfile.TemporaryDirectory() as root:
        return _works(launch(Path(root), {}, "/", ["true"], {"PATH": os.defpath}, network=True, hide_processes=True))


def _works(launch: AbstractContextManager[Launch]) -> bool:
    with launch as probe:
        return (
            subprocess.run(probe.command, pass_fds=probe.descriptors, capture_output=True, check=False).returncode == 0
        )


@dataclass(frozen=True, slots=True)
class Launch:
    """A command, and the file descriptors that its process must inherit."""

    command: list[str]
    descriptors: tuple[int, ...] = ()


@contextlib.contextmanager
def launch(
    root: Path,
    grafts: Mapping[str, Path],
    directory: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    network: bool,
    hide_processes: bool = False,
    private: Mapping[str, Path] | None = None,
    discarded: Mapping[Path, Path] | None = None,
) -> Iterator[Launch]:
    """Yield the command that runs another one in its own mount namespace.

    The launcher's input is an unnamed file: arguments are visible in ``ps``, and limited to 128 KB
    (https://man7.org/linux/man-pages/man2/execve.2.html).
    """
    order = {
        "root": str(root),
        "grafts": {path: str(source) for path, source in grafts.items()},
        "directory": directory,
        "command": list(command),
        "environment": dict(environment),
        "network": network,
        "hide_processes": hide_processes,
        "private": {path: str(folder) for path, folder in (private or {}).items()},
        "discarded": {str(folder): str(changes) for folder, changes in (discarded or {}).items()},
    }
    with tempfile.TemporaryFile("w", encoding="utf-8") as file:
        json.dump(order, file)
        file.flush()
        yield Launch([sys.executable, "-I", "-S", str(_LAUNCHER), str(file.fileno())], (file.fileno(),))


def users_secrets() -> list[Path]:
    """Return the folders with the user's AWS credentials and settings, which are empty in containers."""
    homes = {Path(pwd.getpwuid(os.getuid()).pw_dir), Path.home()}
    return sorted(home / ".aws" for home in homes if (home / ".aws").is_dir())


@contextlib.contextmanager
def borrowed_opt_ml(source: Path, place: Path = OPT_ML) -> Iterator[None]:
    """Link a folder's entries in the machine's ``/opt/ml``, for one process at a time.

    Raises
    ------
    NoIsolationError
        If the machine has no ``/opt/ml`` that this user may write to. The message says how to create it.
    """
    if not (place.is_dir() and os.access(place, os.W_OK)):
        raise NoIsolationError(
            f"this machine denies mount namespaces, which give each script its own {place}. "
            f"Create the folder once, for one script at a time: sudo mkdir -p {place} && sudo chown $USER {place}"
        )
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made: list[Path] = []
        try:
            for entry in source.iterdir():
                link = place / entry.name
                if link.is_symlink():
                    link.unlink()  # left by a killed process, as we hold the lock
                elif link.exists():
                    raise NoIsolationError(f"{link} exists, and was not created by the local cloud: move it away")
                link.symlink_to(entry)
                made.append(link)
            yield
        finally:
            for link in made:
                link.unlink(missing_ok=True)
