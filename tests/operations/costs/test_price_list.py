"""Tests of lists of prices: they are validated, by file and field."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from partitioned_pipelines.operations.costs.price_list import InvalidPriceListError, PriceList
from tests.operations.costs.priced import DOCUMENT, price_list


def test_a_list_is_read_as_it_is_written() -> None:
    prices = price_list(athena_tb=None)
    assert (prices.region, prices.as_of) == ("ap-northeast-1", date(2026, 11, 29))
    assert prices.processing_hour["ml.m5.xlarge"] == Decimal("0.36")
    assert prices.units["athena_tb"] is None
    assert PriceList.parse(json.dumps(prices.document()), "again.json") == prices


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"currency": "dollars"}, "prices.json: currency is 'dollars': write the three letters of a currency, such as USD"),
        ({"as_of": "yesterday"}, "prices.json: as_of is 'yesterday': write a date, such as 2026-11-29"),
        ({"as_of": "20261129"}, "prices.json: as_of is '20261129': write a date, such as 2026-11-29"),
        ({"region": 1}, "prices.json: region is 1: write a string"),
        ({"source": ""}, "prices.json: source is '': write a string"),
        ({"s3_put": -1}, "prices.json: s3_put is -1: write a number of at least 0, or null"),
        ({"s3_put": "0.1"}, "prices.json: s3_put is '0.1': write a number of at least 0, or null"),
        ({"s3_put": True}, "prices.json: s3_put is True: write a number of at least 0, or null"),
        ({"processing_hour": []}, "prices.json: processing_hour is []: write an object with the price of each type of instance"),
        ({"processing_hour": {"ml.x": None}}, "prices.json: processing_hour: ml.x is None: write a number of at least 0"),
        ({"s3_putt": 1}, "prices.json: s3_putt is not a field: remove it"),
    ],
)  # fmt: skip
def test_an_invalid_field_is_named(change: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidPriceListError) as raised:
        price_list(**change)
    assert str(raised.value) == says


@pytest.mark.parametrize("name", DOCUMENT)
def test_a_missing_field_is_named(name: str) -> None:
    document = {other: value for other, value in DOCUMENT.items() if other != name}
    with pytest.raises(InvalidPriceListError, match=f"^prices.json: {name} is missing$"):
        PriceList.parse(json.dumps(document), "prices.json")


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "prices.json: it is not JSON"), ("[]", "it is not a JSON object"), ('{"s3_put": NaN}', "s3_put is nan")],
)
def test_another_file_is_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidPriceListError, match=says):
        PriceList.parse(text, "prices.json")


def test_all_problems_are_reported() -> None:
    with pytest.raises(InvalidPriceListError) as raised:
        price_list(s3_put=-1, as_of="x")
    assert len(str(raised.value).splitlines()) == 2
