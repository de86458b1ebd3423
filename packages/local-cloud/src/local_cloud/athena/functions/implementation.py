"""How a function is evaluated: by SQL, or by a function in Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_cloud.athena.errors import QueryFailedError

if TYPE_CHECKING:
    from local_cloud.athena.functions.python_functions import PythonFunctions
    from local_cloud.athena.types.trino_types import Type


@dataclass(slots=True)
class Invocation:
    """A call with its arguments, converted to the types of the chosen signature.

    Attributes
    ----------
    texts
        The contents of arguments that are string literals, None for others.
    """

    name: str
    arguments: list[str]
    types: Sequence[Type]
    result: Type
    functions: PythonFunctions
    texts: Sequence[str | None] = ()

    def python(self, function: Callable[..., Any], *, nulls: bool = False, key: object = None) -> str:
        """Return the call of a Python function with all arguments."""
        return self.functions.call(
            function, self.arguments, self.types, self.result, nulls=nulls, key=key, name=self.name
        )


Build = Callable[[Invocation], str]


def sql(template: str) -> Build:
    """Return the implementation by SQL, with ``{0}`` for the first argument."""
    return lambda invocation: template.format(*invocation.arguments)


def python(function: Callable[..., Any], *, nulls: bool = False) -> Build:
    """Return the implementation by a Python function of the arguments."""
    return lambda invocation: invocation.python(function, nulls=nulls)


def typed(make: Callable[[Sequence[Type], Type], Callable[..., Any]], *, nulls: bool = False) -> Build:
    """Return the implementation by a Python function that depends on the types."""

    def build(invocation: Invocation) -> str:
        key = (make.__qualname__, invocation.name, *map(str, invocation.types), str(invocation.result))
        return invocation.python(make(invocation.types, invocation.result), nulls=nulls, key=key)

    return build


def invalid(message: str) -> QueryFailedError:
    """Return the error for an argument that a function does not take."""
    return QueryFailedError("INVALID_FUNCTION_ARGUMENT", message)
