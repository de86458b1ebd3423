"""A failed call as a problem: service, call, first line of the error, and the permission that is missing."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from partitioned_pipelines.cli.lake.problems import ACTIONS, SERVICES, problem_of
from partitioned_pipelines.operations.lake_state.documents.lake import Problem
from partitioned_pipelines.runtime.catalog import RegistrationError

PERMISSIONS = Path(__file__).parents[3] / "docs" / "reference" / "command_permissions.md"


def denied(code: str, message: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


def test_a_denied_call_names_the_right_that_the_message_names() -> None:
    said = (
        "User: arn:aws:sts::123456789012:assumed-role/reader/x is not authorized to perform: glue:GetTable on resource: "
        "arn:aws:glue:eu-west-1:123456789012:catalog\nbecause no policy allows it"
    )
    problem = problem_of("db.t", denied("AccessDeniedException", said, "GetPartitions"))
    assert (problem.subject, problem.service, problem.call) == ("db.t", "Glue", "GetPartitions")
    assert problem.error == f"AccessDeniedException: {said.splitlines()[0]}"
    assert problem.missing_permission == "glue:GetTable"


@pytest.mark.parametrize("code", ["AccessDenied", "403"])
def test_s3_names_no_right_and_the_operation_tells_it(code: str) -> None:
    problem = problem_of("db.t", denied(code, "Access Denied", "ListObjectsV2"))
    assert (problem.service, problem.missing_permission) == ("S3", "s3:ListBucket")


def test_other_errors_lack_no_right() -> None:
    throttled = problem_of("p", denied("ThrottlingException", "Rate exceeded", "ListExecutions"))
    assert throttled == Problem("p", "Step Functions", "ListExecutions", "ThrottlingException: Rate exceeded")
    unreachable = problem_of("", EndpointConnectionError(endpoint_url="https://glue"))
    assert unreachable == Problem("", "", "", 'Could not connect to the endpoint URL: "https://glue"')
    gone = problem_of("db.t", RegistrationError("the table db.t is not in the Data Catalog: deploy it"))
    assert (gone.service, gone.error) == ("Glue", "the table db.t is not in the Data Catalog: deploy it")


def test_every_action_is_of_a_service_that_has_the_operation() -> None:
    clients = {"states": "stepfunctions"}
    for operation, action in ACTIONS.items():
        service = action.partition(":")[0]
        client = boto3.client(clients.get(service, service), region_name="eu-west-1")  # type: ignore[call-overload]
        assert operation in client.meta.service_model.operation_names
        assert service in SERVICES


def test_the_permissions_are_documented_and_read_only() -> None:
    documented = PERMISSIONS.read_text(encoding="utf-8")
    for action in ACTIONS.values():
        assert action.partition(":")[2] in documented, action
        assert action.partition(":")[2].startswith(("Describe", "Get", "List", "BatchGet")), action
