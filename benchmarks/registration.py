"""The cost of registering, compared with other tools in one run: calls, seconds and memory.

    python benchmarks/registration.py [--partitions 10000] [--latency 20] [--repeat 3] [--loop 250] [--spark PYTHON] [--json]

A server in a separate process answers; each call first waits for a latency, as on a network. All ways use the same table and the same
objects, and list them themselves. The ways alternate, and medians count. The loop of CreatePartition is measured on a part, and scaled, as is
Spark's MSCK REPAIR TABLE if PySpark is installed (or if ``--spark`` names a Python with PySpark): it repairs folders on this machine's disk,
without latency. "Audited before" omits the sampled reads.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.registering.process_costs import cold_starts, peak_mebibytes, spark_repair_seconds
from benchmarks.registering.table import REGION
from benchmarks.registering.ways import Lake, Measured, Ways

if TYPE_CHECKING:
    from collections.abc import Callable

STARTED = time.monotonic()
MANY = 100_000


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table; ``ratio`` is relative to this project's way for the same task."""

    task: str
    way: str
    measured: Measured
    ratio: float
    note: str = ""


def say(text: str) -> None:
    """Print progress on standard error, separate from the result."""
    print(f"{time.monotonic() - STARTED:6.1f} s  {text}", file=sys.stderr, flush=True)


def in_turns(
    lake: Lake, tasks: dict[str, tuple[Callable[[], int], Callable[[str], object]]], repeat: int
) -> dict[str, Measured]:
    """Measure each way ``repeat`` times, alternating, so that other load on the machine affects all of them."""
    taken: dict[str, list[Measured]] = {name: [] for name in tasks}
    for turn in range(repeat):
        for name, (prepare, function) in tasks.items():
            expected = prepare()
            measured = lake.measure(function, "run", expected)
            taken[name].append(measured)
            say(f"{name}, {turn + 1} of {repeat}: {measured.seconds:.2f} s, {measured.calls} + {measured.beside} calls")
    return {name: sorted(each, key=lambda measured: measured.seconds)[repeat // 2] for name, each in taken.items()}


def new_partitions(lake: Lake, ways: Ways, count: int, loop: int, repeat: int) -> list[Row]:
    """Measure registering a run in an empty table, each way; and this project's way again with all partitions registered."""

    def empty(of: int) -> Callable[[], int]:
        def prepare() -> int:
            lake.tell("reset")
            lake.hold("run", 0, of)
            return of

        return prepare

    def as_it_is() -> int:
        return count

    ours, again = "this project, audited before", "this project, the same run again"
    measured = in_turns(
        lake,
        {
            "this project": (empty(count), ways.ours),
            ours: (empty(count), ways.ours_audited),
            again: (as_it_is, ways.ours_audited),
            "awswrangler add_csv_partitions": (empty(count), ways.awswrangler),
        },
        repeat,
    )
    part = in_turns(lake, {"CreatePartition, one by one": (empty(loop), ways.one_by_one)}, 1)
    task, base = f"{count:,} new", measured[ours].seconds
    rows = [Row(task, name, each, each.seconds / base) for name, each in measured.items()]
    for name, each in part.items():
        scaled = replace(each, seconds=each.seconds * count / loop, calls=round(each.calls * count / loop))
        rows.append(Row(task, name, scaled, scaled.seconds / base, f"{loop} measured, and scaled"))
    return rows


def very_many(lake: Lake, ways: Ways) -> list[Row]:
    """Measure registering more than one function call can: it stops cleanly, and is called again from there."""

    def prepare() -> int:
        lake.tell("reset")
        lake.hold("run", 0, MANY)
        return MANY

    prepare()
    started = time.perf_counter()
    ways.list_only("run")
    # Each call lists everything again: allow time for that, regardless of other load, and for a part of the rest.
    seconds = 1.5 * (time.perf_counter() - started)
    name = "this project, audit and all"
    measured = in_turns(lake, {name: (prepare, ways.ours_in_calls(seconds))}, 1)[name]
    note = f"{ways.function_calls} calls of a function that stops after {seconds:.0f} s"
    return [Row(f"{MANY:,} new", name, measured, 1.0, note)]


def few_beside_many(lake: Lake, ways: Ways, there: int, repeat: int, *, peer: bool) -> list[Row]:
    """Measure registering ten new partitions in a table with many."""

    def prepare() -> int:
        lake.tell("reset")
        lake.hold("earlier", 0, there)
        lake.hold("earlier", 0, there, registered=True)
        lake.hold("run", there, 10)
        return there + 10

    tasks: dict[str, tuple[Callable[[], int], Callable[[str], object]]] = {
        "this project, audited before": (prepare, ways.ours_audited)
    }
    if peer:
        tasks["awswrangler, list the table and add"] = (prepare, ways.awswrangler_table(there + 10))
    measured = in_turns(lake, tasks, repeat)
    base = next(iter(measured.values())).seconds
    return [Row(f"10 new beside {there:,}", name, each, each.seconds / base) for name, each in measured.items()]


def report(rows: list[Row], cold: dict[str, float], memory: float) -> str:
    """Return the tables that the documentation shows."""
    lines = [
        "| task | way | calls to list and register | beside | seconds | × ours | CPU s |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        each, note = row.measured, f" ({row.note})" if row.note else ""
        calls = f"{each.calls:,} | {each.beside}" if each.calls else "– | –"
        cpu = f"{each.cpu:.2f}" if each.calls and not row.note else "–"
        lines.append(f"| {row.task} | {row.way}{note} | {calls} | {each.seconds:.2f} | {row.ratio:.1f} | {cpu} |")
    base = next(iter(cold.values()))
    lines += ["", "| cold start | seconds | × boto3 |", "|---|---|---|"]
    lines += [f"| {name} | {seconds:.2f} | {seconds / base:.2f} |" for name, seconds in cold.items()]
    lines += ["", f"Peak memory of registering {MANY:,} partitions, above imports and clients: {memory:.0f} MiB"]
    return "\n".join(lines)


def main() -> None:
    """Run all measurements, and print the tables or a JSON document."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--partitions", type=int, default=10_000)
    parser.add_argument("--latency", type=float, default=20.0, help="milliseconds that each call waits")
    parser.add_argument("--repeat", type=int, default=3, help="how often each is measured; the median counts")
    parser.add_argument("--loop", type=int, default=250, help="partitions that are created one by one")
    parser.add_argument(
        "--spark", metavar="PYTHON", default=sys.executable, help="a Python with PySpark, where this one has none"
    )
    parser.add_argument("--spark-partitions", type=int, default=1000, help="folders that Spark repairs")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    os.environ |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": REGION}
    lake = Lake(arguments.latency)
    os.environ["AWS_ENDPOINT_URL"] = lake.endpoint
    try:
        ways = Ways()
        say("warming up")
        new_partitions(lake, ways, 10, 10, 1)
        rows = new_partitions(lake, ways, arguments.partitions, arguments.loop, arguments.repeat)
        rows += few_beside_many(lake, ways, arguments.partitions, arguments.repeat, peer=True)
        rows += few_beside_many(lake, ways, MANY, arguments.repeat, peer=False)
        rows += very_many(lake, ways)
        lake.tell("reset")
        lake.hold("memory", 0, MANY)
        memory = peak_mebibytes(MANY)
        say(f"memory: {memory:.0f} MiB")
    finally:
        lake.stop()
    del os.environ["AWS_ENDPOINT_URL"]
    say("cold starts")
    cold = cold_starts(7)
    say("Spark")
    if spark := spark_repair_seconds(arguments.spark, arguments.spark_partitions):
        ours = next(row.measured.seconds for row in rows if row.ratio == 1.0)
        seconds = spark * arguments.partitions / arguments.spark_partitions
        note = f"{arguments.spark_partitions:,} measured, and scaled; local disk, no latency"
        measured = Measured(seconds, 0, 0, 0, 0)
        rows.append(Row(f"{arguments.partitions:,} new", "Spark MSCK REPAIR TABLE", measured, seconds / ours, note))
    if arguments.json:
        print(json.dumps({"rows": [asdict(row) for row in rows], "cold_start": cold, "memory_mib": memory}))
    else:
        print(report(rows, cold, memory))


if __name__ == "__main__":
    main()
