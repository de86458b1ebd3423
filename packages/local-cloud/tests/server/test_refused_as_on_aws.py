"""Requests about what does not exist, or without what AWS needs, are refused with the code of the operation's page in the API reference."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloud_under_test.refusal import refusal_of
from local_cloud.server import moto_failures

if TYPE_CHECKING:
    from collections.abc import Callable

Client = Any
HERE = "ap-northeast-1:123456789012"
MACHINE = f"arn:aws:states:{HERE}:stateMachine:nope"
SECRET = f"arn:aws:secretsmanager:{HERE}:secret:nope-abcdef"
KEY = "00000000-0000-0000-0000-000000000000"
ROLE = "arn:aws:iam::123456789012:role/nope"
JOB = {
    "TrainingJobName": "t",
    "RoleArn": ROLE,
    "OutputDataConfig": {"S3OutputPath": "s3://b/k"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}
PUT = {"Put": {"TableName": "nope", "Item": {"a": {"S": "a"}}}}
BAD_CONDITION = {"Put": {"TableName": "nope", "Item": {"a": {"S": "a"}}, "ConditionExpression": "a"}}

QUERY = {"logGroupName": "/nope", "startTime": 0, "endTime": 1, "queryString": "fields @message"}
REPLICA = {"SecretId": SECRET, "AddReplicaRegions": [{"Region": "no-pe-9"}]}

REFUSED = [
    ("athena", "get_named_query", {"NamedQueryId": KEY}, "InvalidRequestException"),
    ("athena", "get_prepared_statement", {"StatementName": "nope", "WorkGroup": "primary"}, "ResourceNotFoundException"),
    ("athena", "tag_resource", {"ResourceARN": f"arn:aws:athena:{HERE}:workgroup/nope", "Tags": []}, "ResourceNotFoundException"),
    ("athena", "create_capacity_reservation", {"Name": "r", "TargetDpus": 24, "Tags": [{}]}, "InvalidRequestException"),
    ("cloudformation", "describe_stacks", {"NextToken": "x"}, "ValidationError"),
    ("cloudformation", "list_exports", {"NextToken": "x"}, "ValidationError"),
    ("cloudformation", "validate_template", {"TemplateURL": "https://nope.s3.amazonaws.com/key"}, "ValidationError"),
    ("cloudformation", "validate_template", {"TemplateURL": "https://[/key"}, "ValidationError"),
    ("dynamodb", "batch_execute_statement", {"Statements": [{"Statement": "SELECT"}]}, "ValidationException"),
    ("dynamodb", "describe_export", {"ExportArn": f"arn:aws:dynamodb:{HERE}:table/t/export/nope"}, "ExportNotFoundException"),
    ("dynamodb", "describe_import", {"ImportArn": f"arn:aws:dynamodb:{HERE}:table/t/import/nope"}, "ImportNotFoundException"),
    ("dynamodb", "execute_statement", {"Statement": "nope"}, "ValidationException"),
    ("dynamodb", "execute_statement", {"Statement": 'SELECT * FROM "nope"'}, "ResourceNotFoundException"),
    ("dynamodb", "execute_transaction", {"TransactStatements": [{"Statement": "nope"}]}, "ValidationException"),
    ("dynamodb", "transact_write_items", {"TransactItems": [PUT]}, "ResourceNotFoundException"),
    ("dynamodb", "transact_write_items", {"TransactItems": [{}]}, "ValidationException"),
    ("dynamodb", "transact_write_items", {"TransactItems": [BAD_CONDITION]}, "ValidationException"),
    ("ecr", "put_image", {"repositoryName": "nope", "imageManifest": "{}"}, "RepositoryNotFoundException"),
    ("events", "describe_event_source", {"Name": "aws.partner/a/b"}, "ResourceNotFoundException"),
    ("events", "describe_partner_event_source", {"Name": "aws.partner/a/b"}, "ResourceNotFoundException"),
    ("events", "describe_rule", {"Name": "nope"}, "ResourceNotFoundException"),
    ("events", "put_targets", {"Rule": "nope", "Targets": [{"Id": "1", "Arn": f"arn:aws:sqs:{HERE}:q"}]}, "ResourceNotFoundException"),
    ("glue", "get_registry", {"RegistryId": {"RegistryName": "nope"}}, "EntityNotFoundException"),
    ("iam", "list_roles", {"Marker": "x"}, "ValidationError"),
    ("kms", "create_grant", {"KeyId": KEY, "GranteePrincipal": ROLE, "Operations": ["Decrypt"]}, "NotFoundException"),
    ("kms", "list_grants", {"KeyId": KEY}, "NotFoundException"),
    ("logs", "get_query_results", {"queryId": "nope"}, "ResourceNotFoundException"),
    ("logs", "start_query", QUERY, "ResourceNotFoundException"),
    ("sagemaker", "create_training_job", JOB, "ValidationException"),
    ("sagemaker", "describe_experiment", {"ExperimentName": "nope"}, "ResourceNotFound"),
    ("sagemaker", "describe_feature_group", {"FeatureGroupName": "nope"}, "ResourceNotFound"),
    ("sagemaker", "describe_training_job", {"TrainingJobName": "nope"}, "ValidationException"),
    ("sagemaker", "list_endpoints", {"NextToken": "x"}, "ValidationException"),
    ("scheduler", "delete_schedule_group", {"Name": "nope"}, "ResourceNotFoundException"),
    ("secretsmanager", "list_secret_version_ids", {"SecretId": SECRET}, "ResourceNotFoundException"),
    ("secretsmanager", "list_secrets", {"NextToken": "x"}, "InvalidNextTokenException"),
    ("secretsmanager", "replicate_secret_to_regions", REPLICA, "ResourceNotFoundException"),
    ("secretsmanager", "tag_resource", {"SecretId": SECRET, "Tags": [{"Key": "a", "Value": "b"}]}, "ResourceNotFoundException"),
    ("sns", "list_topics", {"NextToken": "x"}, "InvalidParameter"),
    ("ssm", "delete_patch_baseline", {"BaselineId": "pb-00000000000000000"}, "DoesNotExistException"),
    ("ssm", "describe_parameters", {"NextToken": "x"}, "InvalidNextToken"),
    ("stepfunctions", "describe_state_machine_alias", {"stateMachineAliasArn": f"{MACHINE}:live"}, "StateMachineDoesNotExist"),
    ("stepfunctions", "describe_state_machine_alias", {"stateMachineAliasArn": "nope"}, "InvalidArn"),
    ("stepfunctions", "list_executions", {"stateMachineArn": MACHINE}, "StateMachineDoesNotExist"),
    ("stepfunctions", "tag_resource", {"resourceArn": MACHINE, "tags": [{"key": "a", "value": "b"}]}, "ResourceNotFound"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "method", "parameters", "code"), REFUSED)
def test_what_does_not_exist_is_refused_by_the_service_s_own_code(
    unchecked: Callable[[str], Client], service: str, method: str, parameters: dict[str, Any], code: str
) -> None:
    refused, said = refusal_of(getattr(unchecked(service), method), **parameters)
    assert refused == code, said
    assert "{" not in said


def test_a_member_that_aws_does_not_need_may_be_missing(aws: Callable[[str], Client], name: str) -> None:
    ecr = aws("ecr")
    ecr.put_registry_scanning_configuration(scanType="BASIC")
    assert ecr.get_registry_scanning_configuration()["scanningConfiguration"]["rules"] == []
    aws("athena").create_capacity_reservation(Name=name, TargetDpus=24)
    found = aws("ssm").get_patch_baseline_for_patch_group(PatchGroup=name)
    assert found["OperatingSystem"] == "WINDOWS"


def test_a_parameter_that_does_not_exist_cannot_be_labelled_into_existence(
    aws: Callable[[str], Client], name: str
) -> None:
    ssm = aws("ssm")
    assert refusal_of(ssm.label_parameter_version, Name=name, Labels=["a"])[0] == "ParameterNotFound"
    assert refusal_of(ssm.get_parameter, Name=name)[0] == "ParameterNotFound"
    assert ssm.get_parameters(Names=[name])["InvalidParameters"] == [name]
    ssm.put_parameter(Name=name, Value="v", Type="String")
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == "v"


def test_an_attribute_value_has_a_type(unchecked: Callable[[str], Client], name: str) -> None:
    dynamodb = unchecked("dynamodb")
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for method, member in (("put_item", "Item"), ("get_item", "Key"), ("update_item", "Key"), ("delete_item", "Key")):
        code, said = refusal_of(getattr(dynamodb, method), TableName=name, **{member: {"a": {}}})
        assert (code, "Supplied AttributeValue is empty" in said) == ("ValidationException", True)


def test_the_prefix_of_queues_is_no_regular_expression(aws: Callable[[str], Client], name: str) -> None:
    sqs = aws("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    assert sqs.list_queues(QueueNamePrefix=name[:5])["QueueUrls"] == [url]
    for pattern in ("[", ".*", "^t"):
        assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix=pattern)


def test_a_refusal_has_the_type_and_the_status_of_its_protocol(aws: Callable[[str], Client]) -> None:
    for service, method, parameters, status, kind in (
        ("events", "enable_rule", {"Name": "nope"}, 400, "application/x-amz-json-1.1"),
        ("scheduler", "delete_schedule_group", {"Name": "nope"}, 404, "application/json"),
    ):
        with pytest.raises(ClientError) as refused:
            getattr(aws(service), method)(**parameters)
        answer = refused.value.response["ResponseMetadata"]
        assert (answer["HTTPStatusCode"], answer["HTTPHeaders"]["content-type"]) == (status, kind)


def test_an_athena_resource_without_tags_has_none(aws: Callable[[str], Client], name: str) -> None:
    athena, resource = aws("athena"), {"ResourceARN": f"arn:aws:athena:{HERE}:workgroup/{name}"}
    athena.create_work_group(Name=name)
    assert athena.list_tags_for_resource(**resource)["Tags"] == []
    athena.tag_resource(**resource, Tags=[{"Key": "a", "Value": "b"}])
    assert athena.list_tags_for_resource(**resource)["Tags"] == [{"Key": "a", "Value": "b"}]


def test_each_function_whose_exceptions_are_refusals_exists() -> None:
    tables: list[dict[str, Any]] = [moto_failures._REFUSALS, moto_failures._UNSUPPORTED, moto_failures._READ_TOKENS]
    for path in [f"moto.{package}.{name}" for table in tables for package in table for name in table[package]]:
        parts = path.split(".")
        depth = next(number for number in range(len(parts), 0, -1) if _is_module(".".join(parts[:number])))
        found: Any = import_module(".".join(parts[:depth]))
        for part in parts[depth:]:
            found = getattr(found, part)
        assert inspect.isroutine(found) or isinstance(found, property), path


def _is_module(name: str) -> bool:
    try:
        import_module(name)
    except ModuleNotFoundError:
        return False
    return True
