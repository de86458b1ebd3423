"""Dates and timestamps before year 1 and after 9999: Trino's answers, or refused by name, and never another answer.

The Gregorian calendar repeats every 400 years, with the days of the week. So each expression is evaluated in years that Python's
dates have, and moved by a multiple of 400 years: the fields must be the same, and dates and years moved as far.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from local_cloud.athena import functions
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.statement_context import StatementContext
from local_cloud.athena.statements.reading import read_statement

if TYPE_CHECKING:
    from pathlib import Path

    from cloud_under_test.lake import Lake

DAYS = ("2000-02-29", "2001-01-01", "2003-12-31", "2017-06-15")
MOVED_BY = (-2400, 8400, 100_000)
SECONDS_OF_400_YEARS = 146_097 * 86_400
OTHER_ARGUMENTS = {
    "bigint": ["-40", "800"],
    "interval day to second": ["INTERVAL '1' DAY"],
    "interval year to month": ["INTERVAL '1' MONTH"],
    "varchar": ["'day'", "'month'"],
}
PATTERNS = {
    "at_timezone": ["'UTC'", "'Asia/Tokyo'"],
    "date_format": ["'%Y-%m-%d %W'"],
    "format_datetime": ["'yyyy-MM-dd E'"],
    "with_timezone": ["'UTC'", "'Asia/Tokyo'"],
}
OF_YEARS = {"year", "year_of_week", "yow"}
TYPES = {"date": "{d}", "timestamp(p)": "CAST({d} AS timestamp(3))"}
TYPES["timestamp(p) with time zone"] = f"CAST({TYPES['timestamp(p)']} AS timestamp(3) with time zone)"
EXPRESSIONS = """
CAST({d} AS varchar) | CAST(CAST({d} AS varchar) AS date) | CAST(CAST(CAST({d} AS timestamp) AS varchar) AS timestamp(3))
CAST(CAST({d} AS timestamp) AS timestamp(0)) | CAST(CAST({d} AS timestamp with time zone) AS varchar) | {d} - INTERVAL '1' DAY
{d} + INTERVAL '5000' DAY | {d} + INTERVAL '1' MONTH | {d} + INTERVAL '1' DAY * 3 | CAST({d} AS timestamp) + INTERVAL '1' HOUR
CAST({d} AS timestamp with time zone) + INTERVAL '1' HOUR | CAST({d} AS timestamp) AT TIME ZONE 'America/New_York' | ARRAY[{d}]
ROW({d}, 1) | MAP(ARRAY['k'], ARRAY[{d}]) | MAP(ARRAY[{d}], ARRAY[1])[{d}] | CAST({d} AS json) | format('%s', {d}) | {d} IN ({d})
array_sort(ARRAY[{d}, {d} - INTERVAL '1' DAY]) | ARRAY[{d}] = ARRAY[{d}] | contains(ARRAY[{d}], {d}) | array_join(ARRAY[{d}], ',')
transform(ARRAY[{d}], x -> x) | greatest({d}, {d} - INTERVAL '1' DAY) | EXTRACT(week FROM {d}) | date_add('year', 12, {d})
json_format(CAST(ARRAY[{d}] AS json)) | array_max(ARRAY[{d}]) | element_at(ARRAY[{d}], 1) | date_diff('day', {d}, {d} + INTERVAL '1' YEAR)
"""
BEYOND = """
date_add('day', 1, DATE '9999-12-31') => +10000-01-01
date_add('year', -2001, DATE '2000-02-29') => -0001-02-28
DATE '9999-12-31' + INTERVAL '1' DAY => +10000-01-01
TRY_CAST('-0001-01-01' AS date) => -0001-01-01
TRY_CAST('0000-01-01' AS date) => 0000-01-01
TRY_CAST('2000-02-30' AS date) => None
TRY_CAST('10001-02-29' AS date) => None
from_unixtime(1e12) => +33658-09-27 01:46:40.000 UTC
CAST('9999-12-31 23:59:59.9999' AS timestamp(3)) => NOT_SUPPORTED
TRY(date_add(concat('y', 'ear'), 8000, DATE '2000-01-01')) => NOT_SUPPORTED
TRY(parse_datetime('10000-01-01', 'yyyy-MM-dd')) => NOT_SUPPORTED
TRY(date_parse('0000-01-01', '%Y-%m-%d')) => NOT_SUPPORTED
TRY(from_iso8601_date('+10000-01-01')) => NOT_SUPPORTED
TRY(CAST('10000-01-01 00:00:00 Asia/Tokyo' AS timestamp with time zone)) => NOT_SUPPORTED
TRY(DATE '1000000-01-31' + INTERVAL '1' MONTH) => +1000000-02-29
TRY(DATE '-1000000-03-31' - INTERVAL '37' MONTH) => -1000003-02-28
TRY(date_add('year', 1, DATE '1000000-02-29')) => +1000001-02-28
date_add('month', -9600001, DATE '2000-03-31') => -798000-02-29
TRY(date_trunc('week', DATE '1000000-01-01')) => +999999-12-27
TRY(date_trunc('year', DATE '-1000000-12-31')) => -1000000-01-01
date_add('month', NULL, DATE '2000-03-31') => None
date_add('month', 1, date_add('month', 1, date_add('month', -2, DATE '1969-12-31'))) => 1969-12-30
cardinality(sequence(DATE '9999-12-01', DATE '9999-12-31', INTERVAL '1' MONTH)) => 1
""".strip().splitlines()


def _expressions() -> dict[str, str]:
    """Return the scalar functions of dates and timestamps, and more expressions; with the name of the function, if it is one."""
    found = {one.strip(): "" for line in EXPRESSIONS.strip().splitlines() for one in line.split(" | ")}
    lines = files(functions).joinpath("signatures.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        name, arguments = line.split(" -> ")[0].removesuffix(")").split("(", 1) if "(" in line else ("", "")
        kinds = arguments.split(", ")
        if line.endswith(", scalar") and any(kind in TYPES for kind in kinds):
            for choice in (0, -1):
                written = (
                    TYPES[kind]
                    if kind in TYPES
                    else PATTERNS.get(name, OTHER_ARGUMENTS[kind.partition("(")[0]])[choice]
                    for kind in kinds
                )
                found[f"{name}({', '.join(written)})"] = name
    return found


EXPECTED = _expressions()


def _moved(day: str, years: int) -> str:
    year = int(day[:4]) + years
    return f"{'-' if year < 0 else '+' if year > 9999 else ''}{abs(year):04d}{day[4:]}"


def _moved_cells(text: str, name: str, years: int) -> str:
    """Return cells with each date, year or number of seconds moved by a number of years."""
    if name in OF_YEARS:
        return "".join(f'"{int(year) + years}"\n' for year in re.findall(r"\d+", text))
    if name == "to_unixtime":
        return "".join(f'"{float(one) + years // 400 * SECONDS_OF_400_YEARS}"\n' for one in re.findall(r"\d.*\d", text))
    return re.sub(r"\d{4}-\d\d-\d\d", lambda match: _moved(match[0], years), text)


def _answer(sql: str, context: StatementContext) -> str:
    """Return the cells of a query's result, or its error."""
    try:
        text = bytes(read_statement(sql, context).run().take_content()).decode()
    except QueryFailedError as error:
        return str(error)
    cells = text.partition("\n")[2]
    return "".join(
        f'"{float(cell[1:-1])}"\n' if re.search(r"\dE\d", cell) else f"{cell}\n" for cell in cells.splitlines()
    )


@pytest.fixture
def context(tmp_path: Path) -> StatementContext:
    return StatementContext("default", "ap-northeast-1", tmp_path)


@pytest.mark.parametrize("expression", EXPECTED)
def test_years_repeat_or_are_refused(expression: str, context: StatementContext) -> None:
    name = EXPECTED[expression]

    def answer(form: str, years: int) -> str:
        days = ", ".join(f"(DATE '{_moved(day, years)}')" for day in DAYS)
        return _answer(f"SELECT {form.format(expression.format(d='d'))} FROM (VALUES {days}) days(d)", context)  # noqa: S608

    known = answer("{}", 0)
    for years in MOVED_BY:
        for form in ("{}", "TRY({})"):
            found = answer(form, years)
            refused = "NOT_SUPPORTED: the local cloud evaluates this only for years from 1 to 9999: "
            if not found.startswith(refused):
                error = re.match("[A-Z_]{5,}(?=: )", known)
                expected = '""\n' * len(DAYS) if error else _moved_cells(known, name, years)
                assert found == expected or (error and found.startswith(error[0]))
            elif name:
                assert found.startswith(f"{refused}{name}, given ")


@pytest.mark.parametrize("line", BEYOND)
def test_answer(line: str, context: StatementContext) -> None:
    expression, expected = line.split(" => ")
    answer = _answer(f"SELECT {expression}", context)
    if expected == "NOT_SUPPORTED":
        assert answer.startswith("NOT_SUPPORTED: the local cloud evaluates this only for years")
    else:
        assert answer == ("\n" if expected == "None" else f'"{expected}"\n')


def test_files_that_would_hold_another_text_are_not_written(lake: Lake) -> None:
    values = "(VALUES (1, DATE '-0005-01-01'), (2, DATE '2000-01-01')) AS v(n, d)"
    for properties in ("format = 'JSON'", "format = 'TEXTFILE'", "partitioned_by = ARRAY['d']"):
        statement = f"CREATE TABLE w WITH ({properties}) AS SELECT n, d FROM {values}"  # noqa: S608
        assert lake.refusal(statement).startswith(
            "NOT_SUPPORTED: the local cloud evaluates this only for years from 1 to"
        )
    lake.rows(f"CREATE TABLE w WITH (format = 'PARQUET') AS SELECT n, d FROM {values}")  # noqa: S608
    assert lake.rows("SELECT n, d, d < DATE '2000-01-01' FROM w ORDER BY n") == [
        ("1", "-0005-01-01", "true"),
        ("2", "2000-01-01", "false"),
    ]
