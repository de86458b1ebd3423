"""Tests of 100,000 partitions, written by one job and registered by the deployed state machine, in several calls if needed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.lake.key_layout import receipts_prefix
from tests.end_to_end.deployment import Deployment, deployed

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.heavy, pytest.mark.xdist_group("end_to_end"), pytest.mark.timeout(1200)]

PARTITIONS = 100_000
# 90 of these are reserved for stopping cleanly. The rest is enough to list the run on a busy machine; an idle one needs a single call.
FUNCTION_SECONDS = 190
PIPELINE = f"""
name: many
image: {{uri: "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/python:3.13"}}
steps:
  - name: write
    script: processing_scripts/many/write.py
    environment: {{PARTITIONS: "{PARTITIONS}"}}
table:
  source: write
  database: many
  name: many
  columns: [{{name: line, type: string}}]
  partition_keys: [{{name: dt, type: string, date_format: "%Y-%m-%d"}}, {{name: part, type: string}}]
"""
SCRIPT = """
import os
from pathlib import Path

root = Path("/opt/ml/processing/output") / f"dt={os.environ['PROCESS_DATE']}"
for number in range(int(os.environ["PARTITIONS"])):
    partition = root / f"part={number:06}"
    partition.mkdir(parents=True)
    (partition / "part.csv").write_text(f"line of {number}\\n")
"""


def registrations(deployment: Deployment, execution: str) -> list[dict[str, object]]:
    """Return the result of each call of RegisterPartitions, from the execution's history."""
    pages = deployment.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=execution)
    done = [
        event["taskSucceededEventDetails"]
        for page in pages
        for event in page["events"]
        if event["type"] == "TaskSucceeded"
    ]
    answers = [
        json.loads(details["output"]).get("Payload", {}) for details in done if details["resourceType"] == "lambda"
    ]
    return [answer for answer in answers if "continuation" in answer]


def test_all_of_a_run_is_registered(tmp_path: Path) -> None:
    for place, text in (("pipelines/many.yaml", PIPELINE), ("processing_scripts/many/write.py", SCRIPT)):
        path = tmp_path / "project" / place
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    with deployed(tmp_path / "project") as cloud:
        outputs = cloud.outputs("pipelines-many")
        function = outputs["RegisterPartitionsFunctionName"]
        cloud.client("lambda").update_function_configuration(FunctionName=function, Timeout=FUNCTION_SECONDS)
        sfn, machine = cloud.client("stepfunctions"), outputs["StateMachineArn"]
        execution = sfn.start_execution(stateMachineArn=machine, input='{"date": "2026-11-20"}')["executionArn"]
        cloud.wait_until(lambda: sfn.describe_execution(executionArn=execution)["status"] != "RUNNING", seconds=900)
        (registered,) = cloud.finished(execution)["registrations"].values()
        assert (registered["outcome"], registered["created"]) == ("registered", PARTITIONS)
        outcomes = [answer["outcome"] for answer in registrations(cloud, execution)]
        assert outcomes == ["continue"] * (len(outcomes) - 1) + ["registered"]
        pages = (
            cloud.client("glue")
            .get_paginator("get_partitions")
            .paginate(DatabaseName="many", TableName="many", PaginationConfig={"PageSize": 1000})
        )
        values = [tuple(partition["Values"]) for page in pages for partition in page["Partitions"]]
        assert sorted(values) == [("2026-11-20", f"{number:06}") for number in range(PARTITIONS)]
        receipts = [key for key in cloud.keys(receipts_prefix("many", "many")) if key.endswith(".json")]
        assert [registered["receipt"]] == [f"s3://{cloud.lake}/{key}" for key in receipts]
        rows = cloud.json("query", "SELECT line FROM many.many WHERE dt = '2026-11-20' AND part = '054321'")
        assert rows == [{"line": "line of 54321"}]
