"""The ways of registering a run: this project's, awswrangler's, and one call per partition. Each lists the run itself."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from benchmarks.registering.table import registration_event, run_prefix
from lambdas.register_partitions.clients import build_clients
from partitioned_pipelines.lake.function_events.requests import RegistrationRequest
from partitioned_pipelines.runtime.registration.discovery import discover
from partitioned_pipelines.runtime.registration.progress import RESERVE_SECONDS, TimeBudget
from partitioned_pipelines.runtime.registration.registration import register_partitions
from partitioned_pipelines.runtime.usage_meter import UsageMeter

if TYPE_CHECKING:
    from collections.abc import Callable

    from partitioned_pipelines.lake.function_events.payloads import RegistrationAnswer

_LIST_AND_REGISTER = (
    "ListObjectsV2",
    "GetTable",
    "CreatePartition",
    "BatchCreatePartition",
    "BatchGetPartition",
    "BatchUpdatePartition",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """The cost of registering a run.

    Attributes
    ----------
    cpu
        CPU seconds of this process; ``server_cpu`` is the server's.
    calls
        Calls for listing and registering; ``beside`` counts those for the audit, the lease and the receipt.
    """

    seconds: float
    cpu: float
    server_cpu: float
    calls: int
    beside: int


class Lake:
    """The server in a separate process, and its control requests."""

    def __init__(self, latency: float) -> None:
        script = Path(__file__).with_name("server.py")
        self._process = subprocess.Popen(
            [sys.executable, script, "--latency", str(latency)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout  # noqa: S101  # stdout is a pipe
        self.endpoint = f"http://127.0.0.1:{self._process.stdout.readline().strip()}"

    def stop(self) -> None:
        """Stop the server."""
        self._process.communicate("")

    def tell(self, what: str, **request: object) -> dict[str, Any]:
        """Send a control request to the server, which is neither delayed nor counted."""
        message = urllib.request.Request(f"{self.endpoint}/-/{what}", json.dumps(request).encode(), method="POST")  # noqa: S310  # ours
        with urllib.request.urlopen(message) as answer:  # noqa: S310
            return dict(json.loads(answer.read() or b"{}"))

    def hold(self, run: str, start: int, count: int, *, registered: bool = False) -> None:
        """Create a run's output with ``count`` partitions of one file each, or register such partitions in the catalog."""
        self.tell("fill", run=run, start=start, count=count, registered=registered)

    def measure(self, function: Callable[[str], object], run: str, expected: int) -> Measured:
        """Measure registering a run, and check the number of partitions in the catalog afterwards."""
        self.tell("calls")
        started, worked = time.perf_counter(), time.process_time()
        function(run)
        seconds, cpu = time.perf_counter() - started, time.process_time() - worked
        told = self.tell("calls")
        if told["partitions"] != expected:
            raise RuntimeError(f"{told['partitions']} partitions are in the catalog, where {expected} should be")
        calls = sum(told["calls"].get(name, 0) for name in _LIST_AND_REGISTER)
        return Measured(seconds, cpu, told["server_cpu"], calls, sum(told["calls"].values()) - calls)


class _Function:
    """The fields of a Lambda context that a receipt keeps."""

    function_name = "register-partitions"
    memory_limit_in_mb = 1024


class Ways:
    """The ways of registering, with clients that are created once, as in a Lambda function."""

    def __init__(self) -> None:
        self._s3, self._glue = build_clients()
        self._meter = UsageMeter()
        self._meter.watch(self._s3)
        self._meter.watch(self._glue)
        self.function_calls = 0
        self._session = boto3.Session()
        self._plain_s3, self._plain_glue = self._session.client("s3"), self._session.client("glue")

    def ours(self, run: str) -> None:
        """Register as the Lambda does, including the audit."""
        self._register(registration_event(run))

    def ours_audited(self, run: str) -> None:
        """Register as if an earlier call had read the sample of the files."""
        self._register(registration_event(run, audited=True))

    def _register(self, event: dict[str, Any], budget: TimeBudget | None = None) -> RegistrationAnswer:
        """Register, and measure the usage, as the handler does."""
        self._meter.begin()
        return register_partitions(
            event, self._s3, self._glue, budget=budget, usage=lambda: self._meter.read(_Function())
        )

    def list_only(self, run: str) -> None:
        """Discover the partitions, the first part of registering."""
        request = RegistrationRequest.from_event(registration_event(run))
        discover(self._s3, request.root, request.table.partition_keys)

    def ours_in_calls(self, seconds: float) -> Callable[[str], None]:
        """Return a way that registers as the state machine does with a function that stops after ``seconds``: by repeated calls."""

        def register(run: str) -> None:
            event, self.function_calls = registration_event(run), 0
            while True:
                stop = time.monotonic() + seconds + RESERVE_SECONDS
                budget = TimeBudget(lambda stop=stop: stop - time.monotonic())  # type: ignore[misc]  # each its own
                result = self._register(event, budget)
                self.function_calls += 1
                if result["outcome"] != "continue":
                    return
                event["registrations"] = json.loads(json.dumps({"db__t": result}))

        return register

    def awswrangler(self, run: str) -> None:
        """List with awswrangler, and register the partitions with it."""
        import awswrangler

        uris = awswrangler.s3.list_objects(f"s3://lake/{run_prefix(run)}", boto3_session=self._session)
        awswrangler.catalog.add_csv_partitions("db", "t", _by_location(uris), boto3_session=self._session)

    def awswrangler_table(self, count: int) -> Callable[[str], None]:
        """Return a way that lists a table of ``count`` objects with awswrangler and adds all partitions; Glue rejects existing ones."""
        import awswrangler

        def add(_run: str) -> None:
            uris = awswrangler.s3.list_objects("s3://lake/tables/db/t/runs/", boto3_session=self._session)
            if len(uris) != count:
                raise RuntimeError(f"{len(uris)} objects were listed, where {count} should be")
            awswrangler.catalog.add_csv_partitions("db", "t", _by_location(uris), boto3_session=self._session)

        return add

    def one_by_one(self, run: str) -> None:
        """List with boto3, and create the partitions one by one."""
        descriptor: Any = self._plain_glue.get_table(DatabaseName="db", Name="t")["Table"]["StorageDescriptor"]
        pages = self._plain_s3.get_paginator("list_objects_v2").paginate(Bucket="lake", Prefix=run_prefix(run))
        uris = [f"s3://lake/{item['Key']}" for page in pages for item in page.get("Contents", [])]
        for location, values in _by_location(uris).items():
            partition: Any = {"Values": values, "StorageDescriptor": {**descriptor, "Location": location}}
            self._plain_glue.create_partition(DatabaseName="db", TableName="t", PartitionInput=partition)


def _by_location(uris: list[str]) -> dict[str, list[str]]:
    folders = {uri.rpartition("/")[0] for uri in uris}
    return {f"{folder}/": [folder.rpartition("n=")[2]] for folder in folders}
