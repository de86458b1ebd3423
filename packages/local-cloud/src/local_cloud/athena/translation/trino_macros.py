"""DuckDB macros for Trino's functions that DuckDB lacks or evaluates differently.

A line that is not indented begins an overload, ``name(parameters) AS body``. Overloads are chosen by type. DuckDB does not know the type of
an aggregate at that point, so each argument is passed with a witness: an expression of the same type without aggregates.
"""

from __future__ import annotations

import re

_TEXT = r"""
all_match(flags) AS coalesce(list_bool_and(flags), true)
any_match(flags) AS coalesce(list_bool_or(flags), false)
approx_percentile(value, share) AS quantile_disc(value, share)
array_distinct(items) AS list_filter(items, lambda item, i: list_position(items, item) = i)
array_join(items, delimiter) AS array_to_string(items, delimiter)
array_join(items, delimiter, instead) AS
    array_to_string(list_transform(items, lambda item: coalesce(CAST(item AS VARCHAR), instead)), delimiter)
array_position(items, item) AS
    CASE WHEN items IS NOT NULL AND item IS NOT NULL THEN CAST(coalesce(list_position(items, item), 0) AS BIGINT) END
array_union(a, b) AS trino_array_distinct(list_concat(a, b))
arrays_overlap(a, b) AS list_has_any(a, b)
at_timezone(value, zone) AS timezone(zone, CAST(value AS TIMESTAMPTZ))
cardinality(items MAP(VARCHAR, VARCHAR)) AS len(map_keys(items))
cardinality(items) AS len(items)
cast_varchar(value DATE) AS CAST(value AS VARCHAR)
cast_varchar(value TIMESTAMP) AS strftime(value, '%Y-%m-%d %H:%M:%S.%g')
cast_varchar(value TIMESTAMP_S) AS CAST(value AS VARCHAR)
cast_varchar(value TIMESTAMPTZ) AS strftime(value, '%Y-%m-%d %H:%M:%S.%g UTC')
cast_varchar(value VARCHAR) AS value
cast_varchar(value BLOB) AS decode(value)
cast_varchar(value) AS CAST(value AS VARCHAR)
codepoint(text) AS unicode(text)
concat(a, b) AS a || b
current_timestamp() AS date_trunc('milliseconds', get_current_timestamp())
date_add(unit, number, value DATE) AS CAST(value + trino_units(unit, CAST(number AS INTEGER)) AS DATE)
date_add(unit, number, value) AS value + trino_units(unit, CAST(number AS INTEGER))
date_diff(unit, a, b) AS date_sub(unit, a, b)
date_trunc(unit, value DATE) AS CAST(system.main.date_trunc(unit, value) AS DATE)
date_trunc(unit, value) AS system.main.date_trunc(unit, value)
e() AS exp(1)
element_at(items, place) AS items[place]
from_iso8601_timestamp(text) AS CAST(text AS TIMESTAMPTZ)
from_unixtime(seconds) AS to_timestamp(seconds)
from_unixtime(seconds, zone) AS timezone(zone, to_timestamp(seconds))
geometric_mean(value) AS exp(avg(ln(value)))
hamming_distance(a, b) AS hamming(a, b)
infinity() AS CAST('Infinity' AS DOUBLE)
is_finite(value) AS isfinite(value)
is_infinite(value) AS isinf(value)
is_nan(value) AS isnan(CAST(value AS DOUBLE))
json_extract_scalar(document, path) AS
    CASE WHEN json_type(json_extract(document, path)) NOT IN ('ARRAY', 'OBJECT', 'NULL')
    THEN json_extract_string(document, path) END
json_format(document) AS CAST(document AS VARCHAR)
json_size(document, path) AS
    CASE json_type(json_extract(document, path))
    WHEN 'ARRAY' THEN CAST(json_array_length(document, path) AS BIGINT)
    WHEN 'OBJECT' THEN CAST(len(json_keys(document, path)) AS BIGINT)
    WHEN NULL THEN NULL ELSE 0 END
map_agg(key, value) AS map_from_entries(list(row(key, value)))
map_concat(a, b) AS system.main.map_concat(a, b)
map_entries(entries) AS list_transform(system.main.map_entries(entries), lambda e: struct_pack(field0 := e.key, field1 := e.value))
minus(a DATE, b INTERVAL) AS CAST(a - b AS DATE)
minus(a DATE, b DATE) AS to_days(CAST(a - b AS INTEGER))
minus(a, b) AS a - b
nan() AS CAST('NaN' AS DOUBLE)
none_match(flags) AS NOT coalesce(list_bool_or(flags), false)
plus(a DATE, b INTERVAL) AS CAST(a + b AS DATE)
plus(a INTERVAL, b DATE) AS CAST(a + b AS DATE)
plus(a, b) AS a + b
regexp_extract(text, pattern) AS
    CASE WHEN regexp_matches(text, pattern) THEN system.main.regexp_extract(text, pattern) END
regexp_extract(text, pattern, number) AS
    CASE WHEN regexp_matches(text, pattern) THEN system.main.regexp_extract(text, pattern, number) END
regexp_replace(text, pattern) AS system.main.regexp_replace(text, pattern, '', 'g')
regexp_replace(text, pattern, instead) AS
    system.main.regexp_replace(text, pattern,
    system.main.regexp_replace(replace(instead, '\', '\\'), '\$(\d)', '\\\1', 'g'), 'g')
repeat(item, number) AS list_transform(range(number), lambda i: item)
reverse(value VARCHAR) AS system.main.reverse(value)
reverse(value) AS list_reverse(value)
sequence(first DATE, last DATE) AS
    list_transform(generate_series(CAST(first AS TIMESTAMP), CAST(last AS TIMESTAMP),
    CASE WHEN last < first THEN to_days(-1) ELSE to_days(1) END), lambda d: CAST(d AS DATE))
sequence(first, last) AS
    generate_series(CAST(first AS BIGINT), CAST(last AS BIGINT), CASE WHEN last < first THEN -1 ELSE 1 END)
sequence(first DATE, last DATE, step INTERVAL) AS
    list_transform(generate_series(CAST(first AS TIMESTAMP), CAST(last AS TIMESTAMP), step), lambda d: CAST(d AS DATE))
sequence(first, last, step) AS generate_series(first, last, step)
slice(items, first, number) AS
    CASE WHEN first > 0 THEN list_slice(items, first, first + number - 1)
    ELSE list_slice(items, len(items) + first + 1, len(items) + first + number) END
split(text, delimiter) AS string_split(text, delimiter)
split(text, delimiter, most) AS
    CASE WHEN len(string_split(text, delimiter)) <= most THEN string_split(text, delimiter)
    ELSE list_append(string_split(text, delimiter)[:most - 1],
    array_to_string(string_split(text, delimiter)[most:], delimiter)) END
split_part(text, delimiter, number) AS string_split(text, delimiter)[number]
split_to_map(text, between, within) AS
    map_from_entries(list_transform(string_split(text, between),
    lambda e: row(string_split(e, within)[1], string_split(e, within)[2])))
subscript(items MAP(VARCHAR, VARCHAR), place) AS
    coalesce(items[place], CASE WHEN NOT map_contains(items, place)
    THEN error('INVALID_FUNCTION_ARGUMENT: Key not present in map: ' || place) END)
subscript(items, place) AS
    CASE WHEN place > len(items) THEN error('INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array '
    || 'length: ' || place || ' > ' || len(items))
    WHEN place < 1 THEN error('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1') ELSE items[place] END
to_iso8601(value DATE) AS CAST(value AS VARCHAR)
to_iso8601(value TIMESTAMPTZ) AS strftime(value, '%Y-%m-%dT%H:%M:%S.%gZ')
to_iso8601(value TIMESTAMP_S) AS strftime(value, '%Y-%m-%dT%H:%M:%S')
to_iso8601(value) AS strftime(value, '%Y-%m-%dT%H:%M:%S.%g')
type_name(name) AS
    regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(replace(replace(replace(replace(replace(lower(name),
    'hugeint', 'bigint'), 'blob', 'varbinary'), 'float', 'real'), '"null"', 'unknown'), '"', ''),
    '\b(struct|tuple)\b', 'row', 'g'), '\b_\d+ ', '', 'g'),
    '\btimestamp_s\b', 'timestamp(0)', 'g'),
    '\btimestamp(_ns|_ms)?\b(?P<after>[^(]|$)', 'timestamp(3)\2', 'g'),
    '(map\([^()]*\)|row\([^()]*\)|decimal\(\d+,\d+\)|[a-z]+(\(\d\))?)\[\]', 'array(\1)', 'g')
units(unit, number) AS
    CASE lower(unit) WHEN 'year' THEN to_years(number) WHEN 'quarter' THEN to_months(3 * number)
    WHEN 'month' THEN to_months(number) WHEN 'week' THEN to_days(7 * number) WHEN 'day' THEN to_days(number)
    WHEN 'hour' THEN to_hours(number) WHEN 'minute' THEN to_minutes(number) WHEN 'second' THEN to_seconds(number)
    WHEN 'millisecond' THEN to_milliseconds(number)
    ELSE error('INVALID_FUNCTION_ARGUMENT: ''' || unit || ''' is not a valid Time field') END
unnestable(value) AS system.main.map_entries(value)
url_decode(text) AS system.main.url_decode(replace(text, '+', '%20'))
url_encode(text) AS replace(system.main.url_encode(text), '%20', '+')
url_extract_fragment(url) AS nullif(system.main.regexp_extract(url, '#(.*)$', 1), '')
url_extract_host(url) AS nullif(system.main.regexp_extract(url, '^[^:/?#]+://(?:[^/?#@]*@)?([^/?#:]*)', 1), '')
url_extract_parameter(url, name) AS
    CASE WHEN regexp_matches(url, '[?&]' || regexp_escape(name) || '=')
    THEN system.main.url_decode(system.main.regexp_extract(url, '[?&]' || regexp_escape(name) || '=([^&#]*)', 1)) END
url_extract_path(url) AS system.main.regexp_extract(url, '^(?:[^:/?#]+:)?(?://[^/?#]*)?([^?#]*)', 1)
url_extract_port(url) AS TRY_CAST(system.main.regexp_extract(url, '^[^:/?#]+://[^/?#:]*:(\d+)', 1) AS BIGINT)
url_extract_protocol(url) AS nullif(system.main.regexp_extract(url, '^([^:/?#]+):', 1), '')
url_extract_query(url) AS nullif(system.main.regexp_extract(url, '\?([^#]*)', 1), '')
width_bucket(value, low, high, buckets) AS
    CASE WHEN value < low THEN 0 WHEN value >= high THEN buckets + 1
    ELSE CAST(floor(CAST(value - low AS DOUBLE) / CAST(high - low AS DOUBLE) * buckets) AS BIGINT) + 1 END
with_timezone(value, zone) AS timezone(zone, CAST(value AS TIMESTAMP))

"""


def _read(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for overload in re.split(r"\n(?=\w)", text.strip()):
        name, _, definition = overload.partition("(")
        found.setdefault(name, []).append("(" + " ".join(definition.split()))
    return found


_OVERLOADS = _read(_TEXT)
MACRO_NAMES = frozenset(_OVERLOADS)
_WITNESSED = "_witnessed"


def macro_name(name: str, *, witnessed: bool = False) -> str:
    """Return the name of a function's macro.

    Parameters
    ----------
    witnessed
        Whether witnesses of the arguments follow the arguments.
    """
    return f"trino_{name}{_WITNESSED}" if witnessed else f"trino_{name}"


def macro_definitions(sql: str) -> list[str]:
    """Return the statements that create the macros which a statement uses, in the order of their dependencies."""
    statements: dict[str, None] = {}
    for name in dict.fromkeys(re.findall(r"\btrino_(\w+)", sql.lower())):
        overloads = _OVERLOADS[name.removesuffix(_WITNESSED)]
        if name.endswith(_WITNESSED):
            overloads = [_with_witnesses(one) for one in overloads]
        statements.update(dict.fromkeys(macro_definitions(" ".join(overloads))))
        statements[f"CREATE OR REPLACE TEMP MACRO trino_{name}{', '.join(overloads)}"] = None
    return list(statements)


def _with_witnesses(overload: str) -> str:
    parameters, body = overload[1:].split(") AS ", 1)
    named = re.findall(r"(\w+)( [A-Z][^,()]*(?:\([^)]*\))?(?:\[\])?)?(?:, |$)", parameters)
    plain, typed = [name for name, _ in named], [f"{name}_witness{kind}" for name, kind in named]
    return f"({', '.join([*plain, *typed])}) AS {body}"
