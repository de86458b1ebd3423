"""The ways of registering a run: this project's, awswrangler's, and a call for each partition. Each lists the run itself."""

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

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """What a way of registering took.

    Attributes
    ----------
    cpu
        Seconds of this process; ``server_cpu`` of the one that answered.
    calls
        To list and register; ``beside`` counts those for the audit, the lease and the receipt.
    """

    seconds: float
    cpu: float
    server_cpu: float
    calls: int
    beside: int


class Lake:
    """The server in a process of its own, and what it is told."""

    def __init__(self, latency: float) -> None:
        script = Path(__file__).with_name("server.py")
        self._process = subprocess.Popen(
            [sys.executable, script, "--latency", str(latency)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout  # noqa: S101  # it is a pipe
        self.endpoint = f"http://127.0.0.1:{self._process.stdout.readline().strip()}"

    def stop(self) -> None:
        """End the server."""
        self._process.communicate("")

    def tell(self, what: str, **request: object) -> dict[str, Any]:
        """Ask the server for what is the benchmark's own: nothing of it waits, or counts."""
        message = urllib.request.Request(f"{self.endpoint}/-/{what}", json.dumps(request).encode(), method="POST")  # noqa: S310  # ours
        with urllib.request.urlopen(message) as answer:  # noqa: S310
            return dict(json.loads(answer.read() or b"{}"))

    def hold(self, run: str, start: int, count: int, *, registered: bool = False) -> None:
        """Let a run have written so many partitions of one file each, or let them be in the catalog already."""
        self.tell("fill", run=run, start=start, count=count, registered=registered)

    def measure(self, function: Callable[[str], object], run: str, expected: int) -> Measured:
        """Time the registering of a run, and see that the catalog holds what it should afterwards."""
        self.tell("calls")
        started, worked = time.perf_counter(), time.process_time()
        function(run)
        seconds, cpu = time.perf_counter() - started, time.process_time() - worked
        told = self.tell("calls")
        if told["partitions"] != expected:
            raise RuntimeError(f"{told['partitions']} partitions are in the catalog, where {expected} should be")
        calls = sum(told["calls"].get(name, 0) for name in _LIST_AND_REGISTER)
        return Measured(seconds, cpu, told["server_cpu"], calls, sum(told["calls"].values()) - calls)


class Ways:
    """The ways, with clients that are made once, as a function keeps them."""

    def __init__(self) -> None:
        self._s3, self._glue = build_clients()
        self.function_calls = 0
        self._session = boto3.Session()
        self._plain_s3, self._plain_glue = self._session.client("s3"), self._session.client("glue")

    def ours(self, run: str) -> None:
        """Register as the Lambda does, audit and all."""
        register_partitions(registration_event(run), self._s3, self._glue)

    def ours_audited(self, run: str) -> None:
        """Register as where an earlier call has read the sample of the files."""
        register_partitions(registration_event(run, audited=True), self._s3, self._glue)

    def list_only(self, run: str) -> None:
        """Find the partitions, as registering begins."""
        request = RegistrationRequest.from_event(registration_event(run))
        discover(self._s3, request.root, request.table.partition_keys)

    def ours_in_calls(self, seconds: float) -> Callable[[str], None]:
        """Register as the state machine does with a function that stops after so many seconds: call after call, until it is done."""

        def register(run: str) -> None:
            event, self.function_calls = registration_event(run), 0
            while True:
                stop = time.monotonic() + seconds + RESERVE_SECONDS
                budget = TimeBudget(lambda stop=stop: stop - time.monotonic())  # type: ignore[misc]  # each its own
                result = register_partitions(event, self._s3, self._glue, budget=budget)
                self.function_calls += 1
                if result["outcome"] != "continue":
                    return
                event["registrations"] = json.loads(json.dumps({"db__t": result}))

        return register

    def awswrangler(self, run: str) -> None:
        """List with awswrangler, and hand it what it found."""
        import awswrangler

        uris = awswrangler.s3.list_objects(f"s3://lake/{run_prefix(run)}", boto3_session=self._session)
        awswrangler.catalog.add_csv_partitions("db", "t", _by_location(uris), boto3_session=self._session)

    def awswrangler_table(self, count: int) -> Callable[[str], None]:
        """List a whole table of so many runs with awswrangler, and add all that there is: what is there is refused by Glue."""
        import awswrangler

        def add(_run: str) -> None:
            uris = awswrangler.s3.list_objects("s3://lake/tables/db/t/runs/", boto3_session=self._session)
            if len(uris) != count:
                raise RuntimeError(f"{len(uris)} objects were listed, where {count} should be")
            awswrangler.catalog.add_csv_partitions("db", "t", _by_location(uris), boto3_session=self._session)

        return add

    def one_by_one(self, run: str) -> None:
        """List with boto3, and create the partitions one after the other."""
        descriptor: Any = self._plain_glue.get_table(DatabaseName="db", Name="t")["Table"]["StorageDescriptor"]
        pages = self._plain_s3.get_paginator("list_objects_v2").paginate(Bucket="lake", Prefix=run_prefix(run))
        uris = [f"s3://lake/{item['Key']}" for page in pages for item in page.get("Contents", [])]
        for location, values in _by_location(uris).items():
            partition: Any = {"Values": values, "StorageDescriptor": {**descriptor, "Location": location}}
            self._plain_glue.create_partition(DatabaseName="db", TableName="t", PartitionInput=partition)


def _by_location(uris: list[str]) -> dict[str, list[str]]:
    folders = {uri.rpartition("/")[0] for uri in uris}
    return {f"{folder}/": [folder.rpartition("n=")[2]] for folder in folders}
