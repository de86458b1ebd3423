"""The rules for tables that Redshift Spectrum reads: the features of a table that it does not support.

The rules are those of https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_EXTERNAL_TABLE.html and
https://docs.aws.amazon.com/redshift/latest/dg/nested-data-restrictions.html (without features in preview).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.tables.hive_type import HiveType
from partitioned_pipelines.lake.tables.storage_format import FORMATS

if TYPE_CHECKING:
    from partitioned_pipelines.lake.tables.storage_format import TableFormat
    from partitioned_pipelines.spec.files.problems import Location
    from partitioned_pipelines.spec.files.yaml_source import Findings
    from partitioned_pipelines.spec.model.pipeline import Table

_LONGEST_IDENTIFIER = 127
_MOST_COLUMNS = 1_598  # 1,600, without the pseudocolumns $path and $size
# Redshift's own schemas: https://docs.aws.amazon.com/redshift/latest/dg/r_names.html
_OWN_SCHEMAS = re.compile(r"pg_.*|public|information_schema|catalog_history")
_REPEATED = frozenset({"array", "map"})
_UNREAD = {
    "tinyint": "has no such type: use smallint",
    "binary": "reads binary columns only of tables without partitions: write base64 or hex to a string column",
}


def check_redshift(table: Table, location: Location, findings: Findings) -> None:
    """Check an otherwise valid table."""
    if _OWN_SCHEMAS.fullmatch(table.database):
        message = f"is {table.database!r}, the name of a built-in schema of Redshift: choose another"
        findings.add((*location, "database"), message)
    for field in ("database", "name"):
        findings.add((*location, field), _length_problem(getattr(table, field)))
    if table.registration == "projection":
        message = "is 'projection', which only Athena supports: use lambda or msck, which register the partitions for Redshift"
        findings.add((*location, "registration"), message)
    if (count := len(table.columns) + len(table.partition_keys)) > _MOST_COLUMNS:
        message = f"has {count:,} columns with the partition keys: Redshift shows at most {_MOST_COLUMNS:,} of a table"
        findings.add((*location, "columns"), message)
    for index, column in enumerate(table.columns):
        place = (*location, "columns", index)
        findings.add((*place, "name"), _length_problem(column.name))
        findings.add((*place, "type"), _type_problem(HiveType.parse(column.type), table.format))
    for index, key in enumerate(table.partition_keys):
        place = (*location, "partition_keys", index)
        findings.add((*place, "name"), _length_problem(key.name))
        findings.add((*place, "type"), _unread(key.type))


def _length_problem(name: str) -> str | None:
    if len(name) <= _LONGEST_IDENTIFIER:
        return None
    return f"has {len(name)} characters: Redshift truncates names after {_LONGEST_IDENTIFIER}"


def _type_problem(column_type: HiveType, table_format: TableFormat) -> str | None:
    if problem := _unread(column_type.text):
        return problem
    if column_type.text == "date" and not FORMATS[table_format].has_dates_in_redshift:
        others = ", ".join(each.title for each in FORMATS.values() if each.has_dates_in_redshift)
        return (
            f"is 'date': Redshift Spectrum reads dates of {others} files, not of {FORMATS[table_format].title}; use a string, "
            "or one of those formats"
        )
    parts = column_type.parts
    if column_type.kind in _REPEATED and any(part.kind in _REPEATED for part in parts):
        return f"is {column_type.text!r}: in Redshift Spectrum, arrays and maps cannot contain arrays or maps; wrap the inner one in a struct"
    return next((problem for part in parts if (problem := _type_problem(part, table_format))), None)


def _unread(text: str) -> str | None:
    return f"is {text!r}: Redshift Spectrum {_UNREAD[text]}" if text in _UNREAD else None
