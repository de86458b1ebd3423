"""A list of prices for tests, with round numbers."""

import json
from typing import Any

from partitioned_pipelines.operations.costs.price_list import PriceList

DOCUMENT: dict[str, Any] = {
    "region": "ap-northeast-1",
    "currency": "USD",
    "as_of": "2026-11-29",
    "source": "a test",
    "processing_hour": {"ml.m5.xlarge": 0.36, "ml.t3.medium": 0.072},
    "volume_gb_month": 0.73,
    "lambda_gb_second": 0.001,
    "lambda_request": 0.01,
    "states_transition": 0.0001,
    "s3_put": 0.002,
    "s3_get": 0.0002,
    "s3_gb_month": 0.02,
    "athena_tb": 5,
}


def price_list(**changes: Any) -> PriceList:
    """Return the list, with other fields."""
    return PriceList.parse(json.dumps({**DOCUMENT, **changes}), "prices.json")
