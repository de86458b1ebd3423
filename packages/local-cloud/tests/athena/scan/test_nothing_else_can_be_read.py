"""SQL only reads the catalog's tables, and no files of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cloud_under_test.lake import Lake
    from local_cloud.server import LocalCloud

SECRET = "a secret of this machine"
ATTEMPTS = """
SELECT * FROM read_csv('{path}')
SELECT * FROM read_text('{path}')
SELECT * FROM read_blob('{path}')
SELECT * FROM read_json('{path}')
SELECT * FROM read_parquet('{path}')
SELECT * FROM read_csv_auto('{path}')
SELECT * FROM sniff_csv('{path}')
SELECT * FROM glob('{path}')
SELECT * FROM '{path}'
SELECT * FROM "{path}"
SELECT * FROM "{database}"."{path}"
SELECT * FROM (FROM '{path}')
SELECT * FROM (FROM read_text('{path}'))
SELECT (SELECT content FROM read_text('{path}'))
SELECT a FROM t ORDER BY (SELECT content FROM read_text('{path}'))
SELECT a FROM t WHERE a IN (SELECT content FROM read_text('{path}'))
SELECT a FROM t GROUP BY a HAVING max(a) = (SELECT max(content) FROM read_text('{path}'))
SELECT transform(ARRAY[1], x -> (SELECT max(content) FROM read_text('{path}')))
SELECT * FROM t CROSS JOIN LATERAL (SELECT * FROM read_text('{path}'))
SELECT * FROM UNNEST(ARRAY[(SELECT content FROM read_text('{path}'))])
WITH x AS (SELECT * FROM read_text('{path}')) SELECT * FROM x
WITH x AS (SELECT * FROM '{path}') SELECT * FROM x
SELECT * FROM TABLE(read_text('{path}'))
SELECT read_text('{path}')
SELECT '{path}'.read_text()
SELECT getenv('HOME')
SELECT current_setting('home_directory')
SELECT getvariable('x')
SELECT * FROM duckdb_settings()
SELECT * FROM duckdb_secrets()
SELECT * FROM pragma_version()
SELECT * FROM query('SELECT 1')
SELECT * FROM query_table('t')
SELECT * FROM pg_catalog.pg_tables
SELECT * FROM sqlite_master
SELECT * FROM duckdb_tables
SELECT * FROM system.main.duckdb_tables
SELECT * FROM memory.main.scan_1
SELECT * FROM scan_1 JOIN t ON true
SELECT COLUMNS('a') FROM t
SELECT $1
SELECT @x
COPY t TO '{path}.copy'
COPY (SELECT 1) TO '{path}.copy'
EXPORT DATABASE '{path}.copy'
IMPORT DATABASE '{path}'
ATTACH '{path}'
INSTALL httpfs
LOAD httpfs
PRAGMA version
SET enable_external_access = true
CALL pragma_version()
CREATE SECRET (TYPE s3)
CREATE MACRO f() AS 1
DESCRIBE '{path}'
SUMMARIZE '{path}'
FROM '{path}'
UNLOAD (SELECT * FROM read_text('{path}')) TO 's3://{bucket}/out/' WITH (format = 'PARQUET')
CREATE TABLE x AS SELECT * FROM read_text('{path}')
CREATE VIEW x AS SELECT * FROM read_text('{path}')
INSERT INTO t SELECT content FROM read_text('{path}')
""".strip().splitlines()


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_it_is_refused(lake: Lake, tmp_path: Path, attempt: str) -> None:
    path = tmp_path / "secret.csv"
    path.write_text(SECRET, encoding="utf-8")
    lake.table("a string")
    lake.put("t/1.csv", "x\n")
    sql = attempt.format(path=path, database=lake.database, bucket=lake.bucket)
    reason = _reason(lake, sql)
    assert SECRET not in reason
    assert reason.split(":")[0] in {
        "REFUSED",
        "CATALOG_NOT_FOUND",
        "COLUMN_NOT_FOUND",
        "FUNCTION_NOT_FOUND",
        "NOT_SUPPORTED",
        "SCHEMA_NOT_FOUND",
        "SYNTAX_ERROR",
        "TABLE_NOT_FOUND",
    }
    assert [file.name for file in tmp_path.iterdir()] == ["secret.csv"]


def _reason(lake: Lake, sql: str) -> str:
    try:
        return lake.refusal(sql)
    except lake.athena.exceptions.InvalidRequestException as error:
        return f"REFUSED: {error}"


def test_not_even_a_location_leads_there(lake: Lake, local_cloud_server: LocalCloud, tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text(SECRET, encoding="utf-8")
    lake.table("a string", keys="dt string")
    for location in (f"file://{tmp_path}/", f"{tmp_path}/", f"s3://../../..{tmp_path}/"):
        storage = {**lake.storage("a string", ""), "Location": location}
        lake.partition(location, storage=storage)
        assert SECRET not in str(lake.run("SELECT * FROM t"))
        assert lake.run("SELECT * FROM t").state == "FAILED"
        lake.glue.delete_partition(DatabaseName=lake.database, TableName="t", PartitionValues=[location])


def test_text_of_tables_names_and_values_stays_text(lake: Lake) -> None:
    evil = "x'); SELECT * FROM read_text('/etc/hostname'); --"
    lake.table("a string", keys="dt string", serde_parameters={"field.delim": "'", "serialization.null.format": "';"})
    lake.partition(evil, prefix="t/evil'/")
    lake.put("t/evil'/it's \"1\".csv", "1'2\n")
    assert lake.rows('SELECT *, "$path" FROM t') == [("1", evil, lake.uri("t/evil'/it's \"1\".csv"))]
