"""Paths of SQL's JSON functions, such as ``lax $.a[*] ? (@ > 3)``.

https://trino.io/docs/current/functions/json.html#json-path-language
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.functions.json.json_texts import JsonNumber

_TOKEN = re.compile(
    r"\s*(?:(?P<string>\"(?:[^\"\\]|\\.)*\")|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<operator>==|<>|!=|<=|>=|&&|\|\||[$@.*\[\](),?!<>]))"
)
Step = Callable[[list[Any], bool], list[Any]]
Predicate = Callable[[Any, bool], "bool | None"]


class PathEvaluationError(Exception):
    """A strict path that does not fit the document."""


def _evaluation_error(message: str) -> PathEvaluationError:
    return PathEvaluationError(f"path evaluation failed: {message}")


@functools.lru_cache(maxsize=256)
def compiled_path(text: str) -> Callable[[Any], list[Any]]:
    """Return the function that finds the items of a document. It raises PathEvaluationError in strict mode."""
    parser = _PathParser(text)
    mode = parser.word()
    if mode not in {"lax", "strict"}:
        raise parser.invalid()
    steps = parser.path("$")
    if parser.token is not None:
        raise parser.invalid()
    lax = mode == "lax"

    def find(document: Any) -> list[Any]:
        return _run(steps, [document], lax=lax)

    return find


def _run(steps: list[Step], items: list[Any], *, lax: bool) -> list[Any]:
    for step in steps:
        items = step(items, lax)
    return items


class _PathParser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        place = 0
        while text[place:].strip():
            match = _TOKEN.match(text, place)
            if match is None:
                raise self.invalid()
            self._tokens.append((str(match.lastgroup), match[0].strip()))
            place = match.end()
        self._place = 0

    def invalid(self) -> QueryFailedError:
        return QueryFailedError(
            "INVALID_PATH", f"'{self._text}' is not a valid JSON path, or not supported by the local cloud"
        )

    @property
    def token(self) -> tuple[str, str] | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def word(self) -> str:
        token = self.token
        if token is None:
            raise self.invalid()
        self._place += 1
        return token[1]

    def take(self, *texts: str) -> bool:
        ahead = [token[1] for token in self._tokens[self._place : self._place + len(texts)]]
        if ahead == list(texts):
            self._place += len(texts)
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise self.invalid()

    def path(self, root: str) -> list[Step]:
        self.expect(root)
        steps: list[Step] = []
        while self.token is not None:
            if self.take(".", "*"):
                steps.append(_members)
            elif self.take("."):
                kind, name = self.token or ("", "")
                self._place += 1
                if kind not in {"name", "string"}:
                    raise self.invalid()
                if self.take("(", ")"):
                    steps.append(_method(name, self))
                else:
                    steps.append(_member(name[1:-1] if kind == "string" else name))
            elif self.take("[", "*", "]"):
                steps.append(_items)
            elif self.take("["):
                steps.append(self._subscript())
            elif self.take("?"):
                self.expect("(")
                steps.append(_filter(self.predicate()))
                self.expect(")")
            else:
                break
        return steps

    def _subscript(self) -> Step:
        bounds: list[tuple[str, str]] = []
        while True:
            first = self.word()
            bounds.append((first, self.word() if self.take("to") else first))
            if not self.take(","):
                break
        self.expect("]")
        if not all(re.fullmatch(r"\d+|last", bound) for pair in bounds for bound in pair):
            raise self.invalid()
        return _subscripts(bounds)

    def predicate(self) -> Predicate:
        terms = [self._conjunction()]
        while self.take("||"):
            terms.append(self._conjunction())
        return terms[0] if len(terms) == 1 else lambda item, lax: _either([term(item, lax) for term in terms])

    def _conjunction(self) -> Predicate:
        terms = [self._term()]
        while self.take("&&"):
            terms.append(self._term())
        return terms[0] if len(terms) == 1 else lambda item, lax: _both([term(item, lax) for term in terms])

    def _term(self) -> Predicate:
        if self.take("!"):
            inner = self._term()
            return lambda item, lax: None if (found := inner(item, lax)) is None else not found
        if self.take("exists", "("):
            steps = self.path("@")
            self.expect(")")
            return lambda item, lax: bool(_run(steps, [item], lax=lax))
        if self.take("("):
            inner = self.predicate()
            self.expect(")")
            return inner
        left = self._operand()
        if self.take("starts", "with"):
            prefix = self._operand()
            return lambda item, lax: _compared("starts", left(item, lax), prefix(item, lax))
        operator = self.word()
        if operator not in _COMPARISONS:
            raise self.invalid()
        right = self._operand()
        return lambda item, lax: _compared(operator, left(item, lax), right(item, lax))

    def _operand(self) -> Callable[[Any, bool], list[Any]]:
        kind, text = self.token or ("", "")
        if text == "@":
            steps = self.path("@")
            return lambda item, lax: _run(steps, [item], lax=lax)
        self._place += 1
        constants = {"true": True, "false": False, "null": None}
        if kind == "string":
            value: Any = text[1:-1]
        elif kind == "number":
            value = JsonNumber(text)
        elif text in constants:
            value = constants[text]
        else:
            raise self.invalid()
        return lambda _item, _lax: [value]


def _unwrapped(items: list[Any], *, lax: bool) -> list[Any]:
    return [part for item in items for part in (item if isinstance(item, list) and lax else [item])]


def _member(name: str) -> Step:
    def step(items: list[Any], lax: bool) -> list[Any]:
        found = []
        for item in _unwrapped(items, lax=lax):
            if isinstance(item, dict) and name in item:
                found.append(item[name])
            elif not lax:
                raise _evaluation_error(f"missing member '{name}' in JSON object")
        return found

    return step


def _members(items: list[Any], lax: bool) -> list[Any]:
    return [value for item in _unwrapped(items, lax=lax) if isinstance(item, dict) for value in item.values()]


def _items(items: list[Any], lax: bool) -> list[Any]:
    found = []
    for item in items:
        if not isinstance(item, list) and not lax:
            raise _evaluation_error("invalid item type. Expected: ARRAY")
        found += item if isinstance(item, list) else [item]
    return found


def _subscripts(bounds: list[tuple[str, str]]) -> Step:
    def step(items: list[Any], lax: bool) -> list[Any]:
        found = []
        for item in items:
            if not isinstance(item, list) and not lax:
                raise _evaluation_error("invalid item type. Expected: ARRAY")
            parts = item if isinstance(item, list) else [item]
            for pair in bounds:
                first, last = (len(parts) - 1 if bound == "last" else int(bound) for bound in pair)
                if last >= len(parts) and not lax:
                    raise _evaluation_error(f"invalid array subscript: [{last}] for array of size {len(parts)}")
                found += parts[first : last + 1]
        return found

    return step


def _method(name: str, parser: _PathParser) -> Step:
    if name == "size":
        return lambda items, _lax: [JsonNumber(len(item) if isinstance(item, list) else 1) for item in items]
    if name == "type":
        return lambda items, _lax: [_type_name(item) for item in items]
    raise parser.invalid()


def _type_name(item: Any) -> str:
    if item is None:
        return "null"
    names = ((bool, "boolean"), (JsonNumber, "number"), (str, "string"), (list, "array"))
    return next((name for kind, name in names if isinstance(item, kind)), "object")


def _filter(predicate: Predicate) -> Step:
    def step(items: list[Any], lax: bool) -> list[Any]:
        return [item for item in _unwrapped(items, lax=lax) if predicate(item, lax) is True]

    return step


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda one, other: one == other,
    "<>": lambda one, other: one != other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "starts": lambda one, other: str(one).startswith(str(other)),
}


def _compared(operator: str, left: list[Any], right: list[Any]) -> bool | None:
    unknown = False
    for one in left:
        for other in right:
            if isinstance(one, JsonNumber) and isinstance(other, JsonNumber):
                pair: tuple[Any, Any] = Decimal(one), Decimal(other)
            elif type(one) is type(other) and not isinstance(one, list | dict):
                pair = one, other
            else:
                unknown = True
                continue
            if pair[0] is None and operator not in {"==", "<>", "!="}:
                unknown = True
            elif _COMPARISONS[operator](*pair):
                return True
    return None if unknown else False


def _either(found: list[bool | None]) -> bool | None:
    return True if True in found else None if None in found else False


def _both(found: list[bool | None]) -> bool | None:
    return False if False in found else None if None in found else True
