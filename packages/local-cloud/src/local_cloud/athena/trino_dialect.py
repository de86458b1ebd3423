"""Trino's SQL as sqlglot reads it, but for the functions that are translated by name: those stay as they were written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import TokenType
from sqlglot.dialects.trino import Trino
from sqlglot.parsers.trino import TrinoParser

from local_cloud.athena.trino_functions import PASSED
from local_cloud.athena.trino_macros import MACRO_NAMES

if TYPE_CHECKING:
    from sqlglot import exp

_TAKEN_OVER = {name.upper() for name in PASSED - MACRO_NAMES}


class TrinoQueries(Trino):
    """The dialect of queries."""

    INDEX_OFFSET = 0  # subscripts stay as they were written

    class Parser(TrinoParser):
        FUNCTIONS = {name: build for name, build in TrinoParser.FUNCTIONS.items() if name in _TAKEN_OVER}  # noqa: RUF012 - as sqlglot has it
        FUNCTION_PARSERS = {  # noqa: RUF012 - as sqlglot has it
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
            """Leave ``ARRAY[`` to the expressions: it is no type in Trino. To try both takes twice as long for each level of nesting."""
            if self._match_pair(TokenType.ARRAY, TokenType.L_BRACKET, advance=False):
                return None
            return super()._parse_types(*arguments, **options)
