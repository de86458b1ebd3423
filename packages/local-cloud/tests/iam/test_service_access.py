"""What a policy allows an AWS service."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_cloud.iam.service_access import UnsupportedConditionError, may_call

EVENTS, PUBLISH = "events.amazonaws.com", "sns:Publish"
TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:t"
RULE = "arn:aws:events:ap-northeast-1:123456789012:rule/mine"


def statement(**more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": PUBLISH, "Resource": "*", "Principal": {"Service": EVENTS}, **more}


def allowed(*statements: dict[str, Any]) -> bool:
    return may_call(json.dumps({"Statement": list(statements)}), EVENTS, PUBLISH, {"aws:SourceArn": RULE}, TOPIC)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"Action": ["sns:Get*", "SNS:Pub*"]},
        {"Principal": {"Service": ["s3.amazonaws.com", EVENTS]}},
        {"Principal": "*"},
        {"Resource": ["x", TOPIC[:-1] + "*"]},
        {"Condition": {"ArnLike": {"AWS:SourceArn": RULE[:-4] + "*"}}},
        {
            "Condition": {
                "ArnEquals": {"aws:SourceArn": ["x", RULE]},
                "StringEquals": {"aws:SourceAccount": "123456789012"},
            }
        },
        {"Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}},
    ],
)
def test_a_statement_allows(more: dict[str, Any]) -> None:
    assert allowed(statement(**more))


@pytest.mark.parametrize(
    "more",
    [
        {"Action": "sns:Subscribe"},
        {"Resource": TOPIC + "2"},
        {"Principal": {"Service": "s3.amazonaws.com"}},
        {"Principal": {"AWS": "arn:aws:iam::123456789012:root"}},
        {"Condition": {"ArnLike": {"aws:SourceArn": RULE + "s"}}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "210987654321"}}},
        {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
    ],
)
def test_a_statement_does_not_allow(more: dict[str, Any]) -> None:
    assert not allowed(statement(**more))


def test_a_denial_wins_and_nothing_is_no_permission() -> None:
    insecure = {
        "Effect": "Deny",
        "Principal": "*",
        "Resource": TOPIC,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    assert allowed(statement(), statement(**insecure))
    assert not allowed(statement(), statement(Effect="Deny", Principal="*"))
    assert not may_call("", EVENTS, PUBLISH, {}, TOPIC)


def test_a_condition_that_cannot_be_evaluated_is_named() -> None:
    with pytest.raises(UnsupportedConditionError, match="DateLessThan"):
        allowed(statement(Condition={"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}))
