"""Expressions that begin with a word of their own, such as CASE, CAST and SUBSTRING."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.sql import tree
from local_cloud.athena.sql.tokens import syntax_error
from local_cloud.athena.sql.type_parser import parse_type
from local_cloud.athena.sql.window_parser import parse_sort_item

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.athena.sql.expression_parser import ExpressionParser


_INTERVAL_FIELDS = frozenset({"year", "month", "day", "hour", "minute", "second"})

EXTRACTED = {
    **{
        name: name
        for name in (
            "year",
            "quarter",
            "month",
            "week",
            "day",
            "hour",
            "minute",
            "second",
            "timezone_hour",
            "timezone_minute",
        )
    },
    **{name: name for name in ("day_of_month", "day_of_week", "day_of_year", "year_of_week")},
    "dow": "day_of_week",
    "doy": "day_of_year",
    "yow": "year_of_week",
}


def parse_interval(
    parser: ExpressionParser,
) -> tree.Expression:
    """Parse an interval."""
    tokens, position = parser.tokens, parser.tokens.position
    tokens.advance()
    sign = -1 if tokens.take("-") else 1
    tokens.take("+")
    text = tokens.string()

    def unit() -> str:
        if not tokens.at_any(_INTERVAL_FIELDS):
            tokens.fail("'DAY', 'HOUR', 'MINUTE', 'MONTH', 'SECOND', 'YEAR'")
        return tokens.advance().word

    first = unit()
    return tree.IntervalLiteral(position, sign, text, first, unit() if tokens.take("to") else None)


def _case(
    parser: ExpressionParser,
) -> tree.Expression:
    tokens, position = parser.tokens, parser.tokens.position
    tokens.advance()
    operand = None if tokens.at("when") else parser.expression()
    branches = []
    while tokens.take("when"):
        condition = parser.expression()
        tokens.expect("then")
        branches.append((condition, parser.expression()))
    if not branches:
        tokens.fail("'WHEN'")
    default = parser.expression() if tokens.take("else") else None
    tokens.expect("end")
    return tree.Case(position, operand, branches, default)


def _cast(
    parser: ExpressionParser,
) -> tree.Expression:
    tokens, position = parser.tokens, parser.tokens.position
    safe = tokens.advance().word == "try_cast"
    tokens.expect("(")
    value = parser.expression()
    tokens.expect("as")
    kind = parse_type(tokens)
    tokens.expect(")")
    return tree.Cast(position, value, kind, safe)


def _exists(
    parser: ExpressionParser,
) -> tree.Expression:
    position = parser.tokens.advance().position
    return tree.Exists(position, parser.query_in_parentheses())


def _extract(
    parser: ExpressionParser,
) -> tree.Expression:
    tokens, position = parser.tokens, parser.tokens.position
    tokens.advance()
    tokens.expect("(")
    field = tokens.name().lower()
    if field not in EXTRACTED:
        raise syntax_error(position, f"Invalid EXTRACT field: {field.upper()}")
    tokens.expect("from")
    value = parser.value()
    tokens.expect(")")
    return tree.Extract(position, EXTRACTED[field], value)


def _position(
    parser: ExpressionParser,
) -> tree.Expression:
    tokens, position = parser.tokens, parser.tokens.position
    name = tokens.advance().word
    tokens.expect("(")
    needle = parser.value()
    if not tokens.at("in"):
        tokens.fail("'IN'")
    tokens.advance()
    value = parser.value()
    tokens.expect(")")
    return tree.Call(position, "strpos" if name == "position" else name, [value, needle])


def _substring(
    parser: ExpressionParser,
) -> tree.Expression:
    tokens, position = parser.tokens, parser.tokens.position
    place = tokens.place
    tokens.advance()
    tokens.expect("(")
    if tokens.at(")"):
        tokens.place = place + 1
        return parser.call(position, "substring")
    arguments = [parser.expression()]
    if not tokens.take("from"):
        tokens.place = place + 1
        return parser.call(position, "substring")
    arguments.append(parser.value())
    if tokens.take("for"):
        arguments.append(parser.value())
    tokens.expect(")")
    return tree.Call(position, "substring", arguments)


def _trim(
    parser: ExpressionParser,
) -> tree.Expression:
    tokens, position = parser.tokens, parser.tokens.position
    tokens.advance()
    tokens.expect("(")
    side = tokens.advance().word if tokens.at_any({"leading", "trailing", "both"}) else "both"
    name = {"leading": "ltrim", "trailing": "rtrim", "both": "trim"}[side]
    if tokens.take("from"):
        arguments = [parser.value()]
    else:
        arguments = [parser.value()]
        if tokens.take("from"):
            arguments.insert(0, parser.value())
        elif tokens.take(","):
            arguments.append(parser.value())
    tokens.expect(")")
    return tree.Call(position, name, arguments)


def _normalize(
    parser: ExpressionParser,
) -> tree.Expression:
    tokens, position = parser.tokens, parser.tokens.position
    tokens.advance()
    tokens.expect("(")
    value = parser.value()
    form = "NFC"
    if tokens.take(","):
        if not tokens.at_any({"nfd", "nfc", "nfkd", "nfkc"}):
            tokens.fail("'NFC', 'NFD', 'NFKC', 'NFKD'")
        form = tokens.advance().text.upper()
    tokens.expect(")")
    return tree.Call(position, "normalize", [value, tree.Literal(position, "string", form)])


def _grouping(
    parser: ExpressionParser,
) -> tree.Expression:
    position = parser.tokens.advance().position
    return tree.Grouping(position, parser.tokens.parenthesized(parser.expression))


def _listagg(
    parser: ExpressionParser,
) -> tree.Expression:
    tokens, position = parser.tokens, parser.tokens.position
    tokens.advance()
    tokens.expect("(")
    distinct = tokens.take("distinct")
    arguments = [parser.expression()]
    if tokens.take(","):
        arguments.append(tree.Literal(tokens.position, "string", tokens.string()))
    if tokens.take("on", "overflow") and not tokens.take("error"):
        tokens.expect("truncate")
        if tokens.token.kind == "string":
            tokens.string()
        if not tokens.take("without"):
            tokens.expect("with")
        tokens.expect("count")
    tokens.expect(")", "within", "group", "(", "order", "by")
    order = tokens.comma_separated(lambda: parse_sort_item(parser))
    tokens.expect(")")
    return parser.after_call(tree.Call(position, "listagg", arguments, distinct=distinct, order=order))


def _null(
    parser: ExpressionParser,
) -> tree.Expression:
    return tree.Null(parser.tokens.advance().position)


def _boolean(
    parser: ExpressionParser,
) -> tree.Expression:
    token = parser.tokens.advance()
    return tree.Literal(token.position, "boolean", token.word)


# The function of each field of EXTRACT.


_FORMS: dict[str, Callable[[ExpressionParser], tree.Expression]] = {
    "case": _case,
    "cast": _cast,
    "exists": _exists,
    "extract": _extract,
    "false": _boolean,
    "grouping": _grouping,
    "listagg": _listagg,
    "normalize": _normalize,
    "null": _null,
    "position": _position,
    "substring": _substring,
    "trim": _trim,
    "true": _boolean,
    "try_cast": _cast,
}


_ONLY_BEFORE_PARENTHESES = frozenset(
    {"position", "substring", "try_cast", "grouping", "listagg", "normalize", "trim", "extract", "cast", "exists"}
)


def special_form(parser: ExpressionParser) -> Callable[[ExpressionParser], tree.Expression] | None:
    """Return the function that parses the next words, if they begin such an expression."""
    tokens = parser.tokens
    word = tokens.token.word if tokens.token.kind == "name" else ""
    return _FORMS.get(word) if word not in _ONLY_BEFORE_PARENTHESES or tokens.ahead().text == "(" else None
