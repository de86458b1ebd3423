"""Tests of ``prices``: what AWS's Price List says becomes a list of prices for ``runs --cost``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from partitioned_pipelines.cli.errors import ExitCode
from partitioned_pipelines.operations.costs.price_list import PriceList
from tests.operations.costs.test_aws_price_list import ANSWERS, answer, pricing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Invoke

__all__ = ["pricing"]


@pytest.fixture
def asked(pricing: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str | None]]]:
    """Answer instead of AWS; return the services and regions for which clients were created."""
    made: list[tuple[str, str | None]] = []

    def client(session: boto3.Session, service: str) -> Any:
        made.append((service, session.region_name))
        return pricing

    monkeypatch.setattr(boto3.Session, "client", client)
    with Stubber(pricing) as stubber:
        answer(stubber, {**ANSWERS, "volume_gb_month": []})
        yield made


def test_the_list_is_written_and_can_be_read(
    asked: list[tuple[str, str | None]], invoke: Invoke, tmp_path: Path
) -> None:
    file = tmp_path / "prices.json"
    result = invoke("prices", "--region", "us-east-1", "--output", file, "--project", tmp_path)
    assert result.exit_code == ExitCode.OK, result.output
    assert asked == [("pricing", "us-east-1")]
    assert "2 types of instances, USD, as of 20" in result.output
    assert "volume_gb_month: no price in AmazonSageMaker" in result.output
    prices = PriceList.parse(file.read_text(encoding="utf-8"), "prices.json")
    assert float(prices.processing_hour["ml.m5.xlarge"]) == 0.23
    assert prices.units["volume_gb_month"] is None


def test_without_a_file_the_list_is_printed(
    asked: list[tuple[str, str | None]], invoke: Invoke, tmp_path: Path
) -> None:
    result = invoke("prices", "--region", "us-east-1", "--project", tmp_path)
    assert json.loads(result.stdout)["athena_tb"] == 5.0


def test_a_region_that_is_none_is_refused(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("prices", "--region", "Tokyo", "--project", tmp_path)
    assert result.exit_code == ExitCode.INVALID
    assert "--region 'Tokyo': write an AWS region, such as ap-northeast-1" in result.output
