"""Views, CREATE TABLE AS, INSERT INTO and UNLOAD."""

# ruff: noqa: S608 - the SQL is the test's own

from __future__ import annotations

import base64
import gzip
import io
import json
import re
from typing import TYPE_CHECKING, Any

import pyarrow.parquet
import pytest

if TYPE_CHECKING:
    from cloud_under_test.lake import Lake

SOURCE = "(VALUES (1, 'x', '2021-12-14'), (2, NULL, '2021-12-15'), (3, 'z', '2021-12-15')) AS v(n, s, dt)"


def manifest(lake: Lake, execution: dict[str, Any]) -> list[str]:
    return lake.get(execution["Statistics"]["DataManifestLocation"]).decode().splitlines()


class TestViews:
    def test_a_view_is_read_and_kept_as_athena_keeps_it(self, lake: Lake) -> None:
        lake.table("a int, s string", keys="dt string")
        lake.partition("1")
        lake.partition("2")
        lake.put("t/1/1.csv", "1,x\n")
        size = lake.put("t/2/1.csv", "22,y\n")
        sql = "SELECT a, upper(s) AS s, dt FROM t WHERE a > 0"
        lake.rows(f"CREATE VIEW v AS {sql}")
        table = lake.glue.get_table(DatabaseName=lake.database, Name="v")["Table"]
        assert (table["TableType"], table["Parameters"]["presto_view"]) == ("VIRTUAL_VIEW", "true")
        text = re.fullmatch(r"/\* Presto View: (.*) \*/", table["ViewOriginalText"])
        assert text is not None
        document = json.loads(base64.b64decode(text[1]))
        assert (document["originalSql"], document["schema"]) == (sql, lake.database)
        assert [column["Type"] for column in table["StorageDescriptor"]["Columns"]] == ["int", "string", "string"]
        elsewhere = {"QueryExecutionContext": {"Database": "default"}}
        answer = lake.run(f"SELECT * FROM {lake.database}.v AS w WHERE w.dt = '2'", **elsewhere)
        assert (answer.rows, answer.scanned) == ([("22", "Y", "2")], size)
        assert lake.rows("SELECT count(*) FROM v JOIN t USING (a)") == [("2",)]

    def test_views_of_views(self, lake: Lake) -> None:
        lake.rows("CREATE VIEW v AS SELECT 1 AS a")
        lake.rows("CREATE OR REPLACE VIEW w AS WITH c AS (SELECT * FROM v) SELECT a + 1 AS b FROM c")
        assert lake.rows("SELECT * FROM w") == [("2",)]
        lake.rows("CREATE OR REPLACE VIEW v AS SELECT 5 AS a")
        assert lake.rows("SELECT * FROM w") == [("6",)]
        assert lake.rows("SHOW VIEWS") == [("v",), ("w",)]
        assert lake.rows("SHOW CREATE VIEW v")[1:] == [("SELECT 5 AS a",)]

    def test_what_is_wrong_is_named(self, lake: Lake) -> None:
        lake.table("a int")
        lake.rows("CREATE VIEW v AS SELECT 1 AS a")
        assert lake.refusal("CREATE VIEW v AS SELECT 1 AS a").startswith("VIEW_ALREADY_EXISTS")
        assert lake.refusal("CREATE OR REPLACE VIEW t AS SELECT 1 AS a").startswith("TABLE_ALREADY_EXISTS")
        assert lake.refusal("CREATE VIEW w AS SELECT 1").startswith("MISSING_COLUMN_NAME")
        assert lake.refusal("CREATE VIEW w AS SELECT * FROM nope").startswith("TABLE_NOT_FOUND")
        assert lake.refusal("DROP VIEW t").startswith("TYPE_MISMATCH")
        lake.rows("DROP VIEW v")
        assert lake.refusal("DROP VIEW v").startswith("TABLE_NOT_FOUND")
        lake.rows("DROP VIEW IF EXISTS v")

    def test_a_view_of_itself_is_refused(self, lake: Lake) -> None:
        lake.rows("CREATE VIEW v AS SELECT 1 AS a")
        lake.rows("CREATE VIEW w AS SELECT * FROM v")
        lake.rows("CREATE OR REPLACE VIEW v AS SELECT * FROM w")
        assert lake.refusal("SELECT * FROM v").startswith("VIEW_IS_RECURSIVE")


class TestCreateTableAs:
    @pytest.mark.parametrize("file_format", ["PARQUET", "ORC", "TEXTFILE", "JSON"])
    def test_what_was_selected_is_what_is_read(self, lake: Lake, file_format: str) -> None:
        location = lake.uri("made")
        answer = lake.run(
            f"CREATE TABLE c WITH (format = '{file_format}', external_location = '{location}', partitioned_by = ARRAY['dt']) "
            "AS SELECT n, s, n * 1.5 AS d, sum(n) AS total, date '2021-12-15' AS day, timestamp '2021-12-15 01:02:03.004' AS seen, "
            f"dt FROM {SOURCE} GROUP BY n, s, dt"
        )
        assert answer.state == "SUCCEEDED", answer.reason
        assert (answer.rows, [column["Name"] for column in answer.columns]) == ([], ["rows"])
        assert (answer.execution["StatementType"], answer.execution["SubstatementType"]) == (
            "DDL",
            "CREATE_TABLE_AS_SELECT",
        )
        assert lake.rows("SELECT * FROM c ORDER BY n") == [
            ("1", "x", "1.5", "1", "2021-12-15", "2021-12-15 01:02:03.004", "2021-12-14"),
            ("2", None, "3.0", "2", "2021-12-15", "2021-12-15 01:02:03.004", "2021-12-15"),
            ("3", "z", "4.5", "3", "2021-12-15", "2021-12-15 01:02:03.004", "2021-12-15"),
        ]
        assert lake.rows("SHOW PARTITIONS c") == [("dt=2021-12-14",), ("dt=2021-12-15",)]
        files = manifest(lake, answer.execution)
        assert [uri.startswith(f"{location}/dt=2021-12-") for uri in files] == [True, True]

    def test_nested_types_come_through(self, lake: Lake) -> None:
        values = (
            "ARRAY[1, 2] AS a, MAP(ARRAY['k'], ARRAY[1.5]) AS m, CAST(ROW(1, 'x') AS ROW(f integer, g varchar)) AS r"
        )
        lake.rows(f"CREATE TABLE c AS SELECT {values}")
        assert lake.rows("SELECT * FROM c") == [("[1, 2]", "{k=1.5}", "{f=1, g=x}")]
        columns = lake.glue.get_table(DatabaseName=lake.database, Name="c")["Table"]["StorageDescriptor"]["Columns"]
        assert [column["Type"] for column in columns] == [
            "array<int>",
            "map<varchar(1),double>",
            "struct<f:int,g:string>",
        ]

    def test_timestamps_in_parquet_are_int96_and_columns_optional(self, lake: Lake) -> None:
        seen = "timestamp '1969-12-31 23:59:59.999' AS seen, ARRAY[timestamp '2021-12-15 01:02:03'] AS several"
        answer = lake.run(f"CREATE TABLE c AS SELECT 1 AS n, {seen}")
        (uri,) = manifest(lake, answer.execution)
        schema = pyarrow.parquet.ParquetFile(io.BytesIO(lake.get(uri))).schema
        columns = [schema.column(place) for place in range(3)]
        assert [column.physical_type for column in columns] == ["INT32", "INT96", "INT96"]
        assert columns[0].max_definition_level == 1
        assert lake.rows("SELECT * FROM c") == [("1", "1969-12-31 23:59:59.999", "[2021-12-15 01:02:03.000]")]

    def test_orc_that_trino_would_reject_is_not_written(self, lake: Lake) -> None:
        sql = "CREATE TABLE c WITH (format = 'ORC') AS SELECT timestamp '1969-12-31 23:59:59.999' AS seen"
        assert lake.refusal(sql).startswith("NOT_SUPPORTED: seen: the local cloud does not write")

    def test_without_a_location_it_lies_with_the_results(self, lake: Lake) -> None:
        answer = lake.run("CREATE TABLE c AS SELECT 1 AS a")
        location = lake.glue.get_table(DatabaseName=lake.database, Name="c")["Table"]["StorageDescriptor"]["Location"]
        assert location == lake.uri(f"results/tables/{answer.execution['QueryExecutionId']}/")

    def test_with_no_data_there_is_a_table_alone(self, lake: Lake) -> None:
        lake.rows(f"CREATE TABLE c WITH (partitioned_by = ARRAY['dt']) AS SELECT n, dt FROM {SOURCE} WITH NO DATA")
        assert lake.rows("SELECT * FROM c") == []
        lake.rows("CREATE TABLE IF NOT EXISTS c AS SELECT 1 AS other")

    @pytest.mark.parametrize(
        ("sql", "error"),
        [
            ("CREATE TABLE t AS SELECT 1 AS a", "TABLE_ALREADY_EXISTS"),
            ("CREATE TABLE c AS SELECT 1", "MISSING_COLUMN_NAME"),
            ("CREATE TABLE c AS SELECT 1 AS a, 2 AS a", "DUPLICATE_COLUMN_NAME"),
            ("CREATE TABLE c WITH (format = 'AVRO') AS SELECT 1 AS a", "NOT_SUPPORTED"),
            ("CREATE TABLE c WITH (bucket_count = 3) AS SELECT 1 AS a", "NOT_SUPPORTED"),
            ("CREATE TABLE c WITH (write_compression = 'LZO') AS SELECT 1 AS a", "NOT_SUPPORTED"),
            ("CREATE TABLE c WITH (partitioned_by = ARRAY['a']) AS SELECT 1 AS a, 2 AS b", "INVALID_TABLE_PROPERTY"),
            ("CREATE TABLE c WITH (external_location = '{taken}') AS SELECT 1 AS a", "HIVE_PATH_ALREADY_EXISTS"),
            (
                "CREATE TABLE c WITH (partitioned_by = ARRAY['k']) AS SELECT n AS a, n AS k FROM UNNEST(sequence(1, 101)) AS u(n)",
                "HIVE_TOO_MANY_OPEN_PARTITIONS",
            ),
        ],
    )
    def test_what_is_wrong_is_named_and_makes_no_table(self, lake: Lake, sql: str, error: str) -> None:
        lake.table("a int")
        lake.put("taken/1", "x")
        assert lake.refusal(sql.format(taken=lake.uri("taken"))).split(":")[0] == error
        assert lake.rows("SHOW TABLES") == [("t",)]

    def test_a_workgroup_that_enforces_its_location_leaves_none_to_the_statement(self, lake: Lake, name: str) -> None:
        configuration = {
            "ResultConfiguration": {"OutputLocation": lake.uri("group/")},
            "EnforceWorkGroupConfiguration": True,
        }
        lake.athena.create_work_group(Name=name, Configuration=configuration)
        sql = f"CREATE TABLE c WITH (external_location = '{lake.uri('made')}') AS SELECT 1 AS a"
        assert lake.refusal(sql, WorkGroup=name).startswith("INVALID_TABLE_PROPERTY: external_location")


class TestInsert:
    def test_rows_are_added_and_partitions_registered(self, lake: Lake) -> None:
        lake.table("a int, s string", keys="dt string")
        lake.partition("1", prefix="t/dt=1/")
        lake.put("t/dt=1/0.csv", "0,first\n")
        lake.rows("INSERT INTO t VALUES (1, 'x', '1'), (2, NULL, '2')")
        lake.rows("INSERT INTO t SELECT 3, 'z', '2'")
        assert lake.rows("SELECT * FROM t ORDER BY a") == [
            ("0", "first", "1"),
            ("1", "x", "1"),
            ("2", None, "2"),
            ("3", "z", "2"),
        ]

    def test_a_list_of_columns_and_a_query_in_parentheses(self, lake: Lake) -> None:
        lake.table("a int, s string", keys="dt string")
        qualified = f'"awsdatacatalog"."{lake.database}"."t"'
        lake.rows(
            f'INSERT INTO {qualified} ("dt", "a")\n  (\n  SELECT "x", "n"\n FROM (VALUES (\'1\', 1)) AS v("x", "n")\n);'
        )
        lake.rows("INSERT INTO t(a, dt)( SELECT 2, '1' )")
        assert lake.rows("SELECT * FROM t ORDER BY a") == [("1", None, "1"), ("2", None, "1")]

    def test_another_number_of_columns_is_refused(self, lake: Lake) -> None:
        lake.table("a int, s string")
        assert lake.refusal("INSERT INTO t SELECT 1").startswith("TYPE_MISMATCH: Insert query has mismatched columns")
        assert lake.refusal("INSERT INTO t (a) SELECT 1, 2").startswith(
            "TYPE_MISMATCH: Insert query has mismatched columns"
        )


class TestUnload:
    def test_parquet_by_partition(self, lake: Lake) -> None:
        answer = lake.run(
            f"UNLOAD (SELECT n, s, dt FROM {SOURCE}) TO '{lake.uri('out')}' "
            "WITH (format = 'PARQUET', compression = 'SNAPPY', partitioned_by = ARRAY['dt'])"
        )
        assert (answer.execution["StatementType"], answer.execution["SubstatementType"]) == ("DML", "UNLOAD")
        first, second = manifest(lake, answer.execution)
        assert first.startswith(lake.uri("out/dt=2021-12-14/"))
        table = pyarrow.parquet.read_table(io.BytesIO(lake.get(second)))
        assert table.to_pydict() == {"n": [2, 3], "s": [None, "z"]}

    def test_text_and_json(self, lake: Lake) -> None:
        text = lake.run(
            f"UNLOAD (SELECT n, s FROM {SOURCE}) TO '{lake.uri('text')}' WITH (format = 'TEXTFILE', compression = 'NONE')"
        )
        (uri,) = manifest(lake, text.execution)
        assert lake.get(uri) == b"1,x\n2,\\N\n3,z\n"
        lines = lake.run(f"UNLOAD (SELECT n, s FROM {SOURCE}) TO '{lake.uri('json')}' WITH (format = 'JSON')")
        (uri,) = manifest(lake, lines.execution)
        assert uri.endswith(".gz")
        assert [json.loads(line)["n"] for line in gzip.decompress(lake.get(uri)).splitlines()] == [1, 2, 3]

    def test_a_folder_that_is_taken_is_refused(self, lake: Lake) -> None:
        lake.put("out/1", "x")
        reason = lake.refusal(f"UNLOAD (SELECT 1 AS a) TO '{lake.uri('out')}' WITH (format = 'PARQUET')")
        assert reason.startswith("HIVE_PATH_ALREADY_EXISTS")
