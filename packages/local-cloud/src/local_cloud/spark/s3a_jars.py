"""The jars of S3A, Hadoop's S3 client, downloaded once by Maven and checked against their SHA-256.

PySpark's package contains Hadoop without S3A. ``s3a/pom.xml`` has the missing dependencies, and ``s3a/SHA256SUMS`` pins the files; both
are for one version of Hadoop.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

HADOOP_VERSION = "3.5.0"
"""The version of Hadoop that the jars are for."""
_SOURCE = Path(__file__).with_name("s3a")
_COPY = "dependency:copy-dependencies"
_TIMEOUT_SECONDS = 300
_LAST_LINES = 3


class NoJarsError(RuntimeError):
    """Maven could not download the jars, or is not installed."""


class WrongJarsError(RuntimeError):
    """Maven downloaded files that are not the pinned ones."""


def find_jars(store: Path) -> Path | None:
    """Return the folder of the jars in an image store, or None if they have not been downloaded."""
    folder = _folder(store)
    return folder if folder.is_dir() else None


def fetch_jars(store: Path) -> Path:
    """Return the folder of the jars in an image store, after downloading them by Maven if necessary.

    Raises
    ------
    NoJarsError
        If Maven cannot download them.
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
                brought.rename(folder)  # the folder is complete once it exists
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
    """Check that a folder contains exactly the pinned files."""
    pinned = {name: digest for digest, name in (line.split() for line in _pins().decode().splitlines())}
    for path in sorted(folder.iterdir()):
        if hashlib.sha256(path.read_bytes()).hexdigest() != pinned.pop(path.name, None):
            raise WrongJarsError(f"{path.name} does not have the SHA-256 that {_SOURCE / 'SHA256SUMS'} pins")
    if pinned:
        raise WrongJarsError(f"Maven did not download {', '.join(sorted(pinned))}")
