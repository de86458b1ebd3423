"""Functions in Python, registered with DuckDB as a query needs them."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb

    from local_cloud.athena.types.trino_types import Type


@dataclass(slots=True)
class PythonFunctions:
    """The Python functions of one query.

    A null argument makes the result null, unless a function takes nulls.
    """

    connection: duckdb.DuckDBPyConnection
    _names: dict[tuple[object, ...], str] = field(default_factory=dict)

    def call(
        self,
        function: Callable[..., Any],
        arguments: Sequence[str],
        types: Sequence[Type | str],
        result: Type | str,
        *,
        nulls: bool = False,
        key: object = None,
    ) -> str:
        """Return the SQL of a call.

        Parameters
        ----------
        key
            What tells apart functions that were made of one definition.
        """
        kinds = tuple(kind if isinstance(kind, str) else kind.duckdb for kind in types)
        returned = result if isinstance(result, str) else result.duckdb
        if returned in {"DOUBLE", "FLOAT"}:  # DuckDB takes a NaN of a function for null
            text = self.call(
                function, arguments, kinds, "VARCHAR", nulls=nulls, key=("text", function if key is None else key)
            )
            return f"CAST({text} AS {returned})"
        identity = (getattr(function, "__qualname__", ""), function if key is None else key, kinds, returned)
        if key is not None and isinstance(key, tuple) and key[0] == "text":
            function = _as_text(function)
        name = self._names.get(identity)
        if name is None:
            name = self._names[identity] = f"python_{len(self._names)}"
            self.connection.create_function(  # type: ignore[call-overload]  # it takes the names of types, too
                name,
                _with_parameters(function if nulls else _of_values(function), len(kinds)),
                list(kinds),
                returned,
                null_handling="special",
            )
        return f"{name}({', '.join(arguments)})"


def _of_values(function: Callable[..., Any]) -> Callable[..., Any]:
    def called(*arguments: Any) -> Any:
        for argument in arguments:
            if argument is None:
                return None
        return function(*arguments)

    return called


def _as_text(function: Callable[..., Any]) -> Callable[..., Any]:
    def called(*arguments: Any) -> str | None:
        found = function(*arguments)
        return None if found is None else repr(float(found))

    return called


def _with_parameters(function: Callable[..., Any], number: int) -> Callable[..., Any]:
    """Return a function with a number of parameters, which DuckDB compares with the number of types."""

    def called(*arguments: Any) -> Any:
        return function(*arguments)

    kind = inspect.Parameter.POSITIONAL_ONLY
    parameters = [inspect.Parameter(f"p{place}", kind) for place in range(number)]
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return called
