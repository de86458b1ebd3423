"""A script has its role's credentials and the cloud's endpoint, as on SageMaker, and not the user's credentials."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloud_under_test.processing_jobs import job_request, wait_for_job
from local_cloud.access import role_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from local_cloud.server import LocalCloud

Aws = Any
SCRIPT = """
import json, os, pathlib
found = {key: value for key, value in os.environ.items() if key.startswith("AWS_")}
pathlib.Path("/opt/ml/output/message").write_text(json.dumps(found))
"""


def test_the_role_and_not_the_user(
    local_cloud_server: LocalCloud,
    aws: Callable[[str], Aws],
    bucket: str,
    image_uri: str,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "the user's own")
    request = job_request(aws("s3"), bucket, image_uri, name, SCRIPT)
    aws("sagemaker").create_processing_job(**request)
    job = wait_for_job(aws("sagemaker"), name, ("Completed", "Failed"))
    found = json.loads(job["ExitMessage"])
    assert role_of(found["AWS_ACCESS_KEY_ID"]) == request["RoleArn"]
    assert found["AWS_ENDPOINT_URL"] == local_cloud_server.endpoint_url
    assert found.keys() == {"AWS_REGION", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
