"""Queries read the registered partitions that meet their conditions, each by its own storage descriptor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloud_under_test.lake import OPENX_JSON

if TYPE_CHECKING:
    from cloud_under_test.lake import Lake


@pytest.fixture
def sizes(lake: Lake) -> dict[str, int]:
    """The sizes of three days' partitions."""
    lake.table("a int", keys="dt string, hour int")
    found = {}
    for number, day in enumerate(("2021-12-14", "2021-12-15", "2021-12-16")):
        lake.partition(day, str(number))
        found[day] = lake.put(f"t/{day}/{number}/1.csv", f"{10**number}\n" * (number + 1))
    return found


class TestReading:
    def test_what_is_not_registered_is_not_there(self, lake: Lake, sizes: dict[str, int]) -> None:
        lake.put("t/2021-12-17/3/1.csv", "1\n")
        assert lake.rows("SELECT count(*), count(DISTINCT dt) FROM t") == [("6", "3")]

    def test_a_partition_is_read_where_it_lies(self, lake: Lake) -> None:
        lake.table("a int", keys="dt string")
        lake.partition("x", prefix="elsewhere/run-2/")
        lake.put("elsewhere/run-2/1.csv", "1\n")
        lake.put("elsewhere/run-20/1.csv", "2\n")  # a sibling with the same prefix
        lake.put("t/x/1.csv", "3\n")
        assert lake.rows('SELECT a, dt, "$path" FROM t') == [("1", "x", lake.uri("elsewhere/run-2/1.csv"))]
        assert lake.rows("SELECT * FROM t") == [("1", "x")]

    def test_a_partition_is_read_as_its_own_storage_descriptor_says(self, lake: Lake) -> None:
        lake.table("a int, b string", keys="dt string")
        lake.partition("csv")
        lake.put("t/csv/1.csv", "1,x\n")
        lake.partition(
            "tabs", storage=lake.storage("a int, b string", "t/tabs/", serde_parameters={"field.delim": "\t"})
        )
        lake.put("t/tabs/1.tsv", "2\ty\n")
        lake.partition("json", storage=lake.storage("a int, b string", "t/json/", OPENX_JSON))
        lake.put("t/json/1.json", '{"b": "z", "a": 3}\n')
        lake.partition("old", storage=lake.storage("a int", "t/old/"))  # from before b was added
        lake.put("t/old/1.csv", "4,lost\n")
        assert lake.rows("SELECT a, b, dt FROM t ORDER BY a") == [
            ("1", "x", "csv"),
            ("2", "y", "tabs"),
            ("3", "z", "json"),
            ("4", None, "old"),
        ]

    def test_a_partition_that_was_created_without_columns_has_the_tables(self, lake: Lake) -> None:
        lake.table("a int, b string", keys="dt string")
        lake.partition("csv", storage={**lake.storage("a int, b string", "t/csv/"), "Columns": []})
        lake.put("t/csv/1.csv", "1,x\n")
        without = lake.storage("a int, b string", "t/json/", OPENX_JSON)
        del without["Columns"]
        lake.partition("json", storage=without)
        lake.put("t/json/1.json", '{"b": "z", "a": 3}\n')
        assert lake.rows("SELECT a, b, dt FROM t ORDER BY a") == [("1", "x", "csv"), ("3", "z", "json")]

    def test_hidden_and_empty_objects_are_no_data(self, lake: Lake) -> None:
        lake.table("a string")
        for key in ("_SUCCESS", ".part.crc", "_temporary/0/part", "sub/.hidden", "sub/_x/1"):
            lake.put(f"t/{key}", "no\n")
        lake.put("t/empty.csv", "")
        lake.put("t/sub/1.csv", "yes\n")
        answer = lake.run("SELECT a FROM t")
        assert (answer.rows, answer.scanned) == ([("yes",)], len("yes\n"))

    def test_hive_s_null_is_null(self, lake: Lake) -> None:
        lake.table("a int", keys="dt string, n int")
        lake.partition("__HIVE_DEFAULT_PARTITION__", "__HIVE_DEFAULT_PARTITION__", prefix="t/null/")
        lake.partition("x", "5")
        lake.put("t/null/1.csv", "1\n")
        lake.put("t/x/5/1.csv", "2\n")
        assert lake.rows("SELECT a, dt, n FROM t ORDER BY a") == [("1", None, None), ("2", "x", "5")]
        assert lake.rows("SELECT a FROM t WHERE dt IS NULL") == [("1",)]
        assert lake.rows("SELECT a FROM t WHERE n = 5") == [("2",)]

    def test_keys_have_their_types(self, lake: Lake) -> None:
        lake.table("a int", keys="d date, n int")
        lake.partition("2021-12-15", "07")
        lake.put("t/2021-12-15/07/1.csv", "1\n")
        answer = lake.run("SELECT d, n, typeof(d) FROM t WHERE d >= date '2021-12-01' AND n < 8")
        assert (answer.rows, answer.types) == ([("2021-12-15", "7", "date")], ["date", "integer", "varchar"])

    @pytest.mark.parametrize(("kind", "named"), [("date", "DATE"), ("int", "INTEGER")])
    def test_a_value_that_its_key_cannot_have_fails_the_query(self, lake: Lake, kind: str, named: str) -> None:
        lake.table("n int", keys=f"k {kind}", name="typed")
        lake.put("typed/x/1.csv", "1\n")
        lake.partition("x", table="typed")
        said = f"HIVE_INVALID_PARTITION_VALUE: Invalid partition value 'x' for {named} partition key: k"
        assert lake.refusal("SELECT k FROM typed") == said
        assert lake.refusal("SELECT n FROM typed WHERE k IS NOT NULL") == said

    def test_the_partitions_are_a_table(self, lake: Lake, sizes: dict[str, int]) -> None:
        assert lake.rows('SELECT * FROM "t$partitions" WHERE hour > 0 ORDER BY 1') == [
            ("2021-12-15", "1"),
            ("2021-12-16", "2"),
        ]

    def test_a_registered_partition_without_data_has_no_rows(self, lake: Lake) -> None:
        lake.table("a int", keys="dt string")
        lake.partition("x")
        assert lake.rows("SELECT * FROM t") == []

    def test_a_partition_in_a_bucket_that_is_not_there_fails_the_query(self, lake: Lake) -> None:
        lake.table("a int", keys="dt string")
        lake.partition("x", storage={**lake.storage("a int", ""), "Location": "s3://no-such-bucket-here/x/"})
        assert lake.refusal("SELECT * FROM t").startswith(
            "PERMISSION_DENIED: Access denied on S3 path: s3://no-such-bucket-here/x/"
        )


PRUNED = [
    ("SELECT * FROM t WHERE dt = '2021-12-15'", "2021-12-15"),
    ("SELECT * FROM t WHERE dt IN ('2021-12-14', '2021-12-16') AND a > 0", "2021-12-14 2021-12-16"),
    ("SELECT * FROM t WHERE dt BETWEEN '2021-12-15' AND '2021-12-31'", "2021-12-15 2021-12-16"),
    ("SELECT * FROM t WHERE dt = '2021-12-14' OR hour = 2", "2021-12-14 2021-12-16"),
    ("SELECT * FROM t WHERE dt = '2021-12-14' OR a = 1", "2021-12-14 2021-12-15 2021-12-16"),
    ("SELECT * FROM t AS x WHERE x.dt LIKE '%-16' AND x.hour + 0 = 2", "2021-12-16"),
    ("SELECT * FROM t WHERE NOT dt < '2021-12-16'", "2021-12-16"),
    ("SELECT * FROM t WHERE date(dt) = date_add('day', 1, date '2021-12-15')", "2021-12-16"),
    ("SELECT * FROM t WHERE dt = date_format(date '2021-12-15', '%Y-%m-%d')", "2021-12-15"),
    ("SELECT count(*) FROM t WHERE dt = 'none'", ""),
    ("SELECT * FROM t x JOIN (VALUES 1) AS v(k) ON true WHERE x.dt = '2021-12-15'", "2021-12-15"),
    ("SELECT * FROM t CROSS JOIN UNNEST(ARRAY[1, 2]) AS u(n) WHERE dt = '2021-12-15'", "2021-12-15"),
    ("WITH c AS (SELECT * FROM t) SELECT * FROM c WHERE dt = '2021-12-15'", "2021-12-15"),
    (
        "WITH c AS (SELECT a, dt AS day FROM t), d AS (SELECT day FROM c) SELECT * FROM d WHERE day = '2021-12-15'",
        "2021-12-15",
    ),
    ("SELECT * FROM (SELECT a, dt FROM t WHERE hour > 0) s WHERE s.dt < '2021-12-16'", "2021-12-15"),
    ("SELECT * FROM (SELECT dt FROM t WHERE dt = '2021-12-15')", "2021-12-15"),
    (
        "SELECT max(a) FROM t WHERE dt = '2021-12-14' UNION ALL SELECT max(a) FROM t WHERE dt = '2021-12-16'",
        "2021-12-14 2021-12-16",
    ),
    ("SELECT 1 WHERE EXISTS (SELECT 1 FROM t WHERE dt = '2021-12-15')", "2021-12-15"),
]


@pytest.mark.parametrize(("sql", "days"), PRUNED, ids=[sql for sql, _ in PRUNED])
def test_only_the_partitions_that_a_query_asks_for_are_read(
    lake: Lake, sizes: dict[str, int], sql: str, days: str
) -> None:
    answer = lake.run(sql)
    assert answer.state == "SUCCEEDED", answer.reason
    assert answer.scanned == sum(sizes[day] for day in days.split())


READ = [
    # Conditions that must not prune partitions.
    ("SELECT count(*) FROM (SELECT dt, count(*) OVER () n FROM t) WHERE dt = '2021-12-15' AND n = 6", "2"),
    ("SELECT count(*) FROM (SELECT dt FROM t ORDER BY dt LIMIT 1) WHERE dt = '2021-12-16'", "0"),
    ("SELECT count(v.k) FROM (VALUES '2021-12-14', 'x') v(k) LEFT JOIN t ON v.k = t.dt WHERE t.dt IS NULL", "1"),
    ("SELECT count(*) FROM (SELECT max(dt) AS dt FROM t) WHERE dt = '2021-12-15'", "0"),
    ("WITH c AS (SELECT dt FROM t) SELECT count(*) FROM c x JOIN c y ON x.dt < y.dt WHERE x.dt = '2021-12-14'", "5"),
    ("SELECT count(*) FROM (SELECT DISTINCT dt FROM t) WHERE dt > '2021-12-14'", "2"),
    ("SELECT sum(n) FROM (SELECT dt, count(*) n FROM t GROUP BY dt) WHERE dt > '2021-12-14'", "5"),
    ("SELECT count(*) FROM t WHERE dt = (SELECT max(dt) FROM t)", "3"),
    ("SELECT count(*) FROM t WHERE dt IN (SELECT dt FROM t WHERE a = 100)", "3"),
]


@pytest.mark.parametrize(("sql", "expected"), READ, ids=[sql for sql, _ in READ])
def test_the_answer_is_that_of_the_whole_table(lake: Lake, sizes: dict[str, int], sql: str, expected: str) -> None:
    assert lake.rows(sql) == [(expected,)]
