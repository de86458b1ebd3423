"""Quotas of instances are listed, and a job that exceeds one is rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.admin import ask
from cloud_under_test.processing_jobs import job_request, wait_for_job
from cloud_under_test.refusal import refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local_cloud.server import LocalCloud

Aws = Any
TYPE = "ml.c5.xlarge"
NAME = f"{TYPE} for processing job usage"


@pytest.fixture
def set_quota(local_cloud_server: LocalCloud) -> Iterator[Callable[..., tuple[int, Any]]]:
    """Set the quota of an instance type, which is restored afterwards."""

    def call(value: str, instance_type: str = TYPE) -> tuple[int, Any]:
        return ask(local_cloud_server, "POST", f"quotas/{instance_type}/{value}")

    yield call
    call("1000")


def values(aws: Aws, operation: str) -> dict[str, float]:
    pages = aws("service-quotas").get_paginator(operation).paginate(ServiceCode="sagemaker")
    found = [page["Quotas"] for page in pages]
    assert len(found) > 1, "they are more than a page holds"
    return {quota["QuotaName"]: quota["Value"] for page in found for quota in page}


def test_they_are_listed_in_pages_and_can_be_set(aws: Aws, set_quota: Any) -> None:
    assert values(aws, "list_service_quotas")[NAME] == 1000
    assert set_quota("0")[0] == 200
    assert values(aws, "list_service_quotas")[NAME] == 0
    assert values(aws, "list_aws_default_service_quotas")[NAME] == 1000
    (code,) = {
        quota["QuotaCode"]
        for page in aws("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
        for quota in page["Quotas"]
        if quota["QuotaName"] == NAME
    }
    got = aws("service-quotas").get_service_quota(ServiceCode="sagemaker", QuotaCode=code)["Quota"]
    assert (got["QuotaName"], got["Value"]) == (NAME, 0)
    absent = refusal_of(aws("service-quotas").get_service_quota, ServiceCode="sagemaker", QuotaCode="L-NONE")
    assert absent[0] == "NoSuchResourceException"


@pytest.mark.parametrize(("value", "instance_type"), [("many", TYPE), ("1", "ml.z9.tiny")])
def test_what_is_no_quota_is_refused(set_quota: Any, value: str, instance_type: str) -> None:
    status, document = set_quota(value, instance_type)
    assert status == 400
    assert f"{instance_type}={value} is not a quota" in document["message"]


def test_a_job_beyond_the_quota_is_refused_in_sagemakers_words(
    aws: Aws, bucket: str, image_uri: str, name: str, set_quota: Any
) -> None:
    set_quota("1")
    cluster = {"ClusterConfig": {"InstanceCount": 1, "InstanceType": TYPE, "VolumeSizeInGB": 1}}
    sleeps = job_request(
        aws("s3"), bucket, image_uri, name, "import time\ntime.sleep(600)", ProcessingResources=cluster
    )
    aws("sagemaker").create_processing_job(**sleeps)
    code, message = refusal_of(
        aws("sagemaker").create_processing_job, **{**sleeps, "ProcessingJobName": f"{name}-second"}
    )
    assert code == "ResourceLimitExceeded"
    assert (
        f"The account-level service limit '{NAME}' is 1 Instances, with current utilization of 1 Instances and a request delta of 1 Instances."
        in message
    )
    aws("sagemaker").stop_processing_job(ProcessingJobName=name)
    wait_for_job(aws("sagemaker"), name, ("Stopped",))
    aws("sagemaker").create_processing_job(**{**sleeps, "ProcessingJobName": f"{name}-third"})
    aws("sagemaker").stop_processing_job(ProcessingJobName=f"{name}-third")
