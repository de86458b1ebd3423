"""SageMaker's operations on pipelines: errors and lists."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloud_under_test.refusal import refusal_of
from cloud_under_test.sagemaker_pipelines import definition, get

if TYPE_CHECKING:
    from collections.abc import Callable

Aws = Any
ROLE = "arn:aws:iam::123456789012:role/pipeline"

PASS = {"Name": "A", "Type": "Fail", "Arguments": {}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no", "Unable to parse pipeline definition"),
        (json.dumps({"Version": "2019-01-01", "Steps": [PASS]}), "Version"),
        (definition([]), "at least one step"),
        (definition([{"Name": "A", "Type": "Training", "Arguments": {}}]), "'Training'"),
        (definition([PASS, PASS]), "unique"),
        (definition([{**PASS, "DependsOn": ["B"]}]), "'B'"),
        (definition([{**PASS, "DependsOn": ["B"]}, {**PASS, "Name": "B", "DependsOn": ["A"]}]), "need each other"),
        (definition([{**PASS, "Arguments": {"ErrorMessage": get("Parameters.No")}}]), "'No' that is not declared"),
        (definition([{**PASS, "Arguments": {"ErrorMessage": get("Nothing.No")}}]), "Nothing.No"),
        (definition([{**PASS, "Arguments": {"ErrorMessage": {"Std:JsonGet": {}}}}]), "Std:JsonGet"),
    ],
)
def test_a_definition_that_cant_be_executed_is_refused(aws: Aws, name: str, text: str, said: str) -> None:
    with pytest.raises(ClientError, match=said) as refused:
        aws("sagemaker").create_pipeline(PipelineName=name, RoleArn=ROLE, PipelineDefinition=text)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, r"\[Day\] do not have default values"),
        ({"Day": "x", "Other": "y"}, r"\['Other'\]"),
        ({"Day": "x", "Count": "many"}, "Integer"),
        ({"Day": "x", "Size": "L"}, "one of"),
    ],
)
def test_parameters_that_do_not_fit_start_nothing(aws: Aws, name: str, given: dict[str, str], said: str) -> None:
    parameters: list[dict[str, Any]] = [
        {"Name": "Day", "Type": "String"},
        {"Name": "Count", "Type": "Integer", "DefaultValue": 1},
        {"Name": "Size", "Type": "String", "DefaultValue": "S", "EnumValues": ["S", "M"]},
    ]
    sagemaker = aws("sagemaker")
    sagemaker.create_pipeline(PipelineName=name, RoleArn=ROLE, PipelineDefinition=definition([PASS], parameters))
    values = [{"Name": key, "Value": value} for key, value in given.items()]
    with pytest.raises(ClientError, match=said) as refused:
        sagemaker.start_pipeline_execution(PipelineName=name, PipelineParameters=values)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"] == []


def test_executions_are_listed_latest_first_in_pages_and_a_token_starts_one(aws: Aws, name: str) -> None:
    sagemaker = aws("sagemaker")
    sagemaker.create_pipeline(PipelineName=name, RoleArn=ROLE, PipelineDefinition=definition([PASS]))
    token = "t" * 32
    arns = [
        sagemaker.start_pipeline_execution(PipelineName=name, ClientRequestToken=value)["PipelineExecutionArn"]
        for value in (token, token, "u" * 32)
    ]
    assert arns[0] == arns[1] != arns[2]
    pages = sagemaker.get_paginator("list_pipeline_executions").paginate(
        PipelineName=name, PaginationConfig={"PageSize": 1}
    )
    found = [summary["PipelineExecutionArn"] for page in pages for summary in page["PipelineExecutionSummaries"]]
    assert found == [arns[2], arns[0]]


def test_a_token_that_is_too_short_is_refused_by_the_service_itself(
    unchecked: Callable[[str], Aws], aws: Aws, name: str
) -> None:
    aws("sagemaker").create_pipeline(PipelineName=name, RoleArn=ROLE, PipelineDefinition=definition([PASS]))
    code, message = refusal_of(
        unchecked("sagemaker").start_pipeline_execution, PipelineName=name, ClientRequestToken="d32c5cddcf5bb8c3"
    )
    assert code == "ValidationException"
    assert (
        "'clientRequestToken' failed to satisfy constraint: Member must have length greater than or equal to 32"
        in message
    )


@pytest.mark.parametrize("shown", ["bf_1", "bf-1-20261101T05:00Z", "-bf", "x" * 83])
def test_a_display_name_is_checked_by_the_service_itself(
    unchecked: Callable[[str], Aws], aws: Aws, name: str, shown: str
) -> None:
    aws("sagemaker").create_pipeline(PipelineName=name, RoleArn=ROLE, PipelineDefinition=definition([PASS]))
    code, message = refusal_of(
        unchecked("sagemaker").start_pipeline_execution,
        PipelineName=name,
        PipelineExecutionDisplayName=shown,
        ClientRequestToken="t" * 32,
    )
    assert (code, "pipelineExecutionDisplayName" in message) == ("ValidationException", True)


def test_what_is_not_there_is_named(aws: Aws, name: str) -> None:
    sagemaker = aws("sagemaker")
    gone = f"arn:aws:sagemaker:ap-northeast-1:123456789012:pipeline/{name}/execution/abcdefghijkl"
    calls: tuple[tuple[str, dict[str, str]], ...] = (
        ("start_pipeline_execution", {"PipelineName": name}),
        ("describe_pipeline", {"PipelineName": name}),
        ("describe_pipeline_execution", {"PipelineExecutionArn": gone}),
        ("list_pipeline_execution_steps", {"PipelineExecutionArn": gone}),
        ("delete_pipeline", {"PipelineName": name}),
    )
    for call, arguments in calls:
        with pytest.raises(ClientError, match=name) as refused:
            getattr(sagemaker, call)(**arguments)
        assert refused.value.response["Error"]["Code"] == "ResourceNotFound"
