"""The names of Trino's functions: those that are the same in DuckDB, and those that the local cloud does not support.

https://docs.aws.amazon.com/athena/latest/ug/functions-env3.html
"""

from __future__ import annotations

import re

# sqlglot and DuckDB evaluate these as Trino does.
_PASSED = """
abs acos any_value approx_distinct arbitrary array array_agg array_except array_intersect array_max array_min array_remove array_sort
asin atan atan2 avg bit_count bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor bool_and bool_or
cast cbrt ceil ceiling chr coalesce concat_ws contains corr cos cosh count count_if covar_pop covar_samp cume_dist current_date
current_timestamp date date_format date_parse day day_of_month day_of_week day_of_year degrees dense_rank dow doy exists exp extract
filter first_value flatten floor from_base64 from_hex from_iso8601_date from_utf8 greatest grouping histogram hour if json_array_length
json_extract json_parse kurtosis lag last_day_of_month last_value lead least length levenshtein_distance listagg ln log log10 log2 lower
lpad ltrim map map_from_entries map_keys map_values max max_by md5 millisecond min min_by minute mod month nth_value ntile nullif
percent_rank pi position pow power quarter radians rand random rank regexp_extract_all regexp_like regr_intercept regr_slope replace
round row row_number rpad rtrim second sha256 sign sin sinh skewness sqrt starts_with stddev stddev_pop stddev_samp strpos substr
substring sum tan tanh to_base64 to_hex to_unixtime to_utf8 transform translate trim truncate try try_cast unnest upper uuid var_pop
var_samp variance week week_of_year year year_of_week
"""
PASSED = frozenset(_PASSED.split())
# Functions with another name in DuckDB.
RENAMED = {"every": "bool_and", "normalize": "nfc_normalize", "yow": "isoyear"}
# Functions of Trino that the local cloud does not support.
LACKING = re.compile(
    r"(st|bing|geometry|to_geometry|to_spherical|ml|learn|tdigest|qdigest|hmac|spooky|murmur)_\w*|approx_set|array_first|array_last|"
    r"checksum|bar|char2hexint|color|combinations|convex_hull_agg|cosine_similarity|crc32|format|format_number|from_base|from_base32|"
    r"from_big_endian_\w+|human_readable_seconds|jaccard_index|json_array|json_exists|json_object|json_query|json_value|luhn_check|"
    r"map_union|merge|multimap_agg|multimap_from_entries|ngrams|normal_cdf|numeric_histogram|parse_data_size|parse_duration|"
    r"parse_presto_data_size|reduce_agg|regexp_count|regexp_position|regexp_split|render|rgb|sha1|sha512|shuffle|soundex|split_to_multimap|"
    r"timezone_hour|timezone_minute|to_base|to_base32|to_big_endian_\w+|to_char|to_date|to_milliseconds|to_timestamp|trim_array|"
    r"word_stem|xxhash64|zip"
)
