"""A script's folder, published so that a job finds its files under their own names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.spec import script_files
from stacks.pipeline.published_files import PublishedFiles

if TYPE_CHECKING:
    from pathlib import Path

    from aws_cdk import Stack


class ScriptCode(PublishedFiles):
    """The ``code`` input of the steps whose scripts share a folder."""

    def __init__(self, stack: Stack, *, folder: Path, project: Path) -> None:
        files = {name: path.read_bytes() for name, path in script_files(folder, project).items()}
        super().__init__(stack, title=folder.name, files=files)
