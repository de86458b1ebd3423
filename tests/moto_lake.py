"""A lake in moto's S3 and Glue: a table, runs that write to it, and faults that moto cannot produce."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws
from moto.s3.models import s3_backends

from local_cloud.request_validation.refusals import code_of, message_of
from local_cloud.request_validation.rules import rule_of
from local_cloud.request_validation.violations import find_violations
from partitioned_pipelines.lake.key_layout import table_location
from partitioned_pipelines.lake.tables.storage_format import storage_descriptor, table_parameters
from partitioned_pipelines.runtime.registration.progress import TimeBudget
from partitioned_pipelines.runtime.registration.registration import register_partitions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import PartitionTypeDef
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.key_layout import Layout

REGION = "ap-northeast-1"
COLUMNS = [{"name": "feature1", "type": "string", "comment": "feature1の説明。"}, {"name": "y", "type": "int"}]
STARTED_AT = datetime(2026, 11, 23, 16, 25, 8, 123000, tzinfo=UTC)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield


@pytest.fixture
def s3(aws: None) -> S3Client:
    client = boto3.client("s3", region_name=REGION, config=Config(retries={"total_max_attempts": 1}))
    client.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    return client


@pytest.fixture
def glue(aws: None) -> GlueClient:
    client = boto3.client("glue", region_name=REGION, config=Config(retries={"total_max_attempts": 1}))
    client.create_database(DatabaseInput={"Name": "analytics"})
    return client


@dataclass
class Lake:
    """A table `analytics.features`, with operations and faults."""

    s3: S3Client
    glue: GlueClient
    calls: Counter[str] = field(default_factory=Counter)
    order: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    threads: int = 1  # so that calls have the same order each time
    budget: TimeBudget = field(default_factory=TimeBudget)
    layout: Layout = "versioned"
    keys: list[dict[str, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for client in (self.s3, self.glue):
            client.meta.events.register("before-call", self._count)
        events: Any = self.glue.meta.events  # the type does not include handlers that answer
        events.register("before-call", refuse_by_the_model)

    def _count(self, model: Any, **_: object) -> None:
        self.calls[model.name] += 1
        self.order.append(model.name)

    def forget_calls(self) -> None:
        self.calls.clear()
        self.order.clear()

    def create_table(self, layout: Layout = "versioned", keys: str = "dt:string:%Y-%m-%d") -> None:
        """Create the table; keys are given as name:type:format, separated by spaces."""
        self.layout = layout
        self.keys = [
            {"name": name, "type": kind, "date_format": date_format or None}
            for name, kind, date_format in ((*key.split(":", 2), "", "")[:3] for key in keys.split())
        ]
        self.glue.create_table(
            DatabaseName="analytics",
            TableInput={
                "Name": "features",
                "TableType": "EXTERNAL_TABLE",
                "Parameters": table_parameters("csv"),
                "PartitionKeys": [{"Name": key["name"] or "", "Type": key["type"] or ""} for key in self.keys],
                "StorageDescriptor": storage_descriptor("csv", COLUMNS, self.location),  # type: ignore[typeddict-item]
            },
        )

    @property
    def location(self) -> str:
        return table_location("lake", "analytics", "features", self.layout)

    def root(self, run: str = "r1") -> str:
        """Return the key prefix to which a run writes."""
        folder = self.location.removeprefix("s3://lake/")
        return folder if self.layout == "in_place" else f"{folder}{run}/0b1c/"

    def write(self, relative_key: str, body: bytes = b"a,1\n", run: str = "r1") -> None:
        """Write a file of a run: to moto itself, because some tests write thousands."""
        s3_backends["123456789012"]["aws"].put_object("lake", f"{self.root(run)}{relative_key}", body)

    def age(self, by: timedelta = timedelta(hours=3)) -> None:
        """Backdate everything in the bucket."""
        bucket = s3_backends["123456789012"]["aws"].buckets["lake"]
        for key in bucket.keys.values():  # no call gives an object another LastModified
            key.last_modified = key.last_modified - by

    def event(self, run: str = "r1", started_at: datetime = STARTED_AT, **table: object) -> dict[str, Any]:
        return {
            "table": {
                "database_name": "analytics",
                "table_name": "features",
                "location": self.location,
                "layout": self.layout,
                "format": "csv",
                "columns": COLUMNS,
                "partition_keys": self.keys,
                "on_bad_path": "fail",
                "allow_empty": False,
                **table,
            },
            "source": {
                "s3_uri": f"s3://lake/{self.root(run)}",
                "creation_time": int((datetime.now(UTC) - timedelta(minutes=5)).timestamp() * 1000),
                "processing_job_arn": "arn:aws:sagemaker:ap-northeast-1:123456789012:processing-job/x",
            },
            "run": {
                "pipeline": "feature_table",
                "run_id": run,
                "started_at": started_at.isoformat(),
                "execution_arn": f"arn:aws:states:ap-northeast-1:123456789012:execution:x:{run}",
                "process_start": "2021-12-15",
                "process_end": "2021-12-16",
                "script_hash": "abc",
                "image_uri": "image@sha256:1",
            },
        }

    def register(self, run: str = "r1", started_at: datetime = STARTED_AT, **table: object) -> dict[str, Any]:
        return self.send(self.event(run, started_at, **table))

    def send(self, event: dict[str, Any]) -> dict[str, Any]:
        answer = register_partitions(
            event, self.s3, self.glue, now=self.now, sleep=self.slept.append, budget=self.budget, threads=self.threads
        )
        return cast("dict[str, Any]", answer)

    def now(self) -> datetime:
        """Return the time, which passes by itself, and advances with each sleep, which takes none."""
        return datetime.now(UTC) + timedelta(seconds=sum(self.slept))

    def partitions(self) -> dict[tuple[str, ...], PartitionTypeDef]:
        """Return the partitions of the Data Catalog by values."""
        pages = self.glue.get_paginator("get_partitions").paginate(DatabaseName="analytics", TableName="features")
        return {tuple(partition["Values"]): partition for page in pages for partition in page["Partitions"]}

    def locations(self) -> dict[tuple[str, ...], str]:
        return {values: each["StorageDescriptor"]["Location"] for values, each in self.partitions().items()}

    def stamps(self, name: str) -> dict[tuple[str, ...], str]:
        return {values: each["Parameters"][name] for values, each in self.partitions().items()}

    def object_keys(self) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket="lake")
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def answer(self, operation: str, replace: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
        """Replace an operation: None lets the call through; a dict is its answer, an Error in it its failure."""

        def on_call(params: dict[str, Any], **_: object) -> tuple[SimpleNamespace, dict[str, Any]] | None:
            answer = replace(params)
            if answer is None:
                return None
            return SimpleNamespace(status_code=400 if "Error" in answer else 200), {"ResponseMetadata": {}, **answer}

        service, _, name = operation.partition(".")
        client: Any = {"s3": self.s3, "glue": self.glue}[service]
        client.meta.events.register(f"before-call.{service}.{name}", on_call)

    def amend(self, operation: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the response of a call after it was carried out."""
        service, _, name = operation.partition(".")
        client: Any = {"s3": self.s3, "glue": self.glue}[service]
        client.meta.events.register(f"after-call.{service}.{name}", lambda parsed, **_: change(parsed))


def refuse_by_the_model(
    model: Any, params: dict[str, Any], **_: object
) -> tuple[SimpleNamespace, dict[str, Any]] | None:
    """Reject what Glue's own model rejects, with the whole request, as Glue does: moto accepts any string."""
    violations = find_violations(json.loads(params["body"]), rule_of(model.input_shape))
    if not violations:
        return None
    return SimpleNamespace(status_code=400), {
        "Error": {"Code": code_of(model.service_model), "Message": message_of(violations)},
        "ResponseMetadata": {},
    }


@pytest.fixture
def lake(s3: S3Client, glue: GlueClient) -> Lake:
    return Lake(s3, glue)
