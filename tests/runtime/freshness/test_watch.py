"""Tests of the watch: what it publishes, and when, from what is in the cloud."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.lake.runs.run_facts import build_run_id
from partitioned_pipelines.lake.schedule.pause import paused_description, resumed_description
from partitioned_pipelines.runtime.freshness.watch import WatchError, watch
from tests.moto_lake import aws, glue, lake, s3
from tests.runtime.freshness.watched_lake import DAY, Watched, hourly

if TYPE_CHECKING:
    from tests.moto_lake import Lake

__all__ = ["aws", "glue", "lake", "s3"]

HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 3, 3, 0, 20, tzinfo=UTC)
"""An hour of the watch on the third day of the schedule: 1 March was due at 09:00 on the 2nd, the 2nd is due at 09:00."""
CROSSING = datetime(2026, 3, 3, 9, 20, tzinfo=UTC)


@pytest.fixture
def watched(lake: Lake) -> Watched:
    return Watched(lake)


def test_three_days_without_a_run_are_three_notices(watched: Watched) -> None:
    watched.publish("2026-02-28")
    watched.publish("2026-03-01")
    found = watched.watch(*hourly(BEGIN, 72))
    assert [(at, facts["missing"]) for at, _, facts in found] == [
        (CROSSING, 1),
        (CROSSING + DAY, 2),
        (CROSSING + 2 * DAY, 3),
    ]
    first = found[0]
    assert first[1] == "told is overdue: no data for 2026-03-02"
    assert first[2] == {
        "kind": "overdue",
        "pipeline": "told",
        "interval": {"from": "2026-03-02", "to": "2026-03-03"},
        "first_missing": {"from": "2026-03-02", "to": "2026-03-03"},
        "missing": 1,
        "since": "2026-03-03T09:00:00Z",
        "tables": {"analytics.features": {"state": "never_started", "reason": None, "run_id": None}},
        "commands": [
            "pipelines missing told --target aws",
            "pipelines run told --date 2026-03-02 --target aws",
        ],
    }
    assert found[-1][2]["commands"][-1] == "pipelines backfill told --from 2026-03-02 --to 2026-03-05 --target aws"
    assert found[-1][2]["since"] == "2026-03-03T09:00:00Z"


def test_the_text_says_what_is_missing_since_when_and_what_to_run(watched: Watched) -> None:
    watched.publish("2026-03-01")
    watched.watch(CROSSING + DAY)
    assert watched.last_text == (
        "told has no data for 2026-03-03. Its run was scheduled for 2026-03-04T06:00:00+00:00, and the data should have been there 3 hours "
        "later.\n"
        "  analytics.features: no run about it has started\n"
        "2 intervals in a row are missing, the first is 2026-03-02: overdue since 2026-03-03T09:00:00+00:00.\n"
        "\n"
        "pipelines missing told --target aws\n"
        "pipelines backfill told --from 2026-03-02 --to 2026-03-04 --target aws\n"
        "\n"
        "This notice is repeated each day while it lasts."
    )


def test_its_commands_find_the_deployment_that_is_watched(lake: Lake) -> None:
    watched = Watched(lake, options=["--prefix", "staging"])
    watched.publish("2026-03-01")
    ((_, _, facts),) = watched.watch(CROSSING)
    assert facts["commands"] == [
        "pipelines missing told --prefix staging",
        "pipelines run told --date 2026-03-02 --prefix staging",
    ]


def test_an_interval_that_is_not_there_after_its_deadline_is_reported(lake: Lake) -> None:
    watched = Watched(lake, waits=True)
    watched.publish("2026-03-01")
    assert [at for at, _, _ in watched.watch(*hourly(BEGIN, 24))] == [CROSSING]
    assert watched.last_text.startswith(
        "told has no data for 2026-03-02. Its run was to wait for its inputs until 2026-03-03T06:00:00+00:00, and the data should have been "
        "there 3 hours later.\n"
    )


def test_deadlines_that_are_switched_off_are_reported_as_such(lake: Lake) -> None:
    watched = Watched(lake, waits=True)
    watched.switch_off(datetime(2026, 3, 3, 12, 0, tzinfo=UTC))
    ((_, subject, _),) = watched.watch(*hourly(CROSSING, 6))
    assert subject == "told: its schedule is switched off"
    assert ": no run starts. It was changed by hand" in watched.last_text


def test_an_interval_that_its_inputs_do_not_let_expect_is_not_overdue(lake: Lake) -> None:
    """The table that is read has the days from Monday to Friday; 28 February 2026 is a Saturday."""
    writer = {"cron": "0 3 ? * TUE-SAT *", "timezone": "UTC", "interval": "day", "offset": -1}
    awaited = {"database_name": "raw", "table_name": "orders", "partitions": "interval", "writer": writer}
    watched = Watched(lake, waits=True, awaits=[awaited], created=datetime(2026, 2, 1, tzinfo=UTC))
    watched.publish("2026-02-27")
    assert watched.watch(*hourly(datetime(2026, 2, 28, 9, 20, tzinfo=UTC), 3 * 24)) == []
    ((_, _, facts),) = watched.watch(CROSSING)
    assert (facts["interval"]["from"], facts["missing"]) == ("2026-03-02", 1)


@pytest.mark.parametrize("outcome", ["published", "empty"])
def test_what_is_there_is_not_reported(watched: Watched, outcome: Any) -> None:
    watched.publish("2026-03-01")
    if outcome == "published":
        watched.publish("2026-03-02")
    else:
        watched.mark("2026-03-02", outcome)
    assert watched.watch(*hourly(BEGIN, 30)) == []


def test_it_ends_with_the_data(watched: Watched) -> None:
    watched.publish("2026-03-01")
    assert len(watched.watch(CROSSING)) == 1
    watched.publish("2026-03-02")
    assert watched.watch(CROSSING + DAY - HOUR) == []


def test_a_backfill_of_an_old_day_does_not_end_it(watched: Watched) -> None:
    watched.publish("2026-03-01")
    watched.publish("2026-02-03", run_id="20260303T100000Z-0123abcd")
    assert len(watched.watch(CROSSING, CROSSING + DAY)) == 2


def test_a_partition_that_was_lost_is_reported(watched: Watched) -> None:
    watched.mark("2026-03-02", "published")
    ((_, _, facts),) = watched.watch(CROSSING)
    assert facts["tables"]["analytics.features"]["state"] == "lost"
    assert "pipelines doctor told --target aws" in facts["commands"]


def test_a_skipped_interval_is_reported_with_its_reason(watched: Watched) -> None:
    watched.publish("2026-03-01")
    watched.mark("2026-03-02", "skipped")
    ((_, _, facts),) = watched.watch(CROSSING)
    assert facts["tables"]["analytics.features"]["reason"] == "the run had no input"
    assert "analytics.features: skipped, the run had no input, run 20260301T000000Z-0123abcd" in watched.last_text


def test_a_failed_run_is_named_with_the_commands_for_it(watched: Watched) -> None:
    watched.publish("2026-03-01")
    started = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
    run_id = build_run_id(started, watched.start(started, {"scheduled_time": "2026-03-03T06:00:00Z"}, "FAILED"))
    ((_, _, facts),) = watched.watch(CROSSING)
    assert facts["tables"]["analytics.features"] == {"state": "failed", "reason": "FAILED", "run_id": run_id}
    assert facts["commands"][1:3] == [f"pipelines {verb} told {run_id} --target aws" for verb in ("logs", "retry")]


def test_an_interval_that_is_being_processed_is_not_reported(watched: Watched) -> None:
    watched.publish("2026-03-01")
    watched.start(CROSSING - HOUR, {"date": "2026-03-02"})
    assert watched.watch(CROSSING) == []


def test_a_new_schedule_is_not_overdue_on_its_first_day(lake: Lake) -> None:
    watched = Watched(lake, created=datetime(2026, 3, 3, 6, 30, tzinfo=UTC))
    assert watched.watch(*hourly(BEGIN, 24 + 9)) == []
    ((at, _, facts),) = watched.watch(*hourly(CROSSING + DAY, 3))
    assert (at, facts["interval"]["from"]) == (CROSSING + DAY, "2026-03-03")


def test_after_an_outage_of_the_watch_it_is_reported_the_next_day(watched: Watched) -> None:
    watched.publish("2026-03-01")
    times = [at for at in hourly(BEGIN, 72) if not CROSSING - HOUR <= at <= CROSSING + 5 * HOUR]
    assert [at for at, _, _ in watched.watch(*times)] == [CROSSING + DAY, CROSSING + 2 * DAY]


def test_a_late_delivery_reports_the_same(watched: Watched) -> None:
    watched.publish("2026-03-01")
    assert watched.watch(CROSSING)[0][2] == watched.watch(CROSSING)[0][2]


def test_a_paused_pipeline_is_quiet(watched: Watched) -> None:
    watched.switch_off(BEGIN, paused_description("Runs told", BEGIN))
    assert watched.watch(*hourly(BEGIN, 72)) == []


def test_after_a_pause_only_later_runs_are_expected(watched: Watched) -> None:
    resumed = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
    watched.stored.description = resumed_description(paused_description("Runs told", BEGIN), resumed)
    found = watched.watch(*hourly(resumed + timedelta(minutes=20), 48))
    assert [(at, facts["interval"]["from"]) for at, _, facts in found] == [
        (datetime(2026, 3, 9, 9, 20, tzinfo=UTC), "2026-03-08"),
        (datetime(2026, 3, 10, 9, 20, tzinfo=UTC), "2026-03-09"),
    ]


def test_a_schedule_that_was_switched_off_by_hand_is_reported_daily(watched: Watched) -> None:
    watched.publish("2026-03-01")
    watched.switch_off(BEGIN + timedelta(minutes=10))
    found = watched.watch(*hourly(BEGIN, 72))
    assert [(at, facts["kind"]) for at, _, facts in found] == [
        (BEGIN + HOUR + day * DAY, "schedule_off") for day in range(3)
    ]
    assert found[0][1] == "told: its schedule is switched off"
    assert found[0][2]["commands"] == ["pipelines resume told --target aws", "pipelines pause told --target aws"]
    assert "is switched off, since 2026-03-03T00:30:00Z or later: no run starts" in watched.last_text


def test_a_schedule_that_was_deleted_is_reported_daily(watched: Watched) -> None:
    watched.scheduler.delete_schedule(Name="pipelines-told", GroupName="pipelines-told")
    found = watched.watch(*hourly(BEGIN, 48))
    assert [(at, subject) for at, subject, _ in found] == [
        (BEGIN + day * DAY, "told: its schedule does not exist any more") for day in range(2)
    ]


def test_without_freshness_only_the_schedule_and_the_runs_are_watched(lake: Lake) -> None:
    watched = Watched(lake, freshness=None)
    assert watched.watch(*hourly(BEGIN, 24)) == []
    watched.switch_off(CROSSING)
    assert [facts["kind"] for _, _, facts in watched.watch(CROSSING)] == ["schedule_off"]


def test_a_run_that_hangs_is_reported_daily(lake: Lake) -> None:
    watched = Watched(lake, cron=None)
    started = CROSSING - timedelta(hours=2)
    run_id = build_run_id(started, watched.start(started, {"date": "2026-03-02"}))
    watched.start(BEGIN, {"date": "2026-03-01"}, "SUCCEEDED")
    found = watched.watch(*hourly(BEGIN, 72))
    assert [at for at, _, _ in found] == [CROSSING + HOUR + day * DAY for day in range(3)]
    assert [run["run_id"] for run in found[0][2]["runs"]] == [run_id]
    assert found[0][1] == f"told: {run_id} has not ended after 3 hours"
    assert f"{run_id}: running for 51 hours, since 2026-03-03T07:20:00Z" in watched.last_text


def test_a_run_within_its_time_does_not_hang(lake: Lake) -> None:
    watched = Watched(lake, cron=None)
    watched.start(CROSSING - timedelta(hours=2, minutes=9), {"date": "2026-03-02"})
    assert watched.watch(CROSSING) == []


def test_a_pipeline_that_is_not_deployed_is_quiet(watched: Watched) -> None:
    watched.step_functions.delete_state_machine(stateMachineArn=watched.machine)
    watched.scheduler.delete_schedule(Name="pipelines-told", GroupName="pipelines-told")
    assert watched.watch(*hourly(BEGIN, 24)) == []


def test_a_table_that_is_not_deployed_yet_is_quiet(watched: Watched) -> None:
    watched.lake.glue.delete_table(DatabaseName="analytics", Name="features")
    assert watched.watch(CROSSING) == []


def test_a_table_without_marks_is_known_by_its_partitions_and_executions(lake: Lake) -> None:
    """MSCK REPAIR TABLE leaves no marks: a day without a partition is known by a successful execution."""
    watched = Watched(lake, registration="msck")
    ((_, _, facts),) = watched.watch(CROSSING)
    assert facts["tables"]["analytics.features"]["state"] == "never_started"
    watched.start(datetime(2026, 3, 3, 6, 0, tzinfo=UTC), {"date": "2026-03-02"}, "SUCCEEDED")
    assert watched.watch(CROSSING) == []
    watched.publish("2026-03-03")
    assert watched.watch(CROSSING + DAY) == []


BROKEN_CLOCK: Any = {"cron": "0 25 * * ? *", "timezone": "UTC", "date_offset_days": 0}


def test_one_pipeline_that_cannot_be_read_is_a_notice_beside_the_others(watched: Watched) -> None:
    """The watch does not fail: Lambda would repeat it, and with it the notices of the other pipelines."""
    watched.publish("2026-03-01")
    event = watched.event(CROSSING)
    event["pipelines"].insert(0, {**event["pipelines"][0], "name": "broken", "schedule": BROKEN_CLOCK})
    ((_, subject, facts), other) = watched.watched(event)
    assert subject == "broken cannot be watched"
    assert (facts["kind"], facts["pipeline"]) == ("unwatched", "broken")
    assert facts["commands"] == ["pipelines missing broken --target aws"]
    assert facts["error"].startswith("ValueError: hours '25'")
    assert other[1] == "told is overdue: no data for 2026-03-02"


def test_if_none_can_be_read_the_watch_fails(watched: Watched) -> None:
    """It has told nothing, so that nothing is repeated; the event is in the dead-letter queue, whose alarm reports it."""
    watched.publish("2026-03-01")
    event = watched.event(CROSSING)
    event["pipelines"][0]["schedule"] = BROKEN_CLOCK
    with pytest.raises(WatchError, match=r"none of 1 pipelines was watched\. told: ValueError: hours '25'"):
        watch(event, watched.clients)
    assert watched.sent == []


def test_a_notice_that_cannot_be_published_fails_the_watch(watched: Watched) -> None:
    watched.publish("2026-03-01")
    watched.sns.delete_topic(TopicArn=watched.topic)
    with pytest.raises(WatchError, match=r"1 notices were not published\. told: NotFoundException"):
        watch(watched.event(CROSSING), watched.clients)
