"""Functions in Python, registered with DuckDB as a query needs them.

Python has the years from 1 to 9999: a function refuses others by name, also in ``TRY``, unless it is known to handle them.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local_cloud.athena.functions.time.times import UnsupportedYearError, write_timestamp
from local_cloud.athena.types.trino_types import Type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb

    from local_cloud.athena.errors import QueryFailedError

_LONGEST_SHOWN = 200


@dataclass(slots=True)
class PythonFunctions:
    """The Python functions of one query.

    A null argument makes the result null, unless a function takes nulls.

    Attributes
    ----------
    refusal
        The error of a function that the query must end with, even if the query catches it.
    """

    connection: duckdb.DuckDBPyConnection
    refusal: QueryFailedError | None = None
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
        name: str = "this expression",
        any_year: bool = False,
    ) -> str:
        """Return the SQL of a call.

        Parameters
        ----------
        key
            What tells apart functions that were made of one definition.
        name
            What errors call it.
        any_year
            Whether it takes dates and timestamps beyond Python's years, as DuckDB's strings.
        """
        kinds = tuple(kind if isinstance(kind, str) else kind.duckdb for kind in types)
        returned = result if isinstance(result, str) else result.duckdb
        if returned in {"DOUBLE", "FLOAT"}:  # DuckDB takes a NaN of a function for null
            text = self.call(
                _as_text(function),
                arguments,
                types,
                "VARCHAR",
                nulls=nulls,
                key=("text", function if key is None else key),
                name=name,
                any_year=any_year,
            )
            return f"CAST({text} AS {returned})"
        identity = (getattr(function, "__qualname__", ""), function if key is None else key, kinds, returned)
        registered = self._names.get(identity)
        if registered is None:
            registered = self._names[identity] = f"python_{len(self._names)}"
            called = function if nulls else _of_values(function)
            if any(map(_holds_date, [*types, result])):
                checks = [] if any_year else [_year_check(kind) for kind in types if isinstance(kind, Type)]
                called = self._refusing(called, name, checks)
            self.connection.create_function(  # type: ignore[call-overload]  # it takes the names of types, too
                registered, _with_parameters(called, len(kinds)), list(kinds), returned, null_handling="special"
            )
        return f"{registered}({', '.join(arguments)})"

    def check(self) -> None:
        """Raise QueryFailedError if a function refused a value."""
        if self.refusal is not None:
            raise self.refusal

    def _refusing(
        self, function: Callable[..., Any], name: str, checks: Sequence[Callable[[Any], bool] | None]
    ) -> Callable[..., Any]:
        """Return a function that ends the query if an argument or the result has a year beyond Python's."""
        checked = [(place, check) for place, check in enumerate(checks) if check is not None]

        def called(*arguments: Any) -> Any:
            try:
                if not any(arguments[place] is not None and check(arguments[place]) for place, check in checked):
                    return function(*arguments)
            except (UnsupportedYearError, OverflowError):
                pass
            given = ", ".join(map(_shown, arguments))[:_LONGEST_SHOWN]
            self.refusal = UnsupportedYearError(f"{name}, given {given}")
            self.connection.interrupt()  # or TRY would return null
            raise self.refusal

        return called


def _shown(value: Any) -> str:
    try:
        return write_timestamp(value, 3).removesuffix(" 00:00:00.000")
    except (AttributeError, TypeError, ValueError):
        return str(value)


def _holds_date(kind: Type | str) -> bool:
    if isinstance(kind, str):
        return False
    return kind.base.startswith(("date", "timestamp")) or any(map(_holds_date, kind.parts))


def _year_check(kind: Type) -> Callable[[Any], bool] | None:
    """Return the function that returns whether a value has a year beyond Python's, or None if the type has no years."""
    match kind.base:
        case "date" | "timestamp":
            return lambda value: isinstance(value, str)
        case "timestamp with time zone":
            return lambda value: isinstance(value["t"], str)
    parts = [_year_check(part) for part in kind.parts]
    if not any(parts):
        return None

    def found(value: Any) -> bool:
        if kind.base == "array":
            rows: Any = ((item,) for item in value)
        elif kind.base == "map":
            rows = value.items() if isinstance(value, dict) else value
        else:
            rows = [value.values() if isinstance(value, dict) else value]
        return any(
            check is not None and item is not None and check(item)
            for row in rows
            for check, item in zip(parts, row, strict=True)
        )

    return found


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
