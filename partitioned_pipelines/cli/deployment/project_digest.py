"""A digest of a project, which tells whether it has changed since its last deployment, and whether only its scripts have."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.target.locations import APP_ROOT
from partitioned_pipelines.spec import DEPLOYMENT_FILE, DockerfileImage, ImageContext, script_files, tree_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from partitioned_pipelines.spec import Project

_APP_PARTS = ("partitioned_pipelines", "stacks", "lambdas")
_NEVER = {"__pycache__", ".git", ".venv", "node_modules", ".pipelines", "cdk.out", ".mypy_cache", ".ruff_cache"}


@dataclass(frozen=True)
class ProjectDigest:
    """What is deployed from a project.

    Attributes
    ----------
    scripts
        The hash of each folder of scripts, by its path in the project.
    rest
        A digest of all else: the project's other files, the app that deploys them, and the prefix.
    """

    scripts: dict[str, str]
    rest: str

    @property
    def text(self) -> str:
        """The digest as text, which `read_digest` reads."""
        return json.dumps(asdict(self), sort_keys=True)


def read_digest(text: str) -> ProjectDigest | None:
    """Return a digest that was written as text; None if it is not one."""
    try:
        return ProjectDigest(**json.loads(text))
    except (TypeError, ValueError):
        return None


def project_digest(project: Project, prefix: str) -> ProjectDigest:
    """Return the digest of a project that is deployed with a prefix."""
    digest = hashlib.sha256(f"{prefix}\0{project.root}\0".encode())
    parts = [APP_ROOT / part for part in _APP_PARTS]
    steps = [step for pipeline in project.pipelines for step in pipeline.steps]
    dockerfiles = {project.root / step.image.dockerfile for step in steps if isinstance(step.image, DockerfileImage)}
    files = {*_files([*parts, project.root / "pipelines", project.root / DEPLOYMENT_FILE, *_referenced(project)])}
    for dockerfile in dockerfiles:
        context = ImageContext(dockerfile)
        files |= {path for path in _files([dockerfile.parent]) if context.includes(path)}
    for path in sorted(files):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path}\0{content}\0".encode())
    folders = sorted({script_folder(step.script) for step in steps if step.script is not None})
    return ProjectDigest(
        {folder: tree_hash(read_scripts(project.root, folder)) for folder in folders}, digest.hexdigest()
    )


def script_folder(script: str) -> str:
    """Return the folder that is published with a script."""
    return Path(script).parent.as_posix()


def read_scripts(project: Path, folder: str) -> dict[str, bytes]:
    """Return the files of a folder of scripts, by their names in it."""
    return {name: path.read_bytes() for name, path in script_files(project / folder, project).items()}


def _referenced(project: Project) -> Iterator[Path]:
    """Yield the Python files for Spark, and the requirements of stand-ins."""
    for pipeline in project.pipelines:
        for step in pipeline.steps:
            if step.spark is not None:
                yield from (project.root / path for path in step.spark.py_files)
            if path := getattr(step.image, "local_requirements", None):
                yield project.root / path


def _files(roots: Iterable[Path]) -> Iterator[Path]:
    found: set[Path] = set()
    for root in roots:
        if root.is_file():
            found.add(root)
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if name not in _NEVER]
            found.update(Path(folder) / name for name in names)
    return (path for path in found if path.is_file())
