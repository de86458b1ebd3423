"""The build of a local image: the steps of its Dockerfile, in order."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from local_cloud.images.dockerfile import Copy, ImageBuild, PipInstall

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local_cloud.images.local_image import LocalImage

_LAST_LINES = 15
_FOR_BUILDS = frozenset(
    (
        "PATH",
        "HOME",
        "LANG",
        "LC_ALL",
        "TMPDIR",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "NETRC",
        "XDG_CACHE_HOME",
    )
)


class ImageBuildError(RuntimeError):
    """pip could not install the packages of a Dockerfile."""


def build_environment(
    image: LocalImage,
    build: ImageBuild,
    copies: dict[Copy, dict[str, Path]],
    python: Path,
    say: Callable[[str], None] | None,
) -> None:
    """Create the folder of a local image.

    Raises
    ------
    ImageBuildError
        With pip's last lines.
    """
    _in_rootfs(image, image.working_directory).mkdir(parents=True, exist_ok=True)
    # With pip, so that a script does not call this machine's pip.
    subprocess.run([python, "-m", "venv", image.venv], check=True)
    command = [str(image.venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    for step in build.steps:
        if isinstance(step, Copy):
            for target, source in copies[step].items():
                destination = _in_rootfs(image, target)
                destination.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, destination)
        else:
            if say:
                say(f"pip install {' '.join(step.arguments)}")
            _pip_install(image, step, command)


def _pip_install(image: LocalImage, step: PipInstall, pip: list[str]) -> None:
    arguments = [_on_this_machine(image, argument) for argument in step.arguments]
    folder = _in_rootfs(image, step.working_directory)
    folder.mkdir(parents=True, exist_ok=True)
    finished = subprocess.run(
        [*pip, "install", *arguments],
        cwd=folder,
        env={**_build_environment(), **image.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        said = "\n".join(finished.stdout.splitlines()[-_LAST_LINES:])
        where = f" (line {step.line} of the Dockerfile)" if step.line else ""  # an image by URI has no Dockerfile
        raise ImageBuildError(f"pip install {' '.join(step.arguments)}{where} failed:\n{said}")


def _build_environment() -> dict[str, str]:
    """Return the variables of this environment for pip and the packages that it builds: only the sources of packages."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in _FOR_BUILDS or name.startswith("PIP_") or name.lower().endswith("_proxy")
    } | {"PIP_REQUIRE_VIRTUALENV": "0"}


def _on_this_machine(image: LocalImage, argument: str) -> str:
    """Return an argument with an absolute path of the image replaced by the path on this machine."""
    if argument.startswith("/") and (copy := _in_rootfs(image, argument)).exists():
        return str(copy)
    return argument


def _in_rootfs(image: LocalImage, path: str) -> Path:
    return image.rootfs / path.lstrip("/")
