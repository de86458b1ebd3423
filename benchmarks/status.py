"""The time that ``pipelines status`` takes for many tables on a local cloud: the first time, and the second.

    python benchmarks/status.py [--tables 500] [--per-pipeline 10] [--intervals 400] [--disturbed 2]

It starts a separate local cloud, and creates by its API what deployments and runs would have left: stacks with outputs, state machines, tables
with a partition for each day but some, and failed executions about these. Python's start, half a second, is not measured.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from partitioned_pipelines.cli.lake.lake_reader import read_lake
from partitioned_pipelines.cli.settings import Settings, Target
from partitioned_pipelines.cli.target.cloud_process import start_cloud
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.lake.runs.run_facts import build_run_id
from partitioned_pipelines.operations.lake_state.documents.document import to_document
from partitioned_pipelines.spec import glue_table_input, load_project

BUCKET, ROLE = "lake", "arn:aws:iam::123456789012:role/r"
LAST_DAY = date(2026, 11, 28)
FAILS = {"StartAt": "Fails", "States": {"Fails": {"Type": "Fail", "Error": "AlgorithmError", "Cause": "no rows"}}}
PIPELINE = """
name: {name}
schedule: {{cron: "0 6 * * ? *", interval: day, offset: -1}}
image: {{uri: "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x@sha256:{digest}"}}
steps:
  - {{name: extract, script: processing_scripts/extract.py, outputs: {{{outputs}}}}}
tables:
{tables}
"""
TABLE = """  - source: {{step: extract, output: o{name}}}
    database: analytics
    name: {name}
    format: parquet
    columns: [{{name: y, type: int}}]
    partition_keys: [{{name: dt, type: string, date_format: "%Y-%m-%d"}}]
"""


def write_project(folder: Path, tables: int, per_pipeline: int) -> None:
    """Write the pipeline files."""
    (folder / "pipelines").mkdir()
    (folder / "processing_scripts").mkdir()
    (folder / "processing_scripts" / "extract.py").write_text("")
    for index in range(0, tables, per_pipeline):
        name = f"p{index // per_pipeline}"
        names = [f"t{each}" for each in range(index, min(index + per_pipeline, tables))]
        outputs = ", ".join(f"o{each}: /opt/ml/processing/{each}" for each in names)
        written = "".join(TABLE.format(name=each) for each in names)
        text = PIPELINE.format(name=name, digest="0" * 64, outputs=outputs, tables=written)
        (folder / "pipelines" / f"{name}.yaml").write_text(text)


def create_pipeline(cloud: Cloud, pipeline: Any, days: list[date], disturbed: list[date]) -> None:
    """Create what deploying and running a pipeline leaves."""
    made = cloud.step_functions.create_state_machine(name=pipeline.name, definition=json.dumps(FAILS), roleArn=ROLE)
    create_stack(cloud, f"pipelines-{pipeline.name}", {"StateMachineArn": made["stateMachineArn"]})
    for day in disturbed:
        given = json.dumps({"date": day.isoformat()})
        cloud.step_functions.start_execution(stateMachineArn=made["stateMachineArn"], input=given)
    for table in pipeline.tables:
        described: Any = glue_table_input(table, BUCKET)
        cloud.glue.create_table(DatabaseName="analytics", TableInput=described)
        inputs = [_partition(day, described["StorageDescriptor"]) for day in days if day not in disturbed]
        for begin in range(0, len(inputs), 100):
            cloud.glue.batch_create_partition(
                DatabaseName="analytics", TableName=table.name, PartitionInputList=inputs[begin : begin + 100]
            )


def create_stack(cloud: Cloud, name: str, outputs: dict[str, str]) -> None:
    """Create a stack with outputs."""
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
    }
    cloud.cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    cloud.cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})


def _partition(day: date, storage: dict[str, Any]) -> Any:
    run_id = build_run_id(datetime(day.year, day.month, day.day, 6, tzinfo=UTC) + timedelta(days=1), f"arn:{day}")
    location = f"{storage['Location']}{run_id}/0b1c/dt={day}/"
    stamp = {"run_id": run_id, "run_started_at": f"{day}T06:00:00.000Z", "registered_at": f"{day}T06:05:00.000Z"}
    parameters = {**stamp, "pipeline": "p", "script_hash": "0" * 64, "image_uri": "x", "objects": "1", "bytes": "1024"}
    return {
        "Values": [day.isoformat()],
        "StorageDescriptor": {**storage, "Location": location},
        "Parameters": parameters,
    }


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(settings: Settings, cloud: Cloud, cloud_pid: int) -> dict[str, Any]:
    """Read the project and the lake, and return the seconds, the calls and the size of the document."""
    calls: Counter[str] = Counter()
    counted = Cloud.local(cloud.local_endpoint) if cloud.local_endpoint else cloud
    counted.session.events.register("before-call", lambda model, **_: calls.update([model.name]))
    begun, computing, answering = time.perf_counter(), time.process_time(), cpu_seconds(cloud_pid)
    project = load_project(settings.project, local=True)
    loaded = time.perf_counter()
    lake = read_lake(settings, counted.for_many_calls(), project.pipelines, now=datetime.now(UTC)).lake
    document = json.dumps(to_document(lake))
    done = time.perf_counter()
    return {
        "seconds": round(done - begun, 2),
        "of_them_files": round(loaded - begun, 2),
        "cpu": round(time.process_time() - computing, 2),
        "cpu_of_cloud": round(cpu_seconds(cloud_pid) - answering, 2),
        "calls": dict(calls),
        "bytes": len(document),
        "verdict": lake.verdict,
    }


def main() -> None:
    """Print the first and the second measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=500)
    parser.add_argument("--per-pipeline", type=int, default=10)
    parser.add_argument("--intervals", type=int, default=400)
    parser.add_argument("--disturbed", type=int, default=2)
    arguments = parser.parse_args()
    days = [LAST_DAY - timedelta(days=each) for each in reversed(range(arguments.intervals))]
    disturbed = days[:: max(len(days) // max(arguments.disturbed, 1), 1)][: arguments.disturbed]
    with tempfile.TemporaryDirectory(prefix="bench-status-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "project").mkdir()
        write_project(folder / "project", arguments.tables, arguments.per_pipeline)
        started = start_cloud(folder / "cloud", ends_with_this_process=True)
        try:
            cloud = Cloud.local(started.endpoint)
            cloud.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
            cloud.glue.create_database(DatabaseInput={"Name": "analytics"})
            create_stack(cloud, "pipelines-data-lake", {"LakeBucketName": BUCKET})
            pipelines = load_project(folder / "project", local=True).pipelines
            with ThreadPoolExecutor(4) as pool:
                for _ in pool.map(lambda each: create_pipeline(cloud, each, days, disturbed), pipelines):
                    pass
            settings = Settings(folder / "project", Target.LOCAL, None, json=True)
            for which in ("first", "second"):
                print(f"{which}: {json.dumps(measure(settings, cloud, started.pid))}", flush=True)
        finally:
            started.stop()


if __name__ == "__main__":
    main()
