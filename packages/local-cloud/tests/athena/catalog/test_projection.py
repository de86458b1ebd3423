"""Partition projection: https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cloud_under_test.lake import Lake


def project(lake: Lake, keys: str, **projection: str) -> None:
    parameters = {"projection.enabled": "true"}
    parameters |= {f"projection.{name.replace('__', '.')}": value for name, value in projection.items()}
    if "template" in projection:
        parameters["storage.location.template"] = lake.uri(projection["template"])
    lake.table("a int", keys=keys, parameters=parameters)


def test_an_enum(lake: Lake) -> None:
    project(lake, "k string", k__type="enum", k__values="x, y,none")
    lake.put("t/k=x/1.csv", "1\n")
    lake.put("t/k=y/1.csv", "2\n")
    lake.put("t/k=z/1.csv", "3\n")
    assert lake.rows("SELECT * FROM t ORDER BY a") == [("1", "x"), ("2", "y")]


def test_an_integer_with_digits_and_interval(lake: Lake) -> None:
    project(lake, "n int", n__type="integer", n__range="1,9", n__digits="2", n__interval="2")
    for number in range(1, 10):
        lake.put(f"t/n={number:02d}/1.csv", f"{number}\n")
    assert lake.rows("SELECT a, n FROM t WHERE n > 3 ORDER BY a") == [("5", "5"), ("7", "7"), ("9", "9")]


def test_a_date_up_to_now(lake: Lake) -> None:
    today = dt.datetime.now(dt.UTC).date()
    days = [today - dt.timedelta(days=ago) for ago in range(-1, 4)]
    project(lake, "d string", d__type="date", d__format="yyyy/MM/dd", d__range="NOW-2DAYS,NOW", template="logs/${d}")
    for number, day in enumerate(days):
        lake.put(f"logs/{day:%Y/%m/%d}/1.csv", f"{number}\n")
    # Run at midnight, "now" may be a day later than here: the day before yesterday is then out, and tomorrow is in.
    assert {row[0] for row in lake.rows("SELECT a FROM t")} in ({"1", "2", "3"}, {"0", "1", "2"})


def test_dates_by_the_month_and_by_the_hour(lake: Lake) -> None:
    months = {"m__type": "date", "m__format": "yyyy-MM", "m__range": "2021-11,2022-02", "m__interval__unit": "MONTHS"}
    hours = {
        "h__type": "date",
        "h__format": "HH",
        "h__range": "00,23",
        "h__interval": "6",
        "h__interval__unit": "HOURS",
    }
    project(lake, "m string, h string", **months, **hours)
    found = lake.rows('SELECT m, h FROM "t$partitions" ORDER BY 1, 2')
    assert found == [
        (month, hour) for month in ("2021-11", "2021-12", "2022-01", "2022-02") for hour in ("00", "06", "12", "18")
    ]


def test_hours_and_minutes_of_days(lake: Lake) -> None:
    hours = {
        "h__type": "date",
        "h__format": "yyyy/MM/dd/HH",
        "h__range": "2024/02/28/22,2024/02/29/01",
        "h__interval__unit": "HOURS",
    }
    minutes = {
        "m__type": "date",
        "m__format": "HH-mm",
        "m__range": "00-00,00-45",
        "m__interval": "15",
        "m__interval__unit": "MINUTES",
    }
    project(lake, "h string, m string", **hours, h__interval="1", **minutes)
    lake.put("t/h=2024/02/28/23/m=00-30/1.csv", "1\n")
    assert lake.rows("SELECT a, h, m FROM t WHERE h >= '2024/02/28/23'") == [("1", "2024/02/28/23", "00-30")]
    found = lake.rows('SELECT h, count(*) FROM "t$partitions" GROUP BY h ORDER BY h')
    assert found == [(f"2024/02/28/{hour}", "4") for hour in ("22", "23")] + [
        (f"2024/02/29/{hour}", "4") for hour in ("00", "01")
    ]


def test_the_unit_may_be_left_out_of_days_and_months(lake: Lake) -> None:
    project(lake, "m string", m__type="date", m__format="yyyy-MM", m__range="2021-11,2022-02")
    assert lake.rows('SELECT count(*) FROM "t$partitions"') == [("4",)]


def test_a_range_that_runs_backwards_is_empty(lake: Lake) -> None:
    project(lake, "d string", d__type="date", d__format="yyyy-MM-dd", d__range="NOW,NOW - 3 DAYS")
    assert lake.rows('SELECT count(*) FROM "t$partitions"') == [("0",)]


def test_injected_values_come_from_the_query(lake: Lake) -> None:
    project(lake, "id string", id__type="injected")
    lake.put("t/id=x/1.csv", "1\n")
    lake.put("t/id=y/1.csv", "22\n")
    answer = lake.run("SELECT * FROM t WHERE id = 'y' AND a > 0")
    assert (answer.rows, answer.scanned) == ([("22", "y")], 3)
    assert lake.rows("SELECT a FROM t WHERE id IN ('x', 'y') ORDER BY a") == [("1",), ("22",)]
    assert lake.refusal("SELECT * FROM t").startswith(
        "CONSTRAINT_VIOLATION: For the injected projected partition column id"
    )


def test_what_is_registered_does_not_count(lake: Lake) -> None:
    project(lake, "k string", k__type="enum", k__values="x")
    lake.partition("y")
    lake.put("t/y/1.csv", "1\n")
    assert lake.rows("SELECT * FROM t") == []


@pytest.mark.parametrize(
    ("projection", "what"),
    [
        ({}, "projection.k.type is missing"),
        ({"k__type": "enum"}, "projection.k.values is missing"),
        ({"k__type": "other"}, "projection.k.type is 'other'"),
        ({"k__type": "integer", "k__range": "a,b"}, "projection.k.range"),
        ({"k__type": "date", "k__range": "2021,2022", "k__format": "qqq"}, "projection.k.format"),
        ({"k__type": "integer", "k__range": "1,2", "k__interval": "0"}, "interval 0 is not a positive"),
        ({"k__type": "date", "k__range": "00,23", "k__format": "HH"}, "projection.k.interval.unit is missing"),
        ({"k__type": "date", "k__range": "2021,2022", "k__format": "yyyy"}, "projection.k.interval.unit is missing"),
        (
            {"k__type": "date", "k__range": "00,23", "k__format": "HH", "k__interval__unit": "HOURS"},
            "projection.k.interval is missing",
        ),
        ({"k__type": "date", "k__range": "x,NOW", "k__format": "yyyy"}, "'x'"),
    ],
)
def test_a_projection_that_is_none_fails_the_query_by_name(lake: Lake, projection: dict[str, str], what: str) -> None:
    project(lake, "k string", **projection)
    reason = lake.refusal("SELECT * FROM t")
    assert reason.startswith("INVALID_TABLE_PROPERTY: ")
    assert what in reason
