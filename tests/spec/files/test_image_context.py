"""Tests that an image's context holds nothing from outside the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.spec import ImageContext, ScriptFileError
from tests.spec.project_folder import VALID, ProjectFolder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for folder in ("image/lib", "image/.venv/bin", "image/__pycache__", "texts"):
        (root / folder).mkdir(parents=True)
    (root / "image" / "Dockerfile").touch()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "credentials").write_text("of the developer")
    return root


@pytest.mark.parametrize("place", ["link", ".hidden", "lib/link", "__pycache__/link", ".venv/bin/python", "Dockerfile"])
@pytest.mark.parametrize("target", ["outside", "outside/credentials"])
def test_a_link_out_of_the_project_is_refused_by_name(project: Path, place: str, target: str) -> None:
    link = project / "image" / place
    link.unlink(missing_ok=True)
    link.symlink_to(project.parent / target)
    with pytest.raises(ScriptFileError, match=f"^{place} is a link to .*{target}, outside the project"):
        ImageContext(project / "image" / "Dockerfile").check_links(project)


def test_a_link_in_a_folder_that_is_linked_is_found(project: Path) -> None:
    (project / "texts" / "link").symlink_to(project.parent / "outside")
    (project / "image" / "texts").symlink_to("../texts")
    with pytest.raises(ScriptFileError, match=r"^texts/link is a link to"):
        ImageContext(project / "image" / "Dockerfile").check_links(project)


def test_links_inside_the_project_loops_and_an_editor_s_lock_are_taken(project: Path) -> None:
    for place, target in {
        "up": "..",
        "here": ".",
        "loop": "loop",
        "texts": "../texts",
        ".#notes": "user@host.1",
    }.items():
        (project / "image" / place).symlink_to(target)
    ImageContext(project / "image" / "Dockerfile").check_links(project)


@pytest.mark.parametrize(
    ("patterns", "excluded"),
    [
        (".venv", True),
        (".venv/", True),
        ("/.venv", True),
        ("**/.venv", True),
        ("**/bin/*", True),
        (".venv/**", True),
        (".ve?v", True),
        ("[^a]venv", True),
        ("*", True),
        ("*\n!.venv/bin", False),
        ("*\n!.venv\n.venv/bin/p*", True),
        ("venv", False),
        ("bin", False),
        ("# .venv", False),
        (".venv/*/x", False),
        ("*.py", False),
    ],
)
def test_what_dockerignore_excludes_may_lead_anywhere(project: Path, patterns: str, excluded: bool) -> None:
    (project / "image" / ".venv" / "bin" / "python").symlink_to(project.parent / "outside")
    (project / "image" / ".dockerignore").write_text(patterns)
    context = ImageContext(project / "image" / "Dockerfile")
    assert context.includes(project / "image" / ".venv" / "bin" / "python") is not excluded
    if excluded:
        context.check_links(project)
    else:
        with pytest.raises(ScriptFileError):
            context.check_links(project)


def test_validate_names_the_file_and_the_line(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    folder = ProjectFolder.make(tmp_path / "project")
    folder.write(VALID)
    (tmp_path / "project" / "scripts" / ".data").symlink_to("/etc/hostname")
    assert {(problem.field, ".data is a link" in problem.message) for problem in folder.problems()} == {
        ("image.dockerfile", True)
    }
