"""The jars of S3A are downloaded once by Maven, and only accepted if they are the pinned ones."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from local_cloud.spark import s3a_jars
from local_cloud.spark.s3a_jars import NoJarsError, WrongJarsError, fetch_jars, find_jars

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

JARS = {"hadoop-aws.jar": b"hadoop", "s3.jar": b"s3"}


@pytest.fixture
def maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Install a fake Maven that copies files and logs its calls."""
    source = tmp_path / "source"
    source.mkdir()
    pins = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in JARS.items())
    (source / "SHA256SUMS").write_text(pins)
    monkeypatch.setattr(s3a_jars, "_SOURCE", source)

    def install(brings: dict[str, bytes], exit_code: int = 0, says: str = "") -> Path:
        repository, programs = tmp_path / "repository", tmp_path / "programs"
        for folder in (repository, programs):
            folder.mkdir()
        for name, content in brings.items():
            (repository / name).write_bytes(content)
        calls, program = tmp_path / "calls", programs / "mvn"
        program.write_text(
            f'#!/bin/sh\necho "$@" >> {calls}\nfor word; do case $word in -DoutputDirectory=*) out=${{word#*=}};; esac; done\n'
            f"mkdir -p $out && cp {repository}/* $out\necho '{says}'\nexit {exit_code}\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
        return calls

    return install


def test_they_are_fetched_once(maven: Callable[..., Path], tmp_path: Path) -> None:
    calls = maven(JARS)
    store = tmp_path / "store"
    assert find_jars(store) is None
    folder = fetch_jars(store)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == JARS
    assert fetch_jars(store) == folder == find_jars(store)
    assert calls.read_text().count("dependency:copy-dependencies") == 1


@pytest.mark.parametrize(
    ("brings", "said"),
    [
        ({**JARS, "s3.jar": b"another"}, "s3.jar does not have the SHA-256"),
        ({**JARS, "more.jar": b"more"}, "more.jar does not have the SHA-256"),
        ({"s3.jar": b"s3"}, "did not download hadoop-aws.jar"),
    ],
)
def test_other_files_than_the_pinned_ones_are_refused(
    maven: Callable[..., Path], tmp_path: Path, brings: dict[str, bytes], said: str
) -> None:
    maven(brings)
    with pytest.raises(WrongJarsError, match=said):
        fetch_jars(tmp_path / "store")
    assert find_jars(tmp_path / "store") is None
    assert [path.suffix for path in (tmp_path / "store" / "jars").iterdir()] == [".lock"]


def test_a_repository_out_of_reach_is_reported_with_what_maven_says(maven: Callable[..., Path], tmp_path: Path) -> None:
    maven(JARS, exit_code=1, says="[ERROR] Could not transfer artifact")
    with pytest.raises(NoJarsError, match=r"Maven failed: \[ERROR\] Could not transfer artifact"):
        fetch_jars(tmp_path / "store")
    assert find_jars(tmp_path / "store") is None


def test_a_machine_without_maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoJarsError, match="Maven is not installed"):
        fetch_jars(tmp_path / "store")


def test_what_is_pinned_is_for_the_hadoop_of_the_pom() -> None:
    folder = s3a_jars._SOURCE
    pom = (folder / "pom.xml").read_text(encoding="utf-8")
    pinned = (folder / "SHA256SUMS").read_text(encoding="utf-8")
    assert f"<hadoop.version>{s3a_jars.HADOOP_VERSION}</hadoop.version>" in pom
    assert f"hadoop-aws-{s3a_jars.HADOOP_VERSION}.jar\n" in pinned
