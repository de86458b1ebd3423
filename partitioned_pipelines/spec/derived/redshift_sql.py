"""The SQL statements that make the lake's databases available to a Redshift user group."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_GROUP = 127


def external_schema(database: str, *, role_arn: str, region: str, groups: Sequence[str]) -> list[str]:
    """Return the statements that create an external schema with the database's name; without trailing semicolons.

    Permissions on an external table are those on its schema: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_EXTERNAL_SCHEMA.html

    Parameters
    ----------
    role_arn, region
        CDK tokens or literal values.
    groups
        The user groups that may use the schema.
    """
    schema = quoted_identifier(database)
    create = (
        f"CREATE EXTERNAL SCHEMA IF NOT EXISTS {schema} FROM DATA CATALOG DATABASE {quoted_text(database)} "
        f"REGION {quoted_text(region)} IAM_ROLE {quoted_text(role_arn)}"
    )
    return [create, *(f"GRANT USAGE ON SCHEMA {schema} TO GROUP {quoted_identifier(group)}" for group in groups)]


def group_problem(group: str) -> str | None:
    """Return an error if a group's name is invalid, else None: https://docs.aws.amazon.com/redshift/latest/dg/r_names.html."""
    if not group.isprintable():
        return f"is {group!r}: use printable characters"
    if not group or len(group.encode()) > _LONGEST_GROUP:
        return f"is {group!r}: use 1 to {_LONGEST_GROUP} bytes"
    return None


def quoted_identifier(name: str) -> str:
    """Return a name as a quoted identifier, with its quotes doubled."""
    return '"' + name.replace('"', '""') + '"'


def quoted_text(text: str) -> str:
    """Return a string as a quoted literal. Backslashes are doubled, too: they escape in Redshift's literals."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
