"""Windows: ``OVER (…)``, and the items of ORDER BY."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.sql import tree

if TYPE_CHECKING:
    from local_cloud.athena.sql.expression_parser import ExpressionParser


def parse_window(
    parser: ExpressionParser,
) -> tree.Window:
    """Parse a window in parentheses."""
    tokens = parser.tokens
    position = tokens.expect("(").position
    window = tree.Window(position, None, [], [], None)
    if tokens.at_name() and not tokens.at_any({"partition", "rows", "range", "groups"}):
        window.base = tokens.name().lower()
    if tokens.take("partition", "by"):
        window.partition = tokens.comma_separated(parser.expression)
    if tokens.take("order", "by"):
        window.order = tokens.comma_separated(lambda: parse_sort_item(parser))
    if tokens.at_any({"rows", "range", "groups"}):
        window.frame = _frame(parser)
    tokens.expect(")")
    return window


def _frame(
    parser: ExpressionParser,
) -> tree.Frame:
    tokens = parser.tokens
    frame = tree.Frame(tokens.position, tokens.advance().word, [])
    if tokens.take("between"):
        first = _bound(parser)
        tokens.expect("and")
        frame.bounds = [first, _bound(parser)]
    else:
        frame.bounds = [_bound(parser)]
    return frame


def _bound(
    parser: ExpressionParser,
) -> tuple[str, tree.Expression | None]:
    tokens = parser.tokens
    for words in (("unbounded", "preceding"), ("unbounded", "following"), ("current", "row")):
        if tokens.take(*words):
            return " ".join(words), None
    value = parser.expression()
    if not tokens.at_any({"preceding", "following"}):
        tokens.fail("'FOLLOWING', 'PRECEDING'")
    return tokens.advance().word, value


def parse_sort_item(
    parser: ExpressionParser,
) -> tree.SortItem:
    """Parse an item of ORDER BY."""
    tokens, position = parser.tokens, parser.tokens.position
    value = parser.expression()
    descending = tokens.take("desc")
    if not descending:
        tokens.take("asc")
    first = None
    if tokens.take("nulls"):
        if not tokens.at_any({"first", "last"}):
            tokens.fail("'FIRST', 'LAST'")
        first = tokens.advance().word == "first"
    return tree.SortItem(position, value, descending, first)
