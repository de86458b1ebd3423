"""Tests of the days of a partition."""

from datetime import date

import pytest

from partitioned_pipelines.lake.partition_days import covers_whole_dates, partition_days

DAY = (date(2021, 12, 15), date(2021, 12, 16))
Keys = list[tuple[str, str | None]]


@pytest.mark.parametrize(
    ("keys", "values", "days"),
    [
        ([("string", "%Y-%m-%d")], ["2021-12-15"], DAY),
        ([("date", None)], ["2021-12-15"], DAY),
        ([("int", "%Y%m%d")], ["20211215"], DAY),
        ([("string", "%Y"), ("string", "%m"), ("string", "%d")], ["2021", "12", "15"], DAY),
        ([("string", None), ("string", "%Y-%m-%d"), ("int", None)], ["NYC", "2021-12-15", "7"], DAY),
        ([("string", "%Y-%j")], ["2021-349"], DAY),
        ([("string", "%Y"), ("string", "%m")], ["2021", "12"], (date(2021, 12, 1), date(2022, 1, 1))),
        ([("string", "%Y-%m")], ["2021-02"], (date(2021, 2, 1), date(2021, 3, 1))),
        ([("string", "%Y")], ["2020"], (date(2020, 1, 1), date(2021, 1, 1))),
        ([("string", "%G-W%V")], ["2020-W53"], (date(2020, 12, 28), date(2021, 1, 4))),
        ([("string", "%G-W%V-%u")], ["2020-W53-7"], (date(2021, 1, 3), date(2021, 1, 4))),
        ([("string", "%Y-%m-%d")], ["__HIVE_DEFAULT_PARTITION__"], None),
        ([("string", "%Y-%m-%d")], ["2021-02-30"], None),
        ([("string", "%Y")], ["9999"], None),
    ],
)
def test_the_days_of_a_partition(keys: Keys, values: list[str], days: tuple[date, date] | None) -> None:
    assert partition_days(keys, values) == days


@pytest.mark.parametrize(
    ("keys", "whole"),
    [
        ([("date", None)], True),
        ([("string", "%Y"), ("string", "%m")], True),
        ([("string", "%m"), ("string", "%d")], False),
        ([("string", None), ("int", None)], False),
        ([("string", "%Y-%m"), ("string", "%Y")], False),  # two keys with a year may have different years
        ([("string", "%%Y")], False),
    ],
)
def test_which_keys_say_what_day_it_is(keys: Keys, *, whole: bool) -> None:
    assert covers_whole_dates(keys) is whole
