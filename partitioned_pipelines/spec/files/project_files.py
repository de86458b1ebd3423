"""A project's own files: the paths in a pipeline file, and a script's folder, which is published with it."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from partitioned_pipelines.spec.files.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class ScriptFileError(ValueError):
    """A file in a script's folder that cannot be published; the message names it."""


def script_files(folder: Path, project: Path) -> dict[str, Path]:
    """Return the files of a script's folder by their relative names, sorted, without caches and hidden files.

    A link within the project is followed, to a file or a folder.

    Raises
    ------
    ScriptFileError
        If a link leads out of the project, nowhere, or to a folder that contains it; if a name is not UTF-8; or if something is neither a
        file nor a folder.
    """
    return dict(sorted(_walk(folder, "", project.resolve(), (folder.resolve(),))))


def tree_hash(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of files' names and contents, under which they are published."""
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{len(name.encode())}:{name}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()


def published_prefix(tree: str) -> str:
    """Return the prefix below which files with a tree hash are published, in the bootstrap bucket."""
    return f"{tree}.files/"


def _walk(folder: Path, below: str, project: Path, above: tuple[Path, ...]) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == "__pycache__":
            continue
        name = f"{below}{path.name}"
        try:
            name.encode()
        except UnicodeEncodeError:
            raise ScriptFileError(f"{os.fsencode(path.name)!r} is not a UTF-8 name: rename it") from None
        resolved = _resolved(path, name, project)
        if resolved.is_dir():
            if resolved in above:
                raise ScriptFileError(f"{name} is a link to a folder that contains it: remove it")
            yield from _walk(path, f"{name}/", project, (*above, resolved))
        elif resolved.is_file():
            yield name, path
        else:
            raise ScriptFileError(f"{name} is neither a file nor a folder: remove it")


def _resolved(path: Path, name: str, project: Path) -> Path:
    try:
        resolved = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise ScriptFileError(f"{name} is a broken link: remove it") from error
    if not resolved.is_relative_to(project):
        raise ScriptFileError(
            f"{name} is a link to {resolved}, outside the project, and would be published: copy the file, or remove it"
        )
    return resolved


def path_problem(path: str, project: Path) -> str | None:
    """Return an error if a path in a pipeline file does not name a file of the project, else None."""
    try:
        resolved = (project / path).resolve()
        if not path or path.startswith("/") or not resolved.is_relative_to(project.resolve()):
            return f"is {path!r}: use a path inside the project"
        if resolved.is_file():
            return None
        # From Python 3.13, a link to itself can be resolved; stat() raises the error.
        (project / path).stat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, RuntimeError, ValueError) as error:
        # A name that is too long, a link to itself, or a character that is not allowed in paths.
        why = error.strerror if isinstance(error, OSError) else error
        return f"is {path!r}, which cannot be read: {why}"
    siblings = [entry.name for entry in resolved.parent.glob("*")] if resolved.parent.is_dir() else []
    hint = f" {did_you_mean(resolved.name, siblings)}" if siblings else ""
    return f"is {path!r}, which does not exist in {project}:{hint}".rstrip(":")
