"""The folder of a Dockerfile, whose files the CDK stages for the build: those that ``.dockerignore`` does not exclude."""

from __future__ import annotations

import os
import re
from functools import cached_property
from pathlib import Path

from partitioned_pipelines.spec.files.project_files import ScriptFileError

_DOCKERIGNORE = ".dockerignore"
_WILDCARDS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
_PART = re.compile(r"\*\*/|\*\*|\*|\?|\[\^?[^]]+\]|\\.|.", re.DOTALL)


class ImageContext:
    """The folder of a Dockerfile.

    Parameters
    ----------
    dockerfile
        The path of the Dockerfile.
    """

    def __init__(self, dockerfile: Path) -> None:
        self._folder = dockerfile.parent
        self._always = {dockerfile, self._folder / _DOCKERIGNORE}  # part of the CDK's asset, whatever the patterns say

    def includes(self, path: Path) -> bool:
        """Return whether a file is staged: of the patterns that match it or a folder above it, the last one decides.

        https://docs.docker.com/build/concepts/context/#dockerignore-files
        """
        if path in self._always:
            return True
        relative = path.relative_to(self._folder).as_posix()
        return next((includes for pattern, includes in self._patterns if pattern.fullmatch(relative)), True)

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], bool]]:
        """The patterns, the last one first, each with whether it includes files."""
        file = self._folder / _DOCKERIGNORE
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        return [(_compiled(pattern.removeprefix("!")), pattern.startswith("!")) for pattern in reversed(patterns)]

    def check_links(self, project: Path) -> None:
        """Check that no link leads out of the project: the CDK would stage the file or folder that it leads to.

        Raises
        ------
        ScriptFileError
            If one does; the message names it.
        """
        root = project.resolve()
        seen: set[Path] = set()
        waiting = [self._folder]
        while waiting:
            folder = waiting.pop()
            if (resolved := folder.resolve()) in seen:
                continue
            seen.add(resolved)
            for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
                path = Path(entry.path)
                if entry.is_symlink() and path.exists() and self.includes(path):
                    _require_inside(path, self._folder, root)
                if path.is_dir() and (self._has_exceptions or self.includes(path)):
                    waiting.append(path)

    @cached_property
    def _has_exceptions(self) -> bool:
        return any(includes for _, includes in self._patterns)


def _require_inside(path: Path, folder: Path, project: Path) -> None:
    if not (target := path.resolve()).is_relative_to(project):
        raise ScriptFileError(
            f"{path.relative_to(folder).as_posix()} is a link to {target}, outside the project, and could become part of the image: copy the "
            f"file, or list it in {_DOCKERIGNORE}"
        )


def _compiled(pattern: str) -> re.Pattern[str]:
    parts = _PART.findall(pattern.strip("/"))
    return re.compile("".join(map(_expression, parts)) + "(?:/.*)?", re.DOTALL)


def _expression(part: str) -> str:
    if part.startswith("[") and len(part) > 1:
        return part
    return _WILDCARDS.get(part) or re.escape(part[-1])
