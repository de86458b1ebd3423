"""An execution of a SageMaker pipeline's definition, as if every job succeeded: the request of each job, and the payload of each function."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local_cloud.sagemaker.pipelines.references import follow, resolve
from partitioned_pipelines.lake.function_events.lambda_step import plan_event, plan_outputs
from partitioned_pipelines.runtime.planning.planning import plan_run
from tests.synthesized.intrinsics import ACCOUNT, REGION
from tests.synthesized.subject import filled_catalog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

EXECUTION_ID = "abcdefghijkl"


def walk_pipeline(definition: Mapping[str, Any], s3: S3Client, date: str) -> dict[str, dict[str, Any]]:
    """Return the arguments of each step by name, with all references resolved."""
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/p/execution/{EXECUTION_ID}"
    known: dict[str, Any] = {
        "Execution": {
            "PipelineExecutionArn": arn,
            "PipelineExecutionId": EXECUTION_ID,
            "StartDateTime": "2021-12-15T21:00:05.123Z",
        },
        "Parameters": {**{entry["Name"]: entry["DefaultValue"] for entry in definition["Parameters"]}, "date": date},
        "Steps": {},
    }
    given: dict[str, dict[str, Any]] = {}
    plan, condition = definition["Steps"]
    for step in (plan, *condition["Arguments"]["IfSteps"]):
        arguments = resolve(step["Arguments"], lambda parts: follow(known, parts))
        given[step["Name"]] = arguments
        if step["Name"] == "PlanRun":
            payload = plan_event(json.loads(json.dumps(arguments)))
            planned = plan_run(payload, s3, glue=lambda: filled_catalog(payload["spec"]))  # noqa: B023  # used at once
            outputs = plan_outputs(payload["spec"], planned)
            declared = [parameter["OutputName"] for parameter in step["OutputParameters"]]
            known["Steps"]["PlanRun"] = {"OutputParameters": {name: outputs[name] for name in declared}}
        elif step["Type"] == "Processing":
            job = f"{arguments['ProcessingJobName']}-0123456789"
            job_arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:processing-job/{job}"
            known["Steps"][step["Name"]] = {**arguments, "ProcessingJobArn": job_arn}
    return given
