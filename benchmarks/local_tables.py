"""The local cloud with a large table, and a large result: seconds, each beside a limit or a peer that is measured in the same run.

    python benchmarks/local_tables.py [--partitions 100000] [--rows 1000000] [--json]

- GetPartitions of all partitions, as boto3's paginator reads them; the limit is 10 s for 100,000.
- A query of one partition of the table, beside the same query of a table of 100 partitions.
- `SELECT *` of many rows to a CSV file by the code of `pipelines query --output`, in a process of its own as there, from its first request to
  the complete file; beside DuckDB's own reading and writing of the same rows in another process. The limit is 3 times DuckDB's time.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import duckdb

from local_cloud.server import LocalCloud
from local_cloud.settings import Settings
from partitioned_pipelines.cli.athena.execution import run_query
from partitioned_pipelines.cli.athena.output_file import OutputFile

if TYPE_CHECKING:
    from collections.abc import Callable

FEW = 100
BATCH = 100
REPEATED = 5
RESULTS = 7
WORK_GROUP = "benchmark"
_LIMIT_SECONDS = 10.0  # for 100,000 partitions
_LIMIT_OF_RESULT = 3.0  # times DuckDB's own
_COLUMNS = [{"Name": "id", "Type": "bigint"}, {"Name": "name", "Type": "string"}, {"Name": "ratio", "Type": "double"}]
_STORAGE: dict[str, Any] = {
    "Columns": _COLUMNS,
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}


class Tables:
    """Tables on a local cloud in this process."""

    def __init__(self, cloud: LocalCloud, folder: Path) -> None:
        key = cloud.access_key
        session = boto3.Session(key.access_key_id, key.secret_access_key, region_name=cloud.settings.region)
        self.s3: Any = session.client("s3", endpoint_url=cloud.endpoint_url)
        self.glue: Any = session.client("glue", endpoint_url=cloud.endpoint_url)
        self.athena: Any = session.client("athena", endpoint_url=cloud.endpoint_url)
        output: Any = {"ResultConfiguration": {"OutputLocation": "s3://lake/results/"}}
        self.athena.create_work_group(Name=WORK_GROUP, Configuration=output)
        self.folder = folder
        region: Any = cloud.settings.region
        self.s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": region})
        self.glue.create_database(DatabaseInput={"Name": "d"})

    def create(self, name: str, rows: int, partitions: int = 0) -> Path:
        """Create a table of one file; with partitions, the file is the first one's."""
        file = self.folder / f"{name}.parquet"
        row = "i AS id, 'name-' || i AS name, i * 0.5::DOUBLE AS ratio"
        duckdb.sql(f"COPY (SELECT {row} FROM range({rows}) r(i)) TO '{file}' (FORMAT parquet)")  # noqa: S608 - our own names
        location = f"s3://lake/{name}/"
        self.s3.upload_file(str(file), "lake", f"{name}/p=0/f.parquet" if partitions else f"{name}/f.parquet")
        keys = [{"Name": "p", "Type": "string"}] if partitions else []
        table = {"Name": name, "StorageDescriptor": {**_STORAGE, "Location": location}, "PartitionKeys": keys}
        self.glue.create_table(DatabaseName="d", TableInput=table)
        for first in range(0, partitions, BATCH):
            inputs = [
                {"Values": [str(number)], "StorageDescriptor": {**_STORAGE, "Location": f"{location}p={number}/"}}
                for number in range(first, min(first + BATCH, partitions))
            ]
            self.glue.batch_create_partition(DatabaseName="d", TableName=name, PartitionInputList=inputs)
        return file

    def query(self, sql: str) -> Any:
        """Run a query, and return its description."""
        query = self.athena.start_query_execution(QueryString=sql, WorkGroup=WORK_GROUP)["QueryExecutionId"]
        while True:
            found = self.athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            if found["Status"]["State"] not in ("QUEUED", "RUNNING"):
                break
            time.sleep(0.01)
        if found["Status"]["State"] != "SUCCEEDED":
            sys.exit(found["Status"]["StateChangeReason"])
        return found


def seconds(call: Any, repeated: int = 1) -> float:
    """Return the median seconds of a call."""
    taken = []
    for _ in range(repeated):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def measure(partitions: int, rows: int) -> dict[str, dict[str, float]]:
    """Return the seconds of each measurement and of its peer or limit."""
    with tempfile.TemporaryDirectory() as name, LocalCloud(Settings(Path(name), Path(name))) as cloud:
        tables = Tables(cloud, Path(name))
        tables.create("many", 10, partitions)
        tables.create("few", 10, FEW)
        file = tables.create("long", rows)

        def read_all() -> None:
            pages = tables.glue.get_paginator("get_partitions").paginate(DatabaseName="d", TableName="many")
            found = sum(len(page["Partitions"]) for page in pages)
            if found != partitions:
                sys.exit(f"GetPartitions returned {found} of {partitions} partitions")

        one = "SELECT count(*) FROM d.{} WHERE p = '0'"
        tables.query(one.format("few"))  # starts what every first query starts
        return {
            f"GetPartitions of {partitions:,}": {
                "s": seconds(read_all),
                "limit": _LIMIT_SECONDS * partitions / 100_000,
            },
            f"one partition of {partitions:,}": {
                "s": seconds(lambda: tables.query(one.format("many")), REPEATED),
                "beside": seconds(lambda: tables.query(one.format("few")), REPEATED),
            },
            f"a result of {rows:,} rows": _result(cloud, file, rows),
        }


def _result(cloud: LocalCloud, file: Path, rows: int) -> dict[str, float]:
    """Return the seconds of both ways, and the CPU seconds, the local cloud's included."""
    key = cloud.access_key
    connection = {
        "AWS_ENDPOINT_URL": cloud.endpoint_url,
        "AWS_ACCESS_KEY_ID": key.access_key_id,
        "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
        "AWS_DEFAULT_REGION": cloud.settings.region,
    }
    before = _cpu_seconds()
    ours = _in_process(rows, {**os.environ, **connection})
    served = (_cpu_seconds() - before) / RESULTS
    own = _in_process(rows, {**os.environ}, file)
    cpu = {"CPU s": ours["CPU s"] + served, "CPU beside": own["CPU s"]}
    return {"s": ours["s"], "beside": own["s"], "at most": _LIMIT_OF_RESULT, **cpu}


def _in_process(rows: int, environment: dict[str, str], copied: Path | None = None) -> dict[str, float]:
    command = [sys.executable, __file__, "--rows", str(rows), "--measure", "copy" if copied else "query"]
    command += ["--file", str(copied)] if copied else []
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def query_once(athena: Any, s3: Any, file: Path) -> None:
    """Write the rows of the long table as `pipelines query --output` does."""
    result = run_query(athena, s3, "SELECT * FROM d.long", work_group=WORK_GROUP, database=None)
    OutputFile.parse(file).write(result, None, lambda _size: None)


def written(write: Callable[[Path], object], rows: int) -> dict[str, float]:
    """Return the seconds of one of several files that are written one after the other: the median."""
    taken, before = [], _cpu_seconds()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(RESULTS):
            file = Path(folder) / f"{number}.csv"
            taken.append(seconds(lambda file=file: write(file)))
            used = _cpu_seconds()
            lines = file.read_bytes().count(b"\n")
            if lines != rows + 1:
                sys.exit(f"the result has {lines} lines")
            file.unlink()
            before += _cpu_seconds() - used
    return {"s": statistics.median(taken), "CPU s": (_cpu_seconds() - before) / RESULTS}


def main() -> None:
    """Measure, and print a table or a JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--partitions", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--measure", choices=["query", "copy"], help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure == "query":
        athena, s3 = boto3.client("athena"), boto3.client("s3")
        print(json.dumps(written(lambda file: query_once(athena, s3, file), arguments.rows)))
        return
    if arguments.measure == "copy":
        copy = f"COPY (FROM '{arguments.file}') TO '{{}}' (FORMAT csv, FORCE_QUOTE *)"
        print(json.dumps(written(lambda file: duckdb.sql(copy.format(file)), arguments.rows)))
        return
    measured = measure(arguments.partitions, arguments.rows)
    if arguments.json:
        print(json.dumps(measured, indent=2))
        return
    for name, found in measured.items():
        peer = found.get("beside") or found["limit"]
        line = f"{name:<28}{found['s']:8.2f} s   {found['s'] / peer:5.2f} × {peer:.2f} s"
        if "at most" in found:
            cpu, own = found["CPU s"], found["CPU beside"]
            line += f" (at most {found['at most']:.0f} ×); CPU {cpu:.2f} s, {cpu / own:.2f} × {own:.2f} s"
        print(line)


if __name__ == "__main__":
    main()
