"""The parser of queries."""

from __future__ import annotations

import logging
from itertools import pairwise
from typing import Any

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.dialects.trino import Trino
from sqlglot.errors import SqlglotError
from sqlglot.parsers.trino import TrinoParser

from local_cloud.athena.errors import InvalidStatementError
from local_cloud.athena.translation.trino_functions import PASSED
from local_cloud.athena.translation.trino_macros import MACRO_NAMES

# It warns about statements that it does not parse; those are handled elsewhere, or fail.
logging.getLogger("sqlglot").setLevel(logging.ERROR)
_NOTHING = {TokenType.COMMA, TokenType.FROM, TokenType.R_PAREN, TokenType.WHERE, TokenType.GROUP_BY, TokenType.ORDER_BY}

_TAKEN_OVER = {name.upper() for name in PASSED - MACRO_NAMES}


class TrinoQueries(Trino):
    """Trino's dialect; functions that are translated by name stay as written."""

    INDEX_OFFSET = 0  # keep subscripts as written

    class Parser(TrinoParser):
        FUNCTIONS = {name: build for name, build in TrinoParser.FUNCTIONS.items() if name in _TAKEN_OVER}  # noqa: RUF012 - overrides sqlglot's attribute
        FUNCTION_PARSERS = {  # noqa: RUF012 - overrides sqlglot's attribute
            name: parse
            for name, parse in TrinoParser.FUNCTION_PARSERS.items()
            if name
            in {
                "CAST",
                "TRY_CAST",
                "EXTRACT",
                "TRIM",
                "POSITION",
                "SUBSTRING",
                "CEIL",
                "FLOOR",
                "LISTAGG",
                "MAX_BY",
                "MIN_BY",
            }
        }

        def _parse_types(self, *arguments: Any, **options: Any) -> exp.Expr | None:
            """Do not parse ``ARRAY[`` as a type, which Trino does not have: trying both doubles the time for each level of nesting."""
            if self._match_pair(TokenType.ARRAY, TokenType.L_BRACKET, advance=False):
                return None
            return super()._parse_types(*arguments, **options)


def parse_query(sql: str) -> exp.Query:
    """Return the tree of a query.

    Raises
    ------
    InvalidStatementError
        If the string does not parse, or contains several statements.
    """
    try:
        _refuse_idle_commas(sql)
        statements = [statement for statement in sqlglot.parse(sql, read=TrinoQueries) if statement is not None]
    except RecursionError as error:
        # Trino's wording: https://github.com/trinodb/trino/blob/master/core/trino-parser/src/main/java/io/trino/sql/parser/SqlParser.java
        raise InvalidStatementError(
            message="line 1:1: statement is too large (stack overflow while parsing)"
        ) from error
    except SqlglotError as error:
        details = getattr(error, "errors", None) or [{}]
        line, column = details[0].get("line", 1), details[0].get("col", 1)
        near = str(details[0].get("highlight") or "").strip()
        raise InvalidStatementError(
            message=f"line {line}:{column}: mismatched input '{near}'. Expecting: a query"
        ) from error
    if len(statements) > 1:
        raise InvalidStatementError(message=f"Only one sql statement is allowed. Got: {sql}")
    if len(statements) == 1 and isinstance(statements[0], exp.Values):
        return _table_of(statements[0])
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise InvalidStatementError(
            message=f"line 1:1: mismatched input '{sql.split(maxsplit=1)[0] if sql else '<EOF>'}'"
        )
    return statements[0]


def _table_of(values: exp.Values) -> exp.Select:
    """Return a SELECT of the rows of ``VALUES``, with columns ``_col0``, ``_col1`` and so on."""
    first = values.expressions[0]
    width = len(first.expressions) if isinstance(first, exp.Tuple) else 1
    columns = [exp.to_identifier(f"_col{number}", quoted=True) for number in range(width)]
    values.set("alias", exp.TableAlias(this=exp.to_identifier("rows"), columns=columns))
    return exp.select("*").from_(values)


def _refuse_idle_commas(sql: str) -> None:
    """Reject trailing commas, which sqlglot accepts."""
    tokens = TrinoQueries().tokenize(sql)
    for token, following in pairwise(tokens):
        if token.token_type == TokenType.COMMA and following.token_type in _NOTHING:
            column = following.col - len(following.text) + 1
            raise InvalidStatementError(
                message=f"line {following.line}:{column}: mismatched input '{following.text}'. Expecting: <expression>"
            )
