"""Tests that a document becomes the string that the CDK itself would make of it."""

import aws_cdk as cdk

from stacks.iam.arns import arn
from stacks.json_text import json_text
from tests.synthesized.hostile_text import HOSTILE


def test_it_equals_the_text_of_the_cdk() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    queue = cdk.CfnResource(stack, "Queue", type="AWS::SQS::Queue")
    document = {
        "States": {
            "é": {"Resource": arn("states", "x"), "Queue": queue.get_att("Arn").to_string()},
            HOSTILE: [HOSTILE],
        },
        "MaxAttempts": 3,
        "BackoffRate": 1.5,
        "Ok": True,
        "keys": [{"name": "hour", "date_format": None}],
        "nested": [[{"gone": None}], {}],
    }
    text = stack.resolve(json_text(document))
    assert text == stack.resolve(stack.to_json_string(document))
    assert "date_format" not in str(text)
