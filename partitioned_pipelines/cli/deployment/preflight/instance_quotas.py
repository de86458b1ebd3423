"""The check that the account's quotas allow the instances that one run of each pipeline needs.

In a new account, the quota of many instance types is 0. A run then fails with ResourceLimitExceeded, as it does if a quota is used up:
https://docs.aws.amazon.com/general/latest/gr/sagemaker.html
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.deployment.preflight.account import is_denied
from partitioned_pipelines.spec import job_layers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.spec import Pipeline, Project

_SERVICE = "sagemaker"


def check_instance_quotas(cloud: Cloud, settings: Settings, project: Project) -> Iterator[str]:
    """Yield a warning for each quota that is too small for one run, with the command that requests an increase."""
    needs = _instances_of_a_run(project.pipelines)
    try:
        quotas = _quotas(cloud.service_quotas, {_quota_name(instance_type) for instance_type in needs})
    except ClientError as error:
        if not is_denied(error):
            raise
        yield (
            f"SageMaker's quotas were not checked: {error.operation_name} is denied. To check them, allow "
            "servicequotas:ListServiceQuotas and servicequotas:ListAWSDefaultServiceQuotas"
        )
        return
    for instance_type, (pipeline, count) in sorted(needs.items()):
        quota = quotas.get(_quota_name(instance_type))
        if quota is not None and quota["Value"] < count:
            region = f" --region {cloud.session.region_name}" if cloud.session.region_name else ""
            yield (
                f"the quota {quota['QuotaName']!r} is {quota['Value']:.0f}, and a run of {pipeline} needs {count}: SageMaker will refuse "
                f"its jobs. Request more: aws service-quotas request-service-quota-increase --service-code {_SERVICE} "
                f"--quota-code {quota['QuotaCode']} --desired-value {count}{region}"
            )


def _instances_of_a_run(pipelines: Iterable[Pipeline]) -> dict[str, tuple[str, int]]:
    """Return, by instance type, the pipeline whose run uses most instances at once, and their number; jobs of a layer run in parallel."""
    most: dict[str, tuple[str, int]] = {}
    for pipeline in pipelines:
        for layer in job_layers(pipeline):
            counts: Counter[str] = Counter()
            for job in layer:
                counts[job.first.instance.type] += job.first.instance.count
            for instance_type, count in counts.items():
                if count > most.get(instance_type, ("", 0))[1]:
                    most[instance_type] = pipeline.name, count
    return most


def _quota_name(instance_type: str) -> str:
    return f"{instance_type} for processing job usage"


def _quotas(client: Any, names: set[str]) -> Mapping[str, dict[str, Any]]:
    """Return the quotas by name: the account's, or AWS's default, because ListServiceQuotas omits quotas that were never applied."""
    found: dict[str, dict[str, Any]] = {}
    pages = (
        page
        for operation in ("list_service_quotas", "list_aws_default_service_quotas")
        for page in client.get_paginator(operation).paginate(ServiceCode=_SERVICE)
    )
    for page in pages:
        for quota in page["Quotas"]:
            if quota["QuotaName"] in names:
                found.setdefault(quota["QuotaName"], quota)
        if found.keys() == names:
            break
    return found
