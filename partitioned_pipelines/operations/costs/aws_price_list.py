"""The prices of a region from AWS's Price List: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/price-changes.html.

A product is a JSON document in a string: its ``product.attributes``, and below ``terms.OnDemand`` a price for each range of quantity.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.operations.costs.price_list import UNIT_PRICES, PriceList

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

ENDPOINT_REGION = "us-east-1"
"""The region whose endpoint has the prices of all regions."""
SOURCE = "AWS Price List (pricing:GetProducts), on demand, first range of quantity"
# The usage type has a prefix in all regions but us-east-1, and for some services there too: USE1-Processing:ml.m5.xlarge, APN1-Requests-Tier1.
_PROCESSING = re.compile(r"(?:[A-Z0-9-]+-)?Processing:(ml\.[a-z0-9]+\.[a-z0-9]+)")


class NoPricesError(ValueError):
    """The Price List has no prices of processing jobs in a region."""


@dataclass(frozen=True, slots=True)
class _Query:
    """A query whose answer has the price of one unit.

    Attributes
    ----------
    filters
        Attributes that a product must have.
    usage
        The end of its usage type, after the region's prefix: other products may have the same attributes.
    """

    service: str
    filters: Mapping[str, str]
    usage: str
    contains: Mapping[str, str] = field(default_factory=dict)


_QUERIES = {
    "volume_gb_month": _Query(
        "AmazonSageMaker", {}, r"Processing:VolumeUsage(\.gp2)?", {"usagetype": "Processing:VolumeUsage"}
    ),
    "lambda_gb_second": _Query("AWSLambda", {"group": "AWS-Lambda-Duration-ARM"}, "Lambda-GB-Second-ARM"),
    "lambda_request": _Query("AWSLambda", {"group": "AWS-Lambda-Requests-ARM"}, "Requests?-ARM"),
    "states_transition": _Query("AmazonStates", {"group": "SFN-StateTransitions"}, "StateTransition"),
    "s3_put": _Query("AmazonS3", {"group": "S3-API-Tier1"}, "Requests-Tier1"),
    "s3_get": _Query("AmazonS3", {"group": "S3-API-Tier2"}, "Requests-Tier2"),
    "s3_gb_month": _Query("AmazonS3", {"volumeType": "Standard"}, "TimedStorage-ByteHrs"),
    "athena_tb": _Query("AmazonAthena", {}, "DataScannedInTB", {"usagetype": "DataScannedInTB"}),
}


@dataclass(frozen=True, slots=True)
class AskedPrices:
    """The prices as asked for, and what the Price List does not say, or says in several ways."""

    prices: PriceList
    unknown: tuple[str, ...]


def ask_prices(pricing: Any, region: str, today: date) -> AskedPrices:
    """Ask for the prices of a region.

    Parameters
    ----------
    pricing
        A client of the Price List.
    today
        The date that the list gets.

    Raises
    ------
    NoPricesError
        If there is no price of a processing job in the region.
    """
    found = _products(pricing, _Query("AmazonSageMaker", {"component": "Processing"}, ""), region)
    hours, currencies = _processing_prices(found)
    if not hours:
        raise NoPricesError(f"AWS's Price List has no processing jobs in the region {region!r}")
    units: dict[str, Decimal | None] = {}
    unknown = []
    for name in UNIT_PRICES:
        query = _QUERIES[name]
        matching = re.compile(rf"(?:[A-Z0-9-]+-)?{query.usage}")
        answers = {
            first
            for product in _products(pricing, query, region)
            if matching.fullmatch(_attributes(product).get("usagetype", "")) and (first := _first_price(product))
        }
        currencies |= {currency for currency, _ in answers}
        units[name] = next(iter(answers))[1] if len(answers) == 1 else None
        if len(answers) != 1:
            several = ", ".join(sorted(str(price) for _, price in answers))
            unknown.append(f"{name}: {f'several prices ({several})' if answers else 'no price'} in {query.service}")
    if len(currencies) != 1:
        raise NoPricesError(f"AWS's Price List has prices in several currencies in {region!r}: {sorted(currencies)}")
    (currency,) = currencies
    return AskedPrices(PriceList(region, currency, today, SOURCE, hours, units), tuple(unknown))


def _processing_prices(products: Iterator[dict[str, Any]]) -> tuple[dict[str, Decimal], set[str]]:
    hours: dict[str, Decimal] = {}
    currencies = set()
    for product in products:
        usage = _PROCESSING.fullmatch(_attributes(product).get("usagetype", ""))
        first = _first_price(product) if usage else None
        if usage and first:
            currencies.add(first[0])
            hours[usage[1]] = first[1]
    return hours, currencies


def _products(pricing: Any, query: _Query, region: str) -> Iterator[dict[str, Any]]:
    equal = {"regionCode": region, **query.filters}
    filters = [
        *({"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in equal.items()),
        *({"Type": "CONTAINS", "Field": name, "Value": value} for name, value in query.contains.items()),
    ]
    pages = pricing.get_paginator("get_products").paginate(
        ServiceCode=query.service, Filters=filters, FormatVersion="aws_v1"
    )
    for page in pages:
        for text in page["PriceList"]:
            yield json.loads(text, parse_float=Decimal)


def _attributes(product: Mapping[str, Any]) -> Mapping[str, str]:
    attributes: Mapping[str, str] = product["product"]["attributes"]
    return attributes


def _first_price(product: Mapping[str, Any]) -> tuple[str, Decimal] | None:
    """Return the currency and the price of the first range of quantity that is not free; None if there is no on-demand price."""
    ranges = sorted(
        (Decimal(dimension.get("beginRange") or 0), currency, Decimal(price))
        for term in product.get("terms", {}).get("OnDemand", {}).values()
        for dimension in term["priceDimensions"].values()
        for currency, price in dimension["pricePerUnit"].items()
    )
    if not ranges:
        return None
    _, currency, price = next((each for each in ranges if each[2]), ranges[0])
    return currency, price
