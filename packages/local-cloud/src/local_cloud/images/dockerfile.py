"""The subset of Dockerfiles that a virtual environment can stand in for. Other instructions are rejected by file and line."""

from __future__ import annotations

import io
import json
import posixpath
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dockerfile_parse import DockerfileParser

if TYPE_CHECKING:
    from pathlib import Path

_PYTHON = re.compile(
    r"(?:[\w.-]+(?::\d+)?/)*python(?::(?P<version>3\.\d+)?(?:\.\d+)?(?:[-\w.]*)?)?(?:@sha256:[0-9a-f]{64})?"
)
# They do not affect a script in the local cloud.
_WITHOUT_EFFECT = {"COMMENT", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "STOPSIGNAL", "USER"}


class UnsupportedDockerfileError(ValueError):
    """A Dockerfile that needs a real container engine."""


@dataclass(frozen=True, slots=True)
class Copy:
    """``COPY sources… destination``, with an absolute destination."""

    sources: tuple[str, ...]
    destination: str
    line: int


@dataclass(frozen=True, slots=True)
class PipInstall:
    """The arguments of a ``pip install``, and its working directory in the image."""

    arguments: tuple[str, ...]
    working_directory: str
    line: int


@dataclass(slots=True)
class ImageBuild:
    """The instructions of a Dockerfile."""

    python_version: str | None
    steps: list[Copy | PipInstall] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    working_directory: str = "/"
    entrypoint: tuple[str, ...] = ()


def read_dockerfile(dockerfile: Path) -> ImageBuild:
    """Read what a Dockerfile builds.

    Raises
    ------
    UnsupportedDockerfileError
        If it has instructions other than ``FROM python…``, ``COPY``, ``WORKDIR``, ``ENV``, ``RUN pip install …``, ``ENTRYPOINT`` and ``CMD``.
    """
    parser = DockerfileParser(fileobj=io.BytesIO(dockerfile.read_bytes()), env_replace=False)
    build: ImageBuild | None = None
    for entry in parser.structure:
        instruction, value, line = entry["instruction"], entry["value"], entry["startline"] + 1

        def refuse(why: str, line: int = line, instruction: str = instruction) -> UnsupportedDockerfileError:
            return UnsupportedDockerfileError(
                f"{dockerfile}:{line}: {instruction}: {why}. A local stand-in supports FROM python:…, COPY, WORKDIR, ENV and "
                "RUN pip install; push the image elsewhere and name it by `uri:` with `local_requirements:` for more"
            )

        if instruction in _WITHOUT_EFFECT:
            continue
        if instruction == "FROM":
            if build is not None:
                raise refuse("a build in several stages needs a container engine")
            build = ImageBuild(_python_version(value, refuse))
            continue
        if build is None:
            raise refuse("comes before FROM")
        _apply(build, instruction, value, line, refuse)
    if build is None:
        raise UnsupportedDockerfileError(f"{dockerfile}: has no FROM; start with FROM python:3.13-slim")
    return build


def _apply(build: ImageBuild, instruction: str, value: str, line: int, refuse: _Refuse) -> None:
    match instruction:
        case "WORKDIR":
            build.working_directory = posixpath.join(build.working_directory, value.strip().strip("\"'"))
        case "ENV":
            build.environment.update(_variables(value))
        case "COPY":
            build.steps.append(_copy(build, value, line, refuse))
        case "RUN":
            build.steps += _pip_installs(build, value, line, refuse)
        case "ENTRYPOINT" | "CMD":
            words = json.loads(value) if value.startswith("[") else ["/bin/sh", "-c", value]
            # CMD has the arguments of ENTRYPOINT.
            build.entrypoint = (*build.entrypoint, *words) if instruction == "CMD" else tuple(words)
        case _:
            raise refuse("is not supported")


def _python_version(value: str, refuse: _Refuse) -> str | None:
    image = next((word for word in value.split() if not word.startswith("--")), "")
    match = _PYTHON.fullmatch(image)
    if match is None:
        raise refuse(f"{image!r} is not an image of Python")
    if " as " in value.lower():
        raise refuse("a named stage needs a container engine")
    return match["version"]


def _variables(value: str) -> dict[str, str]:
    words = shlex.split(value)
    if words and "=" not in words[0]:  # the old form, ENV name value
        name, _, rest = value.partition(" ")
        return {name: rest.strip()}
    return dict(word.split("=", 1) for word in words)


def _copy(build: ImageBuild, value: str, line: int, refuse: _Refuse) -> Copy:
    words = json.loads(value) if value.startswith("[") else shlex.split(value)
    options = [word for word in words if word.startswith("--")]
    if any(not option.startswith(("--chown=", "--chmod=", "--link")) for option in options):
        raise refuse(f"{options[0]} is not supported")
    *sources, destination = [word for word in words if not word.startswith("--")]
    if not sources:
        raise refuse("names no source")
    absolute = posixpath.join(build.working_directory, destination)
    into_folder = destination.endswith(("/", ".")) or len(sources) > 1
    normal = posixpath.normpath(absolute)
    return Copy(tuple(sources), f"{normal}/" if into_folder and normal != "/" else normal, line)


def _pip_installs(build: ImageBuild, value: str, line: int, refuse: _Refuse) -> list[PipInstall]:
    installs = []
    for command in value.split("&&"):
        words = shlex.split(command)
        if words[:2] and words[0] in {"python", "python3"} and words[1:3] == ["-m", "pip"]:
            words = ["pip", *words[3:]]
        if words[:2] not in (["pip", "install"], ["pip3", "install"]) or any(
            word in {"|", ";", "||"} for word in words
        ):
            raise refuse(f"{command.strip()!r} is not a pip install")
        # pip's cache is this machine's and not in the image.
        arguments = tuple(word for word in words[2:] if word != "--no-cache-dir")
        installs.append(PipInstall(arguments, build.working_directory, line))
    return installs


if TYPE_CHECKING:
    from collections.abc import Callable

    _Refuse = Callable[[str], UnsupportedDockerfileError]
