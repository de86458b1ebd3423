"""Build the virtual environment and the files of an image, step by step, as its Dockerfile has them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from local_cloud.images.recipe import Copy, PipInstall, Recipe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local_cloud.images.local_image import LocalImage

_LAST_LINES = 15


class ImageBuildError(RuntimeError):
    """pip could not install what a Dockerfile asks for."""


def build_environment(
    image: LocalImage,
    recipe: Recipe,
    copies: dict[Copy, dict[str, Path]],
    python: Path,
    say: Callable[[str], None] | None,
) -> None:
    """Make the folder of an image.

    Raises
    ------
    ImageBuildError
        With pip's last lines.
    """
    _in_rootfs(image, image.working_directory).mkdir(parents=True, exist_ok=True)
    # The pip that runs this project installs into an environment of its own Python, which spares two seconds and 10 MB. Another
    # Python brings its pip along: an older pip does not run on a Python that came after it.
    own = python.samefile(sys.executable)
    subprocess.run([python, "-m", "venv", *(["--without-pip"] if own else []), image.venv], check=True)
    pip = [sys.executable, "-m", "pip", "--python"] if own else []
    command = [*pip, str(image.venv / "bin" / "python"), *([] if own else ["-m", "pip"]), "--disable-pip-version-check"]
    for step in recipe.steps:
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
        env={**os.environ, **image.environment, "PIP_REQUIRE_VIRTUALENV": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        said = "\n".join(finished.stdout.splitlines()[-_LAST_LINES:])
        where = f" (line {step.line} of the Dockerfile)" if step.line else ""  # a stand-in has no Dockerfile
        raise ImageBuildError(f"pip install {' '.join(step.arguments)}{where} failed:\n{said}")


def _on_this_machine(image: LocalImage, argument: str) -> str:
    """Turn an absolute path of the image into that of its copy here."""
    if argument.startswith("/") and (copy := _in_rootfs(image, argument)).exists():
        return str(copy)
    return argument


def _in_rootfs(image: LocalImage, path: str) -> Path:
    return image.rootfs / path.lstrip("/")
