"""ALTER TABLE, SHOW TBLPROPERTIES, EXPLAIN and prepared statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cloud_under_test.lake import Lake


def described(lake: Lake) -> dict[str, Any]:
    table: dict[str, Any] = lake.glue.get_table(DatabaseName=lake.database, Name="t")["Table"]
    return table


class TestAlterTable:
    def test_properties_are_added_and_shown(self, lake: Lake) -> None:
        lake.table("a int", parameters={"x": "1"})
        lake.rows("ALTER TABLE t SET TBLPROPERTIES ('y' = 'it''s', 'x' = '2')")
        assert described(lake)["Parameters"] == {"x": "2", "y": "it's"}
        assert lake.rows("SHOW TBLPROPERTIES t") == [("x\t2",), ("y\tit's",)]
        assert lake.rows("SHOW TBLPROPERTIES t('y')") == [("it's",)]

    def test_columns_are_added_and_are_null_in_older_files(self, lake: Lake) -> None:
        lake.table("a int")
        lake.put("t/1", "1\n")
        lake.rows("ALTER TABLE t ADD COLUMNS (b string, c map<string,int>)")
        assert lake.rows("SELECT a, b FROM t") == [("1", None)]
        assert "Duplicate column name: b" in lake.refusal("ALTER TABLE t ADD COLUMNS (b int)")

    def test_columns_are_replaced(self, lake: Lake) -> None:
        lake.table("a int, b int")
        lake.rows("ALTER TABLE t REPLACE COLUMNS (z string)")
        assert [column["Name"] for column in described(lake)["StorageDescriptor"]["Columns"]] == ["z"]

    def test_the_location_is_set(self, lake: Lake) -> None:
        lake.table("a int")
        lake.put("other/1", "7\n")
        lake.rows(f"ALTER TABLE t SET LOCATION '{lake.uri('other/')}'")
        assert lake.rows("SELECT a FROM t") == [("7",)]

    def test_a_partition_is_renamed_and_keeps_its_files(self, lake: Lake) -> None:
        lake.table("a int", keys="dt string")
        lake.partition("2024-01-01")
        lake.put("t/2024-01-01/1", "1\n")
        lake.rows("ALTER TABLE t PARTITION (dt='2024-01-01') RENAME TO PARTITION (dt='2024-01-02')")
        assert lake.rows("SELECT * FROM t") == [("1", "2024-01-02")]
        assert "Partition not found" in lake.refusal(
            "ALTER TABLE t PARTITION (dt='2024-01-01') RENAME TO PARTITION (dt='2024-01-03')"
        )


class TestInsert:
    def test_listed_columns_are_written_and_others_are_null(self, lake: Lake) -> None:
        lake.table("a int, b string, c double")
        lake.rows("INSERT INTO t (c, a) SELECT 1.5, 2")
        lake.rows("INSERT INTO t (SELECT 3, 'x', 2e0)")
        assert lake.rows("SELECT * FROM t ORDER BY a") == [("2", None, "1.5"), ("3", "x", "2.0")]

    def test_listed_columns_may_be_quoted(self, lake: Lake) -> None:
        lake.table("a int, select string, with-dash string")
        lake.rows("""INSERT INTO t ("a", "select", "with-dash") (SELECT 1, 'x', 'y')""")
        assert lake.rows("SELECT * FROM t") == [("1", "x", "y")]

    @pytest.mark.parametrize(
        ("columns", "reason"),
        [
            ("a, z", "COLUMN_NOT_FOUND: line 1:1: Insert column name does not exist in target table: z"),
            ("a, a", "DUPLICATE_COLUMN_NAME: line 1:1: Insert column name is specified more than once: a"),
        ],
    )
    def test_wrong_columns_are_refused(self, lake: Lake, columns: str, reason: str) -> None:
        lake.table("a int, b int")
        assert lake.refusal(f"INSERT INTO t ({columns}) SELECT 1, 2") == reason

    def test_another_type_is_refused(self, lake: Lake) -> None:
        lake.table("a int")
        assert lake.refusal("INSERT INTO t SELECT 'x'").startswith(
            "TYPE_MISMATCH: line 1:1: Insert query has mismatched"
        )


class TestCreateTableAs:
    def test_a_hive_table_may_be_named_so(self, lake: Lake) -> None:
        lake.rows(
            "CREATE TABLE made WITH (table_type = 'HIVE', is_external = true, format = 'PARQUET') AS SELECT 1 AS a"
        )
        assert lake.rows("SELECT a FROM made") == [("1",)]

    @pytest.mark.parametrize("given", ["table_type = 'ICEBERG'", "bucketed_by = ARRAY['a'], bucket_count = 2"])
    def test_iceberg_and_buckets_are_refused_by_name(self, lake: Lake, given: str) -> None:
        reason = lake.refusal(f"CREATE TABLE made WITH ({given}) AS SELECT 1 AS a")
        assert reason.startswith("NOT_SUPPORTED: ")
        assert given.partition(" ")[0] in reason or "bucket" in reason

    def test_an_iceberg_table_is_refused_by_name(self, lake: Lake) -> None:
        location = f"LOCATION '{lake.uri('ice/')}' TBLPROPERTIES ('table_type' = 'ICEBERG')"
        reason = lake.refusal(f"CREATE TABLE IF NOT EXISTS ice (a int) {location}")
        assert reason == "NOT_SUPPORTED: CREATE TABLE of Iceberg is not supported by the local cloud"

    @pytest.mark.parametrize(
        ("parameters", "kind"),
        [
            ({"table_type": "ICEBERG"}, "Iceberg"),
            ({"spark.sql.sources.provider": "delta"}, "Delta"),
            ({"table_type": "HUDI"}, "Hudi"),
        ],
    )
    def test_tables_of_other_formats_are_refused_by_name(
        self, lake: Lake, parameters: dict[str, str], kind: str
    ) -> None:
        lake.table("a string", parameters=parameters)
        lake.put("t/metadata/1.json", "{}")
        for statement in ("SELECT a FROM t", "INSERT INTO t VALUES ('1')"):
            reason = lake.refusal(statement)
            assert reason.startswith("NOT_SUPPORTED: ")
            assert reason.endswith(f".t: {kind} tables are not supported by the local cloud")

    def test_nothing_is_written_without_rows(self, lake: Lake) -> None:
        lake.rows(f"UNLOAD (SELECT 1 AS a WHERE false) TO '{lake.uri('out/')}' WITH (format = 'PARQUET')")
        assert "Contents" not in lake.s3.list_objects_v2(Bucket=lake.bucket, Prefix="out/")


class TestExplain:
    def test_a_query_is_analyzed_and_not_run(self, lake: Lake) -> None:
        assert lake.rows("EXPLAIN SELECT 1 / 0")
        assert lake.rows("EXPLAIN (TYPE VALIDATE) SELECT 1") == [("true",)]
        assert lake.refusal("EXPLAIN SELECT nope").startswith("COLUMN_NOT_FOUND: line 1:8: ")
        assert lake.refusal("EXPLAIN (FORMAT JSON) SELECT 1").startswith("NOT_SUPPORTED: ")


class TestPreparedStatements:
    def test_it_is_executed_with_values_until_it_is_deallocated(self, lake: Lake) -> None:
        lake.rows("PREPARE p FROM SELECT x FROM (VALUES 1, 2, 3) t(x) WHERE x > ? AND x < ?")
        assert lake.rows("EXECUTE p USING 1, 3") == [("2",)]
        assert lake.run("EXECUTE p", ExecutionParameters=["2", "9"]).rows == [("3",)]
        lake.rows("DEALLOCATE PREPARE p")
        with pytest.raises(lake.athena.exceptions.InvalidRequestException, match="PreparedStatement p was not found"):
            lake.start("EXECUTE p USING 1, 3")

    def test_one_made_by_the_api_is_executed_too(self, lake: Lake) -> None:
        lake.athena.create_prepared_statement(
            StatementName="made", WorkGroup="primary", QueryStatement="SELECT ? || 'x' AS y"
        )
        assert lake.rows("EXECUTE made USING 'a'") == [("ax",)]
