"""Processing jobs that submit a script to Spark."""

from __future__ import annotations

from typing import Any

import pytest

from cloud_under_test.extras import needs_java, needs_pyspark
from cloud_under_test.processing_jobs import job_request, wait_for_job

Aws = Any
LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
CODE = "/opt/ml/processing/input/code/script.py"
EVENTS = "/opt/ml/processing/spark-events/"
_ENDED = ("Completed", "Failed", "Stopped")
needs_spark = [
    pytest.mark.heavy,
    pytest.mark.spark,
    needs_pyspark,
    needs_java,
]


def run_spark(
    aws: Aws, bucket: str, image: str, job: str, script: str, arguments: list[str], *options: str, **more: Any
) -> dict[str, Any]:
    """Run a job that submits a script, and return its description."""
    application: dict[str, Any] = {"ContainerEntrypoint": ["smspark-submit", *options, CODE]}
    if arguments:
        application["ContainerArguments"] = arguments
    request = job_request(aws("s3"), bucket, image, job, script, AppSpecification=application, **more)
    aws("sagemaker").create_processing_job(**request)
    return wait_for_job(aws("sagemaker"), job, _ENDED)


def contents(aws: Aws, bucket: str, prefix: str) -> dict[str, str]:
    """Return the contents of objects, by key without the prefix."""
    found = aws("s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return {
        item["Key"].removeprefix(prefix): aws("s3").get_object(Bucket=bucket, Key=item["Key"])["Body"].read().decode()
        for item in found
    }
