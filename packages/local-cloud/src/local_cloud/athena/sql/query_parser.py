"""The grammar of queries.

https://github.com/trinodb/trino/blob/master/core/trino-grammar/src/main/antlr4/io/trino/grammar/sql/SqlBase.g4
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.errors import InvalidStatementError, QueryFailedError
from local_cloud.athena.sql import tree
from local_cloud.athena.sql.expression_parser import ExpressionParser
from local_cloud.athena.sql.token_stream import TokenStream
from local_cloud.athena.sql.tokens import RESERVED, syntax_error
from local_cloud.athena.sql.window_parser import parse_sort_item, parse_window

if TYPE_CHECKING:
    from local_cloud.athena.sql.tokens import Position

_JOINS = ("inner", "left", "right", "full")


def parse_query(sql: str) -> tree.Query:
    """Return the tree of a query.

    Raises
    ------
    InvalidStatementError
        If the string does not parse, or contains several statements.
    """
    parser = _QueryParser(sql)
    try:
        query = parser.query()
    except RecursionError as error:
        # Trino's words: https://github.com/trinodb/trino/blob/master/core/trino-parser/src/main/java/io/trino/sql/parser/SqlParser.java
        raise InvalidStatementError(
            message="line 1:1: statement is too large (stack overflow while parsing)"
        ) from error
    if parser.tokens.take(";") and parser.tokens.token.kind != "end":
        raise InvalidStatementError(message=f"Only one sql statement is allowed. Got: {sql}")
    if parser.tokens.token.kind != "end":
        parser.tokens.fail("<EOF>")
    return query


def parse_expression(sql: str) -> tree.Expression:
    """Return the tree of an expression. Raises InvalidStatementError if the string is not one."""
    parser = _QueryParser(sql)
    found = parser.expressions.expression()
    if parser.tokens.token.kind != "end":
        parser.tokens.fail("<EOF>")
    return found


class _QueryParser:
    def __init__(self, sql: str) -> None:
        self.tokens = TokenStream(sql)
        self.expressions = ExpressionParser(self.tokens, self.query)

    def query(self) -> tree.Query:
        tokens = self.tokens
        position = tokens.position
        named: list[tree.NamedQuery] = []
        recursive = False
        if tokens.take("with"):
            recursive = tokens.take("recursive")
            named = tokens.comma_separated(self._named_query)
        body = self._union()
        order: list[tree.SortItem] = []
        if tokens.take("order"):
            tokens.expect("by")
            order = tokens.comma_separated(lambda: parse_sort_item(self.expressions))
        offset = limit = None
        ties = False
        if tokens.take("offset"):
            offset = self._count()
            if not tokens.take("row"):
                tokens.take("rows")
        if tokens.take("limit"):
            limit = None if tokens.take("all") else self._count()
        elif tokens.take("fetch"):
            if not (tokens.take("first") or tokens.take("next")):
                tokens.fail("'FIRST', 'NEXT'")
            limit = tree.Literal(tokens.position, "integer", "1") if tokens.at_any({"row", "rows"}) else self._count()
            if not (tokens.take("row") or tokens.take("rows")):
                tokens.fail("'ROW', 'ROWS'")
            ties = tokens.take("with", "ties")
            if not ties:
                tokens.expect("only")
        return tree.Query(position, named, recursive, body, order, offset, limit, ties)

    def _count(self) -> tree.Expression:
        if self.tokens.token.kind != "integer" and not self.tokens.at("?"):
            self.tokens.fail("'ALL', <integer>")
        return self.expressions._primary()

    def _named_query(self) -> tree.NamedQuery:
        tokens, position = self.tokens, self.tokens.position
        name = tokens.name().lower()
        columns = tokens.name_list() if tokens.at("(") else None
        tokens.expect("as")
        tokens.expect("(")
        query = self.query()
        tokens.expect(")")
        return tree.NamedQuery(position, name, columns, query)

    def _union(self) -> tree.Body:
        left = self._intersect()
        while self.tokens.at_any({"union", "except"}):
            position = self.tokens.position
            operator = self.tokens.advance().word
            left = tree.SetOperation(position, operator, self._quantifier(), left, self._intersect())
        return left

    def _intersect(self) -> tree.Body:
        left = self._body()
        while self.tokens.at("intersect"):
            position = self.tokens.advance().position
            left = tree.SetOperation(position, "intersect", self._quantifier(), left, self._body())
        return left

    def _quantifier(self) -> bool:
        if self.tokens.take("all"):
            return True
        self.tokens.take("distinct")
        return False

    def _body(self) -> tree.Body:
        tokens, position = self.tokens, self.tokens.position
        if tokens.at("select"):
            return self._select()
        if tokens.take("values"):
            return tree.Values(position, tokens.comma_separated(self.expressions.expression))
        if tokens.take("table"):
            source = tree.TableName(position, self._qualified_name())
            return tree.Select(position, False, [tree.AllColumns(position, None, [])], source, None, None, None, {})
        if tokens.take("("):
            query = self.query()
            tokens.expect(")")
            return tree.Nested(position, query)
        return tokens.fail("'(', 'SELECT', 'TABLE', 'VALUES'")

    def _select(self) -> tree.Select:
        tokens = self.tokens
        position = tokens.expect("select").position
        distinct = tokens.take("distinct")
        if not distinct:
            tokens.take("all")
        items = tokens.comma_separated(self._item)
        source = self._from() if tokens.take("from") else None
        where = self.expressions.expression() if tokens.take("where") else None
        group = self._group_by() if tokens.take("group") else None
        having = self.expressions.expression() if tokens.take("having") else None
        windows: dict[str, tree.Window] = {}
        if tokens.at("window") and tokens.ahead(2).word == "as":
            tokens.advance()
            windows = dict(tokens.comma_separated(self._named_window))
        return tree.Select(position, distinct, items, source, where, group, having, windows)

    def _named_window(self) -> tuple[str, tree.Window]:
        name = self.tokens.name().lower()
        self.tokens.expect("as")
        return name, parse_window(self.expressions)

    def _item(self) -> tree.SelectItem | tree.AllColumns:
        tokens, position = self.tokens, self.tokens.position
        if tokens.take("*"):
            return tree.AllColumns(position, None, [])
        value = self.expressions.expression()
        if tokens.at(".", "*"):
            tokens.place += 2
            return tree.AllColumns(position, value, tokens.name_list() if tokens.take("as") else [])
        alias = None
        if tokens.take("as") or (tokens.at_name() and not self._is_clause()):
            alias = tokens.name()
        return tree.SelectItem(position, value, alias)

    def _group_by(self) -> tree.GroupBy:
        tokens = self.tokens
        position = tokens.expect("by").position
        distinct = tokens.take("distinct")
        if not distinct and tokens.at("all") and tokens.ahead().kind != "end" and tokens.ahead().text not in {",", ")"}:
            tokens.advance()
        return tree.GroupBy(position, distinct, tokens.comma_separated(self._grouping_element))

    def _grouping_element(self) -> tuple[str, list[list[tree.Expression]]]:
        tokens = self.tokens
        for words in (("rollup",), ("cube",), ("grouping", "sets")):
            if tokens.at(*words, "("):
                tokens.place += len(words)
                return " ".join(words), tokens.parenthesized(self._grouping_set)
        if tokens.at("(", ")"):
            tokens.place += 2
            return "simple", [[]]
        found = self.expressions.expression()
        return "simple", [list(found.items) if isinstance(found, tree.Row) and not any(found.names) else [found]]

    def _grouping_set(self) -> list[tree.Expression]:
        tokens = self.tokens
        if not tokens.at("("):
            return [self.expressions.expression()]
        if tokens.take("(", ")"):
            return []
        return tokens.parenthesized(self.expressions.expression)

    def _from(self) -> tree.Relation:
        found = self._relation()
        while True:
            position = self.tokens.position
            if not self.tokens.take(","):
                return found
            found = tree.Join(position, "cross", found, self._relation())

    def _relation(self) -> tree.Relation:
        tokens = self.tokens
        left = self._sampled()
        while True:
            position = tokens.position
            if tokens.take("cross", "join"):
                left = tree.Join(position, "cross", left, self._sampled())
                continue
            natural = tokens.at("natural")
            place = tokens.place
            if natural:
                tokens.advance()
            kind = tokens.token.word if tokens.at_any(frozenset(_JOINS)) else "inner"
            if tokens.at_any(frozenset(_JOINS)):
                tokens.advance()
                if kind != "inner":
                    tokens.take("outer")
                if not tokens.at("join"):
                    tokens.fail("'JOIN'")
            if not tokens.take("join"):
                tokens.place = place
                return left
            if natural:
                raise QueryFailedError("NOT_SUPPORTED", f"{_at(position)}: Natural join not supported")
            left = self._conditioned(position, kind, left, self._sampled())

    def _conditioned(self, position: Position, kind: str, left: tree.Relation, right: tree.Relation) -> tree.Join:
        tokens = self.tokens
        if tokens.take("on"):
            return tree.Join(position, kind, left, right, self.expressions.expression())
        if tokens.take("using"):
            using = tokens.parenthesized(lambda: (tokens.position, tokens.name()))
            return tree.Join(position, kind, left, right, None, [(name.lower(), place) for place, name in using])
        return tokens.fail("'ON', 'USING'")

    def _sampled(self) -> tree.Relation:
        tokens = self.tokens
        found = self._aliased()
        position = tokens.position
        if tokens.take("tablesample"):
            method = tokens.advance().word
            if method not in {"bernoulli", "system"}:
                raise syntax_error(position, "mismatched input. Expecting: 'BERNOULLI', 'SYSTEM'")
            tokens.expect("(")
            percentage = self.expressions.expression()
            tokens.expect(")")
            return tree.Sampled(position, found, method, percentage)
        return found

    def _aliased(self) -> tree.Relation:
        tokens = self.tokens
        found = self._primary_relation()
        if tokens.at("match_recognize", "("):
            raise QueryFailedError(
                "NOT_SUPPORTED", f"{_at(tokens.position)}: MATCH_RECOGNIZE is not supported by the local cloud"
            )
        position = tokens.position
        is_alias = tokens.take("as")
        if is_alias or (tokens.at_name() and not self._is_clause()):
            name = tokens.name()
            return tree.Aliased(position, found, name.lower(), tokens.name_list() if tokens.at("(") else None)
        return found

    def _is_clause(self) -> bool:
        """Return whether the next word, which might be an alias, begins a clause."""
        tokens = self.tokens
        following = tokens.ahead()
        if tokens.token.kind == "quoted":
            return False
        match tokens.token.word:
            case "tablesample":
                return following.word in {"bernoulli", "system"}
            case "limit":
                return following.kind == "integer" or following.word in {"all", "?"}
            case "offset":
                return following.kind == "integer" or following.word == "?"
            case "fetch":
                return following.word in {"first", "next"}
            case "window":
                return tokens.ahead(2).word == "as"
            case "match_recognize":
                return following.text == "("
        return False

    def _primary_relation(self) -> tree.Relation:
        tokens, position = self.tokens, self.tokens.position
        if tokens.take("lateral"):
            tokens.expect("(")
            query = self.query()
            tokens.expect(")")
            return tree.SubqueryRelation(position, query, lateral=True)
        if tokens.at("unnest"):
            tokens.advance()
            values = tokens.parenthesized(self.expressions.expression)
            return tree.Unnest(position, values, tokens.take("with", "ordinality"))
        if tokens.at("table", "("):
            return self._table_function()
        if tokens.at("("):
            place = tokens.place
            try:
                tokens.advance()
                query = self.query()
                tokens.expect(")")
            except InvalidStatementError as error:
                tokens.place = place + 1
                try:
                    found = self._from_in_parentheses()
                except InvalidStatementError:
                    raise error from None
                return found
            return tree.SubqueryRelation(position, query)
        if not tokens.at_name():
            tokens.fail("'(', 'LATERAL', 'TABLE', 'UNNEST', <identifier>")
        return tree.TableName(position, self._qualified_name())

    def _from_in_parentheses(self) -> tree.Relation:
        found = self._relation()
        self.tokens.expect(")")
        return found

    def _table_function(self) -> tree.Relation:
        tokens = self.tokens
        position = tokens.expect("table", "(").position
        if tokens.ahead().text != "(":
            found = tree.TableName(position, self._qualified_name())
            tokens.expect(")")
            return found
        name = tokens.name().lower()

        def argument() -> tuple[str | None, tree.Expression]:
            named = tokens.name().lower() if tokens.ahead().text == "=>" else None
            if named:
                tokens.advance()
            return named, self.expressions.expression()

        tokens.expect("(")
        arguments = [] if tokens.at(")") else tokens.comma_separated(argument)
        tokens.expect(")", ")")
        return tree.TableFunction(position, name, arguments)

    def _qualified_name(self) -> list[str]:
        parts = [self.tokens.name().lower()]
        while self.tokens.take("."):
            parts.append(self.tokens.name().lower())
        return parts


def _at(position: Position) -> str:
    return f"line {position[0]}:{position[1]}"


__all__ = ["RESERVED", "parse_expression", "parse_query"]
