"""Athena's query operations."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from cloud_under_test.lake import Lake

SLOW = (
    "SELECT count(*) FROM UNNEST(sequence(1, 9000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 10000)) AS b(y) "
    "CROSS JOIN UNNEST(sequence(1, 100)) AS c(z) WHERE x * y % 7 = 3"
)


def refused(lake: Lake, sql: str, **request: Any) -> str:
    with pytest.raises(lake.athena.exceptions.InvalidRequestException) as caught:
        lake.start(sql, **request)
    return str(caught.value.response["Error"]["Message"])


class TestStart:
    def test_a_description_has_what_the_request_had(self, lake: Lake) -> None:
        execution = lake.run("SELECT 1 AS x").execution
        assert execution["Query"] == "SELECT 1 AS x"
        assert (execution["StatementType"], execution["SubstatementType"]) == ("DML", "SELECT")
        assert execution["QueryExecutionContext"] == {"Database": lake.database}
        assert execution["WorkGroup"] == "primary"
        assert execution["EngineVersion"]["EffectiveEngineVersion"] == "Athena engine version 3"
        assert execution["Status"]["CompletionDateTime"] >= execution["Status"]["SubmissionDateTime"]

    @pytest.mark.parametrize("depth", [10, 300, 2000, 20_000])
    @pytest.mark.parametrize("statement", ["SELECT {} AS x", "SELECT x FROM (SELECT {} AS x) WHERE x = {}"])
    def test_depth_is_answered_or_refused_in_words(self, lake: Lake, depth: int, statement: str) -> None:
        sql = statement.replace("{}", "(" * depth + "1" + ")" * depth)
        if depth < 100:
            assert lake.run(sql).rows == [("1",)]
        else:
            assert refused(lake, sql) == "line 1:1: statement is too large (stack overflow while parsing)"

    def test_a_token_starts_one_query(self, lake: Lake) -> None:
        token = str(uuid.uuid4())
        first = lake.start("SELECT 1", ClientRequestToken=token)
        assert lake.start("SELECT 1", ClientRequestToken=token) == first
        assert lake.start("SELECT 1") != first

    def test_a_token_is_of_one_request(self, lake: Lake) -> None:
        token = str(uuid.uuid4())
        lake.start("SELECT 1", ClientRequestToken=token)
        assert "Idempotent parameters do not match" in refused(lake, "SELECT 2", ClientRequestToken=token)

    def test_parameters_stand_for_question_marks(self, lake: Lake) -> None:
        values = "FROM (VALUES ('a''b', 1), ('c', 2)) AS t(s, n)"
        sql = f"SELECT n {values} WHERE s = ? AND n < ?"
        answer = lake.run(sql, ExecutionParameters=["'a''b'", "5"])
        assert answer.rows == [("1",)]
        assert answer.execution["ExecutionParameters"] == ["'a''b'", "5"]
        assert lake.refusal(sql, ExecutionParameters=["1"]) == (
            "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 2 but found 1"
        )

    @pytest.mark.parametrize("text", ["(SELECT 1)", "(SELECT 1", "'x", "1; DROP TABLE t", "1 FROM t", "a", "1, 2", "*"])
    def test_a_parameter_is_a_value(self, lake: Lake, text: str) -> None:
        assert lake.refusal("SELECT ?", ExecutionParameters=[text]).startswith("INVALID_PARAMETER_USAGE: ")

    @pytest.mark.parametrize(
        "sql",
        [
            "SELEC 1",
            "SELECT * FROM",
            "SELECT 1 SELECT 2",
            "COPY t TO 'x'",
            ";",
            "-- nothing",
            "SELECT 1, FROM t",
            "SELECT 1,, 2",
            "SELECT abs(1,)",
            "SELECT 1 AS a GROUP BY a, ORDER BY 1",
        ],
    )
    def test_what_is_no_statement_is_refused_at_once(self, lake: Lake, sql: str) -> None:
        assert "mismatched input" in refused(lake, sql)

    def test_the_place_of_what_is_wrong_is_named(self, lake: Lake) -> None:
        assert "line 2:4: mismatched input 'FROM'" in refused(lake, "SELECT\n1, FROM t")

    def test_two_statements_are_refused(self, lake: Lake) -> None:
        assert refused(lake, "SELECT 1; SELECT 2").startswith("Only one sql statement is allowed")

    def test_comments_and_a_semicolon_stand_around_a_statement(self, lake: Lake) -> None:
        assert lake.rows("-- which\n/* and\n why */ SELECT 1 AS x -- one\n;") == [("1",)]

    def test_a_result_needs_a_place(self, lake: Lake) -> None:
        assert refused(lake, "SELECT 1", ResultConfiguration={}).startswith("No output location provided.")

    def test_a_bucket_that_is_not_there_fails_the_query(self, lake: Lake) -> None:
        reason = lake.refusal("SELECT 1", ResultConfiguration={"OutputLocation": "s3://no-such-bucket-here/x/"})
        assert reason == "PERMISSION_DENIED: Unable to verify/create output bucket no-such-bucket-here"

    def test_an_unknown_workgroup_and_catalog_are_refused(self, lake: Lake) -> None:
        assert refused(lake, "SELECT 1", WorkGroup="nope") == "WorkGroup nope is not found."
        for look in (lake.athena.get_work_group, lake.athena.list_query_executions):
            with pytest.raises(ClientError, match=r"InvalidRequestException.*WorkGroup nope is not found"):
                look(WorkGroup="nope")
        assert "nope" in refused(lake, "SELECT 1", QueryExecutionContext={"Catalog": "nope"})

    def test_a_database_may_stand_in_backticks(self, lake: Lake) -> None:
        assert lake.rows("SHOW TABLES", QueryExecutionContext={"Database": f"`{lake.database}`"}) == []


class TestWorkGroup:
    def make(self, lake: Lake, name: str, *, enforced: bool) -> None:
        configuration = {
            "EnforceWorkGroupConfiguration": enforced,
            "ResultConfiguration": {"OutputLocation": lake.uri("group")},
        }
        lake.athena.create_work_group(Name=name, Configuration=configuration)

    def test_it_decides_where_results_go_when_it_enforces(self, lake: Lake, name: str) -> None:
        self.make(lake, name, enforced=True)
        answer = lake.run("SELECT 1", WorkGroup=name)
        assert answer.execution["ResultConfiguration"]["OutputLocation"].startswith(lake.uri("group/"))
        assert answer.execution["WorkGroup"] == name

    def test_it_decides_where_nobody_else_does(self, lake: Lake, name: str) -> None:
        self.make(lake, name, enforced=False)
        own = lake.run("SELECT 1", WorkGroup=name)
        assert own.execution["ResultConfiguration"]["OutputLocation"].startswith(lake.uri("results/"))
        without = lake.run("SELECT 1", WorkGroup=name, ResultConfiguration={})
        assert without.execution["ResultConfiguration"]["OutputLocation"].startswith(lake.uri("group/"))

    def test_it_cannot_keep_results_in_athena(self, lake: Lake, name: str) -> None:
        managed = {"ManagedQueryResultsConfiguration": {"Enabled": True}}
        with pytest.raises(
            ClientError, match=r"InvalidRequestException.*ManagedQueryResultsConfiguration is not supported"
        ):
            lake.athena.create_work_group(Name=name, Configuration=managed)
        assert "is not found" in refused(lake, "SELECT 1", WorkGroup=name)
        with pytest.raises(ClientError, match=r"athena:UpdateWorkGroup is not supported by the local cloud"):
            lake.athena.update_work_group(WorkGroup="primary", ConfigurationUpdates={})

    def test_its_queries_are_listed_newest_first(self, lake: Lake, name: str) -> None:
        self.make(lake, name, enforced=False)
        started = [lake.start("SELECT 1", WorkGroup=name) for _ in range(3)]
        listed = lake.athena.list_query_executions(WorkGroup=name, MaxResults=2)
        assert listed["QueryExecutionIds"] == started[:0:-1]
        rest = lake.athena.list_query_executions(WorkGroup=name, NextToken=listed["NextToken"])
        assert (rest["QueryExecutionIds"], rest.get("NextToken")) == (started[:1], None)


class TestFailure:
    @pytest.mark.parametrize(
        ("sql", "reason"),
        [
            ("SELECT * FROM nope", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.{database}.nope' does not exist"),
            (
                'SELECT * FROM "no\x1bpe"',
                "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.{database}.no\x1bpe' does not",
            ),
            ('SELECT * FROM "no\x1bpe".t', "SCHEMA_NOT_FOUND: line 1:15: Schema 'no\x1bpe' does not exist"),
            ("SELECT * FROM nope.t", "SCHEMA_NOT_FOUND: line 1:15: Schema 'nope' does not exist"),
            ("SELECT * FROM nope.a.t", "CATALOG_NOT_FOUND: line 1:15: Catalog 'nope' does not exist"),
            ("SELECT\n  nope FROM t", "COLUMN_NOT_FOUND: line 2:3: Column 'nope' cannot be resolved"),
            (
                "SELECT a, 1 FROM t GROUP BY 2",
                "EXPRESSION_NOT_AGGREGATE: line 1:8: 'a' must be an aggregate expression",
            ),
            ("SELECT a FROM t x, t y", "AMBIGUOUS_NAME: line 1:8: Column 'a' is ambiguous"),
            ("SELECT nope(1)", "FUNCTION_NOT_FOUND: line 1:8: Function 'nope' not registered"),
            ("SELECT CAST('x' AS integer)", "INVALID_CAST_ARGUMENT: Cannot cast 'x' to INT"),
            ("SELECT 1 / 0", "DIVISION_BY_ZERO: Division by zero"),
            ("SELECT 1 + 'x'", "TYPE_MISMATCH: "),
            (
                "SELECT ARRAY[1][2]",
                "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: 2 > 1",
            ),
            (
                "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE",
                "NOT_SUPPORTED: MERGE INTO is not supported by the local cloud",
            ),
            ("DELETE FROM t", "NOT_SUPPORTED: DELETE FROM is not supported by the local cloud"),
        ],
    )
    def test_it_has_athena_s_name_and_words(self, lake: Lake, sql: str, reason: str) -> None:
        lake.table("a int")
        answer = lake.run(sql)
        assert answer.reason.startswith(reason.format(database=lake.database))
        error = answer.execution["Status"]["AthenaError"]
        assert (error["ErrorCategory"], error["Retryable"], error["ErrorMessage"]) == (2, False, answer.reason)

    def test_there_are_no_results(self, lake: Lake) -> None:
        identifier = lake.start("SELECT * FROM nope")
        lake.wait(identifier)
        with pytest.raises(lake.athena.exceptions.InvalidRequestException, match="Final query state: FAILED"):
            lake.athena.get_query_results(QueryExecutionId=identifier)


class TestStop:
    def test_a_query_that_runs_is_cancelled(self, lake: Lake) -> None:
        identifier = lake.start(SLOW)
        with pytest.raises(lake.athena.exceptions.InvalidRequestException, match="Query has not yet finished"):
            lake.athena.get_query_results(QueryExecutionId=identifier)
        lake.athena.stop_query_execution(QueryExecutionId=identifier)
        execution = lake.wait(identifier)
        assert execution["Status"]["State"] == "CANCELLED"
        with pytest.raises(lake.athena.exceptions.InvalidRequestException, match="Final query state: CANCELLED"):
            lake.athena.get_query_results(QueryExecutionId=identifier)

    def test_a_poll_waits_for_the_end_and_holds_up_nobody(self, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
        identifier = lake.start(SLOW)
        monkeypatch.setattr("local_cloud.athena.api.queries._HEAD_START_SECONDS", 60)
        with ThreadPoolExecutor() as threads:
            polled = threads.submit(lake.athena.get_query_execution, QueryExecutionId=identifier)
            lake.s3.list_buckets()
            with pytest.raises(TimeoutError):
                polled.result(timeout=0.2)
            lake.athena.stop_query_execution(QueryExecutionId=identifier)
            assert polled.result(timeout=30)["QueryExecution"]["Status"]["State"] == "CANCELLED"

    def test_one_that_has_ended_stays_as_it_is(self, lake: Lake) -> None:
        identifier = lake.start("SELECT 1")
        lake.wait(identifier)
        lake.athena.stop_query_execution(QueryExecutionId=identifier)
        assert lake.wait(identifier)["Status"]["State"] == "SUCCEEDED"


def test_several_are_described_at_once(lake: Lake) -> None:
    one, unknown = lake.start("SELECT 1"), str(uuid.uuid4())
    answer = lake.athena.batch_get_query_execution(QueryExecutionIds=[one, unknown])
    assert [item["QueryExecutionId"] for item in answer["QueryExecutions"]] == [one]
    assert [item["QueryExecutionId"] for item in answer["UnprocessedQueryExecutionIds"]] == [unknown]


def test_an_unknown_query_is_refused(lake: Lake) -> None:
    for call in (lake.athena.get_query_execution, lake.athena.get_query_results, lake.athena.stop_query_execution):
        with pytest.raises(lake.athena.exceptions.InvalidRequestException, match="was not found"):
            call(QueryExecutionId=str(uuid.uuid4()))


def test_a_result_is_read_from_its_file(lake: Lake) -> None:
    identifier = lake.start(
        "SELECT * FROM (VALUES ('a', 1), (null, 2), ('', 3), ('q\"uo,te', 4), ('\n', 5), ('é', 6)) AS t (s, i)"
    )
    lake.wait(identifier)
    api = lake.athena
    cells = [row["Data"] for row in api.get_query_results(QueryExecutionId=identifier)["ResultSet"]["Rows"]]
    assert [row[0].get("VarCharValue") for row in cells] == ["s", "a", None, "", 'q"uo,te', "\n", "é"]
    pages = api.get_paginator("get_query_results").paginate(
        QueryExecutionId=identifier, PaginationConfig={"PageSize": 2}
    )
    assert [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]] == cells
    location = api.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]["ResultConfiguration"]
    bucket, key = location["OutputLocation"].removeprefix("s3://").split("/", 1)
    lake.s3.put_object(Bucket=bucket, Key=key, Body=b'"s"x')
    with pytest.raises(ClientError, match="Could not find results"):
        api.get_query_results(QueryExecutionId=identifier)
    lake.s3.delete_object(Bucket=bucket, Key=key)
    with pytest.raises(ClientError, match="Could not find results"):
        api.get_query_results(QueryExecutionId=identifier)
    with pytest.raises(ClientError, match="Could not find results"):
        api.get_query_results(QueryExecutionId=identifier, NextToken="3")


def test_cells_of_any_size_and_many_rows_are_paged(lake: Lake) -> None:
    identifier = lake.start(
        "SELECT 2469 * j + i AS i, IF(i + j = 1, array_join(repeat(array_join(repeat('long\"', 5000), ''), 100), ''), 'x') AS s "
        "FROM UNNEST(sequence(1, 2469)) AS t (i) CROSS JOIN UNNEST(sequence(0, 4)) AS u (j)"
    )
    lake.wait(identifier)
    pages = lake.athena.get_paginator("get_query_results").paginate(QueryExecutionId=identifier)
    rows = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]]
    assert sorted(int(row[0]["VarCharValue"]) for row in rows[1:]) == list(range(1, 12346))
    assert max(len(row[1]["VarCharValue"]) for row in rows) == 2_500_000
