"""Tests of the path codec by what Spark and Hive write and read, and with paths that do not belong to the table."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partitioned_pipelines.lake.partitions.hive_path import (
    HIVE_DEFAULT_PARTITION,
    InvalidPartitionPathError,
    build_partition_path,
    escape_value,
    parse_partition_path,
    unescape_value,
)
from partitioned_pipelines.lake.partitions.key_value import PartitionKey

ESCAPES = Path(__file__).parents[2] / "fixtures" / "hive_paths" / "escapes.json"
DT = (PartitionKey("dt"),)
DAY = (PartitionKey("dt", "string", "%Y-%m-%d"),)
YEAR_MONTH = (PartitionKey("year", "int"), PartitionKey("month", "int"))


class Escape(TypedDict):
    """The path that Spark wrote for a value, and the values that Hive and Spark read back."""

    value: str | None
    directory: str
    hive_reads: str
    spark_reads: str | None


def escapes() -> list[Escape]:
    oracle: list[Escape] = json.loads(ESCAPES.read_text(encoding="utf-8"))
    return oracle


@pytest.mark.parametrize("case", escapes(), ids=lambda case: ascii(case["value"]))
def test_writes_the_directory_that_spark_writes(case: Escape) -> None:
    assert f"k={escape_value(case['value'])}" == case["directory"]


@pytest.mark.parametrize("case", escapes(), ids=lambda case: ascii(case["value"]))
def test_reads_what_hive_reads(case: Escape) -> None:
    path = parse_partition_path(f"{case['directory']}/", (PartitionKey("k"),))
    assert path.values == (case["hive_reads"],)
    assert path.folder == f"{case['directory']}/"


# Values that Glue accepts and S3 can name, except NULL and the empty string, which share one directory.
VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)


@given(st.lists(VALUES, min_size=1, max_size=4))
def test_what_is_built_is_read_back(values: list[str]) -> None:
    keys = [PartitionKey(f"k{number}") for number in range(len(values))]
    built = build_partition_path(values, keys)
    assert built.values == tuple(values)
    assert parse_partition_path(built.folder, keys) == built
    assert built.folder.count("/") == len(values)


@given(VALUES)
def test_unescaping_undoes_escaping_once(value: str) -> None:
    assert unescape_value(escape_value(value)) == value


@given(st.text(max_size=40))
def test_any_folder_is_read_or_refused(folder: str) -> None:
    try:
        path = parse_partition_path(folder, DT)
    except InvalidPartitionPathError:
        return
    assert path.folder == folder
    assert len(path.values) == 1


@given(st.integers(min_value=-(2**31), max_value=2**31 - 1), st.dates())
def test_typed_values_come_back(number: int, day: object) -> None:
    keys = (PartitionKey("n", "int"), PartitionKey("day", "date"))
    assert build_partition_path([str(number), str(day)], keys).values == (str(number), str(day))


@pytest.mark.parametrize(
    ("folder", "value"),
    [
        ("dt=a=b=c/", "a=b=c"),  # split at the first '='
        ("dt=%252F/", "%2F"),  # decoded once
        ("dt=%3D%25/", "=%"),
        ("dt=%2f/", "/"),
        ("dt=100%/", "100%"),  # not an escape
        ("dt=%zz/", "%zz"),
        ("dt=+/", "+"),  # not a form's encoding
        ("dt=__HIVE_DEFAULT_PARTITION__/", HIVE_DEFAULT_PARTITION),
        ("dt=日本/", "日本"),
    ],
)
def test_reads(folder: str, value: str) -> None:
    assert parse_partition_path(folder, DT).values == (value,)


def test_composed_and_decomposed_letters_are_two_values() -> None:
    composed, decomposed = (unicodedata.normalize(form, "é") for form in ("NFC", "NFD"))
    assert parse_partition_path(f"dt={composed}/", DT).values != parse_partition_path(f"dt={decomposed}/", DT).values


@pytest.mark.parametrize(
    ("keys", "folder", "says"),
    [
        (DT, "", "not in a partition"),
        (DT, "dt=/", "empty"),
        (DT, "dt=a//", "//"),
        (DT, "//dt=a/", "//"),
        (DT, "DT=a/", "differs in case from the table's 'dt'"),
        (DT, "day=a/", "not a key of the table"),
        (DT, "dt=a/b/", "'b' is not key=value"),
        (DT, "a/", "not key=value"),
        (DT, "dt=a/dt=b/", "2 levels, the table has 1 keys"),
        (DT, "hour=1/dt=a/", "not a key of the table"),
        (YEAR_MONTH, "year=2013/", "1 levels, the table has 2 keys"),
        (YEAR_MONTH, "month=1/year=2013/", "another order"),
        (YEAR_MONTH, "year=2013/month=1/day=1/", "not a key of the table"),
        (YEAR_MONTH, "year=MMXIII/month=1/", "year=MMXIII is not of type int"),
        (YEAR_MONTH, "year=2147483648/month=1/", "not of type int"),
        (YEAR_MONTH, "year= 2013/month=1/", "not of type int"),
        (YEAR_MONTH, f"year={'9' * 5000}/month=1/", "the value of 'year' has 5000 characters"),
        (YEAR_MONTH, f"year={'9' * 1000}/month=1/", "not of type int"),
        (DT, f"dt={'x' * 1025}/", "1025 characters"),
        (DT, "dt=%E6%97%A5/", "percent-encodes the UTF-8 of '日'"),
        (DT, "dt=a%E9b/", "%E9 is not a Hive escape"),
        (DAY, "dt=2026-02-30/", "not a date in the format '%Y-%m-%d'"),
        (DAY, "dt=2026-2-3/", "such as '2026-11-01'"),
        (DAY, "dt=20260203/", "not a date"),
        (DAY, "dt=2026-02-03 /", "not a date"),
        (DAY, "dt=__HIVE_DEFAULT_PARTITION__/", "null"),
        (DAY, "dt=__HIVE_DEFAULT_PARTITION__x/", "not a date"),
        ((PartitionKey("d", "date"),), "d=2025-02-29/", "not a date"),
        ((PartitionKey("d", "date"),), "d=2025-W01-1/", "not a date"),
        ((PartitionKey("b", "boolean"),), "b=yes/", "true or false"),
        ((PartitionKey("n", "decimal(5,2)"),), "n=1,5/", "not of type decimal"),
        ((PartitionKey("n", "bigint"),), f"n={2**63}/", "not of type bigint"),
        ((PartitionKey("n", "tinyint"),), "n=128/", "not of type tinyint"),
    ],
)
def test_refuses(keys: tuple[PartitionKey, ...], folder: str, says: str) -> None:
    with pytest.raises(InvalidPartitionPathError) as caught:
        parse_partition_path(folder, keys)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (PartitionKey("month", "int"), "01"),
        (PartitionKey("n", "bigint"), str(-(2**63))),
        (PartitionKey("n", "int"), HIVE_DEFAULT_PARTITION),
        (PartitionKey("day", "date"), "2024-02-29"),
        (PartitionKey("day", "date"), "0001-01-01"),
        (PartitionKey("day", "string", "%Y-%m-%d"), "0999-12-31"),
        (PartitionKey("day", "string", "%Y%m%d"), "19691231"),
        (PartitionKey("day", "int", "%m%d"), "0229"),
        (PartitionKey("week", "string", "%G-W%V"), "2026-W53"),
        (PartitionKey("hour", "string", "%Y-%m-%dT%H"), "2026-01-01T23"),
        (PartitionKey("n", "decimal(5,2)"), "1.50"),
        (PartitionKey("b", "boolean"), "false"),
        (PartitionKey("x", "struct<a:int>"), "whatever"),
    ],
)
def test_a_key_holds(key: PartitionKey, value: str) -> None:
    assert build_partition_path([value], [key]).values == (value,)


def test_keys_that_spell_a_date_together_are_read_together() -> None:
    keys = [
        PartitionKey("year", "int", "%Y"),
        PartitionKey("month", "string", "%m"),
        PartitionKey("day", "string", "%d"),
    ]
    assert parse_partition_path("year=2024/month=02/day=29/", keys).values == ("2024", "02", "29")
    with pytest.raises(InvalidPartitionPathError, match="year=2026/month=02/day=30 is not a date"):
        parse_partition_path("year=2026/month=02/day=30/", keys)


def test_two_whole_dates_are_read_apart() -> None:
    keys = [PartitionKey("a", "string", "%Y-%m-%d"), PartitionKey("b", "string", "%Y-%m-%d")]
    assert parse_partition_path("a=2026-01-01/b=2026-01-02/", keys).values == ("2026-01-01", "2026-01-02")


def test_building_wants_a_value_for_each_key() -> None:
    with pytest.raises(InvalidPartitionPathError, match="1 values for 2 partition keys"):
        build_partition_path(["2013"], YEAR_MONTH)
