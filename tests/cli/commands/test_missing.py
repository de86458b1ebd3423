"""Tests of ``missing``: what it lists, why, and its exit code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.errors import ExitCode
from partitioned_pipelines.lake.key_layout import interval_mark_key
from tests.cli.commands.test_runs import executions
from tests.cli.runs.test_looking_back import pipelines, three_runs
from tests.moto_lake import Lake, aws, glue, lake, s3

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["aws", "executions", "glue", "lake", "pipelines", "s3", "three_runs"]


def mark(lake: Lake, outcome: str, start: str, end: str, run_id: str) -> None:
    name = f"{start}T000000Z-{end}T000000Z.{outcome}.{run_id}"
    lake.s3.put_object(Bucket="lake", Key=interval_mark_key("analytics", "features", name))


def states(document: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    return {each["interval"]: (each["state"], each["reason"]) for each in document["missing"]}


def test_nothing_is_missing(three_runs: Lake, pipelines: Callable[..., Any]) -> None:
    document = pipelines("missing", "features", "--from", "2026-01-01", "--to", "2026-01-03", "--json")
    assert (document["expected"], document["counts"]["published"], document["missing"]) == (2, 2, [])
    said = pipelines("missing", "features", "--from", "2026-01-01", "--to", "2026-01-03")
    assert "features, 2 intervals from 2026-01-01 to 2026-01-03: 2 published" in said


def test_without_a_schedule_the_known_intervals_are_the_ends(three_runs: Lake, pipelines: Callable[..., Any]) -> None:
    mark(three_runs, "skipped", "20260105", "20260106", "20261104T000000Z-0123abcd")
    document = pipelines("missing", "features", "--from", "2026-01-01", "--json", code=ExitCode.FAILED)
    assert document["expected"] == 5
    assert states(document) == {
        "2026-01-03": ("never_started", None),
        "2026-01-04": ("never_started", None),
        "2026-01-05": ("skipped", "the run had no input"),
    }
    assert document["missing"][0]["input"] == {"date": "2026-01-03"}
    assert pipelines("missing", "features", "--json", code=ExitCode.FAILED) == document
    mark(three_runs, "empty", "20251231", "20260101", "20261104T000001Z-0123abcd")
    assert pipelines("missing", "features", "--json", code=ExitCode.FAILED)["from"] == "2025-12-31"


def test_consecutive_intervals_of_which_the_same_is_told_share_a_row(
    three_runs: Lake, pipelines: Callable[..., Any]
) -> None:
    mark(three_runs, "skipped", "20260110", "20260111", "20261104T000000Z-0123abcd")
    said = pipelines("missing", "features", "--from", "2026-01-01", "--to", "2026-01-13", code=ExitCode.FAILED)
    rows = [re.split(r"  +", line)[:2] for line in said.splitlines()]
    assert rows[1:5] == [
        ["interval", "state"],
        ["2026-01-03 to 2026-01-09 (7)", "never started"],
        ["2026-01-10", "skipped"],
        ["2026-01-11 to 2026-01-12 (2)", "never started"],
    ]


def test_what_executions_explain(three_runs: Lake, executions: list[str], pipelines: Callable[..., Any]) -> None:
    asked = ("missing", "features", "--from", "2026-11-01", "--to", "2026-11-05")
    document = pipelines(*asked, "--json", code=ExitCode.FAILED)
    assert states(document) == {"2026-11-01": ("failed", "ABORTED"), "2026-11-04": ("never_started", None)}
    assert document["counts"]["running"] == 2
    (failed, _) = document["missing"]
    said = pipelines(*asked, code=ExitCode.FAILED)
    assert "ABORTED" in said
    assert f"see why: pipelines logs features {failed['run_id']}" in said
    assert f"continue it: pipelines retry features {failed['run_id']}" in said
    assert "run one again: pipelines run features --date 2026-11-01" in said
    assert "run all that are missing: pipelines backfill features --from 2026-11-01 --to 2026-11-05" in said


def test_skipped_intervals_fail_only_when_asked_strictly(three_runs: Lake, pipelines: Callable[..., Any]) -> None:
    mark(three_runs, "skipped", "20260103", "20260104", "20261104T000000Z-0123abcd")
    asked = ("missing", "features", "--from", "2026-01-02", "--to", "2026-01-04")
    assert "1 published, 1 skipped" in pipelines(*asked)
    assert "1 published, 1 skipped" in pipelines(*asked, "--strict", code=ExitCode.FAILED)


def test_strict_names_what_the_runs_of_other_intervals_filled(three_runs: Lake, pipelines: Callable[..., Any]) -> None:
    """The receipts of the three runs say that they are about another day."""
    asked = ("missing", "features", "--from", "2026-01-01", "--to", "2026-01-03", "--strict")
    document = pipelines(*asked, "--json")
    assert [each["interval"] for each in document["without_a_run_of_their_own"]] == ["2026-01-01", "2026-01-02"]
    assert "by a run about another interval" in pipelines(*asked)


def test_ends_in_the_wrong_order_are_refused(three_runs: Lake, pipelines: Callable[..., Any]) -> None:
    said = pipelines("missing", "features", "--from", "2026-01-03", "--to", "2026-01-03", code=ExitCode.INVALID)
    assert "no day from 2026-01-03 to 2026-01-03" in said
