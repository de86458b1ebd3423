"""Schedules that have become due between two times are fired, each once."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from cloud_under_test.admin import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cloud_under_test.state_machines import StateMachines
    from local_cloud.server import LocalCloud

Aws = Any
Tick = Any
HOURLY, DAILY = "cron(5 * * * ? *)", "cron(30 2 * * ? *)"
NEW_YORK = "America/New_York"


class Clock:
    """A group of schedules, and what is fired of it."""

    def __init__(self, cloud: LocalCloud, scheduler: Any, machines: StateMachines, group: str) -> None:
        self.cloud, self.scheduler, self.machines, self.group = cloud, scheduler, machines, group
        self.machine = machines.create({"Done": {"Type": "Pass", "End": True}})

    def schedule(
        self, expression: str, timezone: str = "UTC", *, name: str = "one", age: int = 21_600, **more: Any
    ) -> None:
        target = {
            "Arn": self.machine,
            "RoleArn": self.machines.role_arn,
            "Input": json.dumps({"time": "<aws.scheduler.scheduled-time>"}),
            "RetryPolicy": {"MaximumEventAgeInSeconds": age, "MaximumRetryAttempts": 3},
        }
        self.scheduler.create_schedule(
            **{
                "Name": name,
                "GroupName": self.group,
                "ScheduleExpression": expression,
                "ScheduleExpressionTimezone": timezone,
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": target,
                **more,
            }
        )

    def tick(self, after: str, until: str) -> list[dict[str, Any]]:
        query = urlencode({"after": after, "until": until})
        status, document = ask(self.cloud, "POST", f"schedules/fire-due?{query}")
        assert status == 200, document
        return [fired for fired in document["fired"] if fired["group"] == self.group]

    def times(self, after: str, until: str) -> list[str]:
        return [fired["scheduled_time"] for fired in self.tick(after, until)]

    def times_of(self, day: str) -> list[str]:
        """Return what is fired on a day in UTC, hour by hour."""
        begin = dt.datetime.fromisoformat(f"{day}T00:00:00+00:00")
        edges = [begin + dt.timedelta(hours=number) for number in range(25)]
        return [time for a, b in itertools.pairwise(edges) for time in self.times(a.isoformat(), b.isoformat())]


@pytest.fixture
def clock(
    local_cloud_server: LocalCloud, aws: Callable[[str], Aws], state_machines: StateMachines, name: str
) -> Iterator[Clock]:
    aws("scheduler").create_schedule_group(Name=name)
    yield Clock(local_cloud_server, aws("scheduler"), state_machines, name)
    aws("scheduler").delete_schedule_group(Name=name)


def test_a_schedule_fires_on_its_minute_with_its_time(clock: Clock) -> None:
    clock.schedule(HOURLY)
    assert clock.tick("2026-11-24T06:03Z", "2026-11-24T06:04Z") == []
    (fired,) = clock.tick("2026-11-24T06:04Z", "2026-11-24T06:05Z")
    assert clock.tick("2026-11-24T06:05Z", "2026-11-24T06:06Z") == []
    assert (fired["name"], fired["scheduled_time"]) == ("one", "2026-11-24T06:05:00Z")
    assert (fired["error"], fired["missed"]) == ("", 0)
    sfn = clock.machines.client
    started = sfn.describe_execution(executionArn=fired["execution_arn"])
    assert (started["stateMachineArn"], started["input"]) == (clock.machine, '{"time": "2026-11-24T06:05:00Z"}')
    assert len(sfn.list_executions(stateMachineArn=clock.machine)["executions"]) == 1


def test_the_timezone_counts(clock: Clock) -> None:
    clock.schedule("cron(0 6 ? * MON-FRI *)", "Asia/Tokyo")
    assert clock.times("2026-11-22T20:59Z", "2026-11-22T21:00Z") == ["2026-11-22T21:00:00Z"]  # Monday in Tokyo
    assert clock.times("2026-11-20T20:59Z", "2026-11-20T21:00Z") == []  # Saturday


def test_a_time_that_the_clocks_skip_is_not_fired(clock: Clock) -> None:
    clock.schedule(DAILY, NEW_YORK)
    assert clock.times_of("2026-03-07") == ["2026-03-07T07:30:00Z"]
    assert clock.times_of("2026-03-08") == []
    assert clock.times_of("2026-03-09") == ["2026-03-09T06:30:00Z"]


def test_a_time_that_comes_twice_fires_the_first_time(clock: Clock) -> None:
    clock.schedule("cron(30 1 * * ? *)", NEW_YORK)
    assert clock.times_of("2026-11-01") == ["2026-11-01T05:30:00Z"]


def test_after_a_pause_a_schedule_fires_once_for_its_last_time(clock: Clock) -> None:
    clock.schedule(HOURLY)
    clock.schedule("cron(0 3 * * ? *)", name="daily")
    clock.schedule("cron(0 3 * * ? *)", name="impatient", age=60)
    fired = {one["name"]: one for one in clock.tick("2026-11-24T00:00Z", "2026-11-24T08:30Z")}
    assert fired.keys() == {"one", "daily"}
    assert (fired["one"]["scheduled_time"], fired["one"]["missed"]) == ("2026-11-24T08:05:00Z", 8)
    assert (fired["daily"]["scheduled_time"], fired["daily"]["missed"]) == ("2026-11-24T03:00:00Z", 0)
    # An older event has been dropped.
    assert clock.times("2026-11-24T00:00Z", "2026-11-24T09:01Z") == ["2026-11-24T08:05:00Z"]
    month = {one["name"]: one for one in clock.tick("2026-10-25T00:00Z", "2026-11-24T04:00Z")}
    assert {name: one["missed"] for name, one in month.items()} == {"one": 30 * 24 + 3, "daily": 30}


def test_disabled_schedules_and_those_outside_of_their_dates_do_not_fire(clock: Clock) -> None:
    clock.schedule(HOURLY, State="DISABLED", name="disabled")
    clock.schedule(HOURLY, EndDate=dt.datetime(2030, 1, 1, tzinfo=dt.UTC), name="ended")
    clock.schedule(HOURLY, StartDate=dt.datetime(2031, 1, 1, tzinfo=dt.UTC), name="begins")
    names = [
        [one["name"] for one in clock.tick(f"{year}-06-01T00:00Z", f"{year}-06-01T00:05Z")]
        for year in (2029, 2030, 2031)
    ]
    assert names == [["ended"], [], ["begins"]]


def test_a_one_time_schedule_fires_once_and_is_deleted(clock: Clock) -> None:
    clock.schedule("at(2031-06-01T12:00:30)", "Asia/Tokyo", ActionAfterCompletion="DELETE")
    assert clock.times("2031-06-01T02:59Z", "2031-06-01T03:00Z") == []
    assert clock.times("2031-06-01T03:00Z", "2031-06-01T03:01Z") == ["2031-06-01T03:00:30Z"]
    assert clock.scheduler.list_schedules(GroupName=clock.group)["Schedules"] == []


def test_an_overdue_one_time_schedule_is_deleted_and_does_not_fire(clock: Clock) -> None:
    clock.schedule("at(2031-06-01T12:00:00)", ActionAfterCompletion="DELETE")
    clock.schedule("at(2031-06-01T12:00:00)", name="kept")
    assert clock.times("2031-06-01T00:00Z", "2031-06-05T00:00Z") == []
    assert [each["Name"] for each in clock.scheduler.list_schedules(GroupName=clock.group)["Schedules"]] == ["kept"]


def test_a_start_does_not_count_for_a_one_time_schedule(clock: Clock) -> None:
    clock.schedule("at(2031-06-01T12:00:00)", StartDate=dt.datetime(2032, 1, 1, tzinfo=dt.UTC))
    assert clock.times("2031-06-01T11:59Z", "2031-06-01T12:00Z") == ["2031-06-01T12:00:00Z"]


def test_a_rate_begins_with_its_start(clock: Clock) -> None:
    clock.schedule("rate(5 minutes)", StartDate=dt.datetime(2031, 1, 1, 0, 2, tzinfo=dt.UTC))
    assert clock.times("2031-01-01T00:00Z", "2031-01-01T00:02Z") == ["2031-01-01T00:02:00Z"]
    assert clock.times("2031-01-01T00:02Z", "2031-01-01T00:06Z") == []
    assert clock.times("2031-01-01T00:06Z", "2031-01-01T00:07Z") == ["2031-01-01T00:07:00Z"]


def test_a_target_that_refuses_is_told(clock: Clock) -> None:
    clock.schedule(HOURLY)
    clock.schedule(HOURLY, name="other")
    clock.machines.client.delete_state_machine(stateMachineArn=clock.machine)
    fired = clock.tick("2026-11-24T06:00Z", "2026-11-24T06:05Z")
    assert [one["execution_arn"] for one in fired] == ["", ""]
    assert all("StateMachineDoesNotExist" in one["error"] for one in fired)


@pytest.mark.parametrize(
    "query", ["", "after=2026-11-24T06:00&until=2026-11-24T07:00Z", "after=now&until=2026-11-24T07:00Z"]
)
def test_times_need_an_offset(local_cloud_server: LocalCloud, query: str) -> None:
    status, document = ask(local_cloud_server, "POST", f"schedules/fire-due?{query}")
    assert (status, "is not a time with an offset" in document["message"]) == (400, True)


def test_a_year_is_searched_and_no_more(clock: Clock, local_cloud_server: LocalCloud) -> None:
    clock.schedule("cron(* * * * ? *)")
    (fired,) = clock.tick("2025-01-01T00:00Z", "2026-01-02T00:00Z")
    assert (fired["scheduled_time"], fired["missed"]) == ("2026-01-02T00:00:00Z", 366 * 24 * 60 - 1)
    for until in ("2026-01-02T00:01Z", "2100-01-01T00:00Z"):
        query = urlencode({"after": "2025-01-01T00:00Z", "until": until})
        status, document = ask(local_cloud_server, "POST", f"schedules/fire-due?{query}")
        assert (status, "use at most 366" in document["message"]) == (400, True)
