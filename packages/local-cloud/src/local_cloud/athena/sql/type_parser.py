"""The grammar of types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.types.trino_types import (
    LONGEST_CHAR,
    MAX_PRECISION,
    UNBOUNDED,
    UNKNOWN,
    Type,
    array,
    char,
    decimal,
    map_type,
    row,
    time_type,
    timestamp,
    varchar,
)

if TYPE_CHECKING:
    from local_cloud.athena.sql.token_stream import TokenStream
    from local_cloud.athena.sql.tokens import Position

_PLAIN = {
    *(
        "boolean",
        "tinyint",
        "smallint",
        "integer",
        "bigint",
        "real",
        "double",
        "varbinary",
        "json",
        "date",
        "uuid",
        "ipaddress",
    ),
    "unknown",
}
_LARGEST_TIME_PRECISION = 12


def parse_type(tokens: TokenStream) -> Type:
    """Return the type that the next tokens are.

    Raises
    ------
    QueryFailedError
        If Trino has no such type.
    """
    kind = _base_type(tokens)
    while tokens.at("array"):
        tokens.advance()
        if tokens.take("["):
            tokens.advance()
            tokens.expect("]")
        kind = array(kind)
    return kind


def _base_type(tokens: TokenStream) -> Type:
    position = tokens.position
    name = tokens.name().lower()
    if name == "row" and tokens.at("("):
        fields = tokens.parenthesized(lambda: _row_field(tokens))
        return row([kind for _, kind in fields], [one for one, _ in fields])
    if name == "interval" and tokens.token.word in {"day", "year"}:
        first = tokens.advance().word
        tokens.expect("to")
        tokens.expect("second" if first == "day" else "month")
        return Type("interval day to second" if first == "day" else "interval year to month")
    if name == "double":
        tokens.take("precision")
        return Type("double")
    if name in {"timestamp", "time"}:
        sizes = _sizes(tokens)
        zoned = _zone(tokens)
        precision = sizes[0] if sizes else 3
        if precision > _LARGEST_TIME_PRECISION:
            raise _unknown(position, f"{name.upper()} precision must be in range [0, 12]: {precision}")
        return timestamp(precision, zoned=zoned) if name == "timestamp" else time_type(precision, zoned=zoned)
    if name in {"array", "map"} and tokens.token.text in {"(", "<"}:
        close = ")" if tokens.advance().text == "(" else ">"
        parts = tokens.comma_separated(lambda: parse_type(tokens))
        _close(tokens, close)
        if len(parts) != (1 if name == "array" else 2):
            raise _unknown(position, f"Unknown type: {name}")
        return array(parts[0]) if name == "array" else map_type(parts[0], parts[1])
    return _sized(position, name, _sizes(tokens))


def _close(tokens: TokenStream, close: str) -> None:
    tokens.expect(close)


def _sized(position: Position, name: str, sizes: list[int]) -> Type:
    if name == "varchar" and len(sizes) < 2:
        return varchar(min(sizes[0], UNBOUNDED) if sizes else UNBOUNDED)
    if name == "char" and len(sizes) < 2:
        length = sizes[0] if sizes else 1
        if length > LONGEST_CHAR:
            raise _unknown(position, f"CHAR length must be in range [0, 65536], got {length}")
        return char(length)
    if name in {"decimal", "numeric", "dec"}:
        precision, scale = (*sizes, *(38, 0)[len(sizes) :]) if len(sizes) < 3 else (0, 0)
        if not 1 <= precision <= MAX_PRECISION:
            raise _failed(
                "INVALID_PARAMETER_USAGE" if name == "decimal" else "TYPE_MISMATCH",
                position,
                "DECIMAL precision must be in range [1, 38]: " + str(precision),
            )
        if scale > precision:
            raise _failed(
                "INVALID_PARAMETER_USAGE",
                position,
                f"DECIMAL scale must be in range [0, precision ({precision})]: {scale}",
            )
        if name != "decimal":
            raise _unknown(position, f"Unknown type: {name}")
        return decimal(precision, scale)
    if name == "int":
        name = "integer"
    if name not in _PLAIN or sizes:
        raise _unknown(position, f"Unknown type: {name}")
    return Type(name) if name != "unknown" else UNKNOWN


def _sizes(tokens: TokenStream) -> list[int]:
    if not tokens.at("("):
        return []

    def size() -> int:
        if tokens.token.kind != "integer":
            tokens.fail("<integer>")
        return int(tokens.advance().text)

    return tokens.parenthesized(size)


def _zone(tokens: TokenStream) -> bool:
    if tokens.take("with", "time", "zone"):
        return True
    tokens.take("without", "time", "zone")
    return False


def _row_field(tokens: TokenStream) -> tuple[str | None, Type]:
    following = tokens.ahead()
    named = following.kind in {"name", "quoted"} and not (
        following.word in {"with", "without", "array", "to"} or tokens.at("double", "precision")
    )
    name = tokens.name() if named else None
    return name, parse_type(tokens)


def _unknown(position: Position, message: str) -> QueryFailedError:
    return _failed("TYPE_MISMATCH", position, message)


def _failed(name: str, position: Position, message: str) -> QueryFailedError:
    return QueryFailedError(name, f"line {position[0]}:{position[1]}: {message}")
