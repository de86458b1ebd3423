"""The functions read the payloads of the last release: a retried execution keeps its definition for 14 days, and calls today's functions.

``payloads_of_last_release.json`` has the payloads as that release's stacks send them, of a pipeline of each orchestrator, with the
expressions of values that are known only at run time.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.lake.function_events.lambda_step import (
    plan_event,
    plan_outputs,
    registration_event,
    registration_outputs,
)
from partitioned_pipelines.lake.key_layout import interval_marks_prefix
from partitioned_pipelines.lake.tables.storage_format import storage_descriptor, table_parameters
from partitioned_pipelines.runtime.planning.planning import plan_run
from partitioned_pipelines.runtime.registration.registration import register_partitions
from tests.moto_lake import REGION, aws, glue, s3

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

__all__ = ["aws", "glue", "s3"]

KEPT = json.loads(Path(__file__).with_name("payloads_of_last_release.json").read_text(encoding="utf-8"))
ARN = f"arn:aws:states:{REGION}:123456789012:execution:x:one"
JOB = f"arn:aws:sagemaker:{REGION}:123456789012:processing-job/j"
STARTED = "2021-12-16T21:00:03.456Z"
WRITTEN = datetime.now(UTC)


def filled(document: Any, values: Mapping[str, Any]) -> Any:
    """Return a document with the values of its expressions, of either orchestrator."""
    match document:
        case {"Get": expression}:
            return values[expression]
        case dict():
            return {
                key.removesuffix(".$"): values[value] if key.endswith(".$") else filled(value, values)
                for key, value in document.items()
            }
        case list():
            return [filled(entry, values) for entry in document]
    return document


def create(s3: S3Client, glue: GlueClient, table: Mapping[str, Any]) -> None:
    bucket = table["location"].split("/")[2]
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})  # type: ignore[typeddict-item]
    if table["database_name"] != "analytics":
        glue.create_database(DatabaseInput={"Name": table["database_name"]})
    glue.create_table(
        DatabaseName=table["database_name"],
        TableInput={
            "Name": table["table_name"],
            "Parameters": table_parameters(table["format"]),
            "PartitionKeys": [{"Name": key["name"], "Type": key["type"]} for key in table["partition_keys"]],
            "StorageDescriptor": storage_descriptor(table["format"], table["columns"], table["location"]),  # type: ignore[typeddict-item]
        },
    )


def test_a_redriven_execution_of_a_state_machine(s3: S3Client, glue: GlueClient) -> None:
    kept = KEPT["step_functions"]
    table = kept["RegisterPartitions"]["table"]
    create(s3, glue, table)
    bucket = table["location"].split("/")[2]
    s3.put_object(Bucket=bucket, Key="raw/feature_table/2021/12/16/raw.csv", Body=b"1")
    execution = {"$$.Execution.Id": ARN, "$$.Execution.Name": "one", "$$.Execution.StartTime": STARTED}
    asked = {"$$.Execution.Input": {"scheduled_time": "2021-12-16T21:00:00Z"}}
    plan = plan_run(filled(kept["PlanRun"], {**execution, **asked}), s3)
    assert (plan["outcome"], plan["process_date"]) == ("run", "2021-12-16")
    assert plan["steps"]["extract"]["inputs"]["raw"] == f"s3://{bucket}/raw/feature_table/2021/12/16/"

    written = plan["steps"]["transform"]["outputs"]["transform"]
    key = f"{written.removeprefix(f's3://{bucket}/')}process_date_jst=2021-12-16/a.csv"
    row = ",".join("a" if column["type"] == "string" else "1" for column in table["columns"])
    s3.put_object(Bucket=bucket, Key=key, Body=f"{row}\n".encode())
    facts: Mapping[str, Any] = plan
    values = {
        **execution,
        "$.registrations": {},
        "$.results.transform.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri": written,
        "$.results.transform.CreationTime": WRITTEN.isoformat(),
        "$.results.transform.ProcessingJobArn": JOB,
        "$.results.transform.ProcessingJobStatus": "Completed",
        **{f"$.plan.{name}": facts[name] for name in ("run_id", "started_at", "process_start", "process_end")},
    }
    answer = register_partitions(filled(kept["RegisterPartitions"], values), s3, glue)
    assert (answer["outcome"], answer["created"]) == ("registered", 1)
    _no_mark(s3, bucket, table)


def test_a_retried_execution_of_a_sagemaker_pipeline(s3: S3Client, glue: GlueClient) -> None:
    kept = KEPT["sagemaker_pipelines"]
    table = json.loads(kept["RegisterPartitions"]["table"])
    create(s3, glue, table)
    bucket = table["location"].split("/")[2]
    s3.put_object(Bucket=bucket, Key="raw/by_hand/raw.csv", Body=b"1")
    execution = {"Execution.PipelineExecutionArn": ARN, "Execution.StartDateTime": STARTED}
    given = {f"Parameters.{name}": "" for name in ("from", "to", "scheduled_time")} | {"Parameters.date": "2021-12-16"}
    event = plan_event(filled(kept["PlanRun"], {**execution, **given}))
    outputs = plan_outputs(event["spec"], plan_run(event, s3))
    assert (outputs["outcome"], outputs["process_start"]) == ("run", "2021-12-16")
    values = {
        **execution,
        "Steps.gather.ProcessingOutputConfig.Outputs['gather'].S3Output.S3Uri": outputs["step1_output_gather"],
        "Steps.gather.ProcessingJobArn": JOB,
        **{f"Steps.PlanRun.OutputParameters['{name}']": value for name, value in outputs.items()},
    }
    job = {"CreationTime": WRITTEN, "ProcessingJobStatus": "Completed"}
    payload: Any = registration_event(filled(kept["RegisterPartitions"], values), job)
    payload["table"]["allow_empty"] = True  # what the job writes is of no interest here
    assert registration_outputs(register_partitions(payload, s3, glue))["outcome"] == "registered"
    _no_mark(s3, bucket, table)


def _no_mark(s3: S3Client, bucket: str, table: Mapping[str, Any]) -> None:
    """The definition does not pass on the interval; the receipt tells what a mark would."""
    prefix = interval_marks_prefix(table["database_name"], table["table_name"])
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)


@pytest.mark.parametrize("orchestrator", KEPT)
def test_the_kept_payloads_are_older_than_interval_marks(orchestrator: str) -> None:
    assert '"interval"' not in json.dumps(KEPT[orchestrator])
