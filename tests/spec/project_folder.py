"""A project on disk with a valid pipeline file, for tests to modify."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.spec import InvalidProjectError, load_project

if TYPE_CHECKING:
    from pathlib import Path

    from partitioned_pipelines.spec import Pipeline, Problem

FILE = "pipelines/features.yaml"
VALID = """\
name: features
description: 特徴量
schedule: {cron: "0 6 * * ? *", timezone: Asia/Tokyo, date_offset_days: -1}
image: {dockerfile: scripts/Dockerfile}
steps:
  - name: extract
    script: scripts/extract.py
    inputs:
      raw: "s3://{lake}/raw/features/{process_date}/"
    missing_input: fail
  - name: transform
    script: scripts/transform.py
    inputs:
      extract: {step: extract}
    outputs:
      rows: /opt/ml/processing/output
    instance: {type: ml.t3.medium, count: 1, volume_gb: 30}
    timeout_minutes: 60
    retries: 0
    environment:
      LOG_LEVEL: INFO
    arguments:
      - "--since"
table:
  source: transform
  database: analytics
  name: table1
  description: 一日の特徴量
  format: csv
  layout: versioned
  columns:
    - {name: feature1, type: string, comment: 説明。}
    - {name: label, type: int}
  partition_keys:
    - {name: dt, type: string, date_format: "%Y-%m-%d"}
"""


def spoiled(old: str, new: str) -> tuple[str, int]:
    """Return VALID with a part replaced, and the line of that part."""
    assert VALID.count(old) == 1, f"{old!r} stands {VALID.count(old)} times in VALID"
    return VALID.replace(old, new), VALID[: VALID.index(old)].count("\n") + 1


@dataclass(frozen=True)
class ProjectFolder:
    """The project's folder, with the scripts that VALID names."""

    root: Path

    @classmethod
    def make(cls, root: Path) -> ProjectFolder:
        (root / "pipelines").mkdir()
        (root / "scripts").mkdir()
        for name in ("extract.py", "transform.py", "Dockerfile", "requirements.txt"):
            (root / "scripts" / name).touch()
        return cls(root)

    def write(self, content: str | bytes, file: str = FILE) -> None:
        data = content.encode() if isinstance(content, str) else content
        (self.root / file).write_bytes(data)

    def load(self, content: str = VALID) -> Pipeline:
        """Return the only pipeline."""
        self.write(content)
        (pipeline,) = load_project(self.root).pipelines
        return pipeline

    def problems(self) -> list[Problem]:
        """Return the problems; empty if the project loads. Any exception other than InvalidProjectError fails the test."""
        try:
            load_project(self.root)
        except InvalidProjectError as error:
            return list(error.problems)
        return []

    def problems_of(self, content: str | bytes) -> list[Problem]:
        self.write(content)
        return self.problems()

    def only_problem_of(self, content: str | bytes) -> Problem:
        problems = self.problems_of(content)
        assert len(problems) == 1, "\n".join(map(str, problems)) or "there is no problem"
        return problems[0]
