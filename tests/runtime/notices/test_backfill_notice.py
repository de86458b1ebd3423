"""Tests of the one notice at the end of a backfill."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.lake.runs.run_facts import build_run_id
from tests.runtime.notices.services import MACHINE, SPEC, Run, StepFunctions, World

if TYPE_CHECKING:
    from partitioned_pipelines.runtime.notices.notice import Notice

BACKFILL = "bf-0a1b2c3d4e"


def runs(*statuses: str, backfill: str = BACKFILL, begin: int = 1) -> list[Run]:
    return [
        Run(number, status, name=f"{backfill}-2026-03-{number:02}") for number, status in enumerate(statuses, begin)
    ]


def ended(found: list[Run], status: str = "SUCCEEDED", world: World | None = None, **detail: Any) -> Notice:
    backfill = Run(0, status, name=BACKFILL, machine=f"{MACHINE}_backfill", minutes=1000)
    world = world or World(StepFunctions(found))
    event = {"detail": {**backfill.detail, **detail}, "of": world.of("backfill")}
    notice = world.notify(event)
    assert notice
    return notice


def test_a_backfill_with_bad_days_is_one_notice_with_the_first_of_them() -> None:
    failed = ["FAILED", "SUCCEEDED", "TIMED_OUT", "SUCCEEDED", "ABORTED"]
    found = runs(*failed)
    notice = ended(found)
    ids = [build_run_id(found[number].started, found[number].arn) for number in (0, 2, 4)]
    assert notice.kind == "backfill"
    assert notice.subject == f"The backfill {BACKFILL} of told ended: 3 of 5 runs failed"
    assert (
        notice.text
        == f"""\
The backfill {BACKFILL} of told ended: 3 of 5 runs failed.

The first intervals that failed, and the command that retries each:
  2026-03-01  pipelines retry told {ids[0]} --target aws
  2026-03-03  pipelines retry told {ids[1]} --target aws
  2026-03-05  pipelines retry told {ids[2]} --target aws

Runs     pipelines backfills told --follow --target aws
Missing  pipelines missing told --target aws
Open     https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/\
arn:aws:states:eu-central-1:123456789012:execution:pipelines-told_backfill:{BACKFILL}"""
    )
    assert (notice.facts["runs"], notice.facts["succeeded"], notice.facts["failed"]) == (5, 2, 3)
    assert notice.facts["first_failed_intervals"] == ["2026-03-01", "2026-03-03", "2026-03-05"]


@pytest.mark.parametrize(
    ("statuses", "says"),
    [
        (["SUCCEEDED"] * 3, "ended: all 3 runs succeeded."),
        (["SUCCEEDED"], "ended: its run succeeded."),
        (["FAILED"], "ended: 1 of 1 runs failed."),
        ([], "ended: none of its runs was started."),
        (["FAILED", "RUNNING", "SUCCEEDED"], "ended: 1 of 3 runs failed, 1 are still running."),
    ],
)
def test_counts(statuses: list[str], says: str) -> None:
    assert ended(runs(*statuses)).text.partition("\n")[0].endswith(says)


def test_more_failures_than_fit_are_counted() -> None:
    text = ended(runs(*["FAILED"] * 9)).text
    assert text.count("pipelines retry") == 5
    assert "\n  and 4 more\n" in text


def test_runs_of_other_backfills_and_schedules_are_not_counted() -> None:
    others = [*runs("FAILED", backfill="bf-0a1b2c3d4f", begin=6), Run(7, "FAILED"), *runs("FAILED", begin=-3)]
    assert ended([*others, *runs("SUCCEEDED")]).facts["failed"] == 0


def test_a_backfill_that_was_stopped_says_why() -> None:
    notice = ended(runs("SUCCEEDED"), "ABORTED", error="Stopped", cause="by\x1b[31m hand")
    assert "ended as ABORTED: its run succeeded.\n\nError: Stopped: by hand\n" in notice.text


def test_a_list_that_cannot_be_read_leaves_the_counts_out() -> None:
    notice = ended([], world=World(StepFunctions([], {"list_executions"})))
    assert notice.text.startswith(f"The backfill {BACKFILL} of told ended.\n\nRuns ")
    assert (notice.facts["runs"], notice.facts["failed"]) == (None, None)


def test_on_a_local_cloud() -> None:
    world = World(StepFunctions(runs("FAILED")), spec={**SPEC, "options": [], "local": True})
    notice = ended([], world=world)
    assert "--target" not in notice.text
    assert "Open" not in notice.text
    (sent,) = world.topic.published
    assert json.loads(json.loads(sent["Message"])["sqs"])["kind"] == "backfill"
