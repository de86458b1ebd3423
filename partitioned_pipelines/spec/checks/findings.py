"""The problems of one file, while they are collected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.spec.files.problems import field_name
from partitioned_pipelines.spec.files.shape import short_form

if TYPE_CHECKING:
    from partitioned_pipelines.spec.files.problems import Location, Problem
    from partitioned_pipelines.spec.files.yaml_source import YamlSource


class Findings:
    """Collects problems of one file."""

    def __init__(self, source: YamlSource) -> None:
        self._source = source
        self.problems: list[Problem] = []

    def add(self, location: Location, message: str | None) -> None:
        """Note what is wrong at a location; None is nothing."""
        if message is not None:
            shown = short_form(self._source, location)
            self.problems.append(self._source.problem(shown, message, field_name(shown)))
