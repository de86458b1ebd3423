"""Results: types, formatted values, pages, and the file in S3."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cloud_under_test.lake import Lake
    from local_cloud.server import LocalCloud

# Expression, type, precision, scale, formatted value: https://docs.aws.amazon.com/athena/latest/APIReference/API_ColumnInfo.html
VALUES = [
    ("CAST(1 AS tinyint)", "tinyint", 3, 0, "1"),
    ("CAST(1 AS smallint)", "smallint", 5, 0, "1"),
    ("1", "integer", 10, 0, "1"),
    ("CAST(1 AS bigint)", "bigint", 19, 0, "1"),
    ("count(*)", "bigint", 19, 0, "1"),
    ("sum(1)", "bigint", 19, 0, "1"),
    ("1.50", "double", 17, 0, "1.5"),
    ("DECIMAL '1.50'", "decimal", 3, 2, "1.50"),
    ("CAST(1 AS decimal(38,2))", "decimal", 38, 2, "1.00"),
    ("1e0", "double", 17, 0, "1.0"),
    ("1e7", "double", 17, 0, "1.0E7"),
    ("123456.789e0", "double", 17, 0, "123456.789"),
    ("1.5e-4", "double", 17, 0, "1.5E-4"),
    ("0.1e0 + 0.2e0", "double", 17, 0, "0.30000000000000004"),
    ("CAST(0.1 AS real)", "float", 17, 0, "0.1"),
    ("true", "boolean", 0, 0, "true"),
    ("'日本 \"x\", y'", "varchar", 2147483647, 0, '日本 "x", y'),
    ("''", "varchar", 2147483647, 0, ""),
    ("to_utf8('a')", "varbinary", 1073741824, 0, "61"),
    ("date '2021-12-15'", "date", 0, 0, "2021-12-15"),
    ("timestamp '2021-12-15 01:02:03.4'", "timestamp", 3, 0, "2021-12-15 01:02:03.400"),
    ("timestamp '2021-12-15 01:02:03 UTC'", "timestamp with time zone", 3, 0, "2021-12-15 01:02:03.000 UTC"),
    (
        "timestamp '2021-12-15 01:02:03 UTC' AT TIME ZONE 'Asia/Tokyo'",
        "timestamp with time zone",
        3,
        0,
        "2021-12-15 10:02:03.000 Asia/Tokyo",
    ),
    ("ARRAY[1, NULL]", "array", 0, 0, "[1, null]"),
    ("MAP(ARRAY['a'], ARRAY[1.5])", "map", 0, 0, "{a=1.5}"),
    ("CAST(ROW(1, 'x') AS ROW(a integer, b varchar))", "row", 0, 0, "{a=1, b=x}"),
    ("json_parse('[1]')", "json", 2147483647, 0, "[1]"),
]


@pytest.mark.parametrize(("sql", "kind", "precision", "scale", "text"), VALUES, ids=[value[0] for value in VALUES])
def test_values_have_athena_s_types_and_texts(
    lake: Lake, sql: str, kind: str, precision: int, scale: int, text: str
) -> None:
    answer = lake.run(f"SELECT {sql} AS v")
    assert answer.rows == [(text,)]
    (column,) = answer.columns
    assert (column["Name"], column["Type"], column["Precision"], column["Scale"]) == ("v", kind, precision, scale)


def test_null_is_a_cell_without_a_text(lake: Lake) -> None:
    answer = lake.run("SELECT NULL AS n, CAST(NULL AS integer) AS i")
    assert (answer.rows, answer.types) == ([(None, None)], ["unknown", "integer"])


def test_columns_are_named_as_written_in_lower_case_or_by_their_place(lake: Lake) -> None:
    answer = lake.run('SELECT 1, X.A, X.A AS "My Name", max(A) OVER () FROM (VALUES 1) AS x(a)')
    assert [column["Name"] for column in answer.columns] == ["_col0", "a", "my name", "_col3"]


def test_results_come_in_pages_of_a_thousand_the_header_among_them(lake: Lake) -> None:
    identifier = lake.start("SELECT n FROM UNNEST(sequence(1, 2500)) AS t(n)")
    lake.wait(identifier)
    sizes, cells, token = [], [], None
    while True:
        more: dict[str, str] = {"NextToken": token} if token else {}
        page = lake.athena.get_query_results(QueryExecutionId=identifier, **more)
        rows = page["ResultSet"]["Rows"]
        sizes.append(len(rows))
        cells += [row["Data"][0]["VarCharValue"] for row in rows]
        token = page.get("NextToken")
        if token is None:
            break
    assert sizes == [1000, 1000, 501]
    assert cells == ["n", *map(str, range(1, 2501))]


def test_pages_are_as_long_as_was_asked(lake: Lake) -> None:
    identifier = lake.start("SELECT n FROM UNNEST(sequence(1, 5)) AS t(n)")
    lake.wait(identifier)
    pages = lake.athena.get_paginator("get_query_results").paginate(
        QueryExecutionId=identifier, PaginationConfig={"PageSize": 2}
    )
    assert [len(page["ResultSet"]["Rows"]) for page in pages] == [2, 2, 2]
    with pytest.raises(lake.athena.exceptions.InvalidRequestException):
        lake.athena.get_query_results(QueryExecutionId=identifier, MaxResults=1001)


def test_the_file_has_every_value_in_quotes_and_null_as_nothing(lake: Lake) -> None:
    answer = lake.run("SELECT * FROM (VALUES ('x \"y\"', 1), (NULL, 2), ('', NULL), ('a\nb, c', 3)) AS t(s, n)")
    location = answer.execution["ResultConfiguration"]["OutputLocation"]
    assert location == lake.uri(f"results/{answer.execution['QueryExecutionId']}.csv")
    content = lake.get(location).decode()
    assert content == '"s","n"\n"x ""y""","1"\n,"2"\n"",\n"a\nb, c","3"\n'
    assert list(csv.reader(io.StringIO(content)))[1] == ['x "y"', "1"]


@pytest.mark.parametrize(
    ("sql", "content"),
    [
        ("SELECT 1 AS a, 'x' AS b WHERE false", '"a","b"\n'),
        ("SELECT 1 AS a, 2 AS a, 3 AS A", '"a","a","a"\n"1","2","3"\n'),
        ('SELECT 1 AS "q""n", 2 AS "it\'s\nx, y"', '"q""n","it\'s\nx, y"\n"1","2"\n'),
        ("SELECT CAST(NULL AS varchar) AS n", '"n"\n\n'),
        ("SELECT '' AS n", '"n"\n""\n'),
        ("SELECT date '2021-12-15' AS d WHERE false", '"d"\n'),
    ],
)
def test_the_file_begins_with_the_names(lake: Lake, sql: str, content: str) -> None:
    answer = lake.run(sql)
    assert answer.state == "SUCCEEDED", answer.reason
    assert lake.get(answer.execution["ResultConfiguration"]["OutputLocation"]).decode() == content


@pytest.mark.parametrize(
    ("sql", "state"),
    [
        (
            "SELECT n, m FROM UNNEST(sequence(1, 1000)) AS t(n) CROSS JOIN UNNEST(sequence(1, 100)) AS u(m)",
            "SUCCEEDED",
        ),
        ("SELECT 1 / (n - 9000) FROM UNNEST(sequence(1, 10000)) AS t(n)", "FAILED"),
        ("SELECT date '9999-12-31' + n * interval '1' day FROM UNNEST(sequence(0, 1)) AS t(n)", "FAILED"),
    ],
)
def test_no_temporary_file_is_left(lake: Lake, local_cloud_server: LocalCloud, sql: str, state: str) -> None:
    folder = local_cloud_server.settings.state_dir / "athena"
    before = {*folder.glob("*")}
    assert lake.run(sql).state == state
    assert {*folder.glob("*")} == before


def test_the_file_of_what_is_no_query_is_plain_text_without_a_header(lake: Lake) -> None:
    lake.table("a int")
    answer = lake.run("SHOW TABLES")
    location = answer.execution["ResultConfiguration"]["OutputLocation"]
    assert location.endswith(".txt")
    assert lake.get(location) == b"t\n"
    assert answer.rows == [("t",)]


def test_order_is_kept_and_nulls_are_last(lake: Lake) -> None:
    values = "FROM (VALUES 2, NULL, 3, 1) AS t(n)"
    assert lake.rows(f"SELECT n {values} ORDER BY n") == [("1",), ("2",), ("3",), (None,)]
    assert lake.rows(f"SELECT n {values} ORDER BY n DESC LIMIT 2") == [("3",), ("2",)]
