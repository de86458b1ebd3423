"""S3A, Hadoop's client of S3: jars that Maven brings once, each checked against its SHA-256.

PySpark's package has all of Hadoop but S3A. ``s3a/pom.xml`` names what is missing, without what PySpark brings itself, and ``s3a/SHA256SUMS``
pins the files; both are for one version of Hadoop.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

HADOOP_VERSION = "3.5.0"
"""Of the jars: those of another version do not fit a PySpark."""
_SOURCE = Path(__file__).with_name("s3a")
_COPY = "dependency:copy-dependencies"
_TIMEOUT_SECONDS = 300
_LAST_LINES = 3


class NoJarsError(RuntimeError):
    """Maven could not bring the jars: it is not installed, or reached no repository."""


class WrongJarsError(RuntimeError):
    """Maven brought files that are not the pinned ones."""


def find_jars(store: Path) -> Path | None:
    """Return the folder of the jars in an image store; None if they were never fetched."""
    folder = _folder(store)
    return folder if folder.is_dir() else None


def fetch_jars(store: Path) -> Path:
    """Return the folder of the jars in an image store; Maven brings them if they are not there.

    Raises
    ------
    NoJarsError
        If Maven cannot bring them.
    WrongJarsError
        If a file is missing, or does not have its pinned SHA-256.
    """
    folder = _folder(store)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(prefix="s3a-", dir=folder.parent) as temporary:
                brought = Path(temporary) / "jars"
                _copy_dependencies(brought)
                _check(brought)
                brought.rename(folder)  # complete, or not there
    return folder


def _folder(store: Path) -> Path:
    return store.resolve() / "jars" / f"s3a-{hashlib.sha256(_pins()).hexdigest()[:16]}"


def _pins() -> bytes:
    return (_SOURCE / "SHA256SUMS").read_bytes()


def _copy_dependencies(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise NoJarsError("Maven is not installed (there is no mvn on the PATH)")
    command = [maven, "--batch-mode", "--quiet", f"--file={_SOURCE / 'pom.xml'}", _COPY, f"-DoutputDirectory={folder}"]
    try:
        finished = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NoJarsError(f"Maven did not end within {_TIMEOUT_SECONDS} seconds") from error
    if finished.returncode != 0:
        said = [line for line in finished.stdout.splitlines() if line.strip()]
        raise NoJarsError("Maven failed: " + " ".join(said[:_LAST_LINES]))


def _check(folder: Path) -> None:
    """Compare the files of a folder with the pins: these files, all of them, and no other."""
    pinned = {name: digest for digest, name in (line.split() for line in _pins().decode().splitlines())}
    for path in sorted(folder.iterdir()):
        if hashlib.sha256(path.read_bytes()).hexdigest() != pinned.pop(path.name, None):
            raise WrongJarsError(f"{path.name} does not have the SHA-256 that {_SOURCE / 'SHA256SUMS'} pins")
    if pinned:
        raise WrongJarsError(f"Maven did not bring {', '.join(sorted(pinned))}")
