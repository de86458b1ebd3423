"""Tests of EventBridge's cron expressions: accepted and rejected ones.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partitioned_pipelines.lake.schedule.cron import cron_problem


@pytest.mark.parametrize(
    "expression",
    [
        "0 6 * * ? *",
        "0 10 * * ? *",
        "15 12 * * ? *",
        "0 18 ? * MON-FRI *",
        "0 18 ? * mon-fri *",
        "0 8 1 * ? *",
        "0/15 * * * ? *",
        "0/10 * ? * MON-FRI *",
        "0/5 8-17 ? * MON-FRI *",
        "*/5 * * * ? *",
        "0,30 6-8,20 * JAN,MAR-MAY ? 2026-2030",
        "0 6 L * ? *",
        "0 6 LW * ? *",
        "0 6 3W * ? *",
        "0 6 ? * 6L *",
        "0 6 ? * FRIL *",
        "0 6 ? * 2#1 *",
        "0 6 ? * TUE#5 *",
        "59 23 31 12 ? 2199",
        "  0   6 *\t* ? * ",
    ],
)
def test_good(expression: str) -> None:
    assert cron_problem(expression) is None


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        pytest.param("", "has 0 fields: write six", id="empty"),
        pytest.param("0 6 * * *", "has 5 fields: write six (minutes, hours, day of month,", id="unix"),
        pytest.param("0 0 6 * * ? *", "has 7 fields", id="quartz-with-seconds"),
        pytest.param("rate(1 day)", "has 2 fields", id="rate"),
        pytest.param("@daily", "has 1 fields", id="at-daily"),
        pytest.param("cron(0 6 * * ? *)", "remove cron() and write '0 6 * * ? *'", id="wrapped"),
        pytest.param("0 25 * * ? *", "hours '25': '25' is not 0 to 23", id="hour-25"),
        pytest.param("60 6 * * ? *", "minutes '60': '60' is not 0 to 59", id="minute-60"),
        pytest.param("-1 6 * * ? *", "minutes '-1'", id="minute-minus-1"),
        pytest.param("0 6 0 * ? *", "day of month '0'", id="day-0"),
        pytest.param("0 6 32 * ? *", "day of month '32': '32' is not 1 to 31", id="day-32"),
        pytest.param("0 6 * 13 ? *", "month '13': '13' is not 1 to 12 or JAN to DEC", id="month-13"),
        pytest.param("0 6 * JANUARY ? *", "month 'JANUARY'", id="month-in-full"),
        pytest.param("0 6 ? * 0 *", "day of week '0': '0' is not 1 to 7 or SUN to SAT", id="weekday-0"),
        pytest.param("0 6 ? * 8 *", "day of week '8'", id="weekday-8"),
        pytest.param("0 6 ? * MON#6 *", "day of week 'MON#6'", id="sixth-monday"),
        pytest.param("0 6 32W * ? *", "day of month '32W'", id="weekday-near-the-32nd"),
        pytest.param("0 6 * * ? 1969", "year '1969': '1969' is not 1970 to 2199", id="year-1969"),
        pytest.param("0 6 * * ? 2200", "year '2200'", id="year-2200"),
        pytest.param("0 6 * * * *", "exactly one of day of month and day of week must be '?'", id="no-question-mark"),
        pytest.param("0 6 ? * ? *", "exactly one of", id="two-question-marks"),
        pytest.param("0 6 1 * MON *", "exactly one of", id="both-days"),
        pytest.param("? 6 * * ? *", "minutes '?'", id="question-mark-elsewhere"),
        pytest.param("0 17-8 * * ? *", "the range '17-8' is reversed", id="backwards"),
        pytest.param("0/0 6 * * ? *", "the step '0' is not a whole number above 0", id="step-of-0"),
        pytest.param("0/ 6 * * ? *", "the step '' is not a whole number", id="no-step"),
        pytest.param("0/x 6 * * ? *", "the step 'x'", id="step-that-is-no-number"),
        pytest.param("0, 6 * * ? *", "'' is not 0 to 59", id="comma-at-the-end"),
        pytest.param("0- 6 * * ? *", "'0-' is not 0 to 59", id="open-range"),
        pytest.param("1.5 6 * * ? *", "'1.5' is not 0 to 59", id="fraction"),
        pytest.param("٣ 6 * * ? *", "'٣' is not 0 to 59", id="other-digits"),
        pytest.param("0 6 * * ?; *", "day of week '?;'", id="semicolon"),
    ],
)
def test_bad(expression: str, says: str) -> None:
    assert says in (cron_problem(expression) or "")


_NUMBERS = (st.integers(0, 59), st.integers(0, 23), st.integers(1, 31), st.integers(1, 12), st.integers(1970, 2199))


@given(*_NUMBERS)
def test_any_point_in_time_is_good(minute: int, hour: int, day: int, month: int, year: int) -> None:
    assert cron_problem(f"{minute} {hour} {day} {month} ? {year}") is None


@given(st.text(alphabet="0123456789*?/,-LW# MONFRI"))
def test_any_text_has_an_answer(text: str) -> None:
    problem = cron_problem(text)
    assert problem is None or problem
