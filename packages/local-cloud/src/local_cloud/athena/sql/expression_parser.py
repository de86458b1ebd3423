"""The grammar of expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.errors import InvalidStatementError
from local_cloud.athena.sql import tree
from local_cloud.athena.sql.json_parser import JSON_FUNCTIONS, parse_sql_json
from local_cloud.athena.sql.special_forms import parse_interval, special_form
from local_cloud.athena.sql.tokens import RESERVED, syntax_error
from local_cloud.athena.sql.window_parser import parse_sort_item, parse_window

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.athena.sql.token_stream import TokenStream
    from local_cloud.athena.sql.tokens import Position

_COMPARISONS = frozenset({"=", "<>", "!=", "<", "<=", ">", ">="})
_CURRENT = frozenset(
    {
        "current_date",
        "current_time",
        "current_timestamp",
        "localtime",
        "localtimestamp",
        "current_user",
        "current_catalog",
        "current_schema",
    }
)
_LONGEST_INTEGER = 9223372036854775807


class ExpressionParser:
    """The parser of expressions.

    Parameters
    ----------
    parse_query
        Parses a query, which may be part of an expression.
    """

    def __init__(self, tokens: TokenStream, parse_query: Callable[[], tree.Query]) -> None:
        self.tokens = tokens
        self._query = parse_query
        self.parameters = 0

    def expression(self) -> tree.Expression:
        """Parse an expression."""
        terms = [self._conjunction()]
        position = self.tokens.position
        while self.tokens.take("or"):
            terms.append(self._conjunction())
        return terms[0] if len(terms) == 1 else tree.Logical(position, "or", terms)

    def _conjunction(self) -> tree.Expression:
        terms = [self._negation()]
        position = self.tokens.position
        while self.tokens.take("and"):
            terms.append(self._negation())
        return terms[0] if len(terms) == 1 else tree.Logical(position, "and", terms)

    def _negation(self) -> tree.Expression:
        position = self.tokens.position
        if self.tokens.take("not"):
            return tree.Not(position, self._negation())
        return self._predicate()

    def _predicate(self) -> tree.Expression:
        tokens = self.tokens
        value = self.value()
        at = tokens.position
        if tokens.token.kind == "operator":
            if tokens.token.word not in _COMPARISONS:
                return value
            operator = tokens.advance().word
            operator = "<>" if operator == "!=" else operator
            if tokens.at_any({"all", "any", "some"}) and tokens.ahead().text == "(" and self._is_query_ahead(1):
                quantifier = "all" if tokens.advance().word == "all" else "any"
                return tree.QuantifiedComparison(at, operator, quantifier, value, self.query_in_parentheses())
            return tree.Comparison(value.position, operator, value, self.value(), at)
        if tokens.take("is"):
            negated = tokens.take("not")
            if tokens.take("distinct", "from"):
                found: tree.Expression = tree.Comparison(value.position, "distinct", value, self.value(), at)
            else:
                tokens.expect("null")
                found = tree.IsNull(value.position, value)
            return tree.Not(value.position, found) if negated else found
        place = tokens.place
        negated = tokens.take("not")
        found_predicate = self._negatable(value, at)
        if found_predicate is None:
            tokens.place = place
            return value
        return tree.Not(value.position, found_predicate) if negated else found_predicate

    def _negatable(self, value: tree.Expression, at: Position) -> tree.Expression | None:
        tokens = self.tokens
        if tokens.take("between"):
            low = self.value()
            tokens.expect("and")
            return tree.Between(value.position, value, low, self.value(), at)
        if tokens.take("in"):
            if self._is_query_ahead():
                return tree.InQuery(at, value, self.query_in_parentheses())
            return tree.InList(value.position, value, tokens.parenthesized(self.expression))
        if tokens.take("like"):
            pattern = self.value()
            return tree.Like(value.position, value, pattern, self.value() if tokens.take("escape") else None)
        return None

    def value(self) -> tree.Expression:
        """Parse an expression without predicates."""
        return self._binary(0)

    def _binary(self, level: int) -> tree.Expression:
        operators = ({"||"}, {"+", "-"}, {"*", "/", "%"})
        if level == len(operators):
            return self._signed()
        left = self._binary(level + 1)
        while self.tokens.token.kind == "operator" and self.tokens.token.word in operators[level]:
            token = self.tokens.advance()
            right = self._binary(level + 1)
            left = tree.Arithmetic(left.position, token.word, left, right, token.position)
        return left

    def _signed(self) -> tree.Expression:
        position = self.tokens.position
        if self.tokens.token.kind == "operator" and self.tokens.token.word in {"-", "+"}:
            sign = self.tokens.advance().word
            if sign == "-" and self.tokens.token.text == str(_LONGEST_INTEGER + 1):
                return tree.Literal(position, "integer", f"-{self.tokens.advance().text}")
            return tree.Negative(position, sign, self._signed())
        value = self._postfixed()
        while self.tokens.at("at", "time", "zone"):
            self.tokens.place += 3
            value = tree.AtTimeZone(value.position, value, self._postfixed())
        return value

    def _postfixed(self) -> tree.Expression:
        value = self._primary()
        tokens = self.tokens
        while tokens.token.kind == "operator":
            if tokens.take("["):
                index = self.value()
                tokens.expect("]")
                value = tree.Subscript(value.position, value, index)
            elif tokens.token.word == "." and tokens.ahead().kind in {"name", "quoted"}:
                tokens.advance()
                value = tree.Dereference(value.position, value, tokens.name())
            else:
                break
        return value

    def _primary(self) -> tree.Expression:
        token, position = self.tokens.token, self.tokens.position
        match token.kind:
            case "integer":
                self.tokens.advance()
                if int(token.text) > _LONGEST_INTEGER:
                    raise syntax_error(position, f"Invalid numeric literal: {token.text}")
                return tree.Literal(position, "integer", token.text)
            case "decimal" | "double":
                self.tokens.advance()
                return tree.Literal(position, token.kind, token.text)
            case "string":
                return tree.Literal(position, "string", self.tokens.string())
            case "unicode":
                return tree.Literal(position, "string", self._unicode())
            case "binary":
                return tree.Literal(position, "binary", self._binary_text())
            case "operator":
                return self._bracketed(token.word)
            case "name" | "quoted":
                return self._named()
        return self.tokens.fail("<expression>")

    def _bracketed(self, operator: str) -> tree.Expression:
        tokens, position = self.tokens, self.tokens.position
        if operator == "?":
            tokens.advance()
            self.parameters += 1
            return tree.Parameter(position, self.parameters - 1)
        if operator == "[":
            return self._array()
        if operator != "(":
            return tokens.fail("<expression>")
        if self._is_lambda():
            tokens.advance()
            names = [] if tokens.at(")") else tokens.comma_separated(tokens.name)
            tokens.expect(")", "->")
            return tree.Lambda(position, names, self.expression())
        if self._is_query_ahead():
            place = tokens.place
            try:
                return tree.ScalarQuery(position, self.query_in_parentheses())
            except InvalidStatementError:
                # ((SELECT 1) + 1): the parentheses may be of an expression that begins with a query
                if tokens.ahead(place - tokens.place + 1).text != "(":
                    raise
                tokens.place = place
        items = tokens.parenthesized(self.expression)
        if len(items) == 1:
            items[0].position = position
            return items[0]
        return tree.Row(position, items, [None] * len(items))

    def _is_lambda(self) -> bool:
        place = 1
        while self.tokens.ahead(place).kind in {"name", "quoted"} or self.tokens.ahead(place).text == ",":
            place += 1
        return self.tokens.ahead(place).text == ")" and self.tokens.ahead(place + 1).text == "->"

    def _is_query_ahead(self, number: int = 0) -> bool:
        """Return whether a query in parentheses begins some tokens ahead."""
        place = number
        while self.tokens.ahead(place).text == "(":
            place += 1
        following = self.tokens.ahead(place)
        return place > number and following.kind == "name" and following.word in {"select", "with", "values", "table"}

    def query_in_parentheses(self) -> tree.Query:
        """Parse a query in parentheses."""
        self.tokens.expect("(")
        query = self._query()
        self.tokens.expect(")")
        return query

    def _unicode(self) -> str:
        token = self.tokens.advance()
        text, escape = token.text[3:-1].replace("''", "'"), "\\"
        if self.tokens.take("uescape"):
            escape = self.tokens.string()
        found, place = "", 0
        while place < len(text):
            if text[place] != escape:
                found += text[place]
                place += 1
            elif text[place + 1 : place + 2] == escape:
                found += escape
                place += 2
            else:
                width = 7 if text[place + 1 : place + 2] == "+" else 4
                digits = text[place + 1 : place + 1 + width].lstrip("+")
                try:
                    found += chr(int(digits, 16))
                except ValueError:
                    raise syntax_error(token.position, f"Invalid hexadecimal digit: {digits}") from None
                place += width + 1
        return found

    def _binary_text(self) -> str:
        token = self.tokens.advance()
        text = "".join(token.text[2:-1].split())
        if any(digit not in "0123456789abcdefABCDEF" for digit in text):
            raise syntax_error(token.position, "Binary literal can only contain hexadecimal digits")
        if len(text) % 2:
            raise syntax_error(token.position, "Binary literal must contain an even number of digits")
        return text

    def _array(self) -> tree.Expression:
        position = self.tokens.expect("[").position
        items = [] if self.tokens.at("]") else self.tokens.comma_separated(self.expression)
        self.tokens.expect("]")
        return tree.Array(position, items)

    def _named(self) -> tree.Expression:
        tokens, token, position = self.tokens, self.tokens.token, self.tokens.position
        word = token.word if token.kind == "name" else ""
        following = tokens.ahead()
        if special := special_form(self):
            return special(self)
        if word in JSON_FUNCTIONS and following.text == "(":
            return parse_sql_json(tokens, self.expression)
        if word in _CURRENT:
            tokens.advance()
            arguments: list[tree.Expression] = []
            if tokens.at("(") and tokens.ahead().kind == "integer":
                arguments = tokens.parenthesized(self._primary)
            return tree.Call(position, word, arguments)
        if (
            word == "interval"
            and (following.kind == "string" or following.text in {"+", "-"})
            and (following.kind == "string" or tokens.ahead(2).kind == "string")
        ):
            return parse_interval(self)
        if word == "double" and following.word == "precision" and tokens.ahead(2).kind == "string":
            tokens.advance()
            tokens.advance()
            return tree.TypedLiteral(position, "double", tokens.string())
        if word and word not in RESERVED and following.kind == "string":
            return tree.TypedLiteral(position, tokens.advance().word, tokens.string())
        if word == "array" and following.text == "[":
            tokens.advance()
            array = self._array()
            array.position = position
            return array
        if following.text == "->" and tokens.at_name():
            name = tokens.name()
            tokens.advance()
            return tree.Lambda(position, [name], self.expression())
        if word == "row" and following.text == "(":
            return self._row()
        name = tokens.name()
        if following.text == "(":
            return self.call(position, name.lower())
        return self._qualified(position, name)

    def _qualified(self, position: Position, name: str) -> tree.Expression:
        """Parse a qualified name, or a call of a function with one."""
        tokens = self.tokens
        parts, place = 1, tokens.place
        while tokens.ahead(2 * parts - 2).text == "." and tokens.ahead(2 * parts - 1).kind in {"name", "quoted"}:
            if tokens.ahead(2 * parts).text == "(":
                tokens.place = place + 2 * parts
                return self.call(position, tokens.tokens[tokens.place - 1].word)
            parts += 1
        return tree.Name(position, name)

    def _row(self) -> tree.Expression:
        position = self.tokens.advance().position
        items = self.tokens.parenthesized(self.expression)
        return tree.Row(position, items, [None] * len(items))

    def call(self, position: Position, name: str) -> tree.Expression:
        """Parse the arguments of a call, and what follows them."""
        tokens = self.tokens
        tokens.expect("(")
        call = tree.Call(position, name, [])
        if tokens.take("*"):
            call.star = True
        elif not tokens.at(")"):
            call.distinct = tokens.take("distinct")
            if not call.distinct:
                tokens.take("all")
            if not tokens.at("order", "by"):
                call.arguments = tokens.comma_separated(self.expression)
            if tokens.take("order", "by"):
                call.order = tokens.comma_separated(lambda: parse_sort_item(self))
        tokens.expect(")")
        return self.after_call(call)

    def after_call(self, call: tree.Call) -> tree.Call:
        """Parse FILTER, IGNORE NULLS and OVER after a call."""
        tokens = self.tokens
        if tokens.at("filter", "(", "where"):
            tokens.place += 3
            call.filter = self.expression()
            tokens.expect(")")
        if tokens.at("ignore", "nulls") or tokens.at("respect", "nulls"):
            call.nulls = tokens.advance().word
            tokens.advance()
            if not tokens.at("over"):
                tokens.fail("'OVER'")
        if tokens.at("over") and (tokens.ahead().text == "(" or tokens.ahead().kind in {"name", "quoted"}):
            tokens.advance()
            call.window = (
                parse_window(self)
                if tokens.at("(")
                else tree.Window(tokens.position, tokens.name().lower(), [], [], None)
            )
        return call
