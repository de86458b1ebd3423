"""A list of prices: AWS's on-demand prices of one region, on one day."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

UNIT_PRICES = (
    "volume_gb_month",
    "lambda_gb_second",
    "lambda_request",
    "states_transition",
    "s3_put",
    "s3_get",
    "s3_gb_month",
    "athena_tb",
)
"""The prices of one unit of each kind. A price may be null: what it would be needed for then has no amount."""
_TEXTS = ("region", "currency", "as_of", "source")
_CURRENCY = re.compile("[A-Z]{3}")


class InvalidPriceListError(ValueError):
    """A file is not a list of prices.

    Attributes
    ----------
    problems
        All problems, each with its field.
    """

    def __init__(self, file: str, problems: Sequence[str]) -> None:
        super().__init__("\n".join(f"{file}: {problem}" for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class PriceList:
    """The prices of one region.

    Attributes
    ----------
    as_of
        The day on which the prices were asked for.
    source
        Where they are from.
    processing_hour
        The price of an hour of each type of instance in a processing job.
    units
        The other prices, by the names in `UNIT_PRICES`; None if unknown.
    """

    region: str
    currency: str
    as_of: date
    source: str
    processing_hour: Mapping[str, Decimal]
    units: Mapping[str, Decimal | None]

    def document(self) -> dict[str, Any]:
        """Return the list as a JSON document."""
        return {
            "region": self.region,
            "currency": self.currency,
            "as_of": self.as_of.isoformat(),
            "source": self.source,
            "processing_hour": {name: float(price) for name, price in sorted(self.processing_hour.items())},
            **{name: None if (price := self.units[name]) is None else float(price) for name in UNIT_PRICES},
        }

    @classmethod
    def parse(cls, text: str, file: str) -> PriceList:
        """Parse the content of a file.

        Raises
        ------
        InvalidPriceListError
            If it is invalid; the message has all problems, each with the file and the field.
        """
        try:
            document = json.loads(text, parse_float=Decimal, parse_int=Decimal)
        except (ValueError, RecursionError) as error:
            raise InvalidPriceListError(file, [f"it is not JSON: {error}"]) from error
        if problems := list(_problems(document)):
            raise InvalidPriceListError(file, problems)
        return cls(
            region=document["region"],
            currency=document["currency"],
            as_of=date.fromisoformat(document["as_of"]),
            source=document["source"],
            processing_hour=document["processing_hour"],
            units={name: document[name] for name in UNIT_PRICES},
        )


def _problems(document: Any) -> Iterator[str]:
    if not isinstance(document, dict):
        yield "it is not a JSON object: write one with `pipelines prices`"
        return
    known = {*_TEXTS, "processing_hour", *UNIT_PRICES}
    yield from (f"{name} is missing" for name in sorted(known - document.keys()))
    yield from (f"{name} is not a field: remove it" for name in sorted(document.keys() - known))
    for name in _TEXTS:
        if name in document and not (isinstance(document[name], str) and document[name]):
            yield f"{name} is {_shown(document[name])}: write a string"
    currency, as_of = document.get("currency"), document.get("as_of")
    if isinstance(currency, str) and currency and not _CURRENCY.fullmatch(currency):
        yield f"currency is {currency!r}: write the three letters of a currency, such as USD"
    if isinstance(as_of, str) and as_of and not _is_date(as_of):
        yield f"as_of is {as_of!r}: write a date, such as 2026-11-29"
    hours = document.get("processing_hour", {})
    if not isinstance(hours, dict):
        yield f"processing_hour is {_shown(hours)}: write an object with the price of each type of instance"
        hours = {}
    for name, price in hours.items():
        if not _is_price(price):
            yield f"processing_hour: {name} is {_shown(price)}: write a number of at least 0"
    for name in UNIT_PRICES:
        if document.get(name) is not None and not _is_price(document[name]):
            yield f"{name} is {_shown(document[name])}: write a number of at least 0, or null"


def _is_price(value: object) -> bool:
    return isinstance(value, Decimal) and value.is_finite() and value >= 0


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _shown(value: object) -> str:
    return str(value) if isinstance(value, Decimal) else repr(value)
