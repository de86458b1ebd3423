"""The same comparison with requests newly captured from the SDK."""

import importlib
from pathlib import Path
from typing import Any

import pytest

from tests.checks.external_tools.test_sdk_requests import captured, comparable, ours
from tests.checks.state_machine.plain_machine import ROLE

# Warnings of the SDK and its dependencies at import, unrelated to these tests.
pytestmark = pytest.mark.filterwarnings("ignore")


class _CapturingClient:
    """A SageMaker client that records the one request it receives."""

    def __init__(self) -> None:
        self.request: dict[str, Any] = {}

    def create_processing_job(self, **request: Any) -> dict[str, str]:
        self.request = request
        return {"ProcessingJobArn": "arn:aws:sagemaker:ap-northeast-1:123456789012:processing-job/x"}


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_DEFAULT_REGION": "ap-northeast-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)


def capture(
    image_uri: str, *, arguments: list[str], environment: dict[str, str], timeout: int | None
) -> dict[str, Any]:
    """Run a job with the SDK's ScriptProcessor; return the request that it sends."""
    processing = importlib.import_module("sagemaker.core.processing")
    shapes = importlib.import_module("sagemaker.core.shapes")
    helper = importlib.import_module("sagemaker.core.helper.session_helper")
    client = _CapturingClient()
    session = helper.Session(
        sagemaker_client=client,
        sagemaker_runtime_client=client,
        default_bucket="data-bucket",
        sagemaker_config={
            "SchemaVersion": "1.0",
            "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}},
        },
    )
    processor = processing.ScriptProcessor(
        role=ROLE,
        image_uri=image_uri,
        command=["python3"],
        instance_count=1,
        instance_type="ml.m5.xlarge",
        volume_size_in_gb=30,
        max_runtime_in_seconds=timeout,
        env=environment or None,
        sagemaker_session=session,
    )
    read = shapes.ProcessingInput(
        input_name="raw",
        s3_input=shapes.ProcessingS3Input(
            s3_uri="s3://data-bucket/raw/",
            local_path="/opt/ml/processing/input/raw",
            s3_data_type="S3Prefix",
            s3_input_mode="File",
        ),
    )
    written = shapes.ProcessingOutput(
        output_name="extract",
        s3_output=shapes.ProcessingS3Output(
            s3_uri="s3://data-bucket/extract/",
            local_path="/opt/ml/processing/output/extract",
            s3_upload_mode="EndOfJob",
        ),
    )
    processor.run(
        code="s3://data-bucket/code/extract.py",
        inputs=[read],
        outputs=[written],
        arguments=arguments or None,
        wait=False,
        logs=False,
        job_name="extract-1",
    )
    return client.request


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize(
    ("name", "arguments", "environment", "timeout"),
    [
        ("v3_script_processor_local_code", ["--dt", "2026-11-23"], {"STAGE": "dev"}, 3600),
        ("v3_sklearn_image_script_processor", [], {}, None),
    ],
)
def test_the_request_is_what_the_installed_sdk_sends(
    name: str, arguments: list[str], environment: dict[str, str], timeout: int | None, tmp_path: Path
) -> None:
    image_uri = captured(name)["AppSpecification"]["ImageUri"]
    fresh = capture(image_uri, arguments=arguments, environment=environment, timeout=timeout)
    assert comparable(ours(name, tmp_path / "project"), fresh) == comparable(fresh, fresh)
    # And the recorded request is still what the SDK sends.
    assert comparable(captured(name), fresh) == comparable(fresh, fresh)
