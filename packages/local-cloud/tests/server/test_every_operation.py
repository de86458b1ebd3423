"""All operations of the supported services succeed or are rejected in the service's protocol, never by an HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

from cloud_under_test.operation_input import operation_input
from local_cloud.request_validation import SERVICES

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from local_cloud.server import LocalCloud

Client = Any

# Other accounts, so that no other test sees what these operations create and change.
_ACCOUNTS = {"required members": "999999999999", "all members": "888888888888"}
_FAILED = 500
_NOT_HERE = {"UnknownOperationException", "InvalidAction", "NotImplemented"}
# https://docs.aws.amazon.com/general/latest/gr/CommonErrors.html
_COMMON = {
    "AccessDeniedException",
    "MissingAuthenticationToken",
    "SerializationException",
    "ValidationError",
    "ValidationException",
}
# Error codes that are not in the service's model.
_UNMODELLED = {
    "athena": {"InvalidArgumentException"},  # moto's code for capacity reservations
    "dynamodb": {"ResourceNotFound", "SourceTableNotFoundException"},  # moto's codes for times to live and backups
    "iam": {"InvalidParameterValue"},  # moto's code for permissions boundaries
    "sqs": {"AWS.SimpleQueueService.NonExistentQueue", "InvalidParameterValue"},  # AWS's names in the older protocol
}

# Signed for S3 Object Lambda, of which botocore has no model.
_OF_ANOTHER_SERVICE = {"WriteGetObjectResponse"}
# An endpoint of EventBridge in several regions needs another algorithm for signatures, which botocore lacks.
_WITHOUT = {("PutEvents", "EndpointId")}


def _client(cloud: LocalCloud, service: str, account: str | None = None) -> Client:
    key = cloud.access_key
    session = boto3.Session(key.access_key_id, key.secret_access_key, region_name=cloud.settings.region)
    # Some operations prefix their host name, which is impossible for an address.
    config = Config(
        retries={"total_max_attempts": 1}, proxies={}, inject_host_prefix=False, s3={"addressing_style": "path"}
    )
    client = session.client(service, endpoint_url=cloud.endpoint_url, config=config)  # type: ignore[call-overload]
    if account:

        def send_as_it(request: Any, **_: Any) -> None:
            request.headers["x-moto-account-id"] = account

        client.meta.events.register("request-created.*.*", send_as_it)
    return client


@pytest.mark.parametrize("given", _ACCOUNTS)
@pytest.mark.parametrize("service", sorted({*SERVICES.values(), "s3"}))
def test_every_operation_is_answered_in_its_protocol(
    local_cloud_server: LocalCloud, service: str, given: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = _client(local_cloud_server, service, _ACCOUNTS[given])
    wrong = {}
    for method, name in client.meta.method_to_api_mapping.items():
        operation = client.meta.service_model.operation_model(name)
        if name in _OF_ANOTHER_SERVICE or operation.deprecated:
            continue
        parameters = operation_input(operation, optional=given == "all members")
        parameters = {key: value for key, value in parameters.items() if (name, key) not in _WITHOUT}
        if reason := _fault(client, method, operation, parameters):
            wrong[name] = reason
    assert wrong == {}


def _fault(client: Client, method: str, operation: OperationModel, parameters: dict[str, Any]) -> str | None:
    """Call an operation, and return the fault in its response, or None."""
    try:
        getattr(client, method)(**parameters)
    except ParamValidationError as error:
        return f"the test's input is wrong: {error}"
    except ClientError as error:
        return _fault_of(error, operation)
    except Exception as error:  # noqa: BLE001 - botocore raises any exception for a response that it cannot parse
        return repr(error)
    return None


def _fault_of(refusal: ClientError, operation: OperationModel) -> str | None:
    error: dict[str, Any] = dict(refusal.response.get("Error", {}))
    code, message = error.get("Code", ""), error.get("Message", "")
    service = operation.service_model.service_name
    answer = refusal.response["ResponseMetadata"]
    if not {"x-amzn-requestid", "x-amz-request-id"} & set(answer["HTTPHeaders"]):
        return f"without a request id: {answer}"
    if answer["HTTPStatusCode"] == _FAILED:
        return f"{code}: {message}"
    if code in _NOT_HERE:
        return None if f":{operation.name} " in message else f"{code} without the operation's name: {message}"
    if service == "s3":
        # S3's errors are not in its model; the response to a HEAD has no body.
        return None if code.isalpha() or operation.http["method"] == "HEAD" else f"{code}: {message}"
    errors = operation.service_model.error_shapes
    modelled = {name for one in errors for name in (one.name, one.metadata.get("error", {}).get("code"))}
    if code in modelled | _COMMON | _UNMODELLED.get(service, set()):
        return None
    return f"{code}: {message}"


@pytest.mark.parametrize(
    ("service", "method", "parameters", "code", "status"),
    [
        ("glue", "list_ml_transforms", {}, "UnknownOperationException", 400),
        ("lakeformation", "list_lake_formation_opt_ins", {}, "UnknownOperationException", 400),
        ("cloudformation", "list_generated_templates", {}, "InvalidAction", 400),
        ("ec2", "describe_mac_hosts", {}, "InvalidAction", 400),
        ("appflow", "list_flows", {}, "UnknownOperationException", 400),
    ],
)
def test_what_is_not_here_is_refused_as_what_aws_does_not_know(
    local_cloud_server: LocalCloud, service: str, method: str, parameters: dict[str, Any], code: str, status: int
) -> None:
    client = _client(local_cloud_server, service)
    with pytest.raises(ClientError) as refused:
        getattr(client, method)(**parameters)
    operation = client.meta.method_to_api_mapping[method]
    error, metadata = refused.value.response["Error"], refused.value.response["ResponseMetadata"]
    assert (error["Code"], metadata["HTTPStatusCode"]) == (code, status)
    assert error["Message"].endswith(f":{operation} is not supported by the local cloud")


@pytest.mark.parametrize(
    ("service", "method", "parameters", "code"),
    [
        ("s3", "list_buckets", {}, "InternalError"),
        ("iam", "list_roles", {}, "InternalFailure"),
        ("glue", "get_databases", {}, "InternalFailure"),
        ("lambda", "list_functions", {}, "InternalFailure"),
    ],
)
def test_a_failure_of_the_cloud_s_own_is_answered_and_logged(
    local_cloud_server: LocalCloud,
    service: str,
    method: str,
    parameters: dict[str, Any],
    code: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise KeyError("broken <on purpose>")

    monkeypatch.setattr("local_cloud.request_validation.middleware.RequestValidation.__call__", fail)
    client = _client(local_cloud_server, service)
    with pytest.raises(ClientError) as refused:
        getattr(client, method)(**parameters)
    error, metadata = refused.value.response["Error"], refused.value.response["ResponseMetadata"]
    called = f"{service}:{client.meta.method_to_api_mapping[method]} failed"
    assert (error["Code"], metadata["HTTPStatusCode"]) == (code, 500)
    assert error["Message"].startswith(called)
    assert "broken <on purpose>" in error["Message"]
    assert [(record.getMessage(), bool(record.exc_info)) for record in caplog.records] == [(called, True)]
