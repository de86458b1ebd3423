"""The speed and the memory of scripts that split a file into partitions: the flights pipeline's transform, and libraries on a CSV file.

    python benchmarks/processing.py [--rows 20000000] [--flights 11000000] [--repeat 3] [--folder DIR] [--json]

The defaults are 1 GB each, as CSV. Each way runs in a separate process, measured from start to end, including imports; the ways alternate, so
that other load on the machine affects all of them. Peak memory is that of the largest process. The output of a way counts only if it equals
pandas' output.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WAYS = Path(__file__).resolve().with_name("transforming")
LIBRARIES = ("pandas", "polars", "pyarrow", "duckdb")
ROWS = "feature1,feature2,feature3,feature4,y,process_date"
FLIGHTS = (
    "carrier,flight,tailnum,origin,dest,sched_dep_time,dep_time,dep_delay,sched_arr_time,arr_time,arr_delay,air_time,distance,"
    "scheduled_hour,year,month,day"
)
_MIB = 1024  # ru_maxrss counts KiB on Linux


@dataclass(frozen=True)
class Contest:
    """One file, and the ways of partitioning it; the first is the reference for the others."""

    title: str
    kind: str
    columns: str
    source: Path
    commands: dict[str, list[str]]


@dataclass(frozen=True)
class Run:
    """The measurements of one process."""

    seconds: float
    cpu_seconds: float
    peak_mib: float


def measure(command: list[str | Path]) -> Run:
    """Measure a process that must succeed. This module imports none of the libraries: a child's peak memory starts at its parent's."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            log.seek(0)
            said = log.read().decode(errors="replace")
            sys.exit(f"{' '.join(map(str, command))} failed with {process.returncode}:\n{said}")
    return Run(time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / _MIB)


def python(script: str, *arguments: str | Path) -> str:
    """Run one of the scripts in ``transforming``; return its output."""
    command = [sys.executable, WAYS / script, *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def contests(folder: Path, rows: int, flights: int) -> list[Contest]:
    """Generate the files; return the contests."""
    csv, parquet = folder / "rows.csv", folder / "flights.parquet"
    python("generate.py", "rows", str(rows), csv)
    python("generate.py", "flights", str(flights), parquet)
    size = f"{csv.stat().st_size / 1e9:.2f} GB of CSV, {rows:,} rows"
    return [
        *(
            Contest(
                f"{size}, to partitioned {kind}", kind, ROWS, csv, {way: ["rows.py", way, kind] for way in LIBRARIES}
            )
            for kind in ("csv", "parquet")
        ),
        Contest(
            f"{flights:,} flights, by processing_scripts/flights/transform.py",
            "parquet",
            FLIGHTS,
            parquet,
            {"pandas": ["flights.py", "pandas"], "transform.py": ["flights.py", "script"]},
        ),
    ]


def hold(contest: Contest, folder: Path, repeat: int) -> dict[str, list[Run]]:
    """Measure each way ``repeat`` times, alternating."""
    output = folder / "output"
    runs: dict[str, list[Run]] = defaultdict(list)
    expected = None
    for round_number in range(repeat):
        for way, (script, *arguments) in contest.commands.items():
            output.mkdir()
            run = measure([sys.executable, WAYS / script, *arguments, contest.source, output])
            runs[way].append(run)
            print(f"  {way} {contest.kind}: {run.seconds:.1f} s, {run.peak_mib:.0f} MiB", file=sys.stderr, flush=True)
            if round_number == 0:
                written = json.loads(python("fingerprint.py", contest.kind, output, contest.columns))
                expected = expected or written
                if written != expected:
                    sys.exit(f"{contest.title}: {way} wrote {written} (partitions, rows, hash), not {expected}")
            shutil.rmtree(output)
    return runs


def floor(source: Path, folder: Path, repeat: int) -> list[Run]:
    """Measure a copy of the file: no way that reads and writes as much can be faster."""
    copy = folder / "copy"
    runs = []
    for _ in range(repeat):
        runs.append(measure(["cp", source, copy]))
        copy.unlink()
    return runs


def medians(runs: dict[str, list[Run]]) -> dict[str, dict[str, Any]]:
    """Return, for each way, the medians, each run's seconds, the highest peak, and its speed relative to the first way."""
    table: dict[str, dict[str, Any]] = {}
    for way, each in runs.items():
        seconds = statistics.median(run.seconds for run in each)
        table[way] = {
            "seconds": seconds,
            "cpu_seconds": statistics.median(run.cpu_seconds for run in each),
            "peak_mib": max(run.peak_mib for run in each),
            "runs": [run.seconds for run in each],
        }
    first = next(iter(table.values()))["seconds"]
    return {way: {**row, "times_as_fast": first / row["seconds"]} for way, row in table.items()}


def main() -> None:
    """Measure, and print tables or a JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--flights", type=int, default=11_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the files go, some 4 GB of them; they are removed")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    document: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="bench-processing-", dir=given.folder) as name:
        folder = Path(name)
        for contest in contests(folder, given.rows, given.flights):
            runs = hold(contest, folder, given.repeat)
            table = document[contest.title] = medians({**runs, "cp": floor(contest.source, folder, given.repeat)})
            if given.json:
                continue
            print(f"\n{contest.title}\n{'':<14}{'seconds':>8}{'times':>8}{'CPU s':>8}{'peak MiB':>10}   each run")
            for way, row in table.items():
                each = "  ".join(f"{seconds:.1f}" for seconds in row["runs"])
                print(
                    f"{way:<14}{row['seconds']:>8.1f}{row['times_as_fast']:>8.1f}{row['cpu_seconds']:>8.1f}"
                    f"{row['peak_mib']:>10.0f}   {each}",
                    flush=True,
                )
    if given.json:
        print(json.dumps(document, indent=2))
        return
    print(
        "\n(medians; times: as fast as pandas; the aims are 12 times to CSV, 5 times to Parquet, and less than 1024 MiB)"
    )


if __name__ == "__main__":
    main()
