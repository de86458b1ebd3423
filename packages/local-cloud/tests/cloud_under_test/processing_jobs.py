"""Requests for processing jobs, and waiting until they end."""

from __future__ import annotations

import time
from typing import Any

Client = Any


def job_request(s3: Client, bucket: str, image_uri: str, job: str, script: str, **more: Any) -> dict[str, Any]:
    """Return a request for a job that runs a script."""
    s3.put_object(Bucket=bucket, Key=f"{job}/code/script.py", Body=script.encode())
    code = s3_input("code", f"s3://{bucket}/{job}/code/script.py", "/opt/ml/processing/input/code")
    return {
        "ProcessingJobName": job,
        "RoleArn": "arn:aws:iam::123456789012:role/job",
        "AppSpecification": {
            "ImageUri": image_uri,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/script.py"],
            **more.pop("AppSpecification", {}),
        },
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.t3.medium", "VolumeSizeInGB": 1}
        },
        "ProcessingInputs": [code, *more.pop("ProcessingInputs", [])],
        **more,
    }


def s3_input(name: str, uri: str, path: str) -> dict[str, Any]:
    """Return a ProcessingInput."""
    return {
        "InputName": name,
        "S3Input": {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"},
    }


def s3_output(name: str, uri: str, path: str) -> dict[str, Any]:
    """Return a ProcessingOutput."""
    return {"OutputName": name, "S3Output": {"S3Uri": uri, "LocalPath": path, "S3UploadMode": "EndOfJob"}}


def wait_for_job(sagemaker: Client, job: str, until: tuple[str, ...]) -> dict[str, Any]:
    """Return a job's description once its status is one of these."""
    while True:
        described: dict[str, Any] = sagemaker.describe_processing_job(ProcessingJobName=job)
        if described["ProcessingJobStatus"] in until:
            return described
        time.sleep(0.05)
