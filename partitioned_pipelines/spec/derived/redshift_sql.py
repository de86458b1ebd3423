"""The statements by which Redshift shows the lake's databases to a group of its users."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_GROUP = 127


def external_schema(database: str, *, role_arn: str, region: str, groups: Sequence[str]) -> list[str]:
    """Build the statements that show a database as a schema of the same name; none of them ends in a semicolon.

    Rights on an external table are those on its schema: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_EXTERNAL_SCHEMA.html

    Parameters
    ----------
    role_arn, region
        CDK tokens, or what they stand for.
    groups
        Who may use the schema.
    """
    schema = quoted_identifier(database)
    create = (
        f"CREATE EXTERNAL SCHEMA IF NOT EXISTS {schema} FROM DATA CATALOG DATABASE {quoted_text(database)} "
        f"REGION {quoted_text(region)} IAM_ROLE {quoted_text(role_arn)}"
    )
    return [create, *(f"GRANT USAGE ON SCHEMA {schema} TO GROUP {quoted_identifier(group)}" for group in groups)]


def group_problem(group: str) -> str | None:
    """Return what is wrong with the name of a group: https://docs.aws.amazon.com/redshift/latest/dg/r_names.html."""
    if not group.isprintable():
        return f"is {group!r}: give printable characters"
    if not group or len(group.encode()) > _LONGEST_GROUP:
        return f"is {group!r}: give 1 to {_LONGEST_GROUP} bytes"
    return None


def quoted_identifier(name: str) -> str:
    """Quote a name; whatever is in it stays in it."""
    return '"' + name.replace('"', '""') + '"'


def quoted_text(text: str) -> str:
    """Quote a text as a literal. A backslash is doubled, too: Redshift's literals know escapes by it."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
