"""Trino, assembled once from Maven Central: 230 MB, which all clouds of this user share."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VERSION = "476"
DEFAULT_FOLDER = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cdk-local-cloud"
_OLDEST_JAVA = 24  # https://trino.io/docs/476/installation/deployment.html#java-runtime-environment
_FILES = Path(__file__).parent
_POMS = {"server": Path("lib"), "hive": Path("plugin", "hive")}


class TrinoMissingError(RuntimeError):
    """What Trino needs is not installed, or could not be downloaded."""


@dataclass(frozen=True, slots=True)
class Installation:
    """An assembled Trino.

    Attributes
    ----------
    home
        The folder of its jars.
    java
        The home of the JDK that runs it.
    """

    home: Path
    java: Path


def assemble(folder: Path, report: Callable[[str], None]) -> Installation:
    """Return the Trino in a folder, which is assembled there by Maven if it is missing.

    Parameters
    ----------
    report
        Is called with what takes long.

    Raises
    ------
    TrinoMissingError
        If there is no suitable JDK or no Maven, or if Maven fails.
    """
    java = find_java()
    home = folder / f"trino-{VERSION}"
    if (home / "complete").exists():
        return Installation(home, java)
    maven = shutil.which("mvn")
    if maven is None:
        raise TrinoMissingError(
            "mvn, which downloads Trino from Maven Central, is not on the PATH: install Maven (Debian: apt install maven)"
        )
    report(f"assembling Trino {VERSION} from Maven Central in {home}: once, about 230 MB and two minutes")
    for name, place in _POMS.items():
        _run(
            [
                maven,
                "-B",
                "-q",
                "-f",
                str(_FILES / f"{name}.xml"),
                "dependency:copy-dependencies",
                f"-Dout={home / place}",
            ],
            java,
        )
    classes = home / "classes"
    _run(
        [str(java / "bin" / "javac"), "-cp", f"{home / 'lib'}/*", "-d", str(classes), str(_FILES / "Start.java")], java
    )
    with zipfile.ZipFile(home / "lib" / "start.jar", "w") as archive:
        archive.write(classes / "Start.class", "Start.class")
    with zipfile.ZipFile(home / "plugin" / "hive" / "services.jar", "w") as archive:
        archive.writestr("META-INF/services/io.trino.spi.Plugin", "io.trino.plugin.hive.HivePlugin\n")
    (home / "complete").touch()
    return Installation(home, java)


def find_java() -> Path:
    """Return the home of a JDK that runs Trino. Raises TrinoMissingError if no JDK is found."""
    for home in _java_homes():
        if (home / "bin" / "javac").exists() and _java_version(home) >= _OLDEST_JAVA:
            return home
    raise TrinoMissingError(
        f"Trino {VERSION} needs a JDK {_OLDEST_JAVA} or newer (such as Eclipse Temurin 25): install one, or name its folder in JAVA_HOME"
    )


def _java_homes() -> Iterator[Path]:
    if named := os.environ.get("JAVA_HOME"):
        yield Path(named)
    if found := shutil.which("javac"):
        yield Path(found).resolve().parents[1]
    for folder in (Path("/usr/lib/jvm"), Path("/Library/Java/JavaVirtualMachines")):
        for home in sorted(folder.glob("*"), reverse=True):
            yield home / "Contents" / "Home" if (home / "Contents").exists() else home


def _java_version(home: Path) -> int:
    try:
        text = (home / "release").read_text(encoding="utf-8")
    except OSError:
        return 0
    found = re.search(r'^JAVA_VERSION="(\d+)', text, re.MULTILINE)
    return int(found[1]) if found else 0


def _run(command: list[str], java: Path) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "JAVA_HOME": str(java)}, check=False
    )
    if done.returncode:
        tail = "\n".join([*done.stdout.splitlines(), *done.stderr.splitlines()][-5:])
        raise TrinoMissingError(f"{Path(command[0]).name} failed, so that Trino could not be assembled:\n{tail}")
