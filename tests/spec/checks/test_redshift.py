"""Tests that tables unreadable by Redshift Spectrum are rejected if it reads the lake, and that statements quote all names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from partitioned_pipelines.spec import InvalidProjectError, external_schema, group_problem, load_project
from partitioned_pipelines.spec.derived.redshift_sql import quoted_text
from tests.spec.project_folder import VALID

if TYPE_CHECKING:
    from tests.spec.project_folder import ProjectFolder

ROLE = "arn:aws:iam::123456789012:role/reader"
COLUMN = "{name: label, type: int}"
KEY = '{name: dt, type: string, date_format: "%Y-%m-%d"}'


def changed(*changes: tuple[str, str]) -> str:
    text = VALID
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


def refusals(project: ProjectFolder, text: str) -> list[tuple[str, str]]:
    """Return the problems with Redshift, after loading without it, which must succeed."""
    project.load(text)
    try:
        load_project(project.root, redshift=True)
    except InvalidProjectError as error:
        return [(problem.field, problem.message) for problem in error.problems]
    return []


def shown(value: str) -> str:
    """Return the changed lines of a pipeline file, and any other text as it is."""
    return " ".join(line.strip() for line in value.splitlines() if line not in VALID.splitlines())[:80] or "valid"


def typed(column_type: str, table_format: str = "parquet") -> str:
    return changed((COLUMN, f"{{name: label, type: '{column_type}'}}"), ("format: csv", f"format: {table_format}"))


@pytest.mark.parametrize(
    "text",
    [
        VALID,
        typed("date"),
        typed("date", "csv"),
        typed("timestamp", "json"),
        typed("decimal(38,10)", "csv"),
        typed("varchar(65535)"),
        typed("array<struct<a:array<string>,b:map<string,int>>>"),
        typed("struct<a:array<date>>"),
        typed("map<string,struct<a:map<string,int>>>", "json"),
        changed((KEY, "{name: dt, type: date}")),
        changed(("layout: versioned", "layout: in_place\n  registration: msck")),
        changed((COLUMN, f"{{name: {'c' * 127}, type: int}}")),
        changed((COLUMN, "\n    - ".join(f"{{name: c{number}, type: int}}" for number in range(1596)))),
    ],
    ids=shown,
)
def test_what_redshift_reads(project: ProjectFolder, text: str) -> None:
    assert refusals(project, text) == []


@pytest.mark.parametrize(
    ("text", "field", "says"),
    [
        (typed("tinyint", "csv"), "table.columns[1].type", "use smallint"),
        (typed("binary"), "table.columns[1].type", "only of tables without partitions"),
        (typed("date", "json"), "table.columns[1].type", "not of JSON"),
        (typed("struct<a:struct<b:date>>", "json"), "table.columns[1].type", "not of JSON"),
        (typed("array<array<int>>"), "table.columns[1].type", "cannot contain arrays or maps"),
        (typed("map<string,array<int>>"), "table.columns[1].type", "cannot contain arrays or maps"),
        (typed("struct<a:array<map<string,int>>>"), "table.columns[1].type", "wrap the inner one in a struct"),
        (typed("struct<a:map<string,tinyint>>"), "table.columns[1].type", "'tinyint'"),
        (changed((KEY, "{name: dt, type: tinyint}")), "table.partition_keys[0].type", "use smallint"),
        (changed((KEY, f"{{name: {'k' * 128}}}")), "table.partition_keys[0].name", "truncates names after 127"),
        (changed((COLUMN, f"{{name: {'c' * 128}, type: int}}")), "table.columns[1].name", "truncates names after 127"),
        (changed(("name: table1", f"name: {'t' * 128}")), "table.name", "truncates names after 127"),
        (changed(("database: analytics", "database: public")), "table.database", "a built-in schema of Redshift"),
        (changed(("database: analytics", "database: pg_temp")), "table.database", "a built-in schema of Redshift"),
        (
            changed((COLUMN, "\n    - ".join(f"{{name: c{number}, type: int}}" for number in range(1597)))),
            "table.columns",
            "has 1,599 columns",
        ),
        (
            changed(
                ("layout: versioned", "layout: in_place\n  registration: projection"),
                (KEY, "{name: dt, type: date, projection: {range: ['2013-01-01', NOW]}}"),
            ),
            "table.registration",
            "only Athena supports",
        ),
    ],
    ids=shown,
)
def test_what_it_cannot_read(project: ProjectFolder, text: str, field: str, says: str) -> None:
    ((found, message),) = refusals(project, text)
    assert found == field
    assert says in message


def test_one_database_gives_a_schema_and_a_grant_for_each_group() -> None:
    statements = external_schema("analytics", role_arn=ROLE, region="ap-northeast-1", groups=["analysts", "bi"])
    assert statements == [
        "CREATE EXTERNAL SCHEMA IF NOT EXISTS \"analytics\" FROM DATA CATALOG DATABASE 'analytics' "
        f"REGION 'ap-northeast-1' IAM_ROLE '{ROLE}'",
        'GRANT USAGE ON SCHEMA "analytics" TO GROUP "analysts"',
        'GRANT USAGE ON SCHEMA "analytics" TO GROUP "bi"',
    ]


@given(st.text(min_size=1, max_size=30).filter(lambda text: group_problem(text) is None))
def test_whatever_a_group_is_called_it_stays_a_name(group: str) -> None:
    create, grant = external_schema("a", role_arn=ROLE, region="ap-northeast-1", groups=[group])
    # sqlglot has no grammar for CREATE EXTERNAL SCHEMA: its tokens are tested.
    tokens = [(token.token_type.name, token.text) for token in sqlglot.tokenize(create, read="redshift")]
    quoted = [text for kind, text in tokens if kind in {"STRING", "IDENTIFIER"}]
    assert quoted == ["a", "a", "ap-northeast-1", ROLE]
    (granted,) = sqlglot.parse(grant, read="redshift")
    assert isinstance(granted, exp.Grant)
    ((kind, name),) = [(principal.args["kind"], principal.this) for principal in granted.args["principals"]]
    assert (str(kind), name.this, name.args["quoted"]) == ("GROUP", group, True)


@given(st.text(max_size=30))
def test_a_text_stays_a_text(text: str) -> None:
    tokens = sqlglot.tokenize(f"SELECT {quoted_text(text)}", read="redshift")
    assert [token.text for token in tokens[1:]] == [text]


@pytest.mark.parametrize("group", ["", "a" * 128, "あ" * 43, "a\nb", "a\x00", "\u200b", "\udc80"])
def test_groups_that_are_none(group: str) -> None:
    assert re.match(r"is '.*': use", str(group_problem(group)))
