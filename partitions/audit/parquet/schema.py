"""Whether a Parquet file's schema is its table's: a column of another type fails the query, or is read wrongly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from partitions.audit.finding import FileFindings
from partitions.audit.parquet.footer import InvalidParquetError, read_columns

if TYPE_CHECKING:
    from partitions.audit.data_file import DataFile
    from partitions.audit.parquet.footer import ParquetColumn
    from partitions.audit.table_content import Column, TableContent

_INT8 = {"INT32 INT_8"}
_INT16 = {*_INT8, "INT32 INT_16", "INT32 UINT_8"}
_INT32 = {*_INT16, "INT32", "INT32 INT_32", "INT32 UINT_16"}
_BYTES = {"BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"}
_TEXT = {"BYTE_ARRAY", "BYTE_ARRAY UTF8", "BYTE_ARRAY ENUM", "BYTE_ARRAY JSON"}
# What the engines read as a type, a narrower one among it; the first is what to write.
_READ_AS: dict[str, set[str]] = {
    "boolean": {"BOOLEAN"},
    "tinyint": {*_INT8, "INT32"},
    "smallint": {*_INT16, "INT32"},
    "int": _INT32,
    "integer": _INT32,
    "bigint": {*_INT32, "INT64", "INT64 INT_64", "INT32 UINT_32", "INT64 UINT_32"},
    "float": {"FLOAT"},
    "double": {"DOUBLE", "FLOAT"},
    "string": _TEXT,
    "varchar": _TEXT,
    "char": _TEXT,
    "binary": {*_BYTES, *_TEXT, "BYTE_ARRAY BSON"},
    "date": {"INT32 DATE"},
    "timestamp": {"INT96", "INT64 TIMESTAMP_MILLIS", "INT64 TIMESTAMP_MICROS", "INT64 TIMESTAMP"},
}
_TO_WRITE = {
    "boolean": "BOOLEAN",
    "tinyint": "INT32 INT_8",
    "smallint": "INT32 INT_16",
    "int": "INT32",
    "integer": "INT32",
    "bigint": "INT64",
    "float": "FLOAT",
    "double": "DOUBLE",
    "string": "BYTE_ARRAY UTF8",
    "varchar": "BYTE_ARRAY UTF8",
    "char": "BYTE_ARRAY UTF8",
    "binary": "BYTE_ARRAY",
    "date": "INT32 DATE",
    "timestamp": "INT64 TIMESTAMP_MICROS",
    "decimal": "DECIMAL of the same precision and scale",
    "array": "a LIST",
    "map": "a MAP",
    "struct": "a group",
}
_SIZED = re.compile(r"decimal\(\s*(?P<precision>[0-9]+)\s*(,\s*(?P<scale>[0-9]+)\s*)?\)")


def audit_parquet_file(file: DataFile, table: TableContent) -> FileFindings:
    """Compare the schema in a file's footer with the table's; columns are found by name, in any case."""
    findings = FileFindings(file.name)
    try:
        columns = read_columns(file)
    except InvalidParquetError as error:
        findings.add("", f"{error}: write Parquet, as the table's format says")
        return findings
    by_name = {column.name.lower(): column for column in columns}
    if len(by_name) < len(columns):
        findings.add(
            "", f"columns differ in case alone, {sorted(column.name for column in columns)!r}: engines take one"
        )
    for column in table.columns:
        found = by_name.get(column.name)
        if found is None:
            names = sorted(by_name)
            findings.add("", f"it has no column {column.name!r}, which would be null; its columns are {names[:20]!r}")
        elif not _fits(column, found):
            wanted = _TO_WRITE.get(column.base_type, column.type)
            findings.add("", f"{column.name} is {found}, and the table's {column.type}: write {wanted}")
    return findings


def _fits(column: Column, found: ParquetColumn) -> bool:
    base = column.base_type
    if base == "array":
        return found.annotation == "LIST" or found.repeated
    if base in ("map", "struct"):
        is_map = found.annotation in ("MAP", "MAP_KEY_VALUE")
        return is_map if base == "map" else not found.physical and not is_map and found.annotation != "LIST"
    if base == "decimal":
        sized = _SIZED.fullmatch(column.type)
        precision, scale = (int(sized["precision"]), int(sized["scale"] or 0)) if sized else (10, 0)
        return found.annotation == "DECIMAL" and found.scale == scale and found.precision <= precision
    readable = _READ_AS.get(base)
    return readable is None or (str(found) in readable and not found.repeated)
