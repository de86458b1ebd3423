"""Tests of the tables that a statement names, and of rewriting their names."""

from __future__ import annotations

import pytest

from partitioned_pipelines.cli.athena.statement import find_references, rewrite


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT * FROM flights", ["flights"]),
        ("select a from x left join y using (b), z group by a, b", ["x", "y", "z"]),
        ("WITH w AS (SELECT * FROM a), v (x) AS (SELECT 1) SELECT * FROM w, v JOIN b ON 1 = 1, c.d", ["a", "b", "c.d"]),
        ("SELECT a, (SELECT max(q) FROM t2), b FROM t1 WHERE a IN (SELECT a FROM t3)", ["t2", "t1", "t3"]),
        ("SELECT 'FROM x', \"y\" -- FROM z\n /* FROM q */ FROM\n`t`", ["t"]),
        ("SELECT extract(year FROM x), trim(both ' ' FROM y) FROM t", ["t"]),
        ("SELECT * FROM unnest(ARRAY[1, 2]) u(a), t", ["t"]),
        ("SELECT * FROM (VALUES (1), (2))", []),
        ('SELECT * FROM "flights$partitions"', ["flights"]),
        ('SELECT * FROM awsdatacatalog.d."t"', ["d.t"]),
        ("INSERT INTO t (a, b) SELECT * FROM s", ["t", "s"]),
        ("UNLOAD (SELECT * FROM t) TO 's3://b/' WITH (format = 'PARQUET')", ["t"]),
        ("EXPLAIN SELECT * FROM t", ["t"]),
        ("SHOW PARTITIONS t", ["t"]),
        ("MSCK REPAIR TABLE `t`", ["t"]),
        ("DROP TABLE IF EXISTS t", []),
        ("SHOW TABLES IN d", []),
        ("((", []),
        ("FROM", []),
        ("", []),
    ],
)
def test_references(sql: str, names: list[str]) -> None:
    assert [str(reference) for reference in find_references(sql)] == names


@pytest.mark.parametrize(
    ("sql", "rewritten"),
    [
        ("SELECT t.a FROM t, x.t AS u", "SELECT t.a FROM d.new, d.new AS u"),
        ('SELECT * FROM "t$partitions"', 'SELECT * FROM d."new$partitions"'),
        ("SHOW PARTITIONS t", "SHOW PARTITIONS d.new"),
    ],
)
def test_rewritten(sql: str, rewritten: str) -> None:
    assert rewrite(sql, dict.fromkeys(find_references(sql), ("d", "new"))) == rewritten


def test_names_that_need_quotes_have_those_of_their_statement() -> None:
    for sql, rewritten in {
        "SELECT * FROM t": 'SELECT * FROM "my-db".t',
        "SHOW PARTITIONS t": "SHOW PARTITIONS `my-db`.t",
    }.items():
        assert rewrite(sql, dict.fromkeys(find_references(sql), ("my-db", "t"))) == rewritten
