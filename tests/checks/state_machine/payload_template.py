"""Payload templates of the Amazon States Language: keys that end in ``.$`` contain a path or an intrinsic function.

Only the features in the pipelines' state machines: reference paths into the state and the context object, ``$..name``, ``States.Format``,
``States.UUID``.
https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_PATH = re.compile(r"\$\$?((\.[A-Za-z_][\w-]*)|(\[\d+\]))*")
_ANYWHERE = re.compile(r"\$\.\.([A-Za-z_]\w*)")
_PART = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]")
_CALL = re.compile(r"States\.(?P<name>\w+)\((?P<arguments>.*)\)")
_TOKEN = re.compile(r"\s*(?P<text>'(?:[^'\\]|\\.)*'|States\.\w+\((?:[^()']|'(?:[^'\\]|\\.)*')*\)|\$[^\s,]*)\s*(?:,|$)")


class ExpressionError(ValueError):
    """An expression is invalid, or its path does not exist."""


def evaluate_template(template: Any, state: Any, context: Mapping[str, Any], *, make_uuid: Callable[[], str]) -> Any:
    """Return a payload template evaluated on a state and a context object.

    Raises
    ------
    ExpressionError
        If an expression can't be evaluated: the execution would fail.
    """
    if isinstance(template, list):
        return [evaluate_template(item, state, context, make_uuid=make_uuid) for item in template]
    if not isinstance(template, dict):
        return template
    evaluated: dict[str, Any] = {}
    for key, value in template.items():
        if not key.endswith(".$"):
            evaluated[key] = evaluate_template(value, state, context, make_uuid=make_uuid)
        elif isinstance(value, str):
            evaluated[key.removesuffix(".$")] = evaluate_expression(value, state, context, make_uuid=make_uuid)
        else:
            raise ExpressionError(f"{key}: {value!r} is no expression")
    return evaluated


def evaluate_expression(
    expression: str, state: Any, context: Mapping[str, Any], *, make_uuid: Callable[[], str]
) -> Any:
    """Return the value of a path, ``$.a.b[0]`` or ``$$.Execution.Id``, or of an intrinsic function."""
    if expression.startswith("$$"):
        return follow_path(expression[1:], context)
    if expression.startswith("$"):
        return follow_path(expression, state)
    call = _CALL.fullmatch(expression)
    if call is None:
        raise ExpressionError(f"{expression!r} is neither a path nor an intrinsic function")
    if call["name"] == "UUID" and not call["arguments"]:
        return make_uuid()
    if call["name"] not in ("Format", "Array"):
        raise ExpressionError(f"{expression!r}: States.{call['name']} is not known here")
    given = [
        _literal(text) if text.startswith("'") else evaluate_expression(text, state, context, make_uuid=make_uuid)
        for text in _arguments(call["arguments"])
    ]
    if call["name"] == "Array":
        return given
    template, *values = given
    parts = str(template).split("{}")
    if len(parts) != len(values) + 1:
        raise ExpressionError(f"{expression!r}: {len(parts) - 1} places and {len(values)} values")
    return parts[0] + "".join(f"{value}{part}" for value, part in zip(values, parts[1:], strict=True))


def follow_path(path: str, document: Any) -> Any:
    """Return the value at a reference path from a document's root, or all values of a name at any depth (``$..name``).

    Raises ExpressionError if a reference path does not exist.
    """
    if named := _ANYWHERE.fullmatch(path):
        return list(_values_of(named[1], document))
    if not _PATH.fullmatch(path):
        raise ExpressionError(f"{path!r} is no reference path")
    found = document
    for match in _PART.finditer(path):
        name, index = match.groups()
        try:
            found = found[name] if name is not None else found[int(index)]
        except (KeyError, IndexError, TypeError) as error:
            raise ExpressionError(f"{path!r} leads nowhere: there is no {match[0]!r}") from error
    return found


def _values_of(name: str, document: Any) -> Iterator[Any]:
    if isinstance(document, dict):
        if name in document:
            yield document[name]
        document = list(document.values())
    if isinstance(document, list):
        for item in document:
            yield from _values_of(name, item)


def expressions(template: Any) -> Iterator[str]:
    """Yield every expression in a payload template."""
    if isinstance(template, list):
        for item in template:
            yield from expressions(item)
    elif isinstance(template, dict):
        for key, value in template.items():
            if key.endswith(".$"):
                yield value
            else:
                yield from expressions(value)


def _arguments(text: str) -> Iterator[str]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ExpressionError(f"{text!r} can't be read from {text[position:]!r}")
        yield match["text"]
        position = match.end()


def _literal(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])
