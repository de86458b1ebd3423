"""What the jobs of a pipeline get from the project: scripts' folders, and what Spark steps have beside them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from stacks.pipeline.published_files import PublishedFiles
from stacks.pipeline.script_code import ScriptCode

if TYPE_CHECKING:
    from pathlib import Path

    from aws_cdk import Stack

    from partitioned_pipelines.spec import Pipeline, Step

_CONFIGURATION = "configuration.json"


class StepFiles:
    """The published files of each step; steps whose scripts share a folder share it here, too.

    Attributes
    ----------
    code, py_files, configuration
        By step, of those that have one.
    """

    def __init__(self, stack: Stack, *, pipeline: Pipeline, project: Path) -> None:
        folders: dict[Path, ScriptCode] = {}
        self.code: dict[str, ScriptCode] = {}
        self.py_files: dict[str, PublishedFiles] = {}
        self.configuration: dict[str, PublishedFiles] = {}
        for step in pipeline.steps:
            if step.script is not None:
                folder = (project / step.script).parent
                if folder not in folders:
                    folders[folder] = ScriptCode(stack, folder=folder, project=project)
                self.code[step.name] = folders[folder]
            if step.spark is not None:
                self._publish_spark_files(stack, step, project)

    def _publish_spark_files(self, stack: Stack, step: Step, project: Path) -> None:
        assert step.spark is not None  # asked by the caller  # noqa: S101
        if step.spark.py_files:
            paths = [project / path for path in step.spark.py_files]
            files = {path.name: path.read_bytes() for path in sorted(paths, key=lambda path: path.name)}
            self.py_files[step.name] = PublishedFiles(stack, title=f"{step.name}/py-files", files=files)
        if step.spark.configuration:
            document = [entry.model_dump(mode="json", exclude_defaults=True) for entry in step.spark.configuration]
            files = {_CONFIGURATION: json.dumps(document, ensure_ascii=False).encode()}
            self.configuration[step.name] = PublishedFiles(stack, title=f"{step.name}/conf", files=files)

    @property
    def all(self) -> list[PublishedFiles]:
        """Each published folder once."""
        published = [*self.code.values(), *self.py_files.values(), *self.configuration.values()]
        return list({files.prefix: files for files in published}.values())

    def code_uri(self, step: Step) -> str:
        """Return the folder that holds a step's script; empty if it has none."""
        return self.code[step.name].uri if step.name in self.code else ""

    def script_hash(self, step: Step) -> str:
        """Return the hash of all that a step's script is made of; empty if it is in the image."""
        return self.code[step.name].tree_hash if step.name in self.code else ""

    def py_files_uri(self, step: Step) -> str:
        """Return the folder of a Spark step's py-files; empty if it has none."""
        return self.py_files[step.name].uri if step.name in self.py_files else ""

    def configuration_uri(self, step: Step) -> str:
        """Return the file of a Spark step's configuration; empty if it has none."""
        return f"{self.configuration[step.name].uri}{_CONFIGURATION}" if step.name in self.configuration else ""
