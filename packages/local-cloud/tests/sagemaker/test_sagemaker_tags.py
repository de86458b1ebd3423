"""Tags of processing jobs and pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.processing_jobs import job_request
from cloud_under_test.refusal import refusal_of
from cloud_under_test.sagemaker_pipelines import definition

if TYPE_CHECKING:
    from collections.abc import Callable

Aws = Any
FIRST = [{"Key": "team", "Value": "weather"}]
STEP = {"Name": "end", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}


def _job(aws: Callable[[str], Aws], bucket: str, image_uri: str, name: str, tags: list[dict[str, str]]) -> str:
    request = job_request(aws("s3"), bucket, image_uri, name, "pass") | ({"Tags": tags} if tags else {})
    return str(aws("sagemaker").create_processing_job(**request)["ProcessingJobArn"])


def _pipeline(aws: Callable[[str], Aws], name: str, tags: list[dict[str, str]]) -> str:
    role = "arn:aws:iam::123456789012:role/r"
    request = {"PipelineName": name, "RoleArn": role, "PipelineDefinition": definition([STEP])}
    return str(aws("sagemaker").create_pipeline(**request, **({"Tags": tags} if tags else {}))["PipelineArn"])


@pytest.mark.parametrize("kind", ["job", "pipeline"])
@pytest.mark.parametrize("tags", [[], FIRST], ids=["without", "with"])
def test_tags_come_change_and_go(
    aws: Callable[[str], Aws], bucket: str, image_uri: str, name: str, kind: str, tags: list[dict[str, str]]
) -> None:
    arn = _pipeline(aws, name, tags) if kind == "pipeline" else _job(aws, bucket, image_uri, name, tags)
    sagemaker = aws("sagemaker")
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags
    more = [{"Key": "team", "Value": "sales"}, {"Key": "cost", "Value": "1"}]
    assert sagemaker.add_tags(ResourceArn=arn, Tags=more)["Tags"] == more
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == more
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team", "none"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == more[1:]


@pytest.mark.parametrize("resource", ["processing-job/none", "pipeline/none", "no-such-kind/none", "pipeline"])
def test_what_is_not_there_has_no_tags(aws: Callable[[str], Aws], resource: str) -> None:
    arn = f"arn:aws:sagemaker:ap-northeast-1:123456789012:{resource}"
    assert refusal_of(aws("sagemaker").list_tags, ResourceArn=arn)[0] == "ValidationException"
    assert refusal_of(aws("sagemaker").add_tags, ResourceArn=arn, Tags=FIRST)[0] == "ValidationException"
