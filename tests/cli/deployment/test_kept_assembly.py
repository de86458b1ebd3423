"""Tests that a project is synthesized again for a new local cloud if, and only if, something has changed."""

from __future__ import annotations

import os
import sysconfig
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.deployment import kept_assembly
from partitioned_pipelines.cli.deployment.kept_assembly import synthesized
from partitioned_pipelines.spec import load_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def deploy(project: Path, template: str, *, prefix: str = "p", meanwhile: Callable[[], object] = bool) -> str:
    """Return the template that is deployed; a synthesis writes the given one."""

    def synthesize(folder: Path) -> None:
        folder.mkdir()
        (folder / "x.template.json").write_text(template)
        meanwhile()

    with synthesized(load_project(project), prefix, synthesize) as assembly:
        return (assembly / "x.template.json").read_text()


def save(project: Path) -> None:
    """Save a script with other content."""
    script = project / "code" / "count_words.py"
    script.write_text(script.read_text(encoding="utf-8") + "\n#", encoding="utf-8")


def test_an_unchanged_project_is_synthesized_once(project: Path) -> None:
    assert [deploy(project, template) for template in ("first", "second", "third")] == ["first"] * 3


def test_a_change_is_synthesized(project: Path) -> None:
    deploy(project, "first")
    save(project)
    assert [deploy(project, template) for template in ("second", "third")] == ["second"] * 2


def test_another_prefix_is_synthesized(project: Path) -> None:
    deploy(project, "first")
    assert deploy(project, "second", prefix="q") == "second"


def test_other_python_packages_are_another_app(project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    deploy(project, "first")
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    assert deploy(project, "second") == "second"
    os.utime(tmp_path, (1, 1))
    assert deploy(project, "third") == "third"


def test_what_was_written_while_a_file_was_saved_is_not_kept(project: Path) -> None:
    assert deploy(project, "of which files?", meanwhile=lambda: save(project)) == "of which files?"
    assert deploy(project, "second") == "second"


def test_what_failed_is_not_kept(project: Path) -> None:
    def fail() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        deploy(project, "half", meanwhile=fail)
    assert deploy(project, "second") == "second"
    assert sorted(path.name for path in (project / ".pipelines" / "synthesized").iterdir()) == [
        "cdk.out",
        "lock",
        "made_of",
    ]


def test_a_deployment_in_another_process_is_left_its_files(project: Path) -> None:
    deploy(project, "first")

    def never(_: Path) -> None:
        raise AssertionError

    with synthesized(load_project(project), "p", never) as assembly:
        save(project)
        assert deploy(project, "second") == "second"
        assert (assembly / "x.template.json").read_text() == "first"


def test_a_project_that_cannot_be_written_is_synthesized_elsewhere(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> Path:
        raise PermissionError

    monkeypatch.setattr(kept_assembly, "state_folder", refuse)
    assert [deploy(project, template) for template in ("first", "second")] == ["first", "second"]
    assert not (project / ".pipelines").exists()
