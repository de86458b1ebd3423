"""The state of an alarm by its data points, as in AWS's own examples of missing ones.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import datetime as dt

import pytest

from local_cloud.cloudwatch.alarm_rule import EXTRA_PERIODS, AlarmRule, Point

TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
STATES = {"O": "OK", "A": "ALARM", "I": "INSUFFICIENT_DATA", "K": "kept"}


def points(text: str) -> list[Point]:
    """Return the points of a text such as ``0 - X``: within the threshold, missing, breaching."""
    start = dt.datetime(2026, 11, 29, 22, tzinfo=dt.UTC)
    values = {"0": 0.0, "-": None, "X": 1.0}
    return [Point(start + dt.timedelta(minutes=5 * n), values[each]) for n, each in enumerate(text.split())]


def rule(datapoints: int, missing: str, periods: int = 3, comparison: str = "GreaterThanThreshold") -> AlarmRule:
    return AlarmRule(comparison, 0.0, periods, datapoints, missing)


@pytest.mark.parametrize("treatment", TREATMENTS)
@pytest.mark.parametrize(
    ("datapoints", "text", "states"),
    [
        (3, "0 - X - X", "OOOO"),
        (3, "- - - - 0", "OOOO"),
        (3, "- - - - -", "IKAO"),
        (3, "0 X X - X", "AAAA"),
        (3, "- - X - -", "AKAO"),
        (2, "0 - X - X", "AAAA"),
        (2, "0 0 X 0 X", "AAAA"),
        (2, "0 - X - -", "OOAO"),
        (2, "- - - - 0", "OOAO"),
        (2, "- - - X -", "AKAO"),
        # not in AWS's tables: a first breaching point, which the next ones may outweigh
        (3, "- - - - X", "KKAO"),
        (1, "- - - - X", "AAAA"),
    ],
)
def test_missing_data_is_treated_as_documented(datapoints: int, text: str, states: str, treatment: str) -> None:
    expected = STATES[states[TREATMENTS.index(treatment)]]
    for current in ("OK", "ALARM", "INSUFFICIENT_DATA"):
        state, _ = rule(datapoints, treatment).evaluate(points(text), current)
        assert state == (current if expected == "kept" else expected)
    assert len(text.split()) == 3 + EXTRA_PERIODS


@pytest.mark.parametrize(
    ("comparison", "alarms"),
    [
        ("GreaterThanThreshold", [1.0]),
        ("GreaterThanOrEqualToThreshold", [0.0, 1.0]),
        ("LessThanThreshold", [-1.0]),
        ("LessThanOrEqualToThreshold", [-1.0, 0.0]),
    ],
)
def test_values_are_compared(comparison: str, alarms: list[float]) -> None:
    one = rule(1, "missing", 1, comparison)
    start = dt.datetime(2026, 11, 29, tzinfo=dt.UTC)
    assert [value for value in (-1.0, 0.0, 1.0) if one.evaluate([Point(start, value)], "OK")[0] == "ALARM"] == alarms


CROSSED = "Threshold Crossed: "
ONE, ANOTHER = "(29/11/26 22:10:00)", "(29/11/26 22:20:00)"


@pytest.mark.parametrize(
    ("one", "text", "reason"),
    [
        (
            rule(1, "ignore", 1),
            "- - X",
            f"{CROSSED}1 out of the last 1 datapoints [1.0 {ONE}] was greater than the threshold (0.0) "
            "(minimum 1 datapoint for OK -> ALARM transition).",
        ),
        (
            rule(2, "missing"),
            "0 0 X 0 X",
            f"{CROSSED}2 out of the last 3 datapoints [1.0 {ANOTHER}, 1.0 {ONE}] were greater than the threshold (0.0) "
            "(minimum 2 datapoints for OK -> ALARM transition).",
        ),
        (
            rule(1, "ignore", 1),
            "- - 0",
            f"{CROSSED}1 out of the last 1 datapoints [0.0 {ONE}] was not greater than the threshold (0.0) "
            "(minimum 1 datapoint for ALARM -> OK transition).",
        ),
        (
            rule(3, "breaching"),
            "- - - - -",
            f"{CROSSED}no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].",
        ),
        (rule(3, "missing"), "- - - - -", "Insufficient Data: 3 datapoints were unknown."),
    ],
)
def test_the_reason_names_the_data_points(one: AlarmRule, text: str, reason: str) -> None:
    assert one.evaluate(points(text), "OK")[1] == reason
