"""The grammar of expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.errors import InvalidStatementError
from local_cloud.athena.sql import tree
from local_cloud.athena.sql.json_parser import JSON_FUNCTIONS, parse_sql_json
from local_cloud.athena.sql.tokens import RESERVED, syntax_error
from local_cloud.athena.sql.type_parser import parse_type

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
_INTERVAL_FIELDS = frozenset({"year", "month", "day", "hour", "minute", "second"})
# The function of each field of EXTRACT.
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
                return tree.QuantifiedComparison(at, operator, quantifier, value, self._query_in_parentheses())
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
                return tree.InQuery(at, value, self._query_in_parentheses())
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
                return tree.ScalarQuery(position, self._query_in_parentheses())
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

    def _query_in_parentheses(self) -> tree.Query:
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
        special = _SPECIAL.get(word)
        if special is not None and (word not in _AS_FUNCTION or following.text == "("):
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
            return self._interval()
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
            return self._call(position, name.lower())
        return self._qualified(position, name)

    def _qualified(self, position: Position, name: str) -> tree.Expression:
        """Parse a qualified name, or a call of a function with one."""
        tokens = self.tokens
        parts, place = 1, tokens.place
        while tokens.ahead(2 * parts - 2).text == "." and tokens.ahead(2 * parts - 1).kind in {"name", "quoted"}:
            if tokens.ahead(2 * parts).text == "(":
                tokens.place = place + 2 * parts
                return self._call(position, tokens.tokens[tokens.place - 1].word)
            parts += 1
        return tree.Name(position, name)

    def _row(self) -> tree.Expression:
        position = self.tokens.advance().position
        items = self.tokens.parenthesized(self.expression)
        return tree.Row(position, items, [None] * len(items))

    def _interval(self) -> tree.Expression:
        tokens, position = self.tokens, self.tokens.position
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

    def _case(self) -> tree.Expression:
        tokens, position = self.tokens, self.tokens.position
        tokens.advance()
        operand = None if tokens.at("when") else self.expression()
        branches = []
        while tokens.take("when"):
            condition = self.expression()
            tokens.expect("then")
            branches.append((condition, self.expression()))
        if not branches:
            tokens.fail("'WHEN'")
        default = self.expression() if tokens.take("else") else None
        tokens.expect("end")
        return tree.Case(position, operand, branches, default)

    def _cast(self) -> tree.Expression:
        tokens, position = self.tokens, self.tokens.position
        safe = tokens.advance().word == "try_cast"
        tokens.expect("(")
        value = self.expression()
        tokens.expect("as")
        kind = parse_type(tokens)
        tokens.expect(")")
        return tree.Cast(position, value, kind, safe)

    def _exists(self) -> tree.Expression:
        position = self.tokens.advance().position
        return tree.Exists(position, self._query_in_parentheses())

    def _extract(self) -> tree.Expression:
        tokens, position = self.tokens, self.tokens.position
        tokens.advance()
        tokens.expect("(")
        field = tokens.name().lower()
        if field not in EXTRACTED:
            raise syntax_error(position, f"Invalid EXTRACT field: {field.upper()}")
        tokens.expect("from")
        value = self.value()
        tokens.expect(")")
        return tree.Extract(position, EXTRACTED[field], value)

    def _position(self) -> tree.Expression:
        tokens, position = self.tokens, self.tokens.position
        name = tokens.advance().word
        tokens.expect("(")
        needle = self.value()
        if not tokens.at("in"):
            tokens.fail("'IN'")
        tokens.advance()
        value = self.value()
        tokens.expect(")")
        return tree.Call(position, "strpos" if name == "position" else name, [value, needle])

    def _substring(self) -> tree.Expression:
        tokens, position = self.tokens, self.tokens.position
        place = tokens.place
        tokens.advance()
        tokens.expect("(")
        if tokens.at(")"):
            tokens.place = place + 1
            return self._call(position, "substring")
        arguments = [self.expression()]
        if not tokens.take("from"):
            tokens.place = place + 1
            return self._call(position, "substring")
        arguments.append(self.value())
        if tokens.take("for"):
            arguments.append(self.value())
        tokens.expect(")")
        return tree.Call(position, "substring", arguments)

    def _trim(self) -> tree.Expression:
        tokens, position = self.tokens, self.tokens.position
        tokens.advance()
        tokens.expect("(")
        side = tokens.advance().word if tokens.at_any({"leading", "trailing", "both"}) else "both"
        name = {"leading": "ltrim", "trailing": "rtrim", "both": "trim"}[side]
        if tokens.take("from"):
            arguments = [self.value()]
        else:
            arguments = [self.value()]
            if tokens.take("from"):
                arguments.insert(0, self.value())
            elif tokens.take(","):
                arguments.append(self.value())
        tokens.expect(")")
        return tree.Call(position, name, arguments)

    def _normalize(self) -> tree.Expression:
        tokens, position = self.tokens, self.tokens.position
        tokens.advance()
        tokens.expect("(")
        value = self.value()
        form = "NFC"
        if tokens.take(","):
            if not tokens.at_any({"nfd", "nfc", "nfkd", "nfkc"}):
                tokens.fail("'NFC', 'NFD', 'NFKC', 'NFKD'")
            form = tokens.advance().text.upper()
        tokens.expect(")")
        return tree.Call(position, "normalize", [value, tree.Literal(position, "string", form)])

    def _grouping(self) -> tree.Expression:
        position = self.tokens.advance().position
        return tree.Grouping(position, self.tokens.parenthesized(self.expression))

    def _listagg(self) -> tree.Expression:
        tokens, position = self.tokens, self.tokens.position
        tokens.advance()
        tokens.expect("(")
        distinct = tokens.take("distinct")
        arguments = [self.expression()]
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
        order = tokens.comma_separated(self.sort_item)
        tokens.expect(")")
        return self._after_call(tree.Call(position, "listagg", arguments, distinct=distinct, order=order))

    def _call(self, position: Position, name: str) -> tree.Expression:
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
                call.order = tokens.comma_separated(self.sort_item)
        tokens.expect(")")
        return self._after_call(call)

    def _after_call(self, call: tree.Call) -> tree.Call:
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
                self.window_specification()
                if tokens.at("(")
                else tree.Window(tokens.position, tokens.name().lower(), [], [], None)
            )
        return call

    def window_specification(self) -> tree.Window:
        """Parse a window in parentheses."""
        tokens = self.tokens
        position = tokens.expect("(").position
        window = tree.Window(position, None, [], [], None)
        if tokens.at_name() and not tokens.at_any({"partition", "rows", "range", "groups"}):
            window.base = tokens.name().lower()
        if tokens.take("partition", "by"):
            window.partition = tokens.comma_separated(self.expression)
        if tokens.take("order", "by"):
            window.order = tokens.comma_separated(self.sort_item)
        if tokens.at_any({"rows", "range", "groups"}):
            window.frame = self._frame()
        tokens.expect(")")
        return window

    def _frame(self) -> tree.Frame:
        tokens = self.tokens
        frame = tree.Frame(tokens.position, tokens.advance().word, [])
        if tokens.take("between"):
            first = self._bound()
            tokens.expect("and")
            frame.bounds = [first, self._bound()]
        else:
            frame.bounds = [self._bound()]
        return frame

    def _bound(self) -> tuple[str, tree.Expression | None]:
        tokens = self.tokens
        for words in (("unbounded", "preceding"), ("unbounded", "following"), ("current", "row")):
            if tokens.take(*words):
                return " ".join(words), None
        value = self.expression()
        if not tokens.at_any({"preceding", "following"}):
            tokens.fail("'FOLLOWING', 'PRECEDING'")
        return tokens.advance().word, value

    def sort_item(self) -> tree.SortItem:
        """Parse an item of ORDER BY."""
        tokens, position = self.tokens, self.tokens.position
        value = self.expression()
        descending = tokens.take("desc")
        if not descending:
            tokens.take("asc")
        first = None
        if tokens.take("nulls"):
            if not tokens.at_any({"first", "last"}):
                tokens.fail("'FIRST', 'LAST'")
            first = tokens.advance().word == "first"
        return tree.SortItem(position, value, descending, first)

    def _null(self) -> tree.Expression:
        return tree.Null(self.tokens.advance().position)

    def _boolean(self) -> tree.Expression:
        token = self.tokens.advance()
        return tree.Literal(token.position, "boolean", token.word)


_SPECIAL: dict[str, Callable[[ExpressionParser], tree.Expression]] = {
    "case": ExpressionParser._case,
    "cast": ExpressionParser._cast,
    "exists": ExpressionParser._exists,
    "extract": ExpressionParser._extract,
    "false": ExpressionParser._boolean,
    "grouping": ExpressionParser._grouping,
    "listagg": ExpressionParser._listagg,
    "normalize": ExpressionParser._normalize,
    "null": ExpressionParser._null,
    "position": ExpressionParser._position,
    "substring": ExpressionParser._substring,
    "trim": ExpressionParser._trim,
    "true": ExpressionParser._boolean,
    "try_cast": ExpressionParser._cast,
}
_AS_FUNCTION = frozenset(
    {"position", "substring", "try_cast", "grouping", "listagg", "normalize", "trim", "extract", "cast", "exists"}
)
