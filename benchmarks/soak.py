"""What a local cloud holds after many runs: memory, open files, threads, scratch folders.

    python benchmarks/soak.py [--runs 300] [--at-once 200] [--json]

It works on a copy of the project, with a separate local cloud. It runs the deployed state machine of `feature_table` again and again, each time
about another day, then starts many executions at once, and measures the server's process in between. Every run must succeed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import boto3

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.loop import ROOT, pipelines

FIRST_DAY = dt.date(2021, 1, 1)
RAW = ROOT / "examples" / "feature_table" / "raw.csv"
WAIT_SECONDS = 3600
_STARTED = time.monotonic()
_TICKS = os.sysconf("SC_CLK_TCK")


def held(process: int) -> dict[str, int]:
    """Return what a process holds (resident MiB, open files, threads, child processes), and its and its children's seconds of CPU."""
    folder = Path("/proc") / str(process)
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    user, system, children_user, children_system = map(
        int, (folder / "stat").read_text().rpartition(")")[2].split()[11:15]
    )
    children = sum(f"\nPPid:\t{process}\n" in _status(other) for other in Path("/proc").glob("[0-9]*"))
    return {
        "MiB": int(status["VmRSS"].split()[0]) // 1024,
        "files": sum(1 for _ in (folder / "fd").iterdir()),
        "threads": int(status["Threads"]),
        "children": children,
        "CPU s": round((user + system) / _TICKS),
        "of ended children": round((children_user + children_system) / _TICKS),
    }


def _status(folder: Path) -> str:
    try:
        return (folder / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):  # it ended in between
        return ""


def run(states: Any, machine: str, days: list[dt.date]) -> None:
    """Start an execution about each of some days at once, and wait until all have ended; exit if one has failed.

    Only the list of running executions is polled: 200 clients that each ask about their own would keep the server busy.
    """
    starts = [
        states.start_execution(stateMachineArn=machine, input=json.dumps({"date": day.isoformat()}))["executionArn"]
        for day in days
    ]
    deadline = time.monotonic() + WAIT_SECONDS
    pause = min(1.0, 0.2 * len(days))
    while states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]:
        if time.monotonic() > deadline:
            sys.exit(f"some of {len(days)} runs have not ended after {WAIT_SECONDS} s")
        time.sleep(pause)
    for day, arn in zip(days, starts, strict=True):
        execution = states.describe_execution(executionArn=arn)
        if execution["status"] != "SUCCEEDED":
            sys.exit(f"the run about {day} ended as {execution['status']}: {execution.get('cause')}")


def soak(folder: Path, runs: int, at_once: int) -> list[dict[str, Any]]:
    """Run, and return what the server held at each moment."""
    project = folder / "project"
    for part in ("pipelines", "processing_scripts"):
        shutil.copytree(ROOT / part, project / part)
    pipelines(project, "local", "up")
    try:
        pipelines(project, "run", "feature_table", "--date", "2021-12-15", "--input", f"raw={RAW}")
        status = json.loads(pipelines(project, "local", "status", "--json")[1])
        given = status["environment"]
        session = boto3.Session(
            given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], region_name=given["AWS_REGION"]
        )
        states = session.client("stepfunctions", endpoint_url=status["endpoint"])
        stacks = session.client("cloudformation", endpoint_url=status["endpoint"])
        (stack,) = stacks.describe_stacks(StackName="pipelines-feature-table")["Stacks"]
        (machine,) = (one["OutputValue"] for one in stack["Outputs"] if one["OutputKey"] == "StateMachineArn")
        s3 = session.client("s3", endpoint_url=status["endpoint"])
        (bucket,) = (found["Name"] for found in s3.list_buckets()["Buckets"] if "lakebucket" in found["Name"])
        days = [FIRST_DAY + dt.timedelta(days=number) for number in range(runs + at_once)]
        for day in days:
            s3.upload_file(str(RAW), bucket, f"raw/feature_table/{day:%Y/%m/%d}/raw.csv")
        moments = [_moment("one run", status["pid"])]
        for number, day in enumerate(days[:runs], start=1):
            run(states, machine, [day])
            if number % 50 == 0 or number == runs:
                moments.append(_moment(f"{number} runs in a row", status["pid"]))
        run(states, machine, days[runs:])
        moments.append(_moment(f"{at_once} at once", status["pid"]))
        time.sleep(30)
        moments.append(_moment("30 s later", status["pid"]))
        return moments
    finally:
        pipelines(project, "local", "down")


def _moment(name: str, process: int) -> dict[str, Any]:
    found = {"moment": name, "s": round(time.monotonic() - _STARTED), **held(process)}
    print("  ".join(f"{key} {value}" for key, value in found.items()), file=sys.stderr, flush=True)
    return found


def main() -> None:
    """Run, and print a table or a JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--at-once", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as folder:
        moments = soak(Path(folder), arguments.runs, arguments.at_once)
    if arguments.json:
        print(json.dumps(moments, indent=2))
        return
    names = list(moments[0])
    print("".join(f"{name:>20}" for name in names))
    for moment in moments:
        print("".join(f"{moment[name]:>20}" for name in names))


if __name__ == "__main__":
    main()
