"""A subset of Dockerfiles is supported; other instructions are rejected by file, line and instruction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local_cloud.images import UnsupportedDockerfileError
from local_cloud.images.dockerfile import Copy, ImageBuild, PipInstall, read_dockerfile

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, text: str) -> ImageBuild:
    """Read a Dockerfile with this content."""
    dockerfile = folder / "Dockerfile"
    dockerfile.write_text(text, encoding="utf-8")
    return read_dockerfile(dockerfile)


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("python:3.13-slim", "3.13"),
        ("python:3.12.4", "3.12"),
        ("public.ecr.aws/docker/library/python:3.11-bookworm", "3.11"),
        ("localhost:5000/python:3.13", "3.13"),
        (f"python:3.13@sha256:{'0' * 64}", "3.13"),
        ("--platform=linux/amd64 python:3.13", "3.13"),
        ("python:slim", None),
        ("python", None),
    ],
)
def test_the_version_of_python_is_read(tmp_path: Path, image: str, version: str | None) -> None:
    assert read(tmp_path, f"FROM {image}\n").python_version == version


def test_each_allowed_instruction_is_read(tmp_path: Path) -> None:
    build = read(
        tmp_path,
        """# a comment
FROM python:3.13-slim
LABEL a=b
EXPOSE 80
USER nobody
ENV A=1 B="two words"
ENV OLD the old form
WORKDIR /app
WORKDIR inner
COPY requirements.txt .
COPY --chown=1:1 a.py b.py /opt/
COPY ["with space.py", "file.py"]
RUN pip install --no-cache-dir -r requirements.txt \\
    && python3 -m pip install "numpy<3"
ENTRYPOINT ["python3"]
CMD ["run.py", "--fast"]
""",
    )
    assert build == ImageBuild(
        python_version="3.13",
        steps=[
            Copy(("requirements.txt",), "/app/inner/", 10),
            Copy(("a.py", "b.py"), "/opt/", 11),
            Copy(("with space.py",), "/app/inner/file.py", 12),
            PipInstall(("-r", "requirements.txt"), "/app/inner", 13),
            PipInstall(("numpy<3",), "/app/inner", 13),
        ],
        environment={"A": "1", "B": "two words", "OLD": "the old form"},
        working_directory="/app/inner",
        entrypoint=("python3", "run.py", "--fast"),
    )


@pytest.mark.parametrize(
    ("instruction", "said"),
    [
        ("RUN apt-get install -y gcc", "RUN: 'apt-get install -y gcc' is not a pip install"),
        ("RUN pip install numpy && rm -rf /tmp/x", "RUN: 'rm -rf /tmp/x' is not a pip install"),
        ("RUN pip install numpy | tee log", "is not a pip install"),
        ("RUN pip download numpy", "is not a pip install"),
        ("ADD https://example.com/x /x", "ADD: is not supported"),
        ("ARG VERSION=1", "ARG: is not supported"),
        ('SHELL ["/bin/bash", "-c"]', "SHELL: is not supported"),
        ("VOLUME /data", "VOLUME: is not supported"),
        ("ONBUILD COPY a b", "ONBUILD: is not supported"),
        ("COPY --from=builder /a /b", "COPY: --from=builder is not supported"),
        ("COPY alone", "COPY: names no source"),
        ("FROM python:3.12", "FROM: a build in several stages needs a container engine"),
    ],
)
def test_an_instruction_that_needs_a_container_engine_is_refused(tmp_path: Path, instruction: str, said: str) -> None:
    with pytest.raises(UnsupportedDockerfileError) as refused:
        read(tmp_path, f"FROM python:3.13\nWORKDIR /app\n{instruction}\n")
    message = str(refused.value)
    assert message.startswith(f"{tmp_path / 'Dockerfile'}:3: ")
    assert said in message
    assert "local_requirements:" in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("FROM ubuntu:24.04\n", ":1: FROM: 'ubuntu:24.04' is not an image of Python"),
        ("FROM mypython:3.13\n", ":1: FROM: 'mypython:3.13' is not an image of Python"),
        ("FROM python:3.13 AS builder\n", ":1: FROM: a named stage needs a container engine"),
        ("ENV A=1\nFROM python:3.13\n", ":1: ENV: comes before FROM"),
        ("# nothing\n", ": has no FROM"),
        ("", ": has no FROM"),
    ],
)
def test_a_beginning_that_is_no_python_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UnsupportedDockerfileError) as refused:
        read(tmp_path, text)
    assert f"{tmp_path / 'Dockerfile'}{said}" in str(refused.value)
