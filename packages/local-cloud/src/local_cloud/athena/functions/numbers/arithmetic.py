"""Functions of numbers.

https://trino.io/docs/current/functions/math.html
"""

from __future__ import annotations

import decimal as decimals
import math
import statistics
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.functions.implementation import Invocation, invalid, python, sql, typed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local_cloud.athena.functions.implementation import Build
    from local_cloud.athena.types.trino_types import Type

WIDE = decimals.Context(prec=120, rounding=decimals.ROUND_HALF_UP)
_LIMIT = Decimal(10) ** 38


def checked(value: Decimal) -> Decimal:
    """Return a decimal of at most 38 digits. Raises QueryFailedError for more."""
    if value.adjusted() - int(value.as_tuple().exponent) >= 38 and value and len(value.as_tuple().digits) > 38:
        raise QueryFailedError("NUMERIC_VALUE_OUT_OF_RANGE", "Decimal overflow")
    return value


def quotient(types: Sequence[Type], result: Type) -> Callable[[Decimal, Decimal], Decimal]:
    """Return the division of decimals, rounded half up to the scale of its type."""
    unit = Decimal(1).scaleb(-result.scale)

    def divide(one: Decimal, other: Decimal) -> Decimal:
        if not other:
            raise QueryFailedError("DIVISION_BY_ZERO", "Division by zero")
        return checked(WIDE.divide(one, other).quantize(unit, context=WIDE))

    return divide


def remainder(types: Sequence[Type], result: Type) -> Callable[[Decimal, Decimal], Decimal]:
    """Return the remainder of decimals."""
    unit = Decimal(1).scaleb(-result.scale)

    def divide(one: Decimal, other: Decimal) -> Decimal:
        if not other:
            raise QueryFailedError("DIVISION_BY_ZERO", "Division by zero")
        return WIDE.remainder(one, other).quantize(unit, context=WIDE)

    return divide


def _rounded_decimal(types: Sequence[Type], result: Type) -> Callable[..., Decimal]:
    unit = Decimal(1).scaleb(-result.scale)

    def call(value: Decimal, places: int = 0) -> Decimal:
        if places < types[0].scale:
            value = value.quantize(Decimal(1).scaleb(-places), context=WIDE)
        return checked(value.quantize(unit, context=WIDE))

    return call


def _towards(rounding: str) -> Callable[[Sequence[Type], Type], Callable[..., Decimal]]:
    def make(types: Sequence[Type], result: Type) -> Callable[..., Decimal]:
        unit = Decimal(1).scaleb(-result.scale)

        def call(value: Decimal, places: int = 0) -> Decimal:
            if places < types[0].scale:
                value = value.quantize(Decimal(1).scaleb(-places), rounding=rounding, context=WIDE)
            return value.quantize(unit, context=WIDE)

        return call

    make.__qualname__ = f"towards_{rounding}"
    return make


def _round(value: float, places: int = 0) -> float:
    if not math.isfinite(value):
        return value
    factor = 10.0**places if places < 308 else math.inf
    scaled = value * factor
    if not math.isfinite(scaled) or factor == 0:
        return value if factor else 0.0
    return math.copysign(math.floor(abs(scaled) + 0.5), value) / factor if abs(scaled) < 2**52 else value


def _round_whole(value: int, places: int = 0) -> int:
    if places >= 0:
        return value
    unit = int(10**-places)
    return (abs(value) + unit // 2) // unit * unit * (-1 if value < 0 else 1)


def _truncate(value: float, places: int = 0) -> float:
    if not math.isfinite(value):
        return value
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), rounding=decimals.ROUND_DOWN, context=WIDE))


def _power(one: float, other: float) -> float:
    try:
        found = math.pow(one, other)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.inf if one == 0 else math.nan
    return found


def _bucket(value: float, low: float, high: float, number: int) -> int:
    if number <= 0:
        raise invalid("bucketCount must be greater than 0")
    if math.isnan(value):
        raise invalid("operand must not be NaN")
    if low == high:
        raise invalid("bounds cannot equal each other")
    down = low > high
    lower, upper = min(low, high), max(low, high)
    if value < lower:
        return number + 1 if down else 0
    if value >= upper and not (down and value == upper):
        return 0 if down else number + 1
    place = int(number * (value - lower) / (upper - lower)) + 1
    return number - place + 1 if down else place


def _bucket_of(value: float, bins: list[float]) -> int:
    if not bins:
        raise invalid("Bins cannot be an empty array")
    if math.isnan(value):
        raise invalid("Operand cannot be NaN")
    return sum(1 for one in bins if value >= one)


def _shift(name: str) -> Any:
    def make(types: Sequence[Type], result: Type) -> Callable[[int, int], int]:
        bits = {"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64}[result.base]

        def call(value: int, number: int) -> int:
            if name == "left":
                found = (value << number) & ((1 << bits) - 1) if number < bits else 0
            elif name == "right":
                found = (value & ((1 << bits) - 1)) >> number if number < bits else 0
            else:
                return value >> min(number, bits)
            return found - (1 << bits) if found >> (bits - 1) else found

        return call

    make.__qualname__ = f"shift_{name}"
    return make


def _bit_count(value: int, bits: int) -> int:
    if not 2 <= bits <= 64:
        raise invalid("Bits specified in bit_count must be between 2 and 64")
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise invalid(
            f"Number must be representable with the bits specified. {value} cannot be represented with {bits} bits"
        )
    return (value & ((1 << bits) - 1)).bit_count()


def _cosine(one: dict[str, float], other: dict[str, float]) -> float | None:
    norm = math.sqrt(sum(value * value for value in one.values())) * math.sqrt(
        sum(value * value for value in other.values())
    )
    return sum(value * other.get(key, 0.0) for key, value in one.items()) / norm if norm else None


def _extreme(pick: Callable[..., Any]) -> Build:
    def build(invocation: Invocation) -> str:
        kind = invocation.result
        if kind.is_floating or kind.is_zoned or kind.parts:
            return invocation.python(_greatest if pick is max else _least, key=(pick, str(kind)))
        name = "greatest" if pick is max else "least"
        nulls = " OR ".join(f"{one} IS NULL" for one in invocation.arguments)
        return f"CASE WHEN NOT ({nulls}) THEN {name}({', '.join(invocation.arguments)}) END"

    return build


def _greatest(*values: Any) -> Any:
    return max((one for one in values if not _is_nan(one)), key=_order, default=math.nan)


def _least(*values: Any) -> Any:
    return min((one for one in values if not _is_nan(one)), key=_order, default=math.nan)


def _order(value: Any) -> Any:
    return value["t"] if isinstance(value, dict) and set(value) == {"t", "z"} else value


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _normal(mean: float, deviation: float, value: float) -> float:
    if deviation <= 0:
        raise invalid("standardDeviation must be > 0")
    return statistics.NormalDist(mean, deviation).cdf(value)


def _inverse_normal(mean: float, deviation: float, share: float) -> float:
    if not 0 < share < 1:
        raise invalid("p must be 0 > p > 1")
    return statistics.NormalDist(mean, deviation).inv_cdf(share)


def _random(invocation: Invocation) -> str:
    match invocation.arguments:
        case []:
            return "random()"
        case [_]:
            return f"CAST(floor(random() * {invocation.python(_below_bound)}) AS {invocation.result.duckdb})"
        case [low, _]:
            return f"CAST({low} + floor(random() * {invocation.python(_between)}) AS {invocation.result.duckdb})"
    raise AssertionError


def _below_bound(bound: int) -> int:
    """Return how many numbers there are from 0 up to the bound, without it."""
    if bound <= 0:
        raise invalid("bound must be positive")
    return bound


def _between(start: int, stop: int) -> int:
    if start >= stop:
        raise invalid("start value must be less than stop value")
    return stop - start


def _kept(name: str) -> Build:
    """Return a function that keeps the type of its argument."""
    return lambda invocation: f"CAST({name}({', '.join(invocation.arguments)}) AS {invocation.result.duckdb})"


def _format_number(value: float) -> str:
    for unit, size in (("Q", 1e15), ("T", 1e12), ("B", 1e9), ("M", 1e6), ("K", 1e3)):
        if abs(value) >= size:
            return f"{_three(value / size)}{unit}"
    return _three(value)


def _three(value: float) -> str:
    whole = len(str(int(abs(value))))
    text = f"{value:.{max(0, 3 - whole)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_FLOAT_ONLY = (
    "acos",
    "asin",
    "atan",
    "cbrt",
    "cos",
    "degrees",
    "exp",
    "ln",
    "log10",
    "log2",
    "radians",
    "sin",
    "sqrt",
    "tan",
)
FUNCTIONS: dict[str, Build] = {
    "abs": _kept("abs"),
    **{name: sql(f"{name}({{0}})") for name in _FLOAT_ONLY},
    "acos": python(lambda value: math.acos(value) if abs(value) <= 1 else math.nan),
    "asin": python(lambda value: math.asin(value) if abs(value) <= 1 else math.nan),
    "atan2": sql("atan2({0}, {1})"),
    "bit_count": python(_bit_count),
    "bitwise_and": sql("({0} & {1})"),
    "bitwise_left_shift": typed(_shift("left")),
    "bitwise_not": sql("(~{0})"),
    "bitwise_or": sql("({0} | {1})"),
    "bitwise_right_shift": typed(_shift("right")),
    "bitwise_right_shift_arithmetic": typed(_shift("arithmetic")),
    "bitwise_xor": sql("xor({0}, {1})"),
    "ceil": _kept("ceil"),
    "ceil(decimal)": typed(_towards(decimals.ROUND_CEILING)),
    "ceiling": _kept("ceil"),
    "ceiling(decimal)": typed(_towards(decimals.ROUND_CEILING)),
    "cosh": python(math.cosh),
    "cosine_similarity": python(_cosine),
    "e": sql("CAST(2.718281828459045 AS DOUBLE)"),
    "floor": _kept("floor"),
    "floor(decimal)": typed(_towards(decimals.ROUND_FLOOR)),
    "format_number": python(_format_number),
    "greatest": _extreme(max),
    "infinity": sql("CAST('Infinity' AS DOUBLE)"),
    "inverse_normal_cdf": python(_inverse_normal),
    "is_finite": sql("isfinite({0})"),
    "is_infinite": sql("isinf({0})"),
    "is_nan": sql("isnan({0})"),
    "least": _extreme(min),
    "log": python(lambda base, value: math.log(value, 2) if base == 2 and value > 0 else _log(base, value)),
    "mod": sql("({0} % {1})"),
    "mod(decimal)": typed(remainder),
    "nan": sql("CAST('NaN' AS DOUBLE)"),
    "normal_cdf": python(_normal),
    "pi": sql("pi()"),
    "pow": python(_power),
    "power": python(_power),
    "rand": _random,
    "random": _random,
    "round": python(_round_whole),
    "round(decimal)": typed(_rounded_decimal),
    "round(double)": python(_round),
    "round(real)": python(_round),
    "sign": lambda invocation: f"CAST(sign({invocation.arguments[0]}) AS {invocation.result.duckdb})",
    "sign(double)": python(lambda value: value if math.isnan(value) or value == 0 else math.copysign(1.0, value)),
    "sinh": python(math.sinh),
    "tanh": python(math.tanh),
    "truncate": python(_truncate),
    "truncate(decimal)": typed(_towards(decimals.ROUND_DOWN)),
    "width_bucket": python(_bucket),
    "width_bucket(double,array)": python(_bucket_of),
}


def _log(base: float, value: float) -> float:
    divisor, dividend = _java_log(base), _java_log(value)
    if divisor == 0:
        return math.nan if dividend == 0 or math.isnan(dividend) else math.copysign(math.inf, dividend)
    return dividend / divisor


def _java_log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf if value == 0 else math.nan
