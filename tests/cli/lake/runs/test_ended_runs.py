"""What is kept of ended executions: by ARN, private, replaced at once, and forgotten after a retry."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.lake.runs.ended_runs import EndedRun, EndedRuns
from partitioned_pipelines.runtime.executions.execution import Execution
from partitioned_pipelines.runtime.intervals.evidence import Attempt

if TYPE_CHECKING:
    from pathlib import Path

STARTED = datetime(2026, 3, 2, 6, 0, 0, 123000, tzinfo=UTC)
FAILED = Execution("arn:1", "FAILED", STARTED, listed_failure="0")
ATTEMPT = Attempt(
    datetime(2026, 3, 1, tzinfo=UTC),
    datetime(2026, 3, 2, tzinfo=UTC),
    FAILED.run_id,
    STARTED,
    "failed",
    "データ\x1b[2J",
)
RUN = EndedRun(ATTEMPT, "backfill", "FAILED", "0")


def test_what_is_kept_is_found_again_by_another_process(tmp_path: Path) -> None:
    kept = EndedRuns(tmp_path / "lake" / "p.json")
    kept.keep(FAILED, RUN)
    kept.keep(Execution("arn:2", "FAILED", STARTED, listed_failure="0"), replace(RUN, attempt=None))
    kept.save()
    again = EndedRuns(tmp_path / "lake" / "p.json")
    found = again.find(FAILED)
    assert found == RUN
    refused = again.find(Execution("arn:2", "FAILED", STARTED, listed_failure="0"))
    assert refused
    assert refused.attempt is None, "PlanRun rejected its input"
    assert again.find(Execution("arn:3", "FAILED", STARTED)) is None
    assert again.others({"arn:2"}) == [RUN]
    assert [each.attempt for each in again.others({"arn:1"})] == [None]


def test_a_retried_execution_is_read_again(tmp_path: Path) -> None:
    kept = EndedRuns(tmp_path / "p.json")
    kept.keep(FAILED, RUN)
    assert kept.find(Execution("arn:1", "SUCCEEDED", STARTED, listed_failure="1")) is None
    assert kept.find(Execution("arn:1", "FAILED", STARTED, listed_failure="1")) is None


def test_only_this_user_can_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        kept = EndedRuns(tmp_path / "lake" / "p.json")
        kept.keep(FAILED, RUN)
        kept.save()
    finally:
        os.umask(before)
    assert (tmp_path / "lake" / "p.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "lake").stat().st_mode & 0o777 == 0o700
    assert [path.name for path in (tmp_path / "lake").iterdir()] == ["p.json"]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"version": 9, "runs": {}}', '{"version": 1, "runs": {"a": 1}}', "\0"]
)
def test_a_file_that_cannot_be_understood_counts_as_empty(tmp_path: Path, content: str) -> None:
    (tmp_path / "p.json").write_text(content)
    kept = EndedRuns(tmp_path / "p.json")
    assert kept.find(FAILED) is None
    kept.save()
    assert (tmp_path / "p.json").read_text() == content, "nothing has changed"
    kept.keep(FAILED, RUN)
    kept.save()
    assert EndedRuns(tmp_path / "p.json").find(FAILED)
