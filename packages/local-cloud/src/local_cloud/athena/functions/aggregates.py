"""Aggregates and window functions.

https://trino.io/docs/current/functions/aggregate.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_cloud.athena.functions.collections import key_of, map_concat, order_of
from local_cloud.athena.functions.implementation import invalid
from local_cloud.athena.functions.numbers.arithmetic import quotient
from local_cloud.athena.functions.text.hashes import checksum
from local_cloud.athena.types.trino_types import BIGINT, INTEGERS, Type, array, decimal

if TYPE_CHECKING:
    from decimal import Decimal

    from local_cloud.athena.functions.python_functions import PythonFunctions


@dataclass(slots=True)
class AggregateInvocation:
    """A call of an aggregate or a window function.

    Attributes
    ----------
    order
        ``ORDER BY …`` of the arguments.
    suffix
        ``FILTER`` and ``OVER``.
    """

    name: str
    arguments: list[str]
    types: Sequence[Type]
    result: Type
    functions: PythonFunctions
    distinct: bool = False
    order: str = ""
    suffix: str = ""
    nulls: str = ""

    def call(self, name: str, *arguments: str) -> str:
        """Return the SQL of a call of DuckDB's aggregate."""
        distinct = "DISTINCT " if self.distinct else ""
        return f"{name}({distinct}{', '.join(arguments)}{self.order}{self.nulls}){self.suffix}"

    def cast(self, sql: str) -> str:
        """Return the SQL converted to the result's type."""
        return f"CAST({sql} AS {self.result.duckdb})"

    def of_list(self, function: Callable[..., Any], *, nulls: bool = False, key: object = None) -> str:
        """Return the SQL of a Python function of the list of the values of each argument."""
        lists = [self.call("list", argument) for argument in self.arguments]
        kinds = [array(kind) for kind in self.types]
        return self.functions.call(function, lists, kinds, self.result, nulls=nulls, key=key)


Build = Callable[[AggregateInvocation], str]


def _native(name: str) -> Build:
    return lambda one: one.call(name, *one.arguments)


def _cast(name: str) -> Build:
    return lambda one: one.cast(one.call(name, *one.arguments))


def _count(one: AggregateInvocation) -> str:
    return one.call("count", *(one.arguments or ["*"]))


def _sum(one: AggregateInvocation) -> str:
    return one.cast(one.call("sum", one.arguments[0]))


def _average(one: AggregateInvocation) -> str:
    kind = one.types[0]
    if kind.base == "decimal":
        total, number = decimal(38, kind.scale), decimal(19, 0)
        count = f"CAST({one.call('count', one.arguments[0])} AS {number.duckdb})"
        divide = quotient([total, number], kind)

        def average(sum_: Decimal, count_: Decimal) -> Decimal | None:
            return divide(sum_, count_) if count_ else None

        return one.functions.call(
            average, [one.call("sum", one.arguments[0]), count], [total, number], kind, key=("average", str(kind))
        )
    if kind.base.startswith("interval"):
        return one.cast(f"round({one.call('avg', one.arguments[0])})")
    return one.cast(one.call("avg", one.arguments[0]))


def _extreme(name: str) -> Build:
    def build(one: AggregateInvocation) -> str:
        value, kind = one.arguments[0], one.types[0]
        if len(one.arguments) == 2:
            return one.call(name, value, one.arguments[1])
        if kind.is_floating:
            known = one.call(name, f"CASE WHEN NOT isnan({value}) THEN {value} END")
            return f"coalesce({known}, {one.call(name, value)})"
        if kind.is_zoned:
            return one.call(f"arg_{name}", value, f"struct_extract({value}, 't')")
        return one.call(name, value)

    return build


def _extreme_by(name: str) -> Build:
    def build(one: AggregateInvocation) -> str:
        value, by = one.arguments[0], one.arguments[1]
        if one.types[1].is_floating:
            by = f"CASE WHEN NOT isnan({by}) THEN {by} END"
        if one.types[1].is_zoned:
            by = f"struct_extract({by}, 't')"
        if len(one.arguments) == 3:
            return one.call(f"arg_{name}", value, by, one.arguments[2])
        return one.call(f"arg_{name}_null", value, by)

    return build


def _percentile(values: list[Any], weights: list[Any]) -> Any:
    share = next((one for one in weights if one is not None), None)
    known = sorted((one for one in values if one is not None), key=order_of)
    if share is None or not known:
        return None
    return [_at_share(known, one) for one in share] if isinstance(share, list) else _at_share(known, share)


def _at_share(known: list[Any], share: float) -> Any:
    if not 0 <= share <= 1:
        raise invalid("Percentile must be between 0 and 1")
    return known[min(len(known) - 1, int(share * len(known)))]


def _map_agg(keys: list[Any], values: list[Any]) -> Any:
    found: dict[Any, tuple[Any, Any]] = {}
    for key, value in zip(keys, values, strict=True):
        if key is not None:
            found.setdefault(key_of(key), (key, value))
    return dict(found.values()) if found else None


def _multimap_agg(keys: list[Any], values: list[Any]) -> Any:
    found: dict[Any, list[Any]] = {}
    for key, value in zip(keys, values, strict=True):
        if key is not None:
            found.setdefault(key, []).append(value)
    return found or None


def _histogram(values: list[Any]) -> Any:
    found: dict[Any, int] = {}
    for value in values:
        if value is not None:
            found[value] = found.get(value, 0) + 1
    return found or None


def _map_union(maps: list[Any]) -> Any:
    known = [one for one in maps if one is not None]
    return map_concat(*known) if known else None


def _most_frequent(buckets: list[int], values: list[Any], _capacity: list[int]) -> Any:
    found = _histogram(values) or {}
    return dict(sorted(found.items(), key=lambda pair: -pair[1])[: buckets[0]]) or None


def _skewness(values: list[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    number = len(known)
    if number < 3:
        return None
    mean = math.fsum(known) / number
    second = math.fsum((one - mean) ** 2 for one in known)
    third = math.fsum((one - mean) ** 3 for one in known)
    return math.sqrt(number) * third / second**1.5 if second else math.nan


def _geometric_mean(values: list[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    if not known:
        return None
    return math.exp(math.fsum(math.log(one) if one > 0 else -math.inf for one in known) / len(known))


def _as_text(one: AggregateInvocation) -> str:
    separator = one.arguments[1] if len(one.arguments) > 1 else "''"
    return one.call("string_agg", one.arguments[0], separator)


def _distinct_count(one: AggregateInvocation) -> str:
    value = f"struct_extract({one.arguments[0]}, 't')" if one.types[0].is_zoned else one.arguments[0]
    return f"count(DISTINCT {value}){one.suffix}"


def _array_agg(one: AggregateInvocation) -> str:
    return one.call("list", one.arguments[0])


def _lagged(name: str) -> Build:
    return lambda one: one.call(name, *one.arguments)


AGGREGATES: dict[str, Build] = {
    "any_value": _native("any_value"),
    "approx_distinct": _distinct_count,
    "approx_most_frequent": lambda one: one.of_list(_most_frequent),
    "approx_percentile": lambda one: one.of_list(_percentile),
    "arbitrary": _native("any_value"),
    "array_agg": _array_agg,
    "avg": _average,
    "bitwise_and_agg": _native("bit_and"),
    "bitwise_or_agg": _native("bit_or"),
    "bitwise_xor_agg": _native("bit_xor"),
    "bool_and": _native("bool_and"),
    "bool_or": _native("bool_or"),
    **{name: _cast(name) for name in ("corr", "covar_pop", "covar_samp", "kurtosis", "regr_intercept", "regr_slope")},
    **{name: _cast(name) for name in ("stddev", "stddev_pop", "stddev_samp", "var_pop", "var_samp", "variance")},
    **{
        name: _cast(name)
        for name in ("regr_avgx", "regr_avgy", "regr_count", "regr_r2", "regr_sxx", "regr_sxy", "regr_syy")
    },
    "checksum": checksum,
    "count": _count,
    "count_if": lambda one: f"coalesce({one.cast(one.call('count_if', one.arguments[0]))}, 0)",
    "every": _native("bool_and"),
    "geometric_mean": lambda one: one.of_list(_geometric_mean),
    "histogram": lambda one: one.of_list(_histogram),
    "listagg": _as_text,
    "map_agg": lambda one: one.of_list(_map_agg),
    "map_union": lambda one: one.of_list(_map_union),
    "max": _extreme("max"),
    "max_by": _extreme_by("max"),
    "min": _extreme("min"),
    "min_by": _extreme_by("min"),
    "multimap_agg": lambda one: one.of_list(_multimap_agg),
    "skewness": lambda one: one.of_list(_skewness),
    "sum": _sum,
}
WINDOW_FUNCTIONS: dict[str, Build] = {
    **{name: _cast(name) for name in ("cume_dist", "dense_rank", "ntile", "percent_rank", "rank", "row_number")},
    **{name: _native(name) for name in ("first_value", "last_value", "nth_value")},
    "lag": _lagged("lag"),
    "lead": _lagged("lead"),
}
__all__ = ["AGGREGATES", "BIGINT", "INTEGERS", "WINDOW_FUNCTIONS", "AggregateInvocation"]
