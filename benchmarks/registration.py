"""What registering costs, beside what else is in use: calls, seconds and memory, in one run on moto.

    python benchmarks/registration.py [--partitions 10000] [--latency 20] [--loop 500] [--json]

A moto server in a process of its own answers; each call waits for a latency first, as a network would make it. Everything has the same table
and the same objects, and lists the run itself. The loop of CreatePartition is measured on a part, and scaled. Spark's MSCK REPAIR TABLE, where
PySpark is installed, repairs as many folders on this machine's disk, without any latency. "Audited before" leaves out the sampled reads.
"""

from __future__ import annotations

import argparse
import http.client
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from lambdas.register_partitions.handler import CONFIG  # noqa: E402  # a script, which is run from anywhere
from partitions.continuation import Continuation  # noqa: E402
from partitions.registration import register_partitions  # noqa: E402
from partitions.storage_format import storage_descriptor, table_parameters  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

REGION = "ap-northeast-1"
COLUMNS = [{"name": "feature1", "type": "string"}, {"name": "y", "type": "int"}]
LOCATION = "s3://lake/tables/db/t/runs/"
_LIST_AND_REGISTER = ("ListObjectsV2", "GetTable", "BatchCreatePartition", "BatchGetPartition", "BatchUpdatePartition")
_COLD_START = """
import time, sys
started = time.perf_counter()
{imports}
import boto3
from botocore.config import Config
boto3.client("s3"), boto3.client("glue")
print(time.perf_counter() - started)
"""


@dataclass
class Measured:
    """What a way of registering took.

    Attributes
    ----------
    calls
        To list and register; ``beside`` counts those for the audit, the lease and the receipt.
    """

    name: str
    seconds: float
    calls: int
    beside: int = 0
    note: str = ""


class Bench:
    """A moto server with one table, and sessions whose calls wait and are counted."""

    def __init__(self, endpoint: str, latency: float) -> None:
        self.endpoint, self.latency = endpoint, latency
        self.calls: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.session = boto3.Session(region_name=REGION)
        self.s3, self.glue = self.client("s3"), self.client("glue")

    def client(self, service: str) -> Any:
        """Make a client whose calls wait and are counted."""
        client = self.session.client(
            service,  # type: ignore[call-overload]  # one of two names
            endpoint_url=self.endpoint,
            config=CONFIG,
        )
        client.meta.events.register("before-call", self.before_call)
        return client

    def before_call(self, model: Any, **_: object) -> None:
        """Count a call, and let it wait."""
        with self._lock:
            self.calls[model.name] += 1
        time.sleep(self.latency)

    def reset(self) -> None:
        """Empty the server, and make the lake and its table."""
        latency, self.latency = self.latency, 0.0
        connection = http.client.HTTPConnection(self.endpoint.removeprefix("http://"))
        connection.request("POST", "/moto-api/reset")
        connection.getresponse().read()
        connection.close()
        self.s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
        self.glue.create_database(DatabaseInput={"Name": "db"})
        table: Any = {
            "Name": "t",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": table_parameters("csv"),
            "PartitionKeys": [{"Name": "n", "Type": "int"}],
            "StorageDescriptor": storage_descriptor("csv", COLUMNS, LOCATION),
        }
        self.glue.create_table(DatabaseName="db", TableInput=table)
        self.latency = latency

    def write(self, run: str, start: int, count: int) -> None:
        """Let a run write so many partitions, of one file each."""
        latency, self.latency = self.latency, 0.0
        for number in range(start, start + count):
            self.s3.put_object(Bucket="lake", Key=f"tables/db/t/runs/{run}/0b1c/n={number}/a.csv", Body=b"a,1\n")
        self.latency = latency

    def measure(self, name: str, function: Callable[[], object], scale: float = 1, note: str = "") -> Measured:
        """Time a function, and count its calls."""
        self.calls.clear()
        started = time.perf_counter()
        function()
        seconds = time.perf_counter() - started
        calls = sum(self.calls[each] for each in (*_LIST_AND_REGISTER, "CreatePartition", "GetPartitions"))
        beside = sum(self.calls.values()) - calls
        return Measured(name, seconds * scale, round(calls * scale), beside, note)

    def register(self, run: str, number: int, *, audited: bool = False) -> dict[str, Any]:
        """Register a run as the Lambda does; ``audited`` as where an earlier call has read the sample of its files."""
        event = registration_event(run, number)
        if audited:
            continuation = Continuation(event["source"]["s3_uri"], audited=True).document()
            event["registrations"] = {"db__t": {"table": "db.t", "continuation": continuation}}
        return register_partitions(event, self.s3, self.glue)

    def listed(self, run: str) -> dict[str, list[str]]:
        """List a run, as its own users of awswrangler do before `add_csv_partitions`."""
        prefix = f"tables/db/t/runs/{run}/0b1c/"
        found: dict[str, list[str]] = {}
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket="lake", Prefix=prefix):
            for item in page.get("Contents", []):
                folder = item["Key"].rpartition("/")[0]
                found[f"s3://lake/{folder}/"] = [folder.rpartition("n=")[2]]
        return found


def registration_event(run: str, number: int) -> dict[str, Any]:
    """Build RegisterPartitions' payload."""
    return {
        "table": {
            "database_name": "db",
            "table_name": "t",
            "location": LOCATION,
            "layout": "versioned",
            "format": "csv",
            "columns": COLUMNS,
            "partition_keys": [{"name": "n", "type": "int", "date_format": None}],
            "on_bad_path": "fail",
            "allow_empty": False,
        },
        "source": {"s3_uri": f"{LOCATION}{run}/0b1c/", "creation_time": None},
        "run": {
            "pipeline": "bench",
            "run_id": run,
            "started_at": f"2026-11-23T16:25:{number:02}Z",
            "execution_arn": f"arn:aws:states:{REGION}:123456789012:execution:bench:{run}",
            "process_start": "2021-12-15",
            "process_end": "2021-12-16",
        },
    }


def awswrangler_add(bench: Bench, run: str) -> None:
    """List a run, and hand it to awswrangler."""
    import awswrangler

    awswrangler.catalog.add_csv_partitions("db", "t", bench.listed(run), boto3_session=bench.session)


def create_one_by_one(bench: Bench, run: str) -> None:
    """List a run, and create its partitions one after the other."""
    descriptor = bench.glue.get_table(DatabaseName="db", Name="t")["Table"]["StorageDescriptor"]
    for location, values in bench.listed(run).items():
        partition = {"Values": values, "StorageDescriptor": {**descriptor, "Location": location}}
        bench.glue.create_partition(DatabaseName="db", TableName="t", PartitionInput=partition)


def hook_awswrangler(bench: Bench) -> None:
    """Let awswrangler's own clients wait and be counted as ours: it makes them from the session."""
    os.environ["AWS_ENDPOINT_URL"] = bench.endpoint
    bench.session.events.register("before-call", bench.before_call)


def measure_catalog(bench: Bench, count: int, loop: int) -> list[Measured]:
    """Measure each way on the same number of new partitions, and ours on a table that has many."""
    hook_awswrangler(bench)
    results = []
    bench.reset()
    bench.write("r1", 0, count)
    results.append(
        bench.measure(f"this project, {count} new, audited before", lambda: bench.register("r1", 1, audited=True))
    )
    results.append(
        bench.measure(f"this project, the same {count} again", lambda: bench.register("r1", 1, audited=True))
    )
    bench.write("r2", count, 10)
    results.append(bench.measure(f"this project, 10 new beside {count}", lambda: bench.register("r2", 2, audited=True)))
    bench.reset()
    bench.write("r1", 0, count)
    results.append(bench.measure(f"this project, {count} new, with the audit", lambda: bench.register("r1", 1)))
    bench.reset()
    bench.write("r1", 0, count)
    results.append(
        bench.measure(f"awswrangler's add_csv_partitions, {count} new", lambda: awswrangler_add(bench, "r1"))
    )
    bench.reset()
    bench.write("r1", 0, loop)
    results.append(
        bench.measure(
            f"CreatePartition, one by one, {count} new",
            lambda: create_one_by_one(bench, "r1"),
            scale=count / loop,
            note=f"{loop} measured, and scaled",
        )
    )
    return results


def measure_spark(count: int) -> Measured | None:
    """Let Spark repair as many folders of this machine; None where there is no PySpark."""
    if importlib.util.find_spec("pyspark") is None:
        return None
    script = ROOT / "benchmarks" / "spark_repair.py"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, script, folder, str(count)], cwd=folder, capture_output=True, text=True, check=True
        )
    return Measured(f"Spark's MSCK REPAIR TABLE, {count} new", float(done.stdout), 0, note="local disk, no latency")


def cold_start_seconds(imports: str, repeat: int = 7) -> float:
    """Give the median of importing something, boto3, and making the two clients, each in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "AWS_DEFAULT_REGION": REGION}
    command = [sys.executable, "-c", _COLD_START.format(imports=imports)]
    return statistics.median(
        float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
        for _ in range(repeat)
    )


def peak_megabytes(endpoint: str, count: int) -> float:
    """Give how much memory registering takes above the imports and the clients, in a process of its own."""
    command = [sys.executable, __file__, "--memory", endpoint, "--partitions", str(count)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def memory_of_one_registration(endpoint: str) -> float:
    """Register the run that is there, and give the growth of this process's peak."""
    bench = Bench(endpoint, 0.0)
    bench.s3.list_buckets()
    bench.glue.get_table(DatabaseName="db", Name="t")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bench.register("memory", 1)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def start_server() -> tuple[subprocess.Popen[str], str]:
    """Start moto in a process of its own, so that its work is not ours."""
    code = (
        "from moto.server import ThreadedMotoServer as S; import logging, sys\n"
        "logging.getLogger('werkzeug').setLevel(logging.ERROR)\n"
        "s = S(ip_address='127.0.0.1', port=0, verbose=False); s.start(); print(s.get_host_and_port()[1], flush=True)\n"
        "sys.stdin.read(); s.stop()"
    )
    server = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout  # noqa: S101  # it is a pipe
    return server, f"http://127.0.0.1:{server.stdout.readline().strip()}"


def report(results: list[Measured], cold: dict[str, float], memory: tuple[int, float]) -> str:
    """Write the table that the README shows."""
    ours = results[0].seconds
    lines = ["| way | calls to list and register | beside | seconds | × ours |", "|---|---|---|---|---|"]
    lines += [
        f"| {each.name}{f' ({each.note})' if each.note else ''} | {each.calls or '–'} | {each.beside or '–'} | "
        f"{each.seconds:.2f} | {each.seconds / ours:.1f} |"
        for each in results
    ]
    base = cold["boto3 and two clients"]
    lines += ["", "| cold start | seconds | × boto3 |", "|---|---|---|"]
    lines += [f"| {name} | {seconds:.2f} | {seconds / base:.2f} |" for name, seconds in cold.items()]
    lines += ["", f"Peak memory of registering {memory[0]} partitions, above imports and clients: {memory[1]:.0f} MiB"]
    return "\n".join(lines)


def main() -> None:
    """Measure all of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--partitions", type=int, default=10_000)
    parser.add_argument("--latency", type=float, default=20.0, help="milliseconds that each call waits")
    parser.add_argument("--loop", type=int, default=500, help="partitions that are created one by one")
    parser.add_argument("--memory-partitions", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--memory", metavar="ENDPOINT", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    os.environ |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": REGION}
    if arguments.memory:
        print(memory_of_one_registration(arguments.memory))
        return
    server, endpoint = start_server()
    try:
        results = measure_catalog(Bench(endpoint, arguments.latency / 1000), arguments.partitions, arguments.loop)
        bench = Bench(endpoint, 0.0)
        bench.reset()
        bench.write("memory", 0, arguments.memory_partitions)
        memory = arguments.memory_partitions, peak_megabytes(endpoint, arguments.memory_partitions)
    finally:
        server.communicate("")
    if spark := measure_spark(arguments.partitions):
        results.append(spark)
    os.environ.pop("AWS_ENDPOINT_URL", None)
    cold = {
        "boto3 and two clients": cold_start_seconds(""),
        "RegisterPartitions' handler": cold_start_seconds("from lambdas.register_partitions import handler"),
        "awswrangler": cold_start_seconds("import awswrangler"),
    }
    if arguments.json:
        print(json.dumps({"results": [vars(each) for each in results], "cold_start": cold, "memory_mib": memory[1]}))
    else:
        print(report(results, cold, memory))


if __name__ == "__main__":
    main()
