"""Tests of the checks: that they evaluate correctly, and report errors."""

from typing import Any

import pytest

from tests.checks.external_tools.service_model import request_findings
from tests.checks.state_machine.payload_template import ExpressionError, evaluate_expression, evaluate_template
from tests.iam.policies import permissions, permissions_findings, requires_tls
from tests.synthesized.intrinsics import IntrinsicResolver, UnresolvedIntrinsicError

STATE = {"a": {"b": [{"c": "x"}]}, "n": 3}
CONTEXT = {"Execution": {"Id": "arn:e"}}
TEMPLATE = {
    "Resources": {
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Role": {"Type": "AWS::IAM::Role"},
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Fn::Sub": "/x/${AWS::Region}"}}},
    },
    "Parameters": {
        "Version": {"Default": "6"},
        "LakeName": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/x/lake"},
    },
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$", STATE),
        ("$.a.b[0].c", "x"),
        ("$$.Execution.Id", "arn:e"),
        ("States.UUID()", "u-u-i-d"),
        ("States.Format('{}-{}', $.a.b[0].c, States.UUID())", "x-u-u-i-d"),
        (r"States.Format('it\'s {}', $.n)", "it's 3"),
        ("States.Format('{}', 'a, b')", "a, b"),
    ],
)
def test_expressions(expression: str, expected: object) -> None:
    assert evaluate_expression(expression, STATE, CONTEXT, make_uuid=lambda: "u-u-i-d") == expected


@pytest.mark.parametrize(
    "expression",
    ["$.a.missing", "$.a.b[1]", "$.n.x", "a.b", "States.Hash('a', 'MD5')", "States.Format('{}{}', $.n)", "$.a..b"],
)
def test_expressions_that_fail_an_execution(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate_expression(expression, STATE, CONTEXT, make_uuid=str)


def test_only_keys_that_say_so_are_evaluated() -> None:
    template = {"x.$": "$.n", "y": "$.n", "z": [{"w.$": "$$.Execution.Id", "$.n": 1}]}
    expected = {"x": 3, "y": "$.n", "z": [{"w": "arn:e", "$.n": 1}]}
    assert evaluate_template(template, STATE, CONTEXT, make_uuid=str) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "AWS::AccountId"}, "123456789012"),
        ({"Ref": "Version"}, "6"),
        ({"Ref": "Bucket"}, "stack-bucket"),
        ({"Ref": "Topic"}, "arn:aws:sns:ap-northeast-1:123456789012:stack-Topic"),
        ({"Ref": "Queue"}, "https://sqs.ap-northeast-1.amazonaws.com/123456789012/stack-Queue"),
        ({"Fn::GetAtt": ["Role", "Arn"]}, "arn:aws:iam::123456789012:role/stack-Role"),
        ({"Fn::GetAtt": ["Group", "Arn"]}, "arn:aws:logs:ap-northeast-1:123456789012:log-group:/x/ap-northeast-1:*"),
        ({"Fn::Join": ["/", ["s3:/", {"Ref": "Bucket"}, "k"]]}, "s3://stack-bucket/k"),
        ({"Fn::Sub": "${AWS::Partition} ${Bucket} ${!literal} ${Role.Arn}"}, None),
        ({"Ref": "LakeName"}, "the-lake"),
        ([{"a": {"Ref": "Role"}}], [{"a": "stack-Role"}]),
    ],
)
def test_intrinsic_functions(value: object, expected: object) -> None:
    if expected is None:
        expected = "aws stack-bucket ${literal} arn:aws:iam::123456789012:role/stack-Role"
    assert IntrinsicResolver("stack", TEMPLATE, {"/x/lake": "the-lake"}).resolve(value) == expected


@pytest.mark.parametrize(
    "value",
    [{"Ref": "Missing"}, {"Fn::GetAtt": ["Role", "Color"]}, {"Ref": "LakeName"}, {"Fn::Select": [0, ["a"]]}],
)
def test_what_cannot_be_resolved_is_an_error(value: object) -> None:
    with pytest.raises(UnresolvedIntrinsicError):
        IntrinsicResolver("stack", TEMPLATE).resolve(value)


def job(**changes: Any) -> dict[str, Any]:
    return {
        "ProcessingJobName": "job-1",
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 30}
        },
        "AppSpecification": {"ImageUri": "image:1"},
        "RoleArn": "arn:aws:iam::123456789012:role/r",
        **changes,
    }


def cluster(**changes: Any) -> dict[str, Any]:
    return {"ClusterConfig": {**job()["ProcessingResources"]["ClusterConfig"], **changes}}


@pytest.mark.parametrize(
    ("request_", "finding"),
    [
        (job(), None),
        ({key: value for key, value in job().items() if key != "RoleArn"}, "RoleArn is required"),
        (job(Colour="red"), "Colour is unknown"),
        (job(ProcessingJobName=7), "7 is no string"),
        (job(ProcessingJobName="-x"), "'-x' does not match"),
        (job(ProcessingJobName="x" * 64), "64 characters, at most 63"),
        (job(ProcessingInputs=[{"InputName": "x"}] * 11), "11 items, at most 10"),
        (job(ProcessingResources=cluster(InstanceType="ml.m5")), "'ml.m5' is none of"),
        (job(ProcessingResources=cluster(VolumeSizeInGB=0)), "0, at least 1"),
        (job(ProcessingResources=cluster(InstanceCount=True)), "True is no integer"),
        (job(Environment={"a b": "x"}), "key 'a b': 'a b' does not match"),
        (job(Environment={f"a{index}": "x" for index in range(101)}), "101 entries, at most 100"),
    ],
)
def test_requests_against_the_model(request_: dict[str, Any], finding: str | None) -> None:
    found = request_findings("sagemaker", "CreateProcessingJob", request_)
    assert found == [] if finding is None else any(finding in text for text in found), found


def test_permissions_are_compared_both_ways() -> None:
    statement = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["a", "*"]}
    assert permissions_findings("x", [statement], permissions(["s3:GetObject", "s3:PutObject"], ["a"])) == [
        "x lacks s3:PutObject on a",
        "x has s3:GetObject on *",
    ]
    conditional = {**statement, "Resource": ["a"], "Condition": {"Bool": {"k": "true"}}}
    assert len(permissions_findings("x", [conditional], permissions(["s3:GetObject"], ["a"]))) == 2


def test_a_denial_for_some_is_no_denial() -> None:
    statement = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:*",
        "Resource": ["a", "a/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    assert requires_tls([statement], {"a", "a/*"}, "s3:*")
    changes: list[dict[str, Any]] = [
        {"Effect": "Allow"},
        {"Resource": "a"},
        {"Condition": {}},
        {"Principal": {"AWS": "arn:x"}},
    ]
    for change in changes:
        assert not requires_tls([{**statement, **change}], {"a", "a/*"}, "s3:*"), change
