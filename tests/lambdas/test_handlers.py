"""Tests of the handlers, imported as Lambda imports them: from a folder that contains only `lambdas` and `partitions`."""

from __future__ import annotations

import io
import json
import logging
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pandas as pd
import pytest
from moto import mock_aws
from moto.sagemaker.models import sagemaker_backends

from lambdas.plan_run import handler as plan_run
from lambdas.register_partitions import handler as register_partitions
from partitioned_pipelines.lake.function_events.requests import InvalidRequestError
from partitioned_pipelines.lake.tables.storage_format import storage_descriptor
from partitioned_pipelines.runtime.catalog import CatalogBusyError, repeat_while_busy
from partitioned_pipelines.runtime.registration.finished_job import UnfinishedJobError

if TYPE_CHECKING:
    from collections.abc import Callable

    from partitioned_pipelines.lake.runs.usage import CallUsage

ROOT = Path(__file__).parents[2]


class FifteenMinutes:
    """A Lambda context with its full time left."""

    function_name = "the-function"
    memory_limit_in_mb = "256"  # a string, as in Lambda's runtime

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    plan_run._s3.cache_clear()
    register_partitions._clients.cache_clear()
    register_partitions._sagemaker.cache_clear()


def test_a_plan_and_its_registration(caplog: pytest.LogCaptureFixture) -> None:
    with mock_aws(), caplog.at_level(logging.INFO, "partitioned_pipelines"):
        s3, glue = boto3.client("s3"), boto3.client("glue")
        s3.create_bucket(Bucket="lake")
        glue.create_database(DatabaseInput={"Name": "db"})
        location = "s3://lake/tables/db/t/runs/"
        descriptor: Any = storage_descriptor("parquet", [{"name": "n", "type": "int"}], location)
        keys: Any = [{"Name": "dt", "Type": "string"}]
        glue.create_table(
            DatabaseName="db", TableInput={"Name": "t", "StorageDescriptor": descriptor, "PartitionKeys": keys}
        )
        step = {
            "name": "x",
            "job_stem": "p-x",
            "missing_input": "fail",
            "inputs": [],
            "arguments": [],
            "environment": {},
            "outputs": [{"name": "x", "prefix": "s3://{lake}/tables/db/t/runs/{run_id}/"}],
        }
        spec = {"pipeline": "p", "timezone": "UTC", "date_offset_days": 0, "lake_bucket": "lake", "steps": [step]}
        execution = {"id": "arn:e", "name": "e", "start_time": "2026-11-23T16:25:08Z"}
        plan = plan_run.handler(
            {"spec": spec, "execution": execution, "input": {"date": "2021-12-15"}}, FifteenMinutes()
        )
        root = f"{plan['steps']['x']['outputs']['x']}1234/"
        written = io.BytesIO()
        pd.DataFrame({"n": [1]}, dtype="int32").to_parquet(written)
        key = f"{root.removeprefix('s3://lake/')}dt=2021-12-15/a.parquet"
        s3.put_object(Bucket="lake", Key=key, Body=written.getvalue())
        table = {
            "database_name": "db",
            "table_name": "t",
            "location": location,
            "layout": "versioned",
            "format": "parquet",
            "columns": [{"name": "n", "type": "int", "comment": ""}],
            "partition_keys": [{"name": "dt", "type": "string", "date_format": "%Y-%m-%d"}],
            "on_bad_path": "fail",
            "allow_empty": False,
        }
        run = {
            "pipeline": "p",
            "execution_arn": "arn:e",
            "script_hash": "abc",
            "image_uri": "image",
            **{name: plan[name] for name in ("run_id", "started_at", "process_start", "process_end")},
        }
        source = {
            "s3_uri": root,
            "creation_time": 1700000000000,
            "processing_job_arn": "arn:aws:sagemaker:r:1:processing-job/j",
            "processing_job_status": "Completed",
        }
        job = {"step": "x", "instance_type": "ml.t3.medium", "instance_count": 2, "volume_gb": 30}
        times = {"started_at": [1700000000000], "ended_at": [1700000090500]}
        usage = {
            "jobs": [
                {**job, "processing_job_arn": source["processing_job_arn"], **times},
                {**job, "processing_job_arn": source["processing_job_arn"], "started_at": [], "ended_at": [1, 2]},
            ],
            "planning": plan["usage"],
        }
        event = {"table": table, "source": source, "run": run, "usage": usage}
        for status in ("Stopped", "Failed", None):
            unfinished = {**event, "source": {**source, "processing_job_status": status}}
            with pytest.raises(
                UnfinishedJobError, match=f"the job j is {status}, not Completed; nothing was published"
            ):
                register_partitions.handler(unfinished, FifteenMinutes())
        without_status = {name: value for name, value in source.items() if name != "processing_job_status"}
        with pytest.raises(InvalidRequestError, match="processing_job_status"):
            register_partitions.handler({**event, "source": without_status}, FifteenMinutes())
        assert glue.get_partitions(DatabaseName="db", TableName="t")["Partitions"] == []
        result = register_partitions.handler(event, FifteenMinutes())
        bucket, _, key = result["receipt"].removeprefix("s3://").partition("/")
        receipt = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        (partition,) = glue.get_partitions(DatabaseName="db", TableName="t")["Partitions"]
    assert (receipt["format_version"], receipt["rows"], receipt["partitions"][0]["rows"]) == (2, 1, 1)
    assert partition["Parameters"]["rows"] == "1"
    known, unknown = receipt["usage"]["jobs"]
    assert known == {
        "step": "x",
        "job_name": "j",
        "instance_type": "ml.t3.medium",
        "instance_count": 2,
        "volume_gb": 30,
        "started_at": "2023-11-14T22:13:20.000Z",
        "ended_at": "2023-11-14T22:14:50.500Z",
    }
    assert (unknown["started_at"], unknown["ended_at"]) == (None, None)
    planning, registering = receipt["usage"]["functions"]
    assert [planning.pop("milliseconds") >= 0, registering.pop("milliseconds") >= 0] == [True, True]
    machine = {"aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    assert planning == registering
    assert planning == {"name": "the-function", "memory_mb": 256, "architecture": machine, "calls": 1}
    # Listed: the output. Read: the file's end, and the lease before each write. Written: the lease. Of Glue: the table, some partitions,
    # the new one, and its confirmation.
    assert receipt["usage"]["requests"] == {"s3_list": 1, "s3_get": 3, "s3_put": 1, "s3_delete": 0, "glue": 4}
    assert receipt["usage"]["athena_bytes"] is None
    (line,) = [vars(record) for record in caplog.records if record.message == "registered"]
    assert line["instance_seconds"] == 2 * 90.5
    assert (result["created"], result["objects"]) == (1, 1)
    assert json.loads(json.dumps(result)) == result


def test_the_same_as_lambda_steps_of_a_sagemaker_pipeline() -> None:
    """Flat text in and out; SageMaker is asked for the job's creation time."""
    with mock_aws():
        s3, glue = boto3.client("s3"), boto3.client("glue")
        s3.create_bucket(Bucket="lake")
        glue.create_database(DatabaseInput={"Name": "db"})
        location = "s3://lake/tables/db/t/output/"
        columns = [{"name": "n", "type": "string", "comment": ""}]
        descriptor: Any = storage_descriptor("csv", columns, location)
        keys: Any = [{"Name": "dt", "Type": "string"}]
        glue.create_table(
            DatabaseName="db", TableInput={"Name": "t", "StorageDescriptor": descriptor, "PartitionKeys": keys}
        )
        step = {
            "name": "x",
            "job_stem": "p--x",
            "missing_input": "fail",
            "inputs": [],
            "arguments": ["{process_date:%d}"],
            "environment": {},
            "outputs": [{"name": "x", "prefix": "s3://{lake}/tables/db/t/output/"}],
        }
        spec = {"pipeline": "p", "timezone": "UTC", "date_offset_days": 0, "lake_bucket": "lake", "steps": [step]}
        arguments = {
            "spec": json.dumps(spec),
            "execution_arn": "arn:e",
            "start_time": "2026-11-23T16:25:08Z",
            "date": "2021-12-15",
            **dict.fromkeys(("from", "to", "scheduled_time"), ""),
        }
        plan = plan_run.step_handler(arguments, FifteenMinutes())
        assert (plan["outcome"], plan["step1_argument_0"]) == ("run", "15")
        job = boto3.client("sagemaker").create_processing_job(
            ProcessingJobName="p--x-1",
            ProcessingResources={
                "ClusterConfig": {"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 30}
            },
            AppSpecification={"ImageUri": "image"},
            RoleArn=f"arn:aws:iam::123456789012:role/{'x' * 20}",
        )
        root = plan["step1_output_x"]
        s3.put_object(Bucket="lake", Key=f"{root.removeprefix('s3://lake/')}dt=2021-12-15/a.csv", Body=b"1\n")
        table = {
            "database_name": "db",
            "table_name": "t",
            "location": location,
            "layout": "in_place",
            "format": "csv",
            "columns": columns,
            "partition_keys": [{"name": "dt", "type": "string", "date_format": "%Y-%m-%d"}],
            "on_bad_path": "fail",
            "allow_empty": False,
        }
        arguments = {
            "table": json.dumps(table),
            "run": json.dumps({"pipeline": "p", "script_hash": "abc", "image_uri": "image"}),
            "s3_uri": root,
            "processing_job_arn": job["ProcessingJobArn"],
            "require_success_marker": "false",
            "execution_arn": "arn:e",
            **{name: plan[name] for name in ("run_id", "started_at", "process_start", "process_end")},
        }
        registered = register_partitions.step_handler(arguments, FifteenMinutes())
        sagemaker_backends["123456789012"]["us-east-1"].processing_jobs["p--x-1"].processing_job_status = "Stopped"
        with pytest.raises(UnfinishedJobError, match="the job p--x-1 is Stopped"):
            register_partitions.step_handler(arguments, FifteenMinutes())
    assert (registered["table"], registered["outcome"], registered["created"]) == ("db.t", "registered", "1")
    assert all(isinstance(value, str) for value in registered.values())


def test_a_step_that_was_repeated_while_the_catalog_was_busy_counts_all_of_its_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = {"pipeline": "p", "timezone": "UTC", "date_offset_days": 0, "lake_bucket": "lake", "steps": []}
    arguments = {"spec": json.dumps(spec), "execution_arn": "arn:e", "start_time": "2026-11-23T16:25:08Z"}
    counted: list[int] = []

    def read_bucket(_event: Any, s3: Any, *, usage: Callable[[], CallUsage], **_: Any) -> Any:
        s3.list_objects_v2(Bucket="lake")
        counted.append(usage().requests.s3_list)
        if len(counted) < 3:
            raise CatalogBusyError("try again")
        return {}

    monkeypatch.setattr(plan_run, "plan_run", read_bucket)
    monkeypatch.setattr(plan_run, "plan_outputs", lambda _spec, _plan: {})
    monkeypatch.setattr(plan_run, "repeat_while_busy", partial(repeat_while_busy, sleep=lambda _seconds: None))
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="lake")
        plan_run.step_handler(
            {**arguments, **dict.fromkeys(("date", "from", "to", "scheduled_time"), "")}, FifteenMinutes()
        )
    assert counted == [1, 2, 3]


@pytest.mark.parametrize("function", ["notify", "plan_run", "register_partitions", "start_run", "watch"])
def test_imports_alone_and_makes_no_client_at_import(function: str, tmp_path: Path) -> None:
    for package in ("partitioned_pipelines/lake", "partitioned_pipelines/runtime", f"lambdas/{function}"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    for package in ("lambdas", "partitioned_pipelines"):
        (tmp_path / package / "__init__.py").touch()
    script = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import boto3
boto3.client = None  # what is not called is not missed
from lambdas.{function} import handler
assert handler.__file__.startswith({str(tmp_path)!r}), handler.__file__
import partitioned_pipelines
assert partitioned_pipelines.__file__.startswith({str(tmp_path)!r}), partitioned_pipelines.__file__
for heavy in ("pydantic", "moto", "aws_cdk", "ruamel"):
    assert heavy not in sys.modules, heavy
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("function", "clients", "create", "more"),
    [
        ("register_partitions", ("s3", "glue"), "handler._clients()", {"gc"}),
        ("notify", ("sns", "stepfunctions"), "handler._sns(), handler._sfn()", set()),
        ("watch", ("s3", "glue"), "handler._clients()", {"concurrent", "queue", "_queue", "bisect"}),
    ],
)
def test_a_cold_start_imports_nothing_beside_boto3_and_its_own(
    function: str, clients: tuple[str, ...], create: str, more: set[str]
) -> None:
    """`make bench-registration` measures the imports' time; this test detects additional imports."""
    script = f"""
import sys, boto3
for name in {clients}:
    boto3.client(name)
before = set(sys.modules)
from lambdas.{function} import handler
{create}
print(*{{name.partition(".")[0] for name in set(sys.modules) - before}})
"""
    environment = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    own = {"lambdas", "partitioned_pipelines"}
    assert own <= set(done.stdout.split()) <= own | more
