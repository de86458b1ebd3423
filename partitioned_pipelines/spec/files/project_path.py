"""The rules for paths of a project's files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.spec.files.problems import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path


def path_problem(path: str, project: Path) -> str | None:
    """Return what is wrong with a path that a pipeline file names, or None if a file of the project is there."""
    try:
        resolved = (project / path).resolve()
        if not path or path.startswith("/") or not resolved.is_relative_to(project.resolve()):
            return f"is {path!r}: give a path inside the project"
        if resolved.is_file():
            return None
        # From Python 3.13 on, a link that leads to itself can be resolved: looked at, it says what it is.
        (project / path).stat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, RuntimeError, ValueError) as error:
        # A name that is too long, a link that leads to itself, a character that no path has.
        why = error.strerror if isinstance(error, OSError) else error
        return f"is {path!r}, which cannot be looked up: {why}"
    siblings = [entry.name for entry in resolved.parent.glob("*")] if resolved.parent.is_dir() else []
    hint = f" {did_you_mean(resolved.name, siblings)}" if siblings else ""
    return f"is {path!r}, and there is no such file in {project}:{hint}".rstrip(":")
