"""SHOW, DESCRIBE, MSCK, ALTER, CREATE and DROP use Glue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cloud_under_test.lake import Lake

CREATE = """
CREATE EXTERNAL TABLE IF NOT EXISTS `made` (
  `a` int COMMENT 'first, (and) ''best''',
  b array<struct<c:int,d:decimal(10,2)>>,
  m map<string, timestamp>)
COMMENT 'a table'
PARTITIONED BY (`dt` string COMMENT 'day', n int)
ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' NULL DEFINED AS ''
STORED AS TEXTFILE
LOCATION '{location}'
TBLPROPERTIES ('skip.header.line.count'='1', "x"="y")
"""


def made(lake: Lake, name: str = "made") -> dict[str, Any]:
    table: dict[str, Any] = lake.glue.get_table(DatabaseName=lake.database, Name=name)["Table"]
    return table


def partitions(lake: Lake) -> dict[tuple[str, ...], str]:
    found = lake.glue.get_partitions(DatabaseName=lake.database, TableName="t")["Partitions"]
    return {tuple(item["Values"]): item["StorageDescriptor"]["Location"] for item in found}


class TestCreateTable:
    @pytest.mark.parametrize(("given", "stored"), [("t/", "t"), ("t//", "t"), ("t", "t")])
    def test_a_location_is_stored_without_its_last_slash(self, lake: Lake, given: str, stored: str) -> None:
        lake.run(f"CREATE EXTERNAL TABLE made (a int) LOCATION '{lake.uri(given)}'")
        assert made(lake)["StorageDescriptor"]["Location"] == lake.uri(stored)
        where = {"CatalogName": "AwsDataCatalog", "DatabaseName": lake.database, "TableName": "made"}
        assert lake.athena.get_table_metadata(**where)["TableMetadata"]["Parameters"]["location"] == lake.uri(stored)

    def test_every_clause_comes_to_glue(self, lake: Lake) -> None:
        answer = lake.run(CREATE.format(location=lake.uri("made/")))
        assert (answer.state, answer.execution["StatementType"]) == ("SUCCEEDED", "DDL")
        table = made(lake)
        storage = table["StorageDescriptor"]
        assert storage["Columns"] == [
            {"Name": "a", "Type": "int", "Comment": "first, (and) 'best'"},
            {"Name": "b", "Type": "array<struct<c:int,d:decimal(10,2)>>"},
            {"Name": "m", "Type": "map<string,timestamp>"},
        ]
        assert table["PartitionKeys"] == [
            {"Name": "dt", "Type": "string", "Comment": "day"},
            {"Name": "n", "Type": "int"},
        ]
        assert table["Parameters"] == {
            "EXTERNAL": "TRUE",
            "comment": "a table",
            "skip.header.line.count": "1",
            "x": "y",
        }
        assert storage["Location"] == lake.uri("made")
        assert storage["InputFormat"] == "org.apache.hadoop.mapred.TextInputFormat"
        assert storage["SerdeInfo"] == {
            "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            "Parameters": {
                "field.delim": "\t",
                "escape.delim": "\\",
                "line.delim": "\n",
                "serialization.format": "\t",
                "serialization.null.format": "",
            },
        }

    def test_it_is_read_as_it_says(self, lake: Lake) -> None:
        lake.rows(
            "CREATE EXTERNAL TABLE t (a int, b string) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' "
            f"WITH SERDEPROPERTIES ('ignore.malformed.json' = 'false') LOCATION '{lake.uri('t')}'"
        )
        lake.put("t/1", '{"a": 1, "b": "x"}\n')
        assert lake.rows("SELECT * FROM t") == [("1", "x")]

    def test_formats_have_their_classes(self, lake: Lake) -> None:
        lake.rows(f"CREATE EXTERNAL TABLE p (a int) STORED AS PARQUET LOCATION '{lake.uri('p/')}'")
        storage = made(lake, "p")["StorageDescriptor"]
        assert storage["InputFormat"].endswith("MapredParquetInputFormat")
        assert storage["SerdeInfo"]["SerializationLibrary"].endswith("ParquetHiveSerDe")

    def test_a_second_one_is_refused_unless_that_is_said(self, lake: Lake) -> None:
        sql = CREATE.format(location=lake.uri("made/"))
        lake.rows(sql)
        lake.rows(sql)
        assert "already exists" in lake.refusal(sql.replace("IF NOT EXISTS", ""))

    @pytest.mark.parametrize(
        ("rest", "what"),
        [
            ("(a int)", "LOCATION is required"),
            ("(a int) LOCATION '/etc/'", "LOCATION /etc/ is not an s3:// path"),
            ("(a nothing) LOCATION 's3://b/'", "'nothing' is not a Hive type"),
            ("(a) LOCATION 's3://b/'", "cannot recognize input near 'a'"),
            ("(a int) STORED AS MAGIC LOCATION 's3://b/'", "Unrecognized file format in STORED AS clause: 'MAGIC'"),
            ("(a int) CLUSTERED BY (a) INTO 3 BUCKETS LOCATION 's3://b/'", "NOT_SUPPORTED: CLUSTERED BY: bucketing"),
            ("(a int) LOCATION 's3://b/' SKEWED BY (a) ON (1)", "cannot recognize input near 'SKEWED BY"),
        ],
    )
    def test_what_is_wrong_is_named(self, lake: Lake, rest: str, what: str) -> None:
        assert what in lake.refusal(f"CREATE EXTERNAL TABLE made {rest}")


class TestShow:
    def test_partitions_as_paths(self, lake: Lake) -> None:
        lake.table("a int", keys="dt string, k string")
        lake.partition("2021-12-15", "a/b=c", prefix="x/")
        assert lake.rows("SHOW PARTITIONS t") == [("dt=2021-12-15/k=a%2Fb%3Dc",)]

    def test_tables_databases_and_columns(self, lake: Lake) -> None:
        lake.table("a int", keys="dt string")
        lake.table("b int", name="other")
        assert lake.rows("SHOW TABLES") == [("other",), ("t",)]
        assert lake.rows(f"SHOW TABLES IN {lake.database} 'o*|x*'") == [("other",)]
        assert (lake.database,) in lake.rows("SHOW DATABASES")
        assert lake.rows(f"SHOW SCHEMAS LIKE '{lake.database}'") == [(lake.database,)]
        assert [cell.strip() for (cell,) in lake.rows("SHOW COLUMNS IN t") if cell] == ["a", "dt"]
        assert lake.refusal("SHOW TABLES IN nope") == "SCHEMA_NOT_FOUND: line 1:1: Schema 'nope' does not exist"

    def test_a_description_has_the_partition_keys_twice(self, lake: Lake) -> None:
        lake.table("a int", keys="dt string")
        lines = [[cell.strip() for cell in str(row[0]).split("\t")] for row in lake.rows("DESCRIBE t")]
        assert lines[:2] == [["a", "int", ""], ["dt", "string", ""]]
        assert lines[3][0] == "# Partition Information"
        assert lines[-1] == ["dt", "string", ""]

    def test_the_statement_that_it_shows_makes_the_same_table(self, lake: Lake) -> None:
        lake.rows(CREATE.format(location=lake.uri("made")))
        before = made(lake)
        shown = "\n".join(str(row[0]) for row in lake.rows("SHOW CREATE TABLE made"))
        lake.rows("DROP TABLE made")
        lake.rows(shown)
        after = made(lake)
        for field in ("PartitionKeys", "Parameters", "StorageDescriptor"):
            assert after[field] == before[field]


class TestPartitions:
    def test_repair_adds_what_lies_in_hive_s_layout_and_removes_nothing(self, lake: Lake) -> None:
        lake.table("a int", keys="dt string, k string")
        lake.partition("gone", "x", prefix="t/dt=gone/k=x/")
        for key in (
            "dt=1/k=a%2Fb/1.csv",
            "dt=1/k=c/1.csv",
            "dt=2/1.csv",
            "k=1/dt=2/1.csv",
            "_tmp/dt=3/k=1/1.csv",
            "x/y/1.csv",
        ):
            lake.put(f"t/{key}", "1\n")
        rows = lake.rows("MSCK REPAIR TABLE t")
        assert rows[0][0] == "Partitions not in metastore:\tt:dt=1/k=a%2Fb\tt:dt=1/k=c"
        assert partitions(lake) == {
            ("gone", "x"): lake.uri("t/dt=gone/k=x/"),
            ("1", "a/b"): lake.uri("t/dt=1/k=a%2Fb"),
            ("1", "c"): lake.uri("t/dt=1/k=c"),
        }
        assert lake.rows("MSCK REPAIR TABLE t") == []
        assert lake.rows("SELECT dt, k FROM t ORDER BY k") == [("1", "a/b"), ("1", "c")]

    @pytest.mark.parametrize(
        ("folder", "is_added"),
        [
            ("eventdate=2024-01-01", True),
            ("eventDate=2024-01-01", False),  # keys of folders must be in lower case
            ("EVENTDATE=2024-01-01", False),
            ("eventdate=2024-01-01 10:00:00", False),
            ("eventdate=2024-01-01 10%3A00%3A00", False),
            ("_eventdate=2024-01-01", False),
            ("_staging/eventdate=2024-01-01", False),
            (".hidden/eventdate=2024-01-01", False),
            ("eventdate=_x", True),
            ("eventdate=a b", True),
            ("eventdate=50%", False),  # Hive writes 50%25
            ("eventdate=50%25", True),
            ("eventdate=a%2fb", True),
            ('eventdate="x"', False),
            ("eventdate=", False),
            ("day=2024-01-01", False),
            ("2024-01-01", False),
        ],
    )
    def test_repair_passes_over_what_athena_does_not_add(self, lake: Lake, folder: str, is_added: bool) -> None:
        lake.table("a int", keys="eventdate string")
        lake.put(f"t/{folder}/1.csv", "1\n")
        lake.rows("MSCK REPAIR TABLE t")
        assert len(partitions(lake)) == int(is_added)
        assert len(lake.rows("SELECT a FROM t")) == int(is_added)

    def test_repair_of_many(self, lake: Lake) -> None:
        lake.table("a int", keys="n int")
        for number in range(130):
            lake.put(f"t/n={number}/1.csv", "1\n")
        lake.rows("MSCK REPAIR TABLE t")
        assert lake.rows("SELECT count(*), max(n) FROM t") == [("130", "129")]

    def test_add_set_and_drop(self, lake: Lake) -> None:
        lake.table("a int", keys="dt string")
        lake.rows(f"ALTER TABLE t ADD PARTITION (dt='1') PARTITION (dt = '2') LOCATION '{lake.uri('else/')}'")
        assert partitions(lake) == {("1",): lake.uri("t/dt=1"), ("2",): lake.uri("else/")}
        assert "already exists" in lake.refusal("ALTER TABLE t ADD PARTITION (dt='1')")
        lake.rows("ALTER TABLE t ADD IF NOT EXISTS PARTITION (dt='1') PARTITION (dt='3')")
        lake.rows(f"ALTER TABLE t PARTITION (dt='3') SET LOCATION '{lake.uri('new/')}'")
        assert partitions(lake)["3",] == lake.uri("new/")
        lake.rows("ALTER TABLE t DROP PARTITION (dt='1'), PARTITION (dt='2')")
        lake.rows("ALTER TABLE t DROP IF EXISTS PARTITION (dt='1')")
        assert list(partitions(lake)) == [("3",)]
        assert "not found" in lake.refusal("ALTER TABLE t DROP PARTITION (dt='1')")
        assert "not found" in lake.refusal(f"ALTER TABLE t PARTITION (dt='1') SET LOCATION '{lake.uri('x/')}'")

    def test_another_key_is_refused(self, lake: Lake) -> None:
        lake.table("a int", keys="dt string")
        assert "does not match the keys" in lake.refusal("ALTER TABLE t ADD PARTITION (day='1')")


class TestDrop:
    def test_a_table_goes_and_its_files_stay(self, lake: Lake) -> None:
        lake.table("a int")
        lake.put("t/1.csv", "1\n")
        lake.rows("DROP TABLE t")
        assert lake.rows("SHOW TABLES") == []
        assert lake.get(lake.uri("t/1.csv")) == b"1\n"
        assert lake.refusal("DROP TABLE t").startswith("TABLE_NOT_FOUND")
        lake.rows(f"DROP TABLE IF EXISTS `{lake.database}`.`t`")

    def test_databases_come_and_go(self, lake: Lake) -> None:
        other = f"{lake.database}_2"
        lake.rows(f"CREATE DATABASE {other} COMMENT 'x' LOCATION '{lake.uri('x/')}'")
        assert "already exists" in lake.refusal(f"CREATE DATABASE {other}")
        lake.rows(f"CREATE SCHEMA IF NOT EXISTS {other}")
        lake.rows(f"DROP DATABASE {other}")
        lake.rows(f"DROP DATABASE IF EXISTS {other}")
        assert lake.refusal(f"DROP DATABASE {other}").startswith("SCHEMA_NOT_FOUND")

    def test_a_database_with_tables_stays_unless_it_cascades(self, lake: Lake) -> None:
        lake.table("a int")
        for statement in (f"DROP DATABASE {lake.database}", f"DROP SCHEMA IF EXISTS {lake.database} RESTRICT"):
            assert f"Database {lake.database} is not empty. One or more tables exist." in lake.refusal(statement)
        assert lake.rows("SHOW TABLES") == [("t",)]
        lake.rows(f"DROP DATABASE {lake.database} CASCADE")
        assert (lake.database,) not in lake.rows("SHOW DATABASES")

    def test_a_view_has_the_owner_that_tables_have(self, lake: Lake) -> None:
        lake.rows("CREATE VIEW v AS SELECT 1 AS a")
        lake.rows("CREATE OR REPLACE VIEW v AS SELECT 2 AS a")
        assert lake.glue.get_table(DatabaseName=lake.database, Name="v")["Table"]["Owner"] == "hadoop"

    def test_the_default_database_is_there(self, lake: Lake) -> None:
        assert ("default",) in lake.rows("SHOW DATABASES")
        assert lake.rows("SHOW TABLES IN default") == []
