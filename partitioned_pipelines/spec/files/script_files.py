"""The files of a script's folder, which travel with it: the one list that is published, copied and compared."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class ScriptFileError(ValueError):
    """Something beside a script that cannot travel with it; the message names it."""


def script_files(folder: Path, project: Path) -> dict[str, Path]:
    """Return the files of a script's folder by their names below it, in order, without caches and hidden files.

    A link that stays inside the project counts as what it points to, a folder's too.

    Raises
    ------
    ScriptFileError
        If a link leads out of the project, nowhere, or to a folder that it lies in; if a name is not UTF-8, or something is neither a file
        nor a folder.
    """
    return dict(sorted(_walk(folder, "", project.resolve(), (folder.resolve(),))))


def _walk(folder: Path, below: str, project: Path, above: tuple[Path, ...]) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == "__pycache__":
            continue
        name = f"{below}{path.name}"
        try:
            name.encode()
        except UnicodeEncodeError:
            raise ScriptFileError(f"{os.fsencode(path.name)!r} is a name that is not UTF-8: rename it") from None
        resolved = _resolved(path, name, project)
        if resolved.is_dir():
            if resolved in above:
                raise ScriptFileError(f"{name} is a link to a folder that it lies in: remove it")
            yield from _walk(path, f"{name}/", project, (*above, resolved))
        elif resolved.is_file():
            yield name, path
        else:
            raise ScriptFileError(f"{name} is neither a file nor a folder: remove it")


def _resolved(path: Path, name: str, project: Path) -> Path:
    try:
        resolved = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise ScriptFileError(f"{name} is a link that leads nowhere: remove it") from error
    if not resolved.is_relative_to(project):
        raise ScriptFileError(
            f"{name} is a link to {resolved}, outside the project, and would be published: copy the file, or remove it"
        )
    return resolved
