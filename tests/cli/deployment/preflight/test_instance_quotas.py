"""Tests that a deployment reports quotas too small for a run, by name, with the command that requests an increase."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from partitioned_pipelines.cli.deployment.preflight import CHECKS
from partitioned_pipelines.cli.deployment.preflight.instance_quotas import check_instance_quotas
from partitioned_pipelines.spec import load_project
from tests.end_to_end.deployment import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud

MORE = load_project(ROOT / "examples" / "more")
M5 = "ml.m5.xlarge for processing job usage"
M5_LARGE = "ml.m5.large for processing job usage"
T3 = "ml.t3.medium for processing job usage"
ENOUGH = {T3: 4, M5_LARGE: 1}


@dataclass
class Quotas:
    """A fake of Service Quotas: an account's quotas, AWS's defaults, and the requested pages."""

    applied: dict[str, int]
    defaults: dict[str, int] = field(default_factory=dict)
    denied: str = ""
    asked: list[str] = field(default_factory=list)

    def get_paginator(self, operation: str) -> Any:
        self.operation = operation
        return self

    def paginate(self, ServiceCode: str) -> Iterator[dict[str, Any]]:  # noqa: N803  # boto3's
        assert ServiceCode == "sagemaker"
        operation = self.operation
        if self.denied:
            raise ClientError({"Error": {"Code": self.denied, "Message": "no"}}, "ListServiceQuotas")
        quotas = self.applied if operation == "list_service_quotas" else self.defaults
        for name, value in quotas.items():
            self.asked.append(f"{operation}: {name}")
            yield {"Quotas": [{"QuotaName": name, "QuotaCode": f"L-{len(name):08X}", "Value": float(value)}]}


@dataclass
class FakeCloud:
    service_quotas: Quotas
    session: Any = field(default_factory=lambda: type("Session", (), {"region_name": "eu-west-1"}))


def warnings_of(quotas: Quotas) -> list[str]:
    return list(check_instance_quotas(cast("Cloud", FakeCloud(quotas)), cast("Settings", None), MORE))


def test_it_is_one_of_the_checks_of_a_deployment() -> None:
    assert check_instance_quotas in CHECKS


def test_quotas_that_are_enough_are_not_mentioned() -> None:
    assert warnings_of(Quotas({**ENOUGH, M5: 2})) == []


@pytest.mark.parametrize("value", [0, 1])
def test_a_quota_below_what_a_run_needs_is_named_with_the_command(value: int) -> None:
    (warning,) = warnings_of(Quotas({**ENOUGH, M5: value}))
    assert f"'{M5}' is {value}, and a run of flights_spark needs 2" in warning
    assert warning.endswith(
        "aws service-quotas request-service-quota-increase --service-code sagemaker "
        f"--quota-code L-{len(M5):08X} --desired-value 2 --region eu-west-1"
    )


def test_what_was_never_applied_has_the_default() -> None:
    (warning,) = warnings_of(Quotas(ENOUGH, {T3: 0, M5: 0}))
    assert M5 in warning


def test_it_asks_for_no_more_pages_than_it_needs() -> None:
    quotas = Quotas({M5: 2, **ENOUGH, "ml.p5.48xlarge for training job usage": 0}, {M5: 0})
    assert warnings_of(quotas) == []
    assert len(quotas.asked) == 3


def test_a_type_that_has_no_quota_is_not_guessed_at() -> None:
    assert warnings_of(Quotas(ENOUGH)) == []


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException"])
def test_a_denial_is_a_warning(code: str) -> None:
    (warning,) = warnings_of(Quotas({}, denied=code))
    assert "were not checked: ListServiceQuotas is denied" in warning
    assert "servicequotas:ListServiceQuotas" in warning


def test_anything_else_is_an_error() -> None:
    with pytest.raises(ClientError):
        warnings_of(Quotas({}, denied="ServiceException"))
