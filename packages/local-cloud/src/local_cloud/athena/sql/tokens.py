"""The tokens of Trino's SQL.

https://github.com/trinodb/trino/blob/master/core/trino-grammar/src/main/antlr4/io/trino/grammar/sql/SqlBase.g4
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from local_cloud.athena.errors import InvalidStatementError

Position = tuple[int, int]

# Words that are not names without quotes: https://trino.io/docs/current/language/reserved.html
_RESERVED = """
alter and as between by case cast constraint create cross cube current_catalog current_date current_path current_role current_schema
current_time current_timestamp current_user deallocate delete describe distinct drop else end escape except execute exists extract false
for from full group grouping having in inner insert intersect into is join json_array json_exists json_object json_query json_table
json_value left like listagg localtime localtimestamp natural normalize not null on or order outer prepare recursive right rollup select
skip table then trim true uescape union unnest using values when where with
"""
RESERVED = frozenset(_RESERVED.split())
_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\r\n]*|/\*.*?\*/)
    |(?P<string>'(?:[^']|'')*')
    |(?P<unicode>[uU]&'(?:[^']|'')*')
    |(?P<binary>[xX]'[^']*')
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<backquoted>`(?:[^`]|``)*`)
    |(?P<double>(?:\d+(?:\.\d*)?|\.\d+)[eE][+-]?\d+)(?![A-Za-z_])
    |(?P<decimal>\d+\.\d*|\.\d+)(?![A-Za-z_])
    |(?P<digits>\d+[A-Za-z_]\w*)
    |(?P<integer>\d+)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<operator><>|!=|<=|>=|\|\||->|=>|[=<>+\-*/%?;()\[\],.:])
    |(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A token.

    Attributes
    ----------
    kind
        ``name``, ``quoted``, ``string``, ``binary``, ``integer``, ``decimal``, ``double``, ``operator`` or ``end``.
    text
        The token as written.
    word
        The token in lower case if it is a name, and as written otherwise.
    """

    kind: str
    text: str
    word: str
    position: Position


def syntax_error(position: Position, message: str) -> InvalidStatementError:
    """Return the error for a statement that does not parse."""
    return InvalidStatementError(message=f"line {position[0]}:{position[1]}: {message}")


def tokenize(sql: str) -> list[Token]:
    """Return the tokens of a statement; the last one is its end.

    Raises
    ------
    InvalidStatementError
        For characters that are no token.
    """
    found: list[Token] = []
    line, start_of_line = 1, 0
    for match in _TOKEN.finditer(sql):
        kind, text = str(match.lastgroup), match[0]
        position = (line, match.start() - start_of_line + 1)
        if kind == "backquoted":
            raise syntax_error(
                position, "backquoted identifiers are not supported; use double quotes to quote identifiers"
            )
        if kind == "digits":
            raise syntax_error(
                position, "identifiers must not start with a digit; surround the identifier with double quotes"
            )
        if kind == "other":
            raise syntax_error(position, f"mismatched input '{text}'")
        if kind == "quoted" and text == '""':
            raise syntax_error(position, "Zero-length delimited identifier not allowed")
        if kind != "space":
            found.append(Token(kind, text, text.lower() if kind == "name" else text, position))
        if breaks := text.count("\n"):
            line += breaks
            start_of_line = match.start() + text.rfind("\n") + 1
    found.append(Token("end", "<EOF>", "", (line, len(sql) - start_of_line + 1)))
    return found


def decimals_as_doubles(sql: str) -> str:
    """Return a statement whose numbers with a point are doubles, as Athena takes them: ``1.5E0`` for ``1.5``.

    https://docs.aws.amazon.com/athena/latest/ug/data-types-examples.html
    """
    return _TOKEN.sub(lambda match: f"{match[0]}E0" if match.lastgroup == "decimal" else match[0], sql)
