"""Trino's functions, operators and types, with the results in Trino's documentation.

Each line of ``functions.txt`` is a case: an expression, and its result, the cells of one row or the list of rows.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.lake import Answer, Lake

if TYPE_CHECKING:
    from collections.abc import Callable

_LINES = (Path(__file__).parent / "functions.txt").read_text(encoding="utf-8").splitlines()
CASES = [line.split(" => ", 1) for line in _LINES]


@pytest.fixture(scope="module")
def answers(aws: Callable[[str], Any]) -> dict[str, Answer]:
    """The results of all cases, which run in parallel."""
    lake = Lake(aws, "t-functions")
    started = {case: lake.start(f"SELECT {case}") for case, _ in CASES}
    found = {}
    for case, identifier in started.items():
        execution = lake.wait(identifier)
        if execution["Status"]["State"] == "SUCCEEDED":
            result = lake.athena.get_query_results(QueryExecutionId=identifier)["ResultSet"]
            rows = [tuple(cell.get("VarCharValue") for cell in row["Data"]) for row in result["Rows"]][1:]
            found[case] = Answer(execution, rows, result["ResultSetMetadata"]["ColumnInfo"])
        else:
            found[case] = Answer(execution)
    return found


@pytest.mark.parametrize(("case", "expected"), CASES, ids=[case for case, _ in CASES])
def test_function(answers: dict[str, Answer], case: str, expected: str) -> None:
    answer = answers[case]
    if answer.state == "FAILED":
        given = f"FAILED {answer.reason}"
    elif len(answer.rows) == 1:
        given = "|".join(str(cell) for cell in answer.rows[0])
    else:
        given = str(answer.rows)
    assert given == expected


def test_the_cases_are_all_different() -> None:
    assert len({case for case, _ in CASES}) == len(CASES) > 300
