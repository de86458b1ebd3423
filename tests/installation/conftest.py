"""Fixtures of the project as ``pip install .`` installs it: a wheel in a separate environment, used from another folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.deployment.cdk_installation import folder_of_cdk
from partitioned_pipelines.cli.target.locations import IMAGE_STORE
from tests.end_to_end.deployment import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# The files of a clone from which a wheel is built.
SOURCES = [
    "app.py", "cdk.json", "package.json", "package-lock.json", ".npmrc", "pyproject.toml", "README.md", "LICENSE",
    "lambdas", "partitioned_pipelines", "stacks", "packages",
]  # fmt: skip


@dataclass(frozen=True)
class Installation:
    """An environment with the wheel, and a user's folder."""

    environment: Path
    home: Path

    @property
    def python(self) -> Path:
        return self.environment / "bin" / "python"

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment in the user's folder, as a shell with the environment in PATH would."""
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_", "PYTHON"))
        }
        path = os.pathsep.join([str(self.environment / "bin"), "/usr/bin", "/bin"])
        variables = {"PATH": path, "XDG_CACHE_HOME": str(self.home / ".cache"), "VIRTUAL_ENV": str(self.environment)}
        return subprocess.run(
            [str(self.environment / "bin" / command[0]), *map(str, command[1:])],
            cwd=self.home / "project",
            env=clean | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=1500,
            check=False,
        )

    def pipelines(self, *arguments: str | Path) -> str:
        """Run a command that must succeed; return its output."""
        done = self.run("pipelines", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        assert str(ROOT) not in done.stdout + done.stderr, "it must not find the clone"
        return done.stdout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built offline from a copy, because setuptools writes files next to the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    (folder / "source").mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / "source" / name, symlinks=True)
        else:
            shutil.copy2(ROOT / name, folder / "source" / name)
    options: list[str | Path] = ["--quiet", "--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", folder]
    pip("wheel", *options, ".", "./packages/local-cloud", cwd=folder / "source")
    (built,) = folder.glob("partitioned_pipelines-*.whl")
    return built


@pytest.fixture(scope="session")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Return a new environment with the wheel, which sees this one's packages, but not the clone. Its folders have spaces in their names."""
    folder = tmp_path_factory.mktemp("installed") / "a user"
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    pip(
        "--python",
        environment / "bin" / "python",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        *wheel.parent.glob("*.whl"),
        cwd=folder,
    )
    (site_packages,) = environment.glob("lib/python*/site-packages")
    # A plain path: .pth files in it are not read, including that of the editable installation.
    (site_packages / "packages.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    (folder / "project").mkdir()
    # Downloads of the first use are provided: npm and images have their own tests.
    cache = folder / ".cache" / "partitioned-pipelines"
    cdk = folder_of_cdk(cache)
    cdk.mkdir(parents=True)
    (cdk / "node_modules").symlink_to(ROOT / "node_modules")
    IMAGE_STORE.mkdir(parents=True, exist_ok=True)
    (cache / "images").symlink_to(IMAGE_STORE)
    return Installation(environment, folder)


def pip(*arguments: str | Path, cwd: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
