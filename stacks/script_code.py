"""A script's folder, published so that a job finds its files under their own names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.published_files import PublishedFiles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aws_cdk import Stack


class ScriptCode(PublishedFiles):
    """The ``code`` input of the steps whose scripts share a folder."""

    def __init__(self, stack: Stack, *, folder: Path) -> None:
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in _files(folder)}
        super().__init__(stack, title=folder.name, files=files)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder in the order of their names, without caches and hidden files."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in parts):
            yield path
