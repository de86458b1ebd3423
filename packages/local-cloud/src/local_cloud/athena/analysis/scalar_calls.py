"""Calls of scalar functions: their signatures, and their implementations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.analysis.lambda_expressions import HIGHER_ORDER
from local_cloud.athena.analysis.scope import Value, located
from local_cloud.athena.catalog.hive_types import literal
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.functions.implementation import Invocation
from local_cloud.athena.functions.registry import implementation_of
from local_cloud.athena.functions.signatures import AmbiguousCallError, LambdaArgument, resolve, signatures_of
from local_cloud.athena.sql import tree
from local_cloud.athena.types.trino_types import (
    VARCHAR,
    Type,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local_cloud.athena.analysis.expressions import Expressions
    from local_cloud.athena.functions.signatures import Bound
    from local_cloud.athena.sql.tokens import Position


def scalar_call(expressions: Expressions, name: str, values: Sequence[Value], position: Position) -> Value:
    """Return a function's value for some arguments."""
    if name == "typeof" and len(values) == 1:
        return Value(literal(str(values[0].type)), VARCHAR, plain=True)
    bound = signature_of_call(expressions, name, [value.type for value in values], position)
    build = implementation_of(name, bound.arguments)
    if build is None:
        raise QueryFailedError("NOT_SUPPORTED", f"Function '{name}' is not supported by the local cloud")
    arguments = [expressions.coerce(value, kind) for value, kind in zip(values, bound.arguments, strict=True)]
    texts = [value.text for value in values]
    sql = build(Invocation(name, arguments, bound.arguments, bound.result, expressions.functions, texts))
    return Value(sql, bound.result)


def signature_of_call(
    expressions: Expressions, name: str, arguments: Sequence[Type | LambdaArgument], position: Position
) -> Bound:
    """Return a function's signature for the types of its arguments. Raises QueryFailedError if no signature fits."""
    known = signatures_of(name)
    if not known:
        raise located(position, "FUNCTION_NOT_FOUND", f"Function '{name}' not registered")
    try:
        found = resolve(name, arguments)
    except AmbiguousCallError:
        raise located(
            position,
            "AMBIGUOUS_FUNCTION_CALL",
            "Could not choose a best candidate operator. Explicit type casts must be added.",
        ) from None
    if found is None:
        given = ", ".join(str(one) if isinstance(one, Type) else "<function>" for one in arguments)
        expected = ", ".join(sorted(map(str, known)))
        raise located(
            position,
            "FUNCTION_NOT_FOUND",
            f"Unexpected parameters ({given}) for function {name}. Expected: {expected}",
        )
    return found


def higher_order_call(expressions: Expressions, node: tree.Call) -> Value:
    """Analyze a call with lambdas."""
    build = HIGHER_ORDER.get(node.name)
    values: list[Value | tree.Lambda] = [
        one if isinstance(one, tree.Lambda) else expressions.value(one) for one in node.arguments
    ]
    kinds: list[Type | LambdaArgument] = [
        LambdaArgument(len(one.parameters), expressions.lambda_type(one)) if isinstance(one, tree.Lambda) else one.type
        for one in values
    ]
    bound = signature_of_call(expressions, node.name, kinds, node.position)
    if build is None:
        raise QueryFailedError("NOT_SUPPORTED", f"Function '{node.name}' is not supported by the local cloud")
    return Value(build(expressions, values, bound), bound.result)
