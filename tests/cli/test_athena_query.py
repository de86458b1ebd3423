"""A query against a small Athena: pages, types, failures, Ctrl-C."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, cast

import pytest
from botocore.exceptions import ClientError

from cli.athena_query import QueryResult, run_query, typed_value
from cli.errors import CommandError
from cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_athena import AthenaClient


class InvalidRequestError(ClientError):
    """Athena's InvalidRequestException."""


class Athena:
    """An Athena that has one query: its states in turn, and pages of rows."""

    class exceptions:  # noqa: N801  # as on a boto3 client
        InvalidRequestException = InvalidRequestError

    def __init__(self, columns: list[tuple[str, str]], pages: list[list[list[str | None]]], **execution: Any) -> None:
        self.columns, self.pages = columns, pages
        self.execution = {"Status": {"State": "SUCCEEDED"}, "StatementType": "DML"} | execution
        self.states = ["QUEUED", "RUNNING"]
        self.asked: dict[str, Any] = {}
        self.stopped: list[str] = []

    def start_query_execution(self, **request: Any) -> dict[str, str]:
        if request["QueryString"] == "":
            raise InvalidRequestError({"Error": {"Code": "InvalidRequestException", "Message": "empty"}}, "Start")
        self.asked = request
        return {"QueryExecutionId": "q"}

    def get_query_execution(self, QueryExecutionId: str) -> dict[str, Any]:  # noqa: N803  # boto3's name
        if self.states:
            return {"QueryExecution": {"Status": {"State": self.states.pop(0)}}}
        return {"QueryExecution": self.execution}

    def stop_query_execution(self, QueryExecutionId: str) -> None:  # noqa: N803
        self.stopped.append(QueryExecutionId)

    def get_paginator(self, operation: str) -> Athena:
        assert operation == "get_query_results"
        return self

    def paginate(self, QueryExecutionId: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        info = [{"Name": name, "Type": kind} for name, kind in self.columns]
        for page in self.pages:
            rows = [{"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]} for row in page]
            yield {"ResultSet": {"ResultSetMetadata": {"ColumnInfo": info}, "Rows": rows}}


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.athena_query.time.sleep", lambda _seconds: None)


def ask(athena: Athena, sql: str = "SELECT", database: str | None = None) -> QueryResult:
    return run_query(cast("AthenaClient", athena), sql, work_group="w", database=database)


def test_pages_are_one_result_and_the_header_is_none_of_its_rows() -> None:
    athena = Athena(
        [("a", "integer"), ("b", "varchar")], [[["a", "b"], ["1", "x"]], [["2", None]], []],
        Statistics={"DataScannedInBytes": 17},
    )  # fmt: skip
    result = ask(athena, database="d")
    assert result.objects() == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    assert result.bytes_scanned == 17
    assert result.numeric == [True, False]
    assert athena.asked == {"QueryString": "SELECT", "WorkGroup": "w", "QueryExecutionContext": {"Database": "d"}}


def test_without_a_database_none_is_named() -> None:
    athena = Athena([("a", "integer")], [[["a"]]])
    assert ask(athena).rows == ()
    assert athena.asked["QueryExecutionContext"] == {}


def test_a_row_that_equals_the_header_is_kept() -> None:
    assert ask(Athena([("a", "varchar")], [[["a"], ["a"]]])).rows == (("a",),)


def test_what_is_no_select_has_no_header() -> None:
    athena = Athena([("partition", "string")], [[["partition"], ["dt=1"]]], StatementType="UTILITY")
    assert ask(athena).rows == (("partition",), ("dt=1",))


def test_a_statement_without_a_result() -> None:
    result = ask(Athena([], [[]], StatementType="DDL"))
    assert (result.columns, result.rows) == ((), ())


def test_columns_that_share_a_name_are_all_kept() -> None:
    result = ask(
        Athena([("_col0", "integer"), ("a", "integer"), ("a", "integer")], [[["_col0", "a", "a"], ["1", "2", "3"]]])
    )
    assert result.objects() == [{"_col0": 1, "a": 2, "a_2": 3}]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ({"State": "FAILED", "StateChangeReason": "COLUMN_NOT_FOUND: line 1:8"}, "COLUMN_NOT_FOUND: line 1:8"),
        ({"State": "FAILED", "AthenaError": {"ErrorMessage": "no table"}}, "no table"),
        ({"State": "CANCELLED"}, "CANCELLED: no reason given"),
    ],
)
def test_a_query_that_fails_says_why(status: dict[str, Any], said: str) -> None:
    with pytest.raises(CommandError, match=said) as caught:
        ask(Athena([], [], Status=status))
    assert caught.value.exit_code == ExitCode.FAILED


def test_a_query_that_is_refused_says_why() -> None:
    with pytest.raises(CommandError, match="empty") as caught:
        ask(Athena([], []), sql="")
    assert caught.value.exit_code == ExitCode.FAILED


def test_ctrl_c_stops_the_query(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.athena_query.time.sleep", interrupt)
    athena = Athena([], [])
    with pytest.raises(KeyboardInterrupt):
        ask(athena)
    assert athena.stopped == ["q"]


class TestTypedValue:
    """A cell by its column's type."""

    CASES: ClassVar = [
        (None, "integer", None),
        ("9223372036854775807", "bigint", 2**63 - 1),
        ("-1", "tinyint", -1),
        ("true", "boolean", True),
        ("false", "boolean", False),
        ("1.5E-5", "double", 1.5e-5),
        ("NaN", "double", "NaN"),
        ("-Infinity", "real", "-Infinity"),
        ("12", "decimal(38,0)", 12),
        ("99999999999999999999999999999999999999", "decimal(38,0)", 10**38 - 1),
        ("1.25", "decimal(10,2)", 1.25),
        ("2.00", "decimal(10,2)", 2.0),
        ("0.12345678901234567890", "decimal(38,20)", "0.12345678901234567890"),
        ("2013-01-01", "date", "2013-01-01"),
        ("", "varchar", ""),
        ("007", "varchar", "007"),
        ("[1, 2]", "array(integer)", "[1, 2]"),
    ]

    @pytest.mark.parametrize(("cell", "kind", "value"), CASES)
    def test_value(self, cell: str | None, kind: str, value: object) -> None:
        typed = typed_value(cell, kind)
        assert typed == value
        assert type(typed) is type(value)
        json.dumps(typed, allow_nan=False)
