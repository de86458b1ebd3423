"""ResultReuseConfiguration: https://docs.aws.amazon.com/athena/latest/ug/reusing-query-results.html."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cloud_under_test.lake import Answer, Lake

SQL = "SELECT a FROM t ORDER BY a"


@pytest.fixture(autouse=True)
def table(lake: Lake) -> None:
    lake.table("a int")
    lake.put("t/1.csv", "1\n")


def run(lake: Lake, sql: str = SQL, *, minutes: int = 60, **request: Any) -> Answer:
    reuse = {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": minutes}}
    return lake.run(sql, ResultReuseConfiguration=reuse, **request)


def is_reused(answer: Answer) -> bool:
    return bool(answer.execution["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"])


def test_the_last_result_is_returned_without_reading_files(lake: Lake) -> None:
    first = run(lake)
    lake.put("t/2.csv", "2\n")
    again = run(lake)
    assert [is_reused(first), is_reused(again)] == [False, True]
    assert (again.rows, again.columns, again.scanned) == (first.rows, first.columns, 0)
    place = first.execution["ResultConfiguration"]["OutputLocation"]
    assert again.execution["ResultConfiguration"]["OutputLocation"] == place
    assert again.execution["QueryExecutionId"] not in place
    assert again.execution["ResultReuseConfiguration"]["ResultReuseByAgeConfiguration"]["MaxAgeInMinutes"] == 60
    assert lake.rows(SQL) == [("1",), ("2",)]
    assert run(lake).rows == [("1",), ("2",)]


def test_another_query_parameter_age_or_place_runs(lake: Lake) -> None:
    asked: dict[str, Any] = {"ExecutionParameters": ["1"]}
    run(lake, "SELECT a FROM t WHERE a = ?", **asked)
    assert is_reused(run(lake, "SELECT a FROM t WHERE a = ?", **asked))
    assert not is_reused(run(lake, "SELECT a FROM t WHERE a = ?", ExecutionParameters=["2"]))
    assert not is_reused(run(lake, "SELECT a FROM t WHERE a = ?", minutes=0, **asked))
    elsewhere = {"OutputLocation": lake.uri("elsewhere/")}
    assert not is_reused(run(lake, "SELECT a FROM t WHERE a = ?", ResultConfiguration=elsewhere, **asked))


def test_a_deleted_result_is_not_reused(lake: Lake) -> None:
    place = run(lake).execution["ResultConfiguration"]["OutputLocation"]
    lake.s3.delete_object(Bucket=lake.bucket, Key=place.removeprefix(lake.uri("")))
    assert not is_reused(run(lake))


@pytest.mark.parametrize("sql", ["SELECT rand() AS r", "SELECT a FROM t WHERE year(now()) > a", "SHOW TABLES"])
def test_what_may_differ_runs(lake: Lake, sql: str) -> None:
    run(lake, sql)
    assert not is_reused(run(lake, sql))


def test_a_prepared_statement_is_compared_by_its_query(lake: Lake) -> None:
    lake.rows("PREPARE p FROM SELECT a FROM t WHERE a < ?")
    run(lake, "EXECUTE p USING 5")
    assert is_reused(run(lake, "EXECUTE p USING 5"))
    assert not is_reused(run(lake, "EXECUTE p USING 6"))
    lake.rows("PREPARE p FROM SELECT a FROM t WHERE a > ?")
    assert not is_reused(run(lake, "EXECUTE p USING 5"))
