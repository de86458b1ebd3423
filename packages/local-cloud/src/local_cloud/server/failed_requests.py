"""Errors in the service's protocol, for unsupported operations and internal errors.

An unsupported operation is answered as AWS answers an unknown one, and an exception as an internal failure:
https://docs.aws.amazon.com/general/latest/gr/CommonErrors.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList.
"""

from __future__ import annotations

import logging
import re
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError

from moto import backends
from moto.core.exceptions import _RESTError
from moto.core.responses import BaseResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.exceptions import HTTPException, RequestedRangeNotSatisfiable

from local_cloud.patching import original_of, replace
from local_cloud.request_bodies import LargeBodyError, UnreadableBodyError
from local_cloud.request_validation import (
    MALFORMED_QUERY,
    UNREADABLE,
    UnreadableRequestError,
    content_type_of,
    is_known_operation,
    known_service,
    operation_name,
    read_head,
    read_request,
    response_of,
    service_model,
)
from local_cloud.s3.received_bodies import receive_body
from local_cloud.s3.request_check import MALFORMED_XML, InvalidS3RequestError, check_document, check_head
from local_cloud.s3.requested_operation import operation_of
from local_cloud.server import moto_failures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask import Flask
    from moto.backends import SERVICE_NAMES

_log = logging.getLogger(__name__)
_SIGNED_FOR = re.compile(r"Credential=[^/]+/\d+/[^/]*/(?P<service>[^/]+)/aws4_request")
_S3 = "s3"
_SOME_JSON_SERVICE = "stepfunctions"
_TOO_LARGE = {"rest-xml": "MaxMessageLengthExceeded", "query": "RequestEntityTooLarge"}
_UNREADABLE = {"query": MALFORMED_QUERY, "rest-xml": "InvalidRequest"}
# By protocol: the code and the status for an unsupported operation; below, the code for an internal failure.
_MISSING = {
    "ec2": ("InvalidAction", "400 Bad Request"),
    "query": ("InvalidAction", "400 Bad Request"),
    "rest-xml": ("NotImplemented", "501 Not Implemented"),
}
_MISSING_IN_JSON = ("UnknownOperationException", "400 Bad Request")
_FAILED = {"ec2": "InternalError", "rest-xml": "InternalError"}


class FailedRequests:
    """WSGI middleware that answers requests for which the application raises an exception."""

    def __init__(self, application: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request to the application, and answer it if that raises an exception."""
        signed = _SIGNED_FOR.search(str(environ.get("HTTP_AUTHORIZATION", "")))
        signed_for = signed["service"] if signed else _S3
        service, operation = known_service(signed_for), ""
        try:
            if service:
                operation = _operation(service, environ)
                _check(service, operation, environ)
            return self._application(environ, _typed(service, start_response))
        except Exception as error:  # noqa: BLE001 - SDKs cannot parse an HTML page
            # A service without a botocore model is answered as a JSON service.
            model = service_model(service or _SOME_JSON_SERVICE)
            status, code, message = _refusal(service, f"{signed_for}:{operation}", error)
            details = error.details if isinstance(error, InvalidS3RequestError) else {}
        headers, body = response_of(model, code, message, details)
        start_response(status, headers)
        return [body]


def _typed(service: str | None, start_response: StartResponse) -> StartResponse:
    """Return a function that gives answers the type of the service's protocol, where moto leaves Flask's default, HTML."""
    if service in (None, _S3):
        return start_response  # an object of S3 may be HTML
    kind = content_type_of(service_model(service))

    def start(status: str, headers: list[tuple[str, str]], *failure: Any) -> Any:
        typed = [
            (name, kind if name.lower() == "content-type" and value.startswith("text/html") else value)
            for name, value in headers
        ]
        return start_response(status, typed, *failure)

    return start


def _refusal(service: str | None, called: str, error: Exception) -> tuple[str, str, str]:
    """Return the status, the code and the message for an exception."""
    protocol = service_model(service).metadata["protocol"] if service else ""
    if service is None or isinstance(error, NotImplementedError):
        code, status = _MISSING.get(protocol, _MISSING_IN_JSON)
        return status, code, f"{called} is not supported by the local cloud"
    if isinstance(error, InvalidS3RequestError):
        return error.status, error.code, str(error)
    if isinstance(error, LargeBodyError):
        status = "400 Bad Request" if service == _S3 else "413 Request Entity Too Large"
        return status, _TOO_LARGE.get(protocol, "RequestEntityTooLargeException"), str(error)
    # No body, which some operations need only without certain headers.
    if service == _S3 and isinstance(error, ExpatError):
        return "400 Bad Request", "MalformedXML", MALFORMED_XML
    if isinstance(error, UnreadableRequestError | UnreadableBodyError):
        return "400 Bad Request", _UNREADABLE.get(protocol, UNREADABLE), str(error)
    try:
        if refusal := moto_failures.refusal_for(service, error):
            return _status_of(service, refusal[0]), *refusal
    except NotImplementedError as unsupported:
        return _refusal(service, called, unsupported)
    _log.error("%s failed", called, exc_info=error)
    code = _FAILED.get(protocol, "InternalFailure")
    return (
        "500 Internal Server Error",
        code,
        f"{called} failed in the local cloud by {error!r}; its log has the traceback",
    )


def _status_of(service: str, code: str) -> str:
    """Return the status for an error code: that of the service's model, or 400."""
    errors = {
        error.metadata.get("error", {}).get("code", error.name): error for error in service_model(service).error_shapes
    }
    found = errors[code].metadata.get("error", {}).get("httpStatusCode") if code in errors else None
    status = HTTPStatus(found or HTTPStatus.BAD_REQUEST)
    return f"{status.value} {status.phrase}"


def dispatcher() -> DomainDispatcherApplication:
    """Return moto's application, which raises NotImplementedError for unsupported operations."""
    # moto: moto's server answers unknown operations with status 404 and an empty body or an HTML page; not reported yet: SDKs need an error in
    # the service's protocol, such as UnknownOperationException.
    replace(BaseResponse, "call_action", _call_action)
    # moto: moto's server lists the folder of its modules for each request; not reported yet: the modules do not change while it runs, and
    # looking at each of 200 folders takes half of a short request.
    replace(backends, "list_of_moto_modules", _moto_modules)
    moto_failures.install()
    return DomainDispatcherApplication(_create_application)


@cache
def _moto_modules() -> frozenset[str]:
    return frozenset(original_of(backends, "list_of_moto_modules")())


def _create_application(service: SERVICE_NAMES | None) -> Flask:
    if service is None:
        raise NotImplementedError
    application = create_backend_app(service)
    application.register_error_handler(HTTPException, _without_page)
    application.url_map.merge_slashes = False  # werkzeug would redirect by an HTML page
    return application


def _call_action(self: BaseResponse) -> Any:
    """Raise NotImplementedError for an operation that moto does not know by name."""
    answer: Any = original_of(BaseResponse, "call_action")(self)
    if answer[0] == HTTPStatus.NOT_FOUND and not answer[2] and not self._get_action():
        raise NotImplementedError
    return answer


def _without_page(error: HTTPException) -> HTTPException:
    """Return an error of moto, which is in the service's protocol. Flask would answer any other with an HTML page."""
    if isinstance(error, _RESTError):
        return error
    if isinstance(error, RequestedRangeNotSatisfiable):  # S3's objects without parts
        raise InvalidS3RequestError(
            "InvalidPartNumber", "The requested partnumber is not satisfiable", "416 Requested Range Not Satisfiable"
        ) from error
    raise NotImplementedError from error


def _check(service: str, operation: str, environ: WSGIEnvironment) -> None:
    """Raise the exception of a request that moto may fail for, instead of refusing it."""
    if not is_known_operation(service, operation):
        raise NotImplementedError
    if service == _S3:
        check_head(operation, environ)
        receive_body(operation, environ)
        check_document(operation, environ)


def _operation(service: str, environ: WSGIEnvironment) -> str:
    if service == _S3:
        return operation_of(read_head(environ))  # the body may be large, and does not name the operation
    return operation_name(service, read_request(environ))
