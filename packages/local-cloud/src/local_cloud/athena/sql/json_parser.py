"""The grammar of SQL's JSON functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.sql import tree
from local_cloud.athena.sql.type_parser import parse_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.athena.sql.token_stream import TokenStream

JSON_FUNCTIONS = frozenset({"json_array", "json_exists", "json_object", "json_query", "json_value"})


def parse_sql_json(tokens: TokenStream, expression: Callable[[], tree.Expression]) -> tree.SqlJson:
    """Parse a call of one of the functions."""
    position = tokens.position
    node = tree.SqlJson(position, tokens.advance().word, [])
    tokens.expect("(")
    if node.name in {"json_object", "json_array"}:
        _members(tokens, node, expression)
    else:
        node.arguments.append(expression())
        tokens.take("format", "json")
        tokens.expect(",")
        node.path = tokens.string()
    _options(tokens, node, expression)
    tokens.expect(")")
    return node


def _members(tokens: TokenStream, node: tree.SqlJson, expression: Callable[[], tree.Expression]) -> None:
    node.absent_on_null = node.name == "json_array"
    while not tokens.at(")") and not (tokens.at("null", "on") or tokens.at("absent", "on")):
        if node.name == "json_object":
            tokens.take("key")
            node.arguments.append(expression())
            if not tokens.take("value"):
                tokens.expect(":")
        node.arguments.append(expression())
        tokens.take("format", "json")
        if not tokens.take(","):
            break


def _options(tokens: TokenStream, node: tree.SqlJson, expression: Callable[[], tree.Expression]) -> None:
    while not tokens.at(")"):
        if tokens.take("null", "on", "null"):
            node.absent_on_null = False
        elif tokens.take("absent", "on", "null"):
            node.absent_on_null = True
        elif tokens.take("returning"):
            node.returning = parse_type(tokens)
        elif tokens.at("with") or tokens.at("without"):
            _wrapper(tokens, node)
        elif tokens.take("omit", "quotes") or tokens.take("keep", "quotes"):
            node.omits_quotes = tokens.tokens[tokens.place - 2].word == "omit"
            tokens.take("on", "scalar", "string")
        else:
            _behaviour(tokens, node, expression)


def _wrapper(tokens: TokenStream, node: tree.SqlJson) -> None:
    wraps = tokens.advance().word == "with"
    kind = "unconditional"
    if tokens.at("conditional") or tokens.at("unconditional"):
        kind = tokens.advance().word
    tokens.take("array")
    tokens.expect("wrapper")
    node.wrapper = kind if wraps else ""


def _behaviour(tokens: TokenStream, node: tree.SqlJson, expression: Callable[[], tree.Expression]) -> None:
    if tokens.take("default"):
        node.default, word = expression(), "default"
    elif tokens.at("empty"):
        tokens.advance()
        word = f"empty {tokens.advance().word}"
    elif tokens.at_any({"null", "error", "true", "false", "unknown"}):
        word = tokens.advance().word
    else:
        tokens.fail("')'")
    tokens.expect("on")
    if tokens.take("empty"):
        node.on_empty = word
    else:
        tokens.expect("error")
        node.on_error = word
