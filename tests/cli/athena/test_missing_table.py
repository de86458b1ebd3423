"""Tests of the remedy for a table that Athena does not find: its database, and the corrected query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from partitioned_pipelines.cli.athena.query_remedies import remedy_for_missing_table
from partitioned_pipelines.cli.athena.statement import GivenStatement
from partitioned_pipelines.cli.settings import Settings, Target

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_glue import GlueClient

NO_DEFAULT = "SCHEMA_NOT_FOUND: line 1:15: Schema 'default' does not exist"
NOT_FOUND = "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.default.x' does not exist"


class Glue:
    """A fake Data Catalog with the given tables."""

    def __init__(self, *tables: str, denied: bool = False) -> None:
        self.tables = [(database, name) for database, _, name in (table.partition(".") for table in tables)]
        self.denied = denied

    def get_table(self, DatabaseName: str, Name: str) -> None:  # noqa: N803  # boto3's names
        if self.denied or (DatabaseName, Name) not in self.tables:
            raise ClientError(
                {"Error": {"Code": "AccessDeniedException" if self.denied else "EntityNotFoundException"}}, "GetTable"
            )

    def get_paginator(self, operation: str) -> Any:
        class Pages:
            def paginate(_self, DatabaseName: str | None = None) -> list[dict[str, Any]]:  # noqa: N803, N805
                if self.denied:
                    raise ClientError({"Error": {"Code": "AccessDeniedException"}}, operation)
                if operation == "get_databases":
                    return [{"DatabaseList": [{"Name": name} for name in sorted({one for one, _ in self.tables})]}]
                return [{"TableList": [{"Name": name} for database, name in self.tables if database == DatabaseName]}]

        return Pages()


@pytest.fixture
def settings(project: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings for a project whose table is outside.word_counts."""
    monkeypatch.chdir(project)
    return Settings(project.resolve(), Target.AWS, None, json=False)


def remedy(settings: Settings, glue: Glue, sql: str, reason: str = NOT_FOUND, **given: Any) -> str | None:
    statement = GivenStatement(sql, given.pop("file", None))
    return remedy_for_missing_table(
        settings, cast("GlueClient", glue), statement, given.pop("database", None), reason, given.pop("options", [])
    )


def test_the_database_of_a_table_of_the_project(settings: Settings) -> None:
    assert remedy(settings, Glue("outside.word_counts"), "SELECT word FROM word_counts", NO_DEFAULT) == (
        "word_counts is in the database outside\npipelines query 'SELECT word FROM outside.word_counts' --target aws"
    )


def test_the_database_of_a_table_of_somebody_else(settings: Settings) -> None:
    """All references in the statement are corrected, and options are kept."""
    found = remedy(
        settings,
        Glue("outside.word_counts", "sales.orders"),
        "SELECT *\nFROM orders, word_counts, sales.orders AS o",
        options=["--limit", "3"],
    )
    assert found == (
        "orders is in the database sales\nword_counts is in the database outside\n"
        "pipelines query --limit 3 $'SELECT *\\nFROM sales.orders, outside.word_counts, sales.orders AS o' --target aws"
    )


def test_several_databases_are_all_named(settings: Settings) -> None:
    found = remedy(settings, Glue("a.orders", "b.orders"), "SELECT 1 FROM orders") or ""
    assert found.splitlines()[0] == "orders is in the databases a, b"
    assert "FROM a.orders" in found


def test_a_file_is_left_as_it_is(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "my query.sql"
    found = remedy(settings, Glue("outside.word_counts"), "SELECT 1 FROM word_counts", file=file) or ""
    assert found.splitlines()[1] == f"pipelines query --database outside --file '{file}' --target aws"


def test_a_table_that_is_not_deployed(settings: Settings) -> None:
    found = remedy(settings, Glue("other.t"), "SELECT 1 FROM word_counts")
    assert found == "outside.word_counts is a table of this project, and is not deployed: pipelines deploy --target aws"


@pytest.mark.parametrize(
    "sql", ["SELECT 1 FROM outside.word_count", "SELECT 1 FROM outsid.word_counts", "SELECT 1 FROM word_count"]
)
def test_a_name_that_is_misspelt(settings: Settings, sql: str) -> None:
    found = remedy(settings, Glue("outside.word_counts"), sql) or ""
    assert "outside.word_counts" in found.splitlines()[0] or "in the database outside" in found
    assert found.splitlines()[1] == "pipelines query 'SELECT 1 FROM outside.word_counts' --target aws"


def test_a_name_that_nobody_knows(settings: Settings) -> None:
    assert remedy(settings, Glue("outside.word_counts"), "SELECT 1 FROM zzz") == (
        "no database of the Data Catalog that may be read has a table zzz; list them: "
        "pipelines query 'SHOW TABLES IN outside' --target aws"
    )


def test_a_statement_without_a_table(settings: Settings) -> None:
    assert remedy(settings, Glue("outside.word_counts"), "SHOW TABLES", NO_DEFAULT) == (
        "name the database (outside): pipelines query --database outside 'SHOW TABLES' --target aws"
    )


def test_a_catalog_that_may_not_be_read(settings: Settings) -> None:
    found = remedy(settings, Glue(denied=True), "SELECT 1 FROM zzz")
    assert found is not None
    assert found.startswith("no database of the Data Catalog that may be read has a table zzz")
    found = remedy(settings, Glue(denied=True), "SELECT 1 FROM word_counts") or ""
    assert found.splitlines()[0] == "outside.word_counts is a table of this project", "deployed or not: nobody knows"


@pytest.mark.parametrize(
    "reason",
    [
        "SYNTAX_ERROR: line 1:8: Table awsdatacatalog.default.word_counts does not exist",
        "FAILED: SemanticException [Error 10001]: Table not found word_counts",
        "FAILED: SemanticException [Error 10072]: Database does not exist: default",
    ],
)
def test_other_words_for_the_same(settings: Settings, reason: str) -> None:
    assert remedy(settings, Glue("outside.word_counts"), "SELECT 1 FROM word_counts", reason)


def test_another_error_has_no_remedy_of_this_kind(settings: Settings) -> None:
    assert (
        remedy(
            settings, Glue(), "SELECT 1 FROM word_counts", "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved"
        )
        is None
    )
