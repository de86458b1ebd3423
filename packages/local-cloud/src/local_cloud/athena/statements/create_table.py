"""``CREATE EXTERNAL TABLE``, a statement of Hive's DDL.

https://docs.aws.amazon.com/athena/latest/ug/create-table.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local_cloud.athena.catalog.hive_types import duckdb_type
from local_cloud.athena.catalog.storage_formats import storage_of
from local_cloud.athena.errors import DatabaseNotFoundError, QueryFailedError
from local_cloud.athena.results.query_result import QueryResult
from local_cloud.athena.statements.hive_text import read_properties, split_list, unquoted
from local_cloud.clients import client

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.athena.statement_context import StatementContext

_STRING = r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\""
_LIST = rf"\((?P<list>(?:{_STRING}|`[^`]*`|[^'\"`()]|\((?:[^()]|\([^()]*\))*\))*)\)"
_DELIMITERS = {
    "ESCAPED": "escape.delim",
    "FIELDS": "field.delim",
    "COLLECTION": "collection.delim",
    "MAP": "mapkey.delim",
    "LINES": "line.delim",
    "NULL": "serialization.null.format",
}


@dataclass(slots=True)
class _Definition:
    keys: list[dict[str, str]] = field(default_factory=list)
    storage: dict[str, Any] = field(default_factory=lambda: storage_of("TEXTFILE") or {})
    serde: dict[str, Any] = field(default_factory=dict)
    serde_parameters: dict[str, str] = field(default_factory=dict)
    location: str | None = None
    comment: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)


# The owner of all tables and views that Athena creates.
OWNER = "hadoop"


def create_external_table(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Create the table in Glue."""
    text = match.string[match.end("table") :].lstrip('`" \t\r\n')
    columns_text, rest = _next(rf"{_LIST}", text)
    columns = read_columns(columns_text["list"])
    definition = _Definition()
    while rest:
        for pattern, take in _CLAUSES:
            if clause := re.match(rf"(?:{pattern})\s*", rest, re.IGNORECASE | re.DOTALL):
                take(definition, clause)
                rest = rest[clause.end() :]
                break
        else:
            raise _unreadable(rest)
    if definition.location is None:
        raise QueryFailedError("FAILED", "SemanticException: LOCATION is required for an external table")
    storage = {**definition.storage, "Columns": columns, "Location": definition.location}
    serde = {**storage["SerdeInfo"], **definition.serde}
    storage["SerdeInfo"] = {**serde, "Parameters": {**serde.get("Parameters", {}), **definition.serde_parameters}}
    table: dict[str, Any] = {
        "Name": match["table"].lower(),
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": definition.keys,
        "Parameters": {"EXTERNAL": "TRUE", **definition.parameters},
        "StorageDescriptor": storage,
    }
    if definition.comment is not None:
        table["Parameters"]["comment"] = definition.comment
    write_table(table, (match["database"] or context.database).lower(), context.region, lenient=bool(match["lenient"]))
    return QueryResult(statement_type="DDL")


def write_table(table: dict[str, Any], database: str, region: str, *, lenient: bool = False) -> bool:
    """Create a table in Glue. Returns False if it exists already and ``lenient`` is set."""
    glue = client("glue", region)
    try:
        glue.create_table(DatabaseName=database, TableInput={"Owner": OWNER, **table})
    except glue.exceptions.AlreadyExistsException as error:
        if lenient:
            return False
        raise QueryFailedError(
            "FAILED", f"Execution Error: AlreadyExistsException(message:Table {table['Name']} already exists)"
        ) from error
    except glue.exceptions.EntityNotFoundException as error:
        raise DatabaseNotFoundError(database) from error
    except glue.exceptions.ClientError as error:
        raise QueryFailedError("FAILED", f"Execution Error: {error.response['Error']['Message']}") from error
    return True


def _next(pattern: str, text: str) -> tuple[re.Match[str], str]:
    match = re.match(rf"{pattern}\s*", text, re.IGNORECASE | re.DOTALL)
    if match is None:
        raise _unreadable(text)
    return match, text[match.end() :]


def _unreadable(text: str) -> QueryFailedError:
    return QueryFailedError("FAILED", f"ParseException line 1:0 cannot recognize input near '{text[:20]}'")


def read_columns(text: str) -> list[dict[str, str]]:
    """Return the columns of a list such as ``a int, b string COMMENT 'x'``."""
    columns = []
    for item in split_list(text):
        match = re.fullmatch(
            rf"(?P<name>`[^`]+`|\w+)\s+(?P<type>.*?)(?:\s+COMMENT\s+(?P<comment>{_STRING}))?",
            item,
            re.IGNORECASE | re.DOTALL,
        )
        if match is None:
            raise _unreadable(item)
        kind = re.sub(r"\s+", "", match["type"].lower())
        try:
            duckdb_type(kind)
        except ValueError as error:
            raise QueryFailedError("FAILED", f"ParseException: {error}") from error
        column = {"Name": match["name"].strip("`").lower(), "Type": "int" if kind == "integer" else kind}
        columns.append(column | ({"Comment": unquoted(match["comment"])} if match["comment"] else {}))
    return columns


def _take_keys(definition: _Definition, clause: re.Match[str]) -> None:
    definition.keys = read_columns(clause["list"])


def _take_serde(definition: _Definition, clause: re.Match[str]) -> None:
    definition.serde = {"SerializationLibrary": unquoted(clause["library"])}
    definition.serde_parameters = read_properties(clause["properties"] or "")


def _take_delimiters(definition: _Definition, clause: re.Match[str]) -> None:
    definition.serde = (storage_of("TEXTFILE") or {})["SerdeInfo"]
    for word, text in re.findall(
        rf"(\w+)(?:\s+ITEMS|\s+KEYS)?\s+(?:TERMINATED\s+BY|DEFINED\s+AS|BY)\s+({_STRING})", clause["delimiters"], re.I
    ):
        definition.serde_parameters[_DELIMITERS[word.upper()]] = unquoted(text)
    if "field.delim" in definition.serde_parameters:
        definition.serde_parameters["serialization.format"] = definition.serde_parameters["field.delim"]


def _take_format(definition: _Definition, clause: re.Match[str]) -> None:
    if clause["input"]:
        formats = {"InputFormat": unquoted(clause["input"]), "OutputFormat": unquoted(clause["output"])}
        definition.storage = {**definition.storage, **formats}
        return
    storage = storage_of(clause["format"])
    if storage is None:
        raise QueryFailedError(
            "FAILED", f"SemanticException: Unrecognized file format in STORED AS clause: '{clause['format']}'"
        )
    definition.storage = storage


_SLASHES_OF_BUCKET = 2


def _take_location(definition: _Definition, clause: re.Match[str]) -> None:
    definition.location = unquoted(clause["location"])
    if not definition.location.startswith("s3://"):
        raise QueryFailedError("FAILED", f"SemanticException: LOCATION {definition.location} is not an s3:// path")
    # Hive's client of Glue stores a normalized path:
    # https://github.com/awslabs/aws-glue-data-catalog-client-for-apache-hive-metastore, validateNewTableAndCreateDirectory
    folder = definition.location.rstrip("/")
    definition.location = folder if folder.count("/") > _SLASHES_OF_BUCKET else f"{folder}/"


def _take_comment(definition: _Definition, clause: re.Match[str]) -> None:
    definition.comment = unquoted(clause["comment"])


def _take_parameters(definition: _Definition, clause: re.Match[str]) -> None:
    definition.parameters = read_properties(clause["properties"])


def _refuse_buckets(_definition: _Definition, _clause: re.Match[str]) -> None:
    raise QueryFailedError("NOT_SUPPORTED", "CLUSTERED BY: bucketing is not supported by the local cloud")


_PROPERTIES = rf"\((?P<properties>(?:{_STRING}|[^'\"()])*)\)"
_DELIMITER = rf"(?:FIELDS|ESCAPED|COLLECTION\s+ITEMS|MAP\s+KEYS|LINES|NULL)\s+(?:TERMINATED\s+BY|DEFINED\s+AS|BY)\s+(?:{_STRING})\s*"
_CLAUSES: list[tuple[str, Callable[[_Definition, re.Match[str]], None]]] = [
    (rf"COMMENT\s+(?P<comment>{_STRING})", _take_comment),
    (rf"PARTITIONED\s+BY\s*{_LIST}", _take_keys),
    (r"CLUSTERED\s+BY\b", _refuse_buckets),
    (rf"ROW\s+FORMAT\s+SERDE\s+(?P<library>{_STRING})(?:\s*WITH\s+SERDEPROPERTIES\s*{_PROPERTIES})?", _take_serde),
    (rf"ROW\s+FORMAT\s+DELIMITED\s*(?P<delimiters>(?:{_DELIMITER})*)", _take_delimiters),
    (
        rf"STORED\s+AS\s+(?:INPUTFORMAT\s+(?P<input>{_STRING})\s+OUTPUTFORMAT\s+(?P<output>{_STRING})|(?P<format>\w+))",
        _take_format,
    ),
    (rf"LOCATION\s+(?P<location>{_STRING})", _take_location),
    (rf"TBLPROPERTIES\s*{_PROPERTIES}", _take_parameters),
]
