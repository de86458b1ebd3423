"""The operation and the parameters of a request."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, unquote

import botocore.session
from botocore.model import ServiceModel
from moto.core.parse import QueryParser
from moto.core.utils import get_service_model

from local_cloud.botocore_session import load_model
from local_cloud.request_validation.rules import rule_of

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

    from local_cloud.request_validation.rules import Rule

# By signing name. S3 has its own rules and errors, which are not in its model.
SERVICES = {
    "athena": "athena",
    "cloudformation": "cloudformation",
    "dynamodb": "dynamodb",
    "ecr": "ecr",
    "events": "events",
    "glue": "glue",
    "iam": "iam",
    "kms": "kms",
    "lakeformation": "lakeformation",
    "lambda": "lambda",
    "logs": "logs",
    "monitoring": "cloudwatch",
    "sagemaker": "sagemaker",
    "scheduler": "scheduler",
    "secretsmanager": "secretsmanager",
    "servicequotas": "service-quotas",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
    "states": "stepfunctions",
    "sts": "sts",
}
_IN_THE_BODY = (None, "body")
_FORM = {"query", "ec2"}
_REST = {"rest-json", "rest-xml"}
# https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
_RPC_PATH = re.compile(r"/service/[^/]+/operation/(?P<operation>[^/]+)")


class UnreadableRequestError(ValueError):
    """The body of a request does not match its protocol."""


@dataclass(frozen=True)
class Request:
    """An HTTP request; header names are in lower case, the path and the query are undecoded."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Call:
    """An operation and its parameters."""

    model: OperationModel
    parameters: Any
    rule: Rule


def find_call(service: str, request: Request) -> Call | None:
    """Return the operation and its parameters, or None if the model has no such operation.

    Raises
    ------
    UnreadableRequestError
        If the body cannot be parsed.
    """
    protocol = service_model(service).metadata["protocol"]
    if is_json_call(service, request):
        operation = _operation(service, _target(request))
        return None if operation is None else _call(operation, _json(request.body), serialized=True)
    if protocol == "query":
        values = _query_values(request)
        operation = _operation(service, values.get("Action", ""))
        if operation is None or operation.input_shape is None:
            return None
        parser: Any = QueryParser(get_service_model(service).operation_model(operation.name))
        try:
            parameters = parser.parse({"values": values})
        except ValueError as error:
            raise UnreadableRequestError(str(error)) from error
        return _call(operation, parameters, serialized=False)
    return _rest_call(service, request) if protocol in _REST else None


def is_json_call(service: str, request: Request) -> bool:
    """Return whether a request has the JSON protocol, in which a header names the operation."""
    return "json" in _protocols(service) and bool(_target(request))


def is_form_call(service: str, request: Request) -> bool:
    """Return whether a request has the query protocol, in which a field of a form names the operation."""
    return "query" in _protocols(service) and "Action" in _query_values(request)


def _target(request: Request) -> str:
    return request.headers.get("x-amz-target", "").rpartition(".")[2]


def operation_name(service: str, request: Request) -> str:
    """Return the name of the operation, or the method and path if the model has no such operation."""
    if target := _target(request):
        return target
    if in_path := _RPC_PATH.fullmatch(request.path):
        return in_path["operation"]
    protocols = _protocols(service)
    if not protocols.isdisjoint(_FORM) and (action := _query_values(request).get("Action")):
        return action
    if protocols.isdisjoint(_REST):
        return ""
    found = _matching_route(service, request)
    return found[0] if found else f"{request.method} {request.path}"


def is_known_operation(service: str, name: str) -> bool:
    """Return whether the model has an operation. Moto decides on the paths of a JSON service whose requests are not validated."""
    is_validated = service in SERVICES.values() or "rest-json" not in _protocols(service)
    return not is_validated or name in service_model(service).operation_names


@functools.cache
def _protocols(service: str) -> frozenset[str]:
    metadata = service_model(service).metadata
    return frozenset(metadata.get("protocols", [metadata["protocol"]]))


def known_service(signing_name: str) -> str | None:
    """Return botocore's service name for a signing name, or None if botocore has no such service."""
    name = SERVICES.get(signing_name, signing_name)
    return name if name in _available_services() else None


@functools.cache
def _available_services() -> frozenset[str]:
    return frozenset(botocore.session.get_session().get_available_services())


@functools.cache
def service_model(service: str) -> ServiceModel:
    """Return botocore's model of a service, as it is published."""
    return ServiceModel(load_model(service, "service-2"), service)


def _query_values(request: Request) -> dict[str, str]:
    form = "" if request.method == "GET" else _text(request.body)
    return dict(parse_qsl(form or request.query, keep_blank_values=True))


@functools.cache
def _operation(service: str, name: str) -> OperationModel | None:
    model = service_model(service)
    return model.operation_model(name) if name in model.operation_names else None


def _call(operation: OperationModel, parameters: Any, *, serialized: bool) -> Call | None:
    rule = _rule(operation.service_model.service_name, operation.name, serialized)
    return None if rule is None else Call(operation, parameters, rule)


@functools.cache
def _rule(service: str, operation: str, serialized: bool) -> Rule | None:
    shape = service_model(service).operation_model(operation).input_shape
    return None if shape is None else rule_of(shape, serialized=serialized)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise UnreadableRequestError(f"the body is not UTF-8: {error}") from error


def _json(body: bytes) -> Any:
    try:
        return json.loads(_text(body) or "{}")
    except ValueError as error:
        raise UnreadableRequestError(f"the body is not JSON: {error}") from error


def _rest_call(service: str, request: Request) -> Call | None:
    _text(request.body)
    found = _matching_route(service, request)
    operation = _operation(service, found[0]) if found else None
    if found is None or operation is None or operation.input_shape is None:
        return None
    return _call(operation, _rest_parameters(operation, found[1], request), serialized=True)


def _matching_route(service: str, request: Request) -> tuple[str, dict[str, str]] | None:
    """Return the name of the operation and the values of the labels in its path."""
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    for name, method, expression, literals in _routes(service):
        if (
            method == request.method
            and literals.items() <= query.items()
            and (found := expression.fullmatch(request.path))
        ):
            return name, found.groupdict()
    return None


def has_payload(service: str, request: Request) -> bool:
    """Return whether the body of a request of a REST service is one member, and not a document of all of them."""
    found = _matching_route(service, request)
    shape = service_model(service).operation_model(found[0]).input_shape if found else None
    return shape is not None and "payload" in shape.serialization


def _rest_parameters(operation: OperationModel, labels: dict[str, str], request: Request) -> dict[str, Any]:
    shape: Any = operation.input_shape
    query = parse_qs(request.query, keep_blank_values=True)
    payload = shape.serialization.get("payload")
    body: Any = _json(request.body) if payload is None else {}
    if not isinstance(body, dict):
        raise UnreadableRequestError("the body is not a JSON object")
    parameters: dict[str, Any] = dict(body)
    for name, member in shape.members.items():
        location, key = member.serialization.get("location"), member.serialization.get("name", name)
        if location == "uri":
            parameters[key] = _typed(member, unquote(labels.get(_group(key), "")))
        elif location == "querystring" and key in query:
            entries = [_typed(getattr(member, "member", member), value) for value in query[key]]
            parameters[key] = entries if member.type_name == "list" else entries[0]
        elif location == "header" and key.lower() in request.headers:
            parameters[key] = _typed(member, request.headers[key.lower()])
        elif name == payload and member.type_name == "blob":
            parameters[key] = request.body
        elif location not in _IN_THE_BODY:
            parameters.pop(key, None)
    return parameters


def _typed(member: Shape, text: str) -> Any:
    """Return a value of the path, the query or a header in its member's type, or as a string, which is rejected later."""
    if member.type_name in ("integer", "long") and re.fullmatch(r"-?\d+", text):
        return int(text)
    if member.type_name == "boolean" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    return text


@functools.cache
def _routes(service: str) -> list[tuple[str, str, re.Pattern[str], dict[str, str]]]:
    """Return each operation's name, method, path and fixed query, the most specific first."""
    model = service_model(service)
    routes = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        path, literals = path.rstrip("/"), dict(parse_qsl(query, keep_blank_values=True))
        parts = re.split(r"\{([^}]+)\}", path)
        pieces = [re.escape(part) if number % 2 == 0 else _label(part) for number, part in enumerate(parts)]
        literal = sum(len(part) for part in parts[::2]) + len(query)
        routes.append((literal, name, http["method"], re.compile("".join(pieces) + "/?"), literals))
    return [route[1:] for route in sorted(routes, key=lambda route: -route[0])]


def _label(name: str) -> str:
    return f"(?P<{_group(name)}>{'.+' if name.endswith('+') else '[^/]+'})"


def _group(name: str) -> str:
    return "label_" + re.sub(r"\W", "_", name.rstrip("+"))
