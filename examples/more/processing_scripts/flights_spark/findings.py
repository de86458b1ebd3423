"""Validation of flights with Spark, with the rules of the flights pipeline's validate.py."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

INTEGERS = [
    "flight",
    "sched_dep_time",
    "dep_time",
    "dep_delay",
    "sched_arr_time",
    "arr_time",
    "arr_delay",
    "air_time",
    "distance",
]
REQUIRED = ["year", "month", "day", "carrier", "flight", "origin", "dest", "sched_dep_time", "distance", "time_hour"]
AIRPORTS = ["EWR", "JFK", "LGA"]


def findings(flights: DataFrame) -> list[str]:
    """Return a sentence for each violated rule. Always makes two passes over the flights."""
    missing = sorted({*INTEGERS, *REQUIRED, "tailnum"} - set(flights.columns))
    if missing:
        return [f"columns are missing: {', '.join(missing)}"]
    # pandas writes integers as `517.0` in a column with nulls.
    rules = {f"have a {name} that is no integer": ~f.col(name).rlike(r"^-?\d+(\.0)?$") for name in INTEGERS}
    rules |= {f"have no {name}": f.col(name).isNull() for name in REQUIRED}
    rules["left another airport than EWR, JFK and LGA"] = ~f.col("origin").isin(AIRPORTS)
    # count_if does not count null, so that only the rule about nulls reports them.
    counted = flights.select(*(f.count_if(rule).alias(sentence) for sentence, rule in rules.items())).first()
    found = [f"{rows} rows {sentence}" for sentence, rows in (counted.asDict() if counted else {}).items() if rows]
    repeated = flights.groupBy("time_hour", "carrier", "flight", "origin").count().select(f.sum(f.col("count") - 1))
    if rows := (repeated.first() or [0])[0]:
        found.append(f"{rows} rows repeat a flight (same hour, carrier, number and origin)")
    return found
