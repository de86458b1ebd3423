"""Tests of the article's notebook: the pipeline's script, run ad hoc by the SageMaker SDK on the deployed bucket, role and image."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.end_to_end.deployment import ROOT, Deployment

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("end_to_end")]

DAY = "2031-05-01"
RAW = ROOT / "examples" / "feature_table" / "raw.csv"


def test_the_same_script_gives_the_same_file_as_a_run(deployment: Deployment) -> None:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    environment = clean | deployment.json("local", "status")["environment"]
    command = [sys.executable, "examples/notebook/feature_table.py", DAY]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    path = f"/opt/ml/processing/output/process_date_jst={DAY}/partition.csv"
    assert f"Saving output data to {path}" in done.stdout, "the job's log, as it came"

    written = f"intermediates/feature_table/notebook/transform/process_date_jst={DAY}/partition.csv"
    assert done.stdout.rstrip().endswith(f"s3://{deployment.lake}/{written}")
    values = [partition["values"]["process_date_jst"] for partition in deployment.json("partitions", "feature_table")]
    assert DAY not in values, "only a run registers partitions"

    job = last_job(deployment)
    outputs = deployment.outputs("pipelines-feature-table")
    assert job["RoleArn"] == outputs["ProcessingRoleArn"]
    assert job["AppSpecification"]["ImageUri"] == outputs["StepImageUriTransform"]

    s3 = deployment.client("s3")
    s3.upload_file(str(RAW), deployment.lake, f"raw/feature_table/{DAY.replace('-', '/')}/raw.csv")
    started = deployment.client("stepfunctions").start_execution(
        stateMachineArn=outputs["StateMachineArn"], input=json.dumps({"date": DAY})
    )
    deployment.finished(started["executionArn"])
    published = f"tables/analytics/partitioned_table_sample/output/process_date_jst={DAY}/partition.csv"
    ad_hoc, run = (s3.get_object(Bucket=deployment.lake, Key=key)["Body"].read() for key in (written, published))
    assert ad_hoc == run


def last_job(deployment: Deployment) -> dict[str, Any]:
    sagemaker = deployment.client("sagemaker")
    (newest,) = sagemaker.list_processing_jobs(
        NameContains="feature-table-notebook", SortOrder="Descending", MaxResults=1
    )["ProcessingJobSummaries"]
    described: dict[str, Any] = sagemaker.describe_processing_job(ProcessingJobName=newest["ProcessingJobName"])
    return described
