"""A digest of everything that a deployment is made of: when it is the same, there is nothing to deploy."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.target.locations import APP_ROOT
from partitioned_pipelines.spec import DEPLOYMENT_FILE, script_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from partitioned_pipelines.spec import Project

_APP_PARTS = ("partitioned_pipelines", "stacks", "lambdas")
_NEVER = {"__pycache__", ".git", ".venv", "node_modules", ".pipelines", "cdk.out", ".mypy_cache", ".ruff_cache"}


def project_digest(project: Project, prefix: str) -> str:
    """Compute the digest of a project, of the app that deploys it, and of the prefix."""
    digest = hashlib.sha256(f"{prefix}\0{project.root}\0".encode())
    parts = [APP_ROOT / part for part in _APP_PARTS]
    for path in _files([*parts, project.root / "pipelines", project.root / DEPLOYMENT_FILE, *_referenced(project)]):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path}\0{content}\0".encode())
    return digest.hexdigest()


def _referenced(project: Project) -> Iterator[Path]:
    """Yield the folders of scripts and Dockerfiles, and the requirements of stand-ins."""
    for pipeline in project.pipelines:
        for step in pipeline.steps:
            if step.script is not None:
                yield from script_files((project.root / step.script).parent, project.root).values()
            if step.spark is not None:
                yield from (project.root / path for path in step.spark.py_files)
            for attribute in ("dockerfile", "local_requirements"):
                if path := getattr(step.image, attribute, None):
                    whole = project.root / path
                    yield whole.parent if attribute == "dockerfile" else whole


def _files(roots: Iterable[Path]) -> list[Path]:
    found: set[Path] = set()
    for root in roots:
        if root.is_file():
            found.add(root)
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if name not in _NEVER]
            found.update(Path(folder) / name for name in names)
    return sorted(path for path in found if path.is_file())
