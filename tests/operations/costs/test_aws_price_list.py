"""Tests of the prices of AWS's Price List, on answers in the shape that it documents and that public programs read.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html. The attributes are those of answers that
public programs have recorded; the prices are AWS's of 2026 where one was found.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from partitioned_pipelines.operations.costs.aws_price_list import NoPricesError, ask_prices
from partitioned_pipelines.operations.costs.price_list import UNIT_PRICES

if TYPE_CHECKING:
    from collections.abc import Iterator

TODAY = date(2026, 11, 29)


def product(*ranges: tuple[str, str], currency: str = "USD", **attributes: str) -> str:
    """Return a product as the Price List returns it: a string, with a price for each range of quantity."""
    dimensions = {
        f"SKU.TERM.{number}": {"unit": "Hrs", "beginRange": begin, "endRange": "Inf", "pricePerUnit": {currency: price}}
        for number, (begin, price) in enumerate(ranges)
    }
    document = {
        "product": {"productFamily": "x", "sku": "SKU", "attributes": attributes},
        "serviceCode": "x",
        "terms": {"OnDemand": {"SKU.TERM": {"priceDimensions": dimensions, "termAttributes": {}}}},
        "version": "20261120",
        "publicationDate": "2026-11-20T00:00:00Z",
    }
    return json.dumps(document)


ANSWERS: dict[str, list[str]] = {
    "processing": [
        product(
            ("0", "0.2300000000"),
            instanceType="ml.m5.xlarge-Processing",
            usagetype="USE1-Processing:ml.m5.xlarge",
            component="Processing",
        ),
        product(
            ("0", "0.0500000000"),
            instanceType="ml.t3.medium-Processing",
            usagetype="USE1-Processing:ml.t3.medium",
            component="Processing",
        ),
        # The same component, billed otherwise.
        product(("0", "0.14"), usagetype="USE1-Processing:VolumeUsage.gp2", component="Processing"),
    ],
    "volume_gb_month": [product(("0", "0.14"), usagetype="USE1-Processing:VolumeUsage.gp2")],
    "lambda_gb_second": [
        product(
            ("15000000000", "0.0000106667"),
            ("0", "0.0000133334"),
            ("7500000000", "0.0000120001"),
            usagetype="Lambda-GB-Second-ARM",
        ),
        product(("0", "0.0000097222"), usagetype="Lambda-Provisioned-GB-Second-ARM"),
    ],
    "lambda_request": [product(("0", "0.0000002000"), usagetype="Request-ARM")],
    "states_transition": [product(("0", "0"), ("4000", "0.0000250000"), usagetype="USE1-StateTransition")],
    "s3_put": [
        product(("0", "0.0000050000"), usagetype="Requests-Tier1"),
        product(("0", "0.0000100000"), usagetype="Requests-SIA-Tier1"),
    ],
    "s3_get": [product(("0", "0.0000004000"), usagetype="Requests-Tier2")],
    "s3_gb_month": [
        product(("512000", "0.0210000000"), ("0", "0.0230000000"), ("51200", "0.0220000000"), usagetype="TimedStorage-ByteHrs")
    ],
    "athena_tb": [
        product(("0", "5.0000000000"), usagetype="USE1-DataScannedInTB"),
        product(("0", "5.0000000000"), usagetype="USE1-DataScannedInTB-Federated"),
    ],
}  # fmt: skip
FILTERS: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "processing": ("AmazonSageMaker", [("TERM_MATCH", "component", "Processing")]),
    "volume_gb_month": ("AmazonSageMaker", [("CONTAINS", "usagetype", "Processing:VolumeUsage")]),
    "lambda_gb_second": ("AWSLambda", [("TERM_MATCH", "group", "AWS-Lambda-Duration-ARM")]),
    "lambda_request": ("AWSLambda", [("TERM_MATCH", "group", "AWS-Lambda-Requests-ARM")]),
    "states_transition": ("AmazonStates", [("TERM_MATCH", "group", "SFN-StateTransitions")]),
    "s3_put": ("AmazonS3", [("TERM_MATCH", "group", "S3-API-Tier1")]),
    "s3_get": ("AmazonS3", [("TERM_MATCH", "group", "S3-API-Tier2")]),
    "s3_gb_month": ("AmazonS3", [("TERM_MATCH", "volumeType", "Standard")]),
    "athena_tb": ("AmazonAthena", [("CONTAINS", "usagetype", "DataScannedInTB")]),
}


@pytest.fixture
def pricing() -> Any:
    return boto3.client(
        "pricing", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
    )


def answer(stubber: Stubber, answers: dict[str, list[str]], region: str = "us-east-1") -> None:
    """Add the answers in the order of the queries; botocore checks both against its model of the service."""
    for name in ("processing", *UNIT_PRICES):
        service, filters = FILTERS[name]
        asked = [("TERM_MATCH", "regionCode", region), *filters]
        request = {
            "ServiceCode": service,
            "Filters": [{"Type": kind, "Field": field, "Value": value} for kind, field, value in asked],
            "FormatVersion": "aws_v1",
        }
        pages = _pages(answers[name])
        for token, (page, following) in enumerate(pages):
            response = {
                "FormatVersion": "aws_v1",
                "PriceList": page,
                **({"NextToken": f"t{token}"} if following else {}),
            }
            given = {**request, **({"NextToken": f"t{token - 1}"} if token else {})}
            stubber.add_response("get_products", response, given)
        if name == "processing" and not answers[name]:
            return


def _pages(products: list[str]) -> Iterator[tuple[list[str], bool]]:
    for start in range(0, max(len(products), 1), 2):
        yield products[start : start + 2], start + 2 < len(products)


def test_a_list_of_all_prices(pricing: Any) -> None:
    with Stubber(pricing) as stubber:
        answer(stubber, ANSWERS)
        asked = ask_prices(pricing, "us-east-1", TODAY)
        stubber.assert_no_pending_responses()
    assert asked.unknown == ()
    assert asked.prices.document() == {
        "region": "us-east-1",
        "currency": "USD",
        "as_of": "2026-11-29",
        "source": "AWS Price List (pricing:GetProducts), on demand, first range of quantity",
        "processing_hour": {"ml.m5.xlarge": 0.23, "ml.t3.medium": 0.05},
        "volume_gb_month": 0.14,
        "lambda_gb_second": 0.0000133334,
        "lambda_request": 0.0000002,
        "states_transition": 0.000025,
        "s3_put": 0.000005,
        "s3_get": 0.0000004,
        "s3_gb_month": 0.023,
        "athena_tb": 5.0,
    }


def test_usage_types_of_other_regions_have_a_prefix(pricing: Any) -> None:
    answers = {
        name: [each.replace("USE1-", "").replace('"usagetype": "', '"usagetype": "APN1-') for each in found]
        for name, found in ANSWERS.items()
    }
    with Stubber(pricing) as stubber:
        answer(stubber, answers, "ap-northeast-1")
        asked = ask_prices(pricing, "ap-northeast-1", TODAY)
    assert asked.unknown == ()
    assert asked.prices.processing_hour == {"ml.m5.xlarge": Decimal("0.23"), "ml.t3.medium": Decimal("0.05")}


def test_what_is_not_said_or_said_in_two_ways_is_null(pricing: Any) -> None:
    two = [product(("0", "5"), usagetype="USE1-DataScannedInTB"), product(("0", "6"), usagetype="DataScannedInTB")]
    with Stubber(pricing) as stubber:
        answer(stubber, {**ANSWERS, "volume_gb_month": [], "athena_tb": two})
        asked = ask_prices(pricing, "us-east-1", TODAY)
    assert (asked.prices.units["volume_gb_month"], asked.prices.units["athena_tb"]) == (None, None)
    assert asked.unknown == (
        "volume_gb_month: no price in AmazonSageMaker",
        "athena_tb: several prices (5, 6) in AmazonAthena",
    )


def test_a_region_without_processing_jobs_is_refused(pricing: Any) -> None:
    with Stubber(pricing) as stubber:
        answer(stubber, {"processing": []}, "xx-nowhere-1")
        with pytest.raises(NoPricesError, match="no processing jobs in the region 'xx-nowhere-1'"):
            ask_prices(pricing, "xx-nowhere-1", TODAY)


def test_prices_in_two_currencies_are_refused(pricing: Any) -> None:
    mixed = [product(("0", "5"), currency="CNY", usagetype="DataScannedInTB")]
    with Stubber(pricing) as stubber:
        answer(stubber, {**ANSWERS, "athena_tb": mixed})
        with pytest.raises(NoPricesError, match=r"several currencies in 'us-east-1': \['CNY', 'USD'\]"):
            ask_prices(pricing, "us-east-1", TODAY)
