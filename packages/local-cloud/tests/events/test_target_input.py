"""What a target gets of an event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_cloud.events.target_input import InvalidInputError, check_input, payload_of, with_values

RULE = "arn:aws:events:ap-northeast-1:123456789012:rule/mine"
EVENT = {
    "version": "0",
    "source": "lake",
    "detail-type": "partitions published",
    "detail": {"table": "sales", "rows": 3, "days": ["d1", "d2"], "plan": {"a": "b"}, "said": 'it "is"'},
    "ingestion-time": "2026-11-29T00:00:00Z",
}
DELIVERED = {name: value for name, value in EVENT.items() if name != "ingestion-time"}
PATHS = {
    "table": "$.detail.table", "rows": "$.detail.rows", "days": "$.detail.days", "day": "$.detail.days[1]",
    "plan": "$.detail.plan", "gone": "$.detail.gone", "said": "$.detail.said", "all": "$.detail.days[*]",
}  # fmt: skip


def transformed(template: str) -> str:
    target = {"Id": "t", "InputTransformer": {"InputPathsMap": PATHS, "InputTemplate": template}}
    check_input(target)
    return payload_of(target, EVENT, RULE)


def test_without_an_input_it_is_the_event() -> None:
    assert json.loads(payload_of({}, EVENT, RULE)) == DELIVERED


def test_an_input_is_sent_in_its_place() -> None:
    assert payload_of({"Input": '{"a":  1}'}, EVENT, RULE) == '{"a":  1}'


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", DELIVERED),
        ("$.detail.table", "sales"),
        ("$.detail-type", "partitions published"),
        ("$.detail.days[0]", "d1"),
    ],
)
def test_an_input_path_is_a_part_of_the_event(path: str, value: Any) -> None:
    assert json.loads(payload_of({"InputPath": path}, EVENT, RULE)) == value


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ('{"pipeline": "p", "detail": <plan>}', {"pipeline": "p", "detail": {"a": "b"}}),
        ('{"t": <table>, "n": <rows>, "d": <day>, "all": <all>}', {"t": "sales", "n": 3, "d": "d2", "all": ["d1", "d2"]}),
        ('{"said": <said>, "gone": <gone>, "text": "<table> has <rows>, <gone>."}',
         {"said": 'it "is"', "gone": "", "text": "sales has 3, ."}),
        ('{"plan": "<plan>"}', {"plan": "{a:b}"}),
        ('{"rule": <aws.events.rule-name>, "at": <aws.events.event.ingestion-time>}', {"rule": "mine", "at": "2026-11-29T00:00:00Z"}),
        ('{"event": <aws.events.event.json>}', {"event": DELIVERED}),
        ('<aws.events.event>', {name: value for name, value in DELIVERED.items() if name != "detail"}),
    ],
)  # fmt: skip
def test_an_input_transformer_fills_its_template(template: str, value: Any) -> None:
    assert json.loads(transformed(template)) == value


def test_a_template_of_text_keeps_its_quotes_and_lines() -> None:
    assert transformed('"<table> is there"\n"<rows> rows"') == '"sales is there"\n"3 rows"'


def test_quotes_in_a_value_are_not_escaped_in_a_string() -> None:
    with pytest.raises(InvalidInputError, match="gives no valid JSON"):
        transformed('{"text": "<said>"}')


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ({"Input": "{}", "InputPath": "$"}, "Only one of Input, InputPath, or InputTransformer"),
        ({"Input": "{a}"}, "JSON syntax error"),
        ({"InputPath": "$.detail['table']"}, "Invalid JSON path"),
        ({"InputPath": "detail"}, "Invalid JSON path"),
        ({"InputTransformer": {"InputTemplate": '{"a": <table>}'}}, "does not define <table>"),
        ({"InputTransformer": {"InputPathsMap": PATHS, "InputTemplate": "<table> is there"}}, "neither JSON nor quoted"),
        ({"InputTransformer": {"InputPathsMap": PATHS, "InputTemplate": '{"a": <table>'}}, "neither JSON nor quoted"),
        ({"InputTransformer": {"InputPathsMap": {"a": "x"}, "InputTemplate": "<a>"}}, "Invalid JSON path x of a"),
    ],
)  # fmt: skip
def test_an_input_is_refused(target: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        check_input({"Id": "t", **target})


def test_parameters_of_pipelines_may_be_paths() -> None:
    given = [
        {"Name": "Table", "Value": "$.detail.table"},
        {"Name": "Rows", "Value": "$.detail.rows"},
        {"Name": "Fixed", "Value": "x"},
    ]
    assert [item["Value"] for item in with_values(given, EVENT)] == ["sales", "3", "x"]
    with pytest.raises(InvalidInputError, match=r"no value at \$\.detail\.gone"):
        with_values([{"Name": "Gone", "Value": "$.detail.gone"}], EVENT)
