"""Service Quotas of SageMaker's processing jobs, which CreateProcessingJob enforces.

https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.responses import ServiceQuotasResponse

from local_cloud.patching import add, original_of, replace
from local_cloud.service_quotas.processing_quotas import DEFAULT_INSTANCES, ProcessingQuota, processing_quotas

if TYPE_CHECKING:
    from local_cloud.settings import Settings

_LARGEST_PAGE = 100


def install(settings: Settings) -> None:
    """Replace moto's operations on quotas."""
    # moto: Service Quotas only has VPC's quotas, and ListServiceQuotas is missing; not reported yet: services such as SageMaker have quotas,
    # too.
    add(ServiceQuotasResponse, "list_service_quotas", _list)
    replace(ServiceQuotasResponse, "list_aws_default_service_quotas", _list_defaults)
    replace(ServiceQuotasResponse, "get_service_quota", _get)


def _list(self: ServiceQuotasResponse) -> str:
    return _page(self, [_describe(self, quota, quota.instances) for quota in processing_quotas()])


def _list_defaults(self: ServiceQuotasResponse) -> str:
    if json.loads(self.body)["ServiceCode"] != "sagemaker":
        answer: str = original_of(ServiceQuotasResponse, "list_aws_default_service_quotas")(self)
        return answer
    return _page(self, [_describe(self, quota, DEFAULT_INSTANCES) for quota in processing_quotas()])


def _get(self: ServiceQuotasResponse) -> str:
    request = json.loads(self.body)
    if request["ServiceCode"] != "sagemaker":
        answer: str = original_of(ServiceQuotasResponse, "get_service_quota")(self)
        return answer
    for quota in processing_quotas():
        if quota.code == request["QuotaCode"]:
            return json.dumps({"Quota": _describe(self, quota, quota.instances)})
    raise NoSuchResource


def _page(response: ServiceQuotasResponse, quotas: list[dict[str, Any]]) -> str:
    request = json.loads(response.body)
    if request["ServiceCode"] != "sagemaker":
        raise NoSuchResource
    start, size = int(request.get("NextToken", "0")), int(request.get("MaxResults", _LARGEST_PAGE))
    more = {"NextToken": str(start + size)} if start + size < len(quotas) else {}
    return json.dumps({"Quotas": quotas[start : start + size], **more})


def _describe(response: ServiceQuotasResponse, quota: ProcessingQuota, instances: int) -> dict[str, Any]:
    arn = f"arn:aws:servicequotas:{response.region}:{response.current_account}:sagemaker/{quota.code}"
    return {
        "ServiceCode": "sagemaker",
        "ServiceName": "Amazon SageMaker",
        "QuotaArn": arn,
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": float(instances),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }
