"""Tests of a verification's guard: requests for foreign resources are never sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from partitioned_pipelines.cli.verify.ownership import _RULES, ForeignResourceError, Ownership

if TYPE_CHECKING:
    from partitioned_pipelines.cli.verify.copy import Names

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:Own"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:Own:one"
OTHER = "arn:aws:states:us-east-1:123456789012:execution:Owner:one"


@pytest.fixture
def fenced(account: boto3.Session, names: Names) -> boto3.Session:
    ownership = Ownership(names, {MACHINE, "own-bucket"})
    session = boto3.Session(region_name="us-east-1")
    ownership.guard(session)
    return session


@pytest.mark.parametrize(("service", "operation"), sorted(_RULES))
@pytest.mark.parametrize("foreign", ["pipelines", "verify-0a1b2c3", "verify-ffffffff-data-lake", None])
def test_each_request_that_is_made_is_refused_on_what_is_not_owned(
    fenced: boto3.Session, service: str, operation: str, foreign: str | None
) -> None:
    client: Any = fenced.client(service)  # type: ignore[call-overload]  # the service's name is not a literal here
    (method,) = [name for name, of in client.meta.method_to_api_mapping.items() if of == operation]
    parameter, _ = _RULES[service, operation]
    with pytest.raises(ForeignResourceError):
        getattr(client, method)(**({} if foreign is None else {parameter: foreign}))


@pytest.mark.parametrize(
    ("service", "method", "parameters"),
    [
        ("s3", "delete_bucket", {"Bucket": "own-bucket"}),
        ("s3", "copy_object", {"Bucket": "own-bucket", "Key": "k", "CopySource": "other/k"}),
        ("iam", "delete_role", {"RoleName": "verify-0a1b2c3d-role"}),
        ("glue", "delete_database", {"Name": "verify_0a1b2c3d"}),
        ("lambda", "invoke", {"FunctionName": "verify-0a1b2c3d"}),
        ("stepfunctions", "delete_state_machine", {"stateMachineArn": MACHINE}),
    ],
)
def test_what_a_verification_never_does_is_refused_on_anything(
    fenced: boto3.Session, service: str, method: str, parameters: dict[str, str]
) -> None:
    client: Any = fenced.client(service)  # type: ignore[call-overload]  # the service's name is not a literal here
    with pytest.raises(ForeignResourceError, match="verify never calls"):
        getattr(client, method)(**parameters)


def test_a_machine_whose_name_begins_like_the_own_one_is_not_it(fenced: boto3.Session) -> None:
    with pytest.raises(ForeignResourceError):
        fenced.client("stepfunctions").stop_execution(executionArn=OTHER)
    with pytest.raises(fenced.client("stepfunctions").exceptions.ExecutionDoesNotExist):
        fenced.client("stepfunctions").stop_execution(executionArn=EXECUTION)


def test_what_is_owned_and_what_only_looks_goes_through(account: boto3.Session, fenced: boto3.Session) -> None:
    account.client("s3").create_bucket(Bucket="own-bucket")
    fenced.client("s3").put_object(Bucket="own-bucket", Key="key", Body=b"")
    listed = fenced.client("s3").list_objects_v2(Bucket="own-bucket")["Contents"]
    assert [one["Key"] for one in listed] == ["key"]
    assert fenced.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_a_query_can_be_stopped_once_it_was_started_here(account: boto3.Session, fenced: boto3.Session) -> None:
    account.client("athena").create_work_group(Name="verify-0a1b2c3d")
    query = fenced.client("athena").start_query_execution(QueryString="SELECT 1", WorkGroup="verify-0a1b2c3d")
    fenced.client("athena").stop_query_execution(QueryExecutionId=query["QueryExecutionId"])
    with pytest.raises(ForeignResourceError):
        fenced.client("athena").stop_query_execution(QueryExecutionId="11111111-1111-1111-1111-111111111111")
