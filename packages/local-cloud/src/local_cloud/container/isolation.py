"""How a process gets its own ``/opt/ml``: a mount namespace, or the machine's own ``/opt/ml`` under a lock where namespaces are denied."""

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
    """Neither a mount namespace nor an ``/opt/ml`` of the user's can be had."""


@functools.cache
def namespaces_work() -> bool:
    """Try once whether this user may make a mount namespace."""
    if sys.platform != "linux":
        return False
    with tempfile.TemporaryDirectory() as root:
        return _works(launch(Path(root), {}, "/", ["true"], {"PATH": os.defpath}, network=True))


@functools.cache
def processes_can_be_hidden() -> bool:
    """Try once whether a container may have a ``/proc`` of its own, without this machine's processes: some sandboxes deny it."""
    with tempfile.TemporaryDirectory() as root:
        return _works(launch(Path(root), {}, "/", ["true"], {"PATH": os.defpath}, network=True, hide_processes=True))


def _works(launch: AbstractContextManager[Launch]) -> bool:
    with launch as probe:
        return (
            subprocess.run(probe.command, pass_fds=probe.descriptors, capture_output=True, check=False).returncode == 0
        )


@dataclass(frozen=True, slots=True)
class Launch:
    """A command, and the descriptors that its process must inherit."""

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
    """Yield the command that runs another one in a mount namespace of its own.

    Its order is a file without a name: ``ps`` would show an argument to everybody, and an argument may take 128 KB at most
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
    """Return the folders of this machine that hold its user's AWS credentials and settings: a container sees nothing in them."""
    homes = {Path(pwd.getpwuid(os.getuid()).pw_dir), Path.home()}
    return sorted(home / ".aws" for home in homes if (home / ".aws").is_dir())


@contextlib.contextmanager
def borrowed_opt_ml(source: Path, place: Path = OPT_ML) -> Iterator[None]:
    """Show a folder's entries in the machine's own ``/opt/ml``, one process at a time.

    Raises
    ------
    NoIsolationError
        If there is no such folder that this user may write to, with the way to make it.
    """
    if not (place.is_dir() and os.access(place, os.W_OK)):
        raise NoIsolationError(
            f"a script reads and writes {place}, and this machine denies the mount namespace that would give it one of its own. "
            f"Make the folder once, and it will be used by one script at a time: sudo mkdir -p {place} && sudo chown $USER {place}"
        )
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made: list[Path] = []
        try:
            for entry in source.iterdir():
                link = place / entry.name
                if link.is_symlink():
                    link.unlink()  # left by a process that was killed; the lock says that it is gone
                elif link.exists():
                    raise NoIsolationError(f"{link} is there already, and not ours: move it away, or run elsewhere")
                link.symlink_to(entry)
                made.append(link)
            yield
        finally:
            for link in made:
                link.unlink(missing_ok=True)
