"""Event patterns match as EventBridge documents, and what it does not know is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.events.exceptions import InvalidEventPatternException
from moto.events.models import EventPatternParser

from local_cloud.events import patterns

patterns.install()
EVENT = {
    "source": "lake",
    "time": "2026-11-29T00:00:00Z",
    "resources": ["arn:one", "arn:two"],
    "detail": {
        "table": "analytics.sales",
        "empty": "",
        "null": None,
        "rows": 300,
        "share": 300.0,
        "on": True,
        "inputs": [{"name": "a", "size": 1}, {"name": "b", "size": 2}],
        "none": [],
        "address": "10.0.0.7",
    },
}


def detail(**fields: Any) -> dict[str, Any]:
    return {"detail": fields}


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["lake"]},
        {"source": ["other", "lake"], "detail": {"rows": [300]}},
        {"resources": ["arn:two"]},
        detail(null=[None]),
        detail(empty=[""]),
        detail(on=[True]),
        detail(table=[{"prefix": "analytics."}]),
        detail(table=[{"prefix": {"equals-ignore-case": "ANALYTICS."}}]),
        detail(table=[{"suffix": ".sales"}]),
        detail(table=[{"equals-ignore-case": "Analytics.Sales"}]),
        detail(table=[{"wildcard": "*.sal*"}]),
        detail(table=[{"anything-but": "raw.sales"}]),
        detail(table=[{"anything-but": {"prefix": ["raw.", "x"]}}]),
        detail(table=[{"anything-but": {"wildcard": "*.costs"}}]),
        detail(rows=[{"anything-but": [1, 2]}]),
        detail(rows=[{"numeric": [">", 0, "<=", 300]}]),
        detail(rows=[{"numeric": ["=", 300.0]}]),
        detail(rows=[{"exists": True}], other=[{"exists": False}], none=[{"exists": False}]),
        {"detail": [{"exists": False}]},  # only leaves exist
        detail(address=[{"cidr": "10.0.0.0/24"}]),
        detail(inputs={"name": ["b"], "size": [2]}),
        {"source": ["lake"], "$or": [{"detail": {"rows": [1]}}, {"detail": {"table": [{"suffix": "sales"}]}}]},
    ],
    ids=json.dumps,
)
def test_a_pattern_matches(pattern: dict[str, Any]) -> None:
    EventPatternParser(json.dumps(pattern)).parse()
    assert patterns.matches(pattern, EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["Lake"]},
        {"source": ["lake"], "detail": {"rows": [301]}},
        detail(rows=["300"]),
        detail(rows=[300.0]),  # written in another way
        detail(share=[300]),
        detail(on=[1]),
        detail(on=[{"numeric": ["=", 1]}]),
        detail(missing=[None]),
        detail(empty=[None]),
        detail(missing=[{"anything-but": "x"}]),
        detail(rows=[{"prefix": "3"}]),
        detail(table=[{"anything-but": {"prefix": "analytics"}}]),
        detail(table=[{"wildcard": "*.sale"}]),
        detail(rows=[{"numeric": [">", 300]}]),
        detail(table=[{"exists": False}]),
        {"detail": [{"exists": True}]},
        detail(address=[{"cidr": "10.0.1.0/24"}]),
        detail(table=[{"cidr": "10.0.1.0/24"}]),
        detail(inputs={"name": ["a"], "size": [2]}),  # of two objects
        {"source": ["lake"], "$or": [{"detail": {"rows": [1]}}, {"source": ["x"]}]},
    ],
    ids=json.dumps,
)
def test_a_pattern_does_not_match(pattern: dict[str, Any]) -> None:
    EventPatternParser(json.dumps(pattern)).parse()
    assert not patterns.matches(pattern, EVENT)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ({"a": [{"begins": "x"}]}, "Unrecognized match type begins"),
        ({"a": [{"prefix": ["x"]}]}, "the value of prefix is not valid"),
        ({"a": [{"prefix": {"suffix": "x"}}]}, "the value of prefix is not valid"),
        ({"a": [{"wildcard": "a**"}]}, "the value of wildcard is not valid"),
        ({"a": [{"exists": "true"}]}, "the value of exists is not valid"),
        ({"a": [{"numeric": [">", "5"]}]}, "the value of numeric is not valid"),
        ({"a": [{"numeric": ["!=", 5]}]}, "the value of numeric is not valid"),
        ({"a": [{"numeric": [">", 5, "<", 5]}]}, "the value of numeric is not valid"),
        ({"a": [{"anything-but": []}]}, "the value of anything-but is not valid"),
        ({"a": [{"anything-but": ["x", 1]}]}, "the value of anything-but is not valid"),
        ({"a": [{"anything-but": {"numeric": ["=", 1]}}]}, "the value of anything-but is not valid"),
        ({"a": [{"cidr": "10.0.0.0/40"}]}, "the value of cidr is not valid"),
        ({"a": [{"prefix": "x", "suffix": "y"}]}, "Only one key allowed"),
        ({"a": [["x"]]}, "must be String"),
        ({"a": []}, "Empty arrays"),
        ({"a": {}}, "Empty objects"),
        ({}, "Empty objects"),
        ({"a": "x"}, "must be an object or an array"),
        ({"$or": [{"a": ["x"]}]}, "at least 2 Objects"),
        ({"$or": [{"a": ["x"]}, ["x"]]}, "Only JSON object"),
        (["a"], "Filter is not an object"),
    ],
)  # fmt: skip
def test_a_pattern_is_refused(pattern: Any, reason: str) -> None:
    with pytest.raises(InvalidEventPatternException, match="Event pattern is not valid") as refused:
        EventPatternParser(json.dumps(pattern)).parse()
    assert reason in str(refused.value.message)
