"""SQL's JSON functions: ``json_exists``, ``json_value``, ``json_query``, ``json_object`` and ``json_array``.

https://trino.io/docs/current/functions/json.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_cloud.athena.analysis.scope import Value, located
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.functions.conversions import conversion, json_of
from local_cloud.athena.functions.json.json_texts import JsonNumber, Pairs, read_json, write_json
from local_cloud.athena.functions.json.sql_json_path import PathEvaluationError, compiled_path
from local_cloud.athena.types.trino_types import BOOLEAN, VARCHAR, Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.athena.analysis.expressions import Expressions
    from local_cloud.athena.sql import tree


def sql_json(expressions: Expressions, node: tree.SqlJson) -> Value:
    """Return the value of a call of one of the functions."""
    if node.name in {"json_object", "json_array"}:
        return _constructed(expressions, node)
    (document,) = (expressions.value(argument) for argument in node.arguments)
    if not document.type.is_string and document.type.base != "unknown":
        raise located(
            node.position, "TYPE_MISMATCH", f"Cannot read input of type {document.type} as JSON using formatting JSON"
        )
    find = compiled_path(node.path)
    result = BOOLEAN if node.name == "json_exists" else node.returning or VARCHAR
    default = None
    if node.default is not None:
        default = expressions.cast(expressions.value(node.default), result, node.position).sql
    read = {"json_exists": _exists, "json_query": _query, "json_value": _value}[node.name](node, find, result)
    key = (node.name, node.path, node.on_empty, node.on_error, node.wrapper, node.omits_quotes, str(result))
    sql = expressions.functions.call(read, [expressions.coerce(document, VARCHAR)], [VARCHAR], result, key=key)
    return Value(f"coalesce({sql}, {default})" if default is not None else sql, result)


def _failed(message: str) -> QueryFailedError:
    return QueryFailedError("PATH_EVALUATION_ERROR", message)


def _guarded(
    node: tree.SqlJson, read: Callable[[Any], Any], find: Callable[[Any], list[Any]], otherwise: Any
) -> Callable[[str], Any]:
    def call(text: str) -> Any:
        try:
            try:
                document = read_json(text)
            except ValueError:
                raise PathEvaluationError("conversion to JSON failed: cannot read the input") from None
            return read(find(document))
        except PathEvaluationError as error:
            if node.on_error == "error":
                raise _failed(str(error)) from None
            return otherwise

    return call


def _exists(node: tree.SqlJson, find: Callable[[Any], list[Any]], _result: Type) -> Callable[[str], Any]:
    return _guarded(node, bool, find, {"true": True, "unknown": None}.get(node.on_error, False))


def _value(node: tree.SqlJson, find: Callable[[Any], list[Any]], result: Type) -> Callable[[str], Any]:
    def read(items: list[Any]) -> Any:
        if not items:
            if node.on_empty == "error":
                raise _failed("cannot extract SQL scalar from JSON: JSON path found no items")
            return None
        item = items[0]
        if len(items) > 1 or isinstance(item, list | dict):
            raise PathEvaluationError(
                "cannot extract SQL scalar from JSON: JSON path found multiple items, or a structure"
            )
        if item is None:
            return None
        text = ("true" if item else "false") if isinstance(item, bool) else str(item)
        if result == VARCHAR:
            return text
        source = Type("boolean") if isinstance(item, bool) else VARCHAR
        try:
            return conversion(source, result)(item if isinstance(item, bool) else text)
        except QueryFailedError as error:
            raise PathEvaluationError(str(error)) from None

    return _guarded(node, read, find, None)


def _query(node: tree.SqlJson, find: Callable[[Any], list[Any]], _result: Type) -> Callable[[str], Any]:
    empties = {"empty array": "[]", "empty object": "{}"}

    def read(items: list[Any]) -> Any:
        if not items:
            if node.on_empty == "error":
                raise _failed("cannot extract JSON: JSON path found no items")
            return empties.get(node.on_empty)
        wraps = node.wrapper == "unconditional" or (
            node.wrapper == "conditional" and (len(items) > 1 or not isinstance(items[0], list | dict))
        )
        if wraps:
            return write_json(items)
        if len(items) > 1:
            raise PathEvaluationError("cannot extract JSON: JSON path found multiple items")
        item = items[0]
        if node.omits_quotes and isinstance(item, str) and not isinstance(item, JsonNumber):
            return str(item)
        return write_json(item)

    return _guarded(node, read, find, empties.get(node.on_error))


def _constructed(expressions: Expressions, node: tree.SqlJson) -> Value:
    values = [expressions.value(argument) for argument in node.arguments]
    kinds = [value.type for value in values]
    writers = [json_of(kind) for kind in kinds]

    def build(*given: Any) -> str:
        documents = [write(value) for write, value in zip(writers, given, strict=True)]
        if node.name == "json_array":
            return write_json([one for one in documents if one is not None or not node.absent_on_null])
        pairs = zip(documents[::2], documents[1::2], strict=True)
        return write_json(
            Pairs([(str(key), value) for key, value in pairs if value is not None or not node.absent_on_null])
        )

    key = (node.name, node.absent_on_null, *map(str, kinds))
    sql = expressions.functions.call(build, [value.sql for value in values], kinds, VARCHAR, nulls=True, key=key)
    return Value(sql, VARCHAR)
