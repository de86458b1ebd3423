"""Statements that are nested too deeply are rejected with a message, whatever their kind and whatever they nest."""

# ruff: noqa: S608 - the statements are the test's own

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud_under_test.lake import Lake

NESTED: dict[str, Callable[[int], str]] = {
    "parentheses": lambda depth: "(" * depth + "1" + ")" * depth,
    "functions": lambda depth: "abs(" * depth + "1" + ")" * depth,
    "signs": lambda depth: "- " * depth + "1",
    "cases": lambda depth: "CASE WHEN true THEN " * depth + "1" + " END" * depth,
    "casts": lambda depth: "CAST(" * depth + "1" + " AS bigint)" * depth,
    "sums": lambda depth: "1" + " + 1" * depth,
    "arrays": lambda depth: "cardinality(" + "ARRAY[" * depth + "1" + "]" * depth + ")",
    "subqueries": lambda depth: "(SELECT " * depth + "1" + ")" * depth,
}
PARENTHESES = NESTED["parentheses"](2000)
TYPES = "array<" * 2000 + "int" + ">" * 2000
STATEMENTS = {
    "select": f"SELECT {PARENTHESES} AS x",
    "from": f"SELECT x FROM (SELECT {PARENTHESES} AS x) WHERE x = {PARENTHESES}",
    "with": f"WITH a AS (SELECT {PARENTHESES} AS x) SELECT x FROM a",
    "values": f"VALUES ({PARENTHESES})",
    "bare": PARENTHESES,
    "insert": f"INSERT INTO t SELECT {PARENTHESES}",
    "create-table-as": f"CREATE TABLE made AS SELECT {PARENTHESES} AS x",
    "create-table-with": f"CREATE TABLE made WITH (format = {PARENTHESES}) AS SELECT 1 AS x",
    "create-view": f"CREATE OR REPLACE VIEW v AS SELECT {PARENTHESES} AS x",
    "create-columns": f"CREATE EXTERNAL TABLE made ({PARENTHESES}) LOCATION 's3://bucket/x/'",
    "create-types": f"CREATE EXTERNAL TABLE made (a {TYPES}) LOCATION 's3://bucket/x/'",
    "create-properties": f"CREATE EXTERNAL TABLE made (a int) LOCATION 's3://bucket/x/' TBLPROPERTIES {PARENTHESES}",
    "create-database": f"CREATE DATABASE {PARENTHESES}",
    "msck": f"MSCK REPAIR TABLE {PARENTHESES}",
    "alter-add": f"ALTER TABLE t ADD PARTITION (a = {PARENTHESES})",
    "alter-drop": f"ALTER TABLE t DROP PARTITION {PARENTHESES}",
    "alter-location": f"ALTER TABLE t PARTITION {PARENTHESES} SET LOCATION 's3://bucket/x/'",
    "drop-table": f"DROP TABLE {PARENTHESES}",
    "drop-view": f"DROP VIEW {PARENTHESES}",
    "show": f"SHOW PARTITIONS {PARENTHESES}",
    "describe": f"DESCRIBE {PARENTHESES}",
    "unload": f"UNLOAD (SELECT {PARENTHESES} AS x) TO 's3://bucket/x/' WITH (format = 'JSON')",
    "unload-open": f"UNLOAD ({'(' * 2000} TO 's3://bucket/x/' WITH (format = 'JSON')",
    "explain": f"EXPLAIN SELECT {PARENTHESES}",
    "prepare": f"PREPARE p FROM SELECT {PARENTHESES}",
    "execute": f"EXECUTE p USING {PARENTHESES}",
    "deallocate": f"DEALLOCATE PREPARE {PARENTHESES}",
    "delete": f"DELETE FROM t WHERE x = {PARENTHESES}",
    "update": f"UPDATE t SET x = {PARENTHESES}",
    "merge": f"MERGE INTO t USING {PARENTHESES} ON true WHEN MATCHED THEN DELETE",
    "optimize": f"OPTIMIZE t REWRITE DATA USING BIN_PACK WHERE x = {PARENTHESES}",
}
TOO_LARGE = "line 1:1: statement is too large (stack overflow while parsing)"


def answer(lake: Lake, sql: str) -> str:
    """Run a statement, and return its rows, or the message of its error."""
    begun = time.monotonic()
    try:
        done = lake.run(sql)
    except lake.athena.exceptions.InvalidRequestException as error:
        said = str(error.response["Error"]["Message"])
    else:
        said = str(done.rows) if done.state == "SUCCEEDED" else done.reason
    assert time.monotonic() - begun < 60, "nesting takes no time of its own"
    assert "recursion" not in said.lower()
    assert "GENERIC_INTERNAL_ERROR" not in said
    return said


@pytest.mark.parametrize("kind", STATEMENTS)
def test_two_thousand_parentheses_are_refused_in_every_statement(lake: Lake, kind: str) -> None:
    lake.table("a string", keys="a string")
    said = answer(lake, STATEMENTS[kind])
    assert not said.startswith("["), "it has no answer"
    assert said


@pytest.mark.parametrize("depth", [30, 80, 300, 2000])
@pytest.mark.parametrize("nested", NESTED)
def test_whatever_is_nested_is_answered_or_refused(lake: Lake, nested: str, depth: int) -> None:
    said = answer(lake, f"SELECT x FROM (SELECT {NESTED[nested](depth)} AS x)")
    allowed = {"[('1',)]", f"[('{depth + 1}',)]", TOO_LARGE}
    if depth == 30:
        allowed.remove(TOO_LARGE)
    assert said in allowed or "Max expression depth limit of 1000 exceeded" in said
