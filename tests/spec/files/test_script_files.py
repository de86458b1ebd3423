"""Tests that files next to a script are published with it, and nothing from outside the project."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from partitioned_pipelines.spec import ScriptFileError, script_files
from tests.spec.project_folder import VALID, ProjectFolder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "scripts" / "lib").mkdir(parents=True)
    (root / "modules").mkdir()
    (root / "modules" / "dates.py").write_text("dates")
    (root / "scripts" / "extract.py").touch()
    (root / "scripts" / "lib" / "h.py").touch()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "credentials").write_text("of the developer")
    return root


def test_hidden_files_and_caches_stay_behind(project: Path) -> None:
    for name in ("__pycache__", ".git"):
        (project / "scripts" / name).mkdir()
        (project / "scripts" / name / "x").touch()
    (project / "scripts" / ".env").touch()
    assert list(script_files(project / "scripts", project)) == ["extract.py", "lib/h.py"]


def test_links_that_stay_inside_the_project_are_followed_folders_too(project: Path) -> None:
    (project / "scripts" / "dates.py").symlink_to("../modules/dates.py")
    (project / "scripts" / "modules").symlink_to(project / "modules")
    found = script_files(project / "scripts", project)
    assert list(found) == ["dates.py", "extract.py", "lib/h.py", "modules/dates.py"]
    assert {path.read_text() for name, path in found.items() if "dates" in name} == {"dates"}


def test_a_project_that_is_itself_a_link_is_as_good(project: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(project)
    assert list(script_files(tmp_path / "link" / "scripts", tmp_path / "link")) == ["extract.py", "lib/h.py"]


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("../../../outside/credentials", "lib/link is a link to .*credentials, outside the project"),
        ("../../../outside", "lib/link is a link to .*outside, outside the project"),
        ("/etc/hostname", "lib/link is a link to /etc/hostname, outside the project"),
        ("nowhere", "lib/link is a broken link"),
        ("link", "lib/link is a broken link"),
        ("..", "lib/link is a link to a folder that contains it"),
        (".", "lib/link is a link to a folder that contains it"),
    ],
)
def test_other_links_are_refused_by_name(project: Path, target: str, says: str) -> None:
    (project / "scripts" / "lib" / "link").symlink_to(target)
    with pytest.raises(ScriptFileError, match=says):
        script_files(project / "scripts", project)


def test_what_is_no_file_is_refused_by_name(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(project / "scripts" / "pipe")
    with pytest.raises(ScriptFileError, match="pipe is neither a file nor a folder"):
        script_files(project / "scripts", project)
    (project / "scripts" / "pipe").unlink()
    monkeypatch.chdir(project / "scripts")  # a socket's full path may have 108 bytes
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind("s")
        with pytest.raises(ScriptFileError, match="s is neither a file nor a folder"):
            script_files(project / "scripts", project)


def test_a_name_that_is_not_utf_8_is_refused(project: Path) -> None:
    Path(os.fsdecode(os.fsencode(project / "scripts") + b"/caf\xe9.py")).touch()
    with pytest.raises(ScriptFileError, match=r"b'caf\\xe9.py' is not a UTF-8 name"):
        script_files(project / "scripts", project)


def test_validate_names_the_file_and_the_line(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    folder = ProjectFolder.make(tmp_path / "project")
    folder.write(VALID)
    (tmp_path / "project" / "scripts" / "data").symlink_to("/etc/hostname")
    problems = folder.problems()
    assert {problem.field for problem in problems} == {"image.dockerfile", "steps[0].script", "steps[1].script"}
    assert all("data is a link to /etc/hostname, outside the project" in problem.message for problem in problems)
