"""Schedules that EventBridge Scheduler rejects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.refusal import refusal_of
from local_cloud.scheduler.expressions import is_schedule_expression

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = {
    "Arn": "arn:aws:states:ap-northeast-1:123456789012:stateMachine:m",
    "RoleArn": "arn:aws:iam::123456789012:role/r",
    "Input": "{}",
}
SCHEDULE: dict[str, Any] = {
    "ScheduleExpression": "cron(0 21 * * ? *)",
    "ScheduleExpressionTimezone": "Asia/Tokyo",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": TARGET,
}


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 21 * * ? *)",
        "cron(0/15 8-18 ? * MON-FRI *)",
        "cron(15 10 ? * 6L 2026-2027)",
        "cron(0 0 LW * ? *)",
        "cron(0 0 3W * ? *)",
        "cron(0 0 L * ? *)",
        "cron(0 0 ? * 3#2 *)",
        "cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)",
        "cron(1-31/30 1-1 ? * 1,7 *)",
        "cron(0 0 * JAN,mar ? *)",
        "rate(1 minutes)",
        "rate(5 days)",
        "at(2026-11-23T21:00:00)",
    ],
)
def test_what_the_documentation_allows_is_taken(expression: str) -> None:
    assert is_schedule_expression(expression)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    *(
        (f"expression-{expression}", {"ScheduleExpression": expression}, f"Invalid Schedule Expression {expression}.")
        for expression in (
            "cron(0 25 * * ? *)",  # no such hour
            "cron(60 0 * * ? *)",  # no such minute
            "cron(0 0 32 * ? *)",  # no such day
            "cron(0 0 * 13 ? *)",  # no such month
            "cron(0 0 ? * 8 *)",  # no such weekday
            "cron(0 0 ? * 3#6 *)",  # no month has six Tuesdays
            "cron(0 0 ? * 3#1,6#3 *)",  # one expression with # only
            "cron(0 0 * * ? 1969)",  # no such year
            "cron(0 0 * * * *)",  # both say which days
            "cron(0 0 ? * ? *)",  # neither says which days
            "cron(0 0 * * ?)",  # five fields
            "cron(*/60 * * * ? *)",  # a step beyond the hour
            "cron(, 0 * * ? *)",
            "cron(a 0 * * ? *)",
            "rate(0 days)",
            "rate(5 weeks)",
            "rate(5)",
            "at(2026-02-30T00:00:00)",  # no such day
            "at(2026-02-03)",
            "at(2026-02-03T00:00:00Z)",  # the timezone is a member of its own
            "0 0 * * ? *",
        )
    ),
    ("timezone", {"ScheduleExpressionTimezone": "Asia/Atlantis"}, "Asia/Atlantis"),
    ("target", {"Target": TARGET | {"Arn": "stateMachine:m"}}, "Provided Arn is not in correct format"),
    ("role", {"Target": TARGET | {"RoleArn": "role/r"}}, "Value 'role/r' at 'target.roleArn'"),
    ("input", {"Target": TARGET | {"Input": "{"}}, "well-formed JSON"),
    ("input size", {"Target": TARGET | {"Input": '"' + "x" * 262_144 + '"'}}, "262144 bytes"),
    ("window", {"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "MaximumWindowInMinutes"),
]


@pytest.mark.parametrize(("change", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_schedule_that_can_not_be_is_refused(
    unchecked: Callable[[str], Any], name: str, change: dict[str, Any], words: str
) -> None:
    scheduler = unchecked("scheduler")
    code, message = refusal_of(scheduler.create_schedule, Name=name, **SCHEDULE | change)
    assert code == "ValidationException"
    assert words in message
    assert scheduler.list_schedules(NamePrefix=name)["Schedules"] == []


def test_an_update_is_held_to_the_same(unchecked: Callable[[str], Any], name: str) -> None:
    scheduler = unchecked("scheduler")
    scheduler.create_schedule(Name=name, **SCHEDULE)
    code, _ = refusal_of(
        scheduler.update_schedule, Name=name, **SCHEDULE | {"ScheduleExpression": "cron(0 25 * * ? *)"}
    )
    assert code == "ValidationException"
    assert scheduler.get_schedule(Name=name)["ScheduleExpression"] == SCHEDULE["ScheduleExpression"]


def test_a_group_that_is_not_there_is_said_so(unchecked: Callable[[str], Any], name: str) -> None:
    code, message = refusal_of(unchecked("scheduler").create_schedule, Name=name, GroupName=name, **SCHEDULE)
    assert (code, message) == ("ResourceNotFoundException", f"Schedule group {name} does not exist.")
