"""The WSGI middleware that validates requests."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from local_cloud.request_bodies import read_body, replace_body, unpacked
from local_cloud.request_validation.defaults import DEFAULTS
from local_cloud.request_validation.operations import (
    SERVICES,
    Request,
    UnreadableRequestError,
    find_call,
    has_payload,
    is_form_call,
    is_json_call,
    operation_name,
    service_model,
)
from local_cloud.request_validation.refusals import (
    MALFORMED_QUERY,
    UNREADABLE,
    code_of,
    message_of,
    response_of,
)
from local_cloud.request_validation.violations import WrongTypeError, find_violations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

_CREDENTIAL = re.compile(r"Credential=[^/]+/\d+/[^/]*/([^/]+)/aws4_request")

_TOO_DEEP = "the request contains a document that is nested too deeply"


class RequestValidation:
    """WSGI middleware that rejects requests which violate the service's model."""

    def __init__(self, application: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Reject a request, or pass it to the application."""
        signed_for = _CREDENTIAL.search(str(environ.get("HTTP_AUTHORIZATION", "")))
        service = SERVICES.get(signed_for[1]) if signed_for else None
        if service is None:
            return self._application(environ, start_response)
        try:
            request = read_request(environ)
            refusal = _refusal(service, request)
            if refusal is None:
                _make_readable(environ, service, request)
                return self._application(environ, start_response)
        except RecursionError:  # in a document in a parameter, such as a template, a policy, a definition or an event
            refusal = (code_of(service_model(service)), _TOO_DEEP)
        headers, body = response_of(service_model(service), *refusal)
        start_response("400 Bad Request", headers)
        return [body]


def _refusal(service: str, request: Request) -> tuple[str, str] | None:
    """Return the code and the message of an error, or None if the request is valid."""
    try:
        call = find_call(service, request)
        violations = find_violations(call.parameters, call.rule) if call is not None else []
    except (UnreadableRequestError, WrongTypeError) as error:
        query = service_model(service).metadata["protocol"] == "query"
        return (MALFORMED_QUERY if query else UNREADABLE), str(error)
    return (code_of(service_model(service)), message_of(violations)) if violations else None


def _make_readable(environ: WSGIEnvironment, service: str, request: Request) -> None:
    """Set the body and the headers of a request as moto needs them: it fails for empty bodies, and for other content types."""
    model = service_model(service)
    content = request.body
    if is_json_call(service, request):
        kind = f"application/x-amz-json-{model.metadata['jsonVersion']}"
        content = content or b"{}"
        if members := DEFAULTS.get((service, operation_name(service, request))):
            content = json.dumps(members | json.loads(content)).encode()
    elif is_form_call(service, request):
        kind = "application/x-www-form-urlencoded"
        content = b"" if request.method == "GET" else content
    elif model.metadata["protocol"] == "rest-json":
        kind = "application/json"
        if request.method != "GET" and not has_payload(service, request):
            content = content or b"{}"
    else:
        return
    replace_body(environ, content)
    environ["CONTENT_TYPE"] = kind
    environ.pop("HTTP_CONTENT_ENCODING", None)


def read_head(environ: WSGIEnvironment) -> Request:
    """Return a request without its body, which is not read."""
    names = {name: value for name, value in environ.items() if name.startswith("HTTP_")}
    return Request(
        method=str(environ["REQUEST_METHOD"]),
        # The undecoded path: an encoded slash belongs to a label.
        path=str(environ.get("RAW_URI") or environ.get("PATH_INFO", "")).split("?")[0],
        query=str(environ.get("QUERY_STRING", "")),
        headers={name.removeprefix("HTTP_").replace("_", "-").lower(): str(value) for name, value in names.items()},
        body=b"",
    )


def read_request(environ: WSGIEnvironment) -> Request:
    """Return a request, and keep its body for the next reader.

    Raises
    ------
    UnreadableBodyError
        If the body cannot be read.
    """
    body = read_body(environ)
    is_packed = environ.get("HTTP_CONTENT_ENCODING") == "gzip"
    return replace(read_head(environ), body=unpacked(body) if is_packed else body)
