"""The Python interpreter of this machine that a local image uses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


def find_python(version: str | None) -> tuple[Path, str]:
    """Return an interpreter of a version such as ``3.13``.

    Returns
    -------
    tuple
        The interpreter and its version, which is this process's if the machine does not have the requested one.
    """
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    if version and version != own:
        candidates = [shutil.which(f"python{version}"), *_pyenv_candidates(version)]
        for candidate in candidates:
            if candidate and _works(candidate, version):
                return Path(candidate), version
    return Path(sys.executable), own


def _pyenv_candidates(version: str) -> list[str]:
    """Return pyenv's interpreters: its shims on the PATH refuse to run installed versions that are not selected."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    return [str(path) for path in sorted(versions.glob(f"{version}.*/bin/python{version}"), reverse=True)]


def _works(candidate: str, version: str) -> bool:
    command = [candidate, "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return said.returncode == 0 and said.stdout.strip() == version
