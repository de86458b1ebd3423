"""Requests of all protocols are checked against the service's model, and rejected with AWS's messages."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.loaders import create_loader

from cloud_under_test.refusal import refusal_of
from local_cloud.botocore_session import botocore_session, load_model
from local_cloud.clients import client
from local_cloud.request_validation.operations import SERVICES, Request, find_call, service_model
from local_cloud.request_validation.patterns import SKIPPED, compile_pattern
from local_cloud.request_validation.violations import WrongTypeError, find_violations

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.server import LocalCloud

_TOO_LONG = "Member must have length less than or equal to"

CASES: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("glue", "get_table", {"DatabaseName": "d"}, "ValidationException", "Value null at 'name' failed"),
    ("glue", "get_table", {"DatabaseName": "d", "Name": ""}, "ValidationException", "Value '' at 'name'"),
    ("glue", "get_table", {"DatabaseName": "d", "Name": "a\nb"}, "ValidationException", "at 'name'"),
    ("glue", "get_table", {"DatabaseName": "d", "Name": "x" * 256}, "ValidationException", f"{_TOO_LONG} 255"),
    (
        "glue",
        "batch_create_partition",
        {"DatabaseName": "d", "TableName": "t", "PartitionInputList": [{"Values": ["1"]}] * 101},
        "ValidationException",
        f"at 'partitionInputList' failed to satisfy constraint: {_TOO_LONG} 100",
    ),
    (
        "glue",
        "batch_delete_partition",
        {"DatabaseName": "d", "TableName": "t", "PartitionsToDelete": [{"Values": ["1"]}] * 26},
        "ValidationException",
        f"{_TOO_LONG} 25",
    ),
    (
        "glue",
        "batch_create_partition",
        {"DatabaseName": "d", "TableName": "t", "PartitionInputList": [{"Values": ["1"]}, {"Values": [""]}]},
        "ValidationException",
        "Value '' at 'partitionInputList.2.member.values.1.member'",
    ),
    (
        "glue",
        "get_partitions",
        {"DatabaseName": "d", "TableName": "t", "MaxResults": 1001},
        "ValidationException",
        "Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000",
    ),
    (
        "glue",
        "get_partitions",
        {"DatabaseName": "d", "TableName": "t", "Expression": "x" * 2049},
        "ValidationException",
        f"{_TOO_LONG} 2048",
    ),
    (
        "sagemaker",
        "describe_processing_job",
        {"ProcessingJobName": "no_underscores"},
        "ValidationException",
        "Value 'no_underscores' at 'processingJobName' failed to satisfy constraint: Member must satisfy regular "
        "expression pattern: ",
    ),
    ("stepfunctions", "start_execution", {"name": "n"}, "ValidationException", "Value null at 'stateMachineArn'"),
    (
        "stepfunctions",
        "start_execution",
        {"stateMachineArn": "arn", "name": "n" * 81},
        "ValidationException",
        f"at 'name' failed to satisfy constraint: {_TOO_LONG} 80",
    ),
    ("athena", "start_query_execution", {}, "InvalidRequestException", "Value null at 'queryString'"),
    ("logs", "create_log_group", {"logGroupName": "a b"}, "InvalidParameterException", "Value 'a b' at 'logGroupName'"),
    ("events", "put_rule", {"Name": "a b"}, "ValidationException", "Value 'a b' at 'name'"),
    (
        "ssm",
        "put_parameter",
        {"Name": "/n", "Value": "v", "Type": "Text"},
        "ValidationException",
        "[String, StringList",
    ),
    ("ecr", "create_repository", {"repositoryName": "Upper"}, "InvalidParameterException", "at 'repositoryName'"),
    ("secretsmanager", "create_secret", {}, "ValidationException", "Value null at 'name'"),
    ("kms", "describe_key", {}, "ValidationException", "Value null at 'keyId'"),
    ("sqs", "create_queue", {}, "InvalidParameterValue", "Value null at 'queueName'"),
    (
        "lambda",
        "create_function",
        {"FunctionName": "f", "Role": "r", "Code": {}, "Timeout": 0, "MemorySize": 64, "Handler": "a b"},
        "ValidationException",
        "Value 'r' at 'role' failed",
    ),
    (
        "scheduler",
        "create_schedule",
        {"Name": "a b", "ScheduleExpression": "rate(1 days)", "FlexibleTimeWindow": {"Mode": "ON"}, "Target": {}},
        "ValidationException",
        "Value 'a b' at 'name' failed",
    ),
    ("sns", "create_topic", {}, "InvalidParameter", "Value null at 'name'"),
    ("iam", "create_role", {"RoleName": "a b"}, "ValidationError", "Value 'a b' at 'roleName'"),
    ("cloudformation", "delete_stack", {}, "ValidationError", "Value null at 'stackName'"),
    ("sts", "assume_role", {"RoleArn": "short"}, "ValidationError", "Value 'short' at 'roleArn'"),
]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code", "message"), CASES, ids=[f"{c[0]}-{c[1]}-{c[4][:40]}" for c in CASES]
)
def test_what_breaks_the_model_is_refused_by_name(
    unchecked: Callable[[str], Any], service: str, operation: str, parameters: dict[str, Any], code: str, message: str
) -> None:
    refused_with, words = refusal_of(getattr(unchecked(service), operation), **parameters)
    assert refused_with == code
    assert "validation error" in words
    assert message in words


def test_all_that_is_wrong_is_said_at_once(unchecked: Callable[[str], Any]) -> None:
    _, words = refusal_of(unchecked("glue").get_table, DatabaseName="", Name="")
    assert words.startswith("2 validation errors detected: ")
    assert "'databaseName'" in words


def test_another_type_can_not_be_read(unchecked: Callable[[str], Any]) -> None:
    code, words = refusal_of(unchecked("glue").get_partitions, DatabaseName="d", TableName="t", MaxResults="ten")
    assert (code, words) == ("SerializationException", "STRING_VALUE can not be converted to Integer at 'maxResults'")


@pytest.mark.parametrize(
    ("operation", "member", "is_readable"),
    [
        ("Decrypt", {"CiphertextBlob": "YQ=="}, True),
        ("Decrypt", {"CiphertextBlob": "a"}, False),
        ("Decrypt", {"CiphertextBlob": "é"}, False),
        ("Decrypt", {"CiphertextBlob": 1}, False),
        ("ImportKeyMaterial", {"ValidTo": 1.5e9}, True),
        ("ImportKeyMaterial", {"ValidTo": "2030-01-01T00:00:00Z"}, True),
        ("ImportKeyMaterial", {"ValidTo": "soon"}, False),
        ("ImportKeyMaterial", {"ValidTo": 10**30}, False),
        ("ImportKeyMaterial", {"ValidTo": True}, False),
        ("ImportKeyMaterial", {"ValidTo": []}, False),
    ],
)
def test_blobs_and_times_are_read(operation: str, member: dict[str, Any], is_readable: bool) -> None:
    body = json.dumps(member).encode()
    call = find_call("kms", Request("POST", "/", "", {"x-amz-target": f"TrentService.{operation}"}, body))
    assert call is not None
    if is_readable:
        find_violations(call.parameters, call.rule)
    else:
        with pytest.raises(WrongTypeError, match=r"can not be converted to a (Blob|Timestamp)"):
            find_violations(call.parameters, call.rule)


def test_a_member_of_a_newer_model_is_let_pass() -> None:
    body = json.dumps({"Name": "d", "OfNextYear": {"a": 1}}).encode()
    call = find_call("glue", Request("POST", "/", "", {"x-amz-target": "AWSGlue.GetDatabase"}, body))
    assert call is not None
    assert find_violations(call.parameters, call.rule) == []


@pytest.mark.parametrize(
    ("method", "path", "query", "operation", "parameters"),
    [
        ("GET", "/2018-10-31/layers/l/versions/7", "", "GetLayerVersion", {"LayerName": "l", "VersionNumber": 7}),
        ("GET", "/2018-10-31/layers", "find=LayerVersion&Arn=a", "GetLayerVersionByArn", {"Arn": "a"}),
        ("GET", "/2018-10-31/layers", "MaxItems=5", "ListLayers", {"MaxItems": 5}),
        ("DELETE", "/2017-03-31/tags/r", "tagKeys=a&tagKeys=b", "UntagResource", {"Resource": "r", "tagKeys": ["a", "b"]}),
        ("POST", "/2014-11-13/functions/f/invoke-async", "", "InvokeAsync", {"FunctionName": "f", "InvokeArgs": b"{}"}),
    ],
)  # fmt: skip
def test_what_is_in_the_path_and_the_query_has_its_type(
    method: str, path: str, query: str, operation: str, parameters: dict[str, Any]
) -> None:
    call = find_call("lambda", Request(method, path, query, {}, b"{}"))
    assert call is not None
    assert (call.model.name, call.parameters) == (operation, parameters)


def test_a_body_that_is_no_json_is_refused(local_cloud_server: Any) -> None:
    key = local_cloud_server.access_key.access_key_id
    credential = f"AWS4-HMAC-SHA256 Credential={key}/20260101/ap-northeast-1/glue/aws4_request, SignedHeaders=host"
    headers = {"Authorization": credential, "X-Amz-Target": "AWSGlue.GetDatabase"}
    request = urllib.request.Request(local_cloud_server.endpoint_url, b"{", headers)  # noqa: S310 - localhost
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)  # noqa: S310 - localhost
    with refused.value as answer:
        assert answer.code == 400
        assert json.load(answer)["__type"] == "SerializationException"


def test_a_good_request_of_each_protocol_is_handed_on(unchecked: Callable[[str], Any], name: str) -> None:
    assert unchecked("ssm").put_parameter(Name=f"/{name}", Value="v", Type="String")["Version"] == 1
    assert unchecked("sns").create_topic(Name=name)["TopicArn"].endswith(name)
    assert unchecked("scheduler").list_schedules(NamePrefix=name)["Schedules"] == []


@pytest.mark.parametrize("service", sorted(SERVICES.values()))
def test_every_pattern_compiles_but_those_that_are_skipped(service: str) -> None:
    model = service_model(service)
    description: Any = model
    shapes = description._service_description["shapes"]
    patterns = {shape["pattern"] for shape in shapes.values() if "pattern" in shape}
    skipped = {pattern for pattern in patterns if compile_pattern(pattern) is None}
    assert skipped == (SKIPPED if service == "sagemaker" else set())


@pytest.mark.parametrize(
    ("pattern", "taken", "refused"),
    [
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "日本語 😀\t", "a\nb"),
        (r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", "Größe 1/2", "a*b"),
        (r"\p{ASCII}*", "plain", "é"),
        (r"[\w-_]*", "a-b_c", "a.b"),
        (r"arn:[\p{Alnum}\-]+", "arn:aws-cn", "arn:aws_cn"),
    ],
)
def test_java_patterns_keep_their_meaning(pattern: str, taken: str, refused: str) -> None:
    expression = compile_pattern(pattern)
    assert expression is not None
    assert expression.fullmatch(taken)
    assert not expression.fullmatch(refused)


def test_the_cloud_s_own_clients_leave_its_models_as_they_are(local_cloud_server: LocalCloud, bucket: str) -> None:
    """A client of S3 removes the bucket from the paths in the model that it uses."""
    client("s3", local_cloud_server.settings.region).head_bucket(Bucket=bucket)
    assert service_model("s3").operation_model("HeadBucket").http["requestUri"] == "/{Bucket}"


@pytest.mark.parametrize("service", sorted(SERVICES.values()))
def test_a_client_leaves_the_model_that_it_shares_as_it_is(service: str) -> None:
    boto3.Session(botocore_session=botocore_session()).client(service, region_name="us-east-1")  # type: ignore[call-overload]
    assert load_model(service, "service-2") == create_loader().load_service_model(service, "service-2")
