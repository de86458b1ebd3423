"""A definition written by the SageMaker SDK runs unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cloud_under_test.sagemaker_pipelines import function_archive, steps_of, wait_for_pipeline

Aws = Any
DEFINITION = Path(__file__).with_name("sdk_definition.json")
PLAN = """
import datetime
def handle(event, context):
    datetime.datetime.fromisoformat(event["start"])
    return {"uri": "s3://BUCKET/" + event["day"] + "/" + event["id"]}
"""
WRITE = """
import os, pathlib, sys
pathlib.Path("/opt/ml/processing/output/day.txt").write_text(" ".join([*sys.argv[1:], os.environ["DAY"]]))
"""
COPY = """
import shutil
shutil.copy("/opt/ml/processing/input/data/day.txt", "/opt/ml/processing/output/day.txt")
"""


def test_the_sdks_own_definition_runs(aws: Aws, bucket: str, image_uri: str, role_arn: str, name: str) -> None:
    for key, script in (("code/w.py", WRITE), ("code/c.py", COPY)):
        aws("s3").put_object(Bucket=bucket, Key=key, Body=script.encode())
    function = aws("lambda").create_function(
        FunctionName=name, Runtime="python3.13", Role=role_arn, Handler="handler.handle",
        Code={"ZipFile": function_archive(PLAN.replace("BUCKET", bucket))},
    )  # fmt: skip
    text = DEFINITION.read_text(encoding="utf-8")
    for placeholder, value in (("FN", function["FunctionArn"]), ("IMAGE", image_uri), ("BUCKET", bucket)):
        text = text.replace(f"${{{placeholder}}}", value)
    sagemaker = aws("sagemaker")
    sagemaker.create_pipeline(PipelineName=name, RoleArn=role_arn, PipelineDefinition=text)
    started = sagemaker.start_pipeline_execution(
        PipelineName=name, PipelineParameters=[{"Name": "Day", "Value": "2026-11-24"}]
    )
    execution = started["PipelineExecutionArn"]
    ended = wait_for_pipeline(sagemaker, execution)
    ran = steps_of(sagemaker, execution)
    assert ended["PipelineExecutionStatus"] == "Succeeded", ran
    assert list(ran) == ["Plan", "Write", "Copy"]
    written = aws("s3").get_object(Bucket=bucket, Key="final/day.txt")["Body"].read()
    assert written == b"--day 2026-11-24 2026-11-24"
    identifier = execution.rpartition("/")[2]
    keys = [item["Key"] for item in aws("s3").list_objects_v2(Bucket=bucket, Prefix="2026-11-24/")["Contents"]]
    assert keys == [f"2026-11-24/{identifier}/w/{identifier}/day.txt"]
