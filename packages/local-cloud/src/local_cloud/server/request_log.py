"""The log of requests that are signed with a role's credentials, similar to CloudTrail."""

from __future__ import annotations

import re
import threading
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from local_cloud.access import role_of
from local_cloud.request_validation import SERVICES, find_call, read_request
from local_cloud.s3.requested_operation import requested_operations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/\d+/[^/]*/(?P<service>[^/]+)/aws4_request")


@dataclass(frozen=True)
class LoggedRequest:
    """A logged request. If its operation is unknown, it is logged by method and path.

    Attributes
    ----------
    role_arn
        The role whose credentials signed the request.
    service, operation, parameters
        The API call; parameters of S3 requests are only the bucket and the key.
    status
        The HTTP status of the response.
    """

    role_arn: str
    service: str
    operation: str
    parameters: Any
    status: int = 0


class RequestLog:
    """WSGI middleware that logs requests signed with a role's credentials, once recording is started."""

    def __init__(self, application: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._entries: list[LoggedRequest] | None = None

    def record(self) -> None:
        """Start recording."""
        with self._lock:
            if self._entries is None:
                self._entries = []

    def entries(self) -> list[dict[str, Any]]:
        """Return the logged requests."""
        with self._lock:
            return [asdict(entry) for entry in self._entries or []]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Log a request, and pass it to the application."""
        signed = _CREDENTIAL.search(str(environ.get("HTTP_AUTHORIZATION", ""))) if self._entries is not None else None
        role_arn = role_of(signed["key"]) if signed else None
        if signed is None or role_arn is None:
            return self._application(environ, start_response)
        try:
            entries = list(_logged(role_arn, signed["service"], environ))
        except (ValueError, RecursionError):  # unreadable: the application refuses it
            return self._application(environ, start_response)

        def note(status: str, *answer: Any) -> Callable[[bytes], object]:
            with self._lock:
                if self._entries is not None:
                    self._entries += [replace(entry, status=int(status[:3])) for entry in entries]
            return start_response(status, *answer)

        return self._application(environ, note)


def _logged(role_arn: str, service: str, environ: WSGIEnvironment) -> Iterable[LoggedRequest]:
    if service == "s3":
        for operation, parameters in requested_operations(environ):
            yield LoggedRequest(role_arn, service, operation, parameters)
        return
    request = read_request(environ)
    call = find_call(SERVICES[service], request) if service in SERVICES else None
    operation = call.model.name if call else f"{request.method} {request.path}"
    yield LoggedRequest(role_arn, service, operation, call.parameters if call else {})
