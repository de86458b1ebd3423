"""The files that a new pipeline begins with: copies of those in ``templates/``, with the pipeline's name in them."""

from __future__ import annotations

import os
import string
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from partitioned_pipelines.spec.files.json_schema import SCHEMA_FILE, build_schema, schema_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEMPLATES = Path(__file__).with_name("templates")
# A Python script's text is full of braces, and a pipeline file's too: a dollar marks what is filled in.
_FILLED_IN = {"pipeline.yaml", "test_pipeline.py"}


class Variant(StrEnum):
    """What a new pipeline's script runs on."""

    PYTHON = "python"
    SKLEARN = "sklearn"
    SPARK = "spark"


@dataclass(frozen=True)
class PipelineTemplate:
    """A new pipeline's files, which are not written yet."""

    name: str
    variant: Variant
    project: Path

    @property
    def folders(self) -> list[Path]:
        """The folders that are the pipeline's alone."""
        return [self.project / "processing_scripts" / self.name, self.project / "tests" / self.name]

    @property
    def pipeline_file(self) -> Path:
        return self.project / "pipelines" / f"{self.name}.yaml"

    @property
    def raw(self) -> Path:
        """A few rows, for the test and for a first run."""
        return self.folders[1] / "raw.csv"

    @property
    def schema_file(self) -> Path:
        """The schema that editors read: the one of this clone for a project in it, and else a copy beside the pipeline files.

        A path that leaves the project would not hold on another machine.
        """
        clone = SCHEMA_FILE.parents[1]
        if SCHEMA_FILE.is_file() and self.project.is_relative_to(clone):
            return SCHEMA_FILE
        return self.pipeline_file.with_name(SCHEMA_FILE.name)

    @property
    def schema(self) -> str:
        """The text of that schema."""
        return schema_text(build_schema())

    def files(self) -> Iterator[tuple[Path, str]]:
        """Yield the path and text of each file that is the pipeline's alone."""
        scripts, tests = self.folders
        sources = sorted((_TEMPLATES / self.variant).iterdir())
        for source in sources:
            if not source.is_file():  # what Python leaves beside a module
                continue
            if source.name == "pipeline.yaml":
                path = self.pipeline_file
            elif source.name == "test_pipeline.py":
                path = tests / f"test_{self.name}.py"
            else:
                path = scripts / source.name
            yield path, self._text(source)
        yield self.raw, self._text(_TEMPLATES / "shared" / "raw.csv")

    def _text(self, source: Path) -> str:
        text = source.read_text(encoding="utf-8")
        if source.name not in _FILLED_IN:
            return text
        schema_path = Path(os.path.relpath(self.schema_file, self.pipeline_file.parent)).as_posix()
        return string.Template(text).substitute(pipeline=self.name, schema_path=schema_path)
