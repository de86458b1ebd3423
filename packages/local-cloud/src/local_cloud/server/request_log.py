"""What roles ask for: each request that a function or a job signs, as CloudTrail would tell of it."""

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
    """A request; one that cannot be told apart is logged as its method.

    Attributes
    ----------
    role_arn
        Whose credentials signed it.
    service, operation, parameters
        What it asks for, in the API's own names; of an S3 request those that name things.
    status
        Of the answer, as HTTP has it.
    """

    role_arn: str
    service: str
    operation: str
    parameters: Any
    status: int = 0


class RequestLog:
    """Notes what is signed with a role's credentials, from when it is asked to, and hands every request on."""

    def __init__(self, application: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._entries: list[LoggedRequest] | None = None

    def record(self) -> None:
        """Begin, if it has not begun."""
        with self._lock:
            if self._entries is None:
                self._entries = []

    def entries(self) -> list[dict[str, Any]]:
        """Return what has been noted so far."""
        with self._lock:
            return [asdict(entry) for entry in self._entries or []]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Note a request, and hand it on."""
        signed = _CREDENTIAL.search(str(environ.get("HTTP_AUTHORIZATION", ""))) if self._entries is not None else None
        role_arn = role_of(signed["key"]) if signed else None
        if signed is None or role_arn is None:
            return self._application(environ, start_response)
        entries = list(_logged(role_arn, signed["service"], environ))

        def note(status: str, *answer: Any) -> Callable[[bytes], object]:
            with self._lock:
                if self._entries is not None:
                    self._entries += [replace(entry, status=int(status[:3])) for entry in entries]
            return start_response(status, *answer)

        return self._application(environ, note)


def _logged(role_arn: str, service: str, environ: WSGIEnvironment) -> Iterable[LoggedRequest]:
    request = read_request(environ)
    if service == "s3":
        for operation, parameters in requested_operations(request):
            yield LoggedRequest(role_arn, service, operation, parameters)
        return
    call = find_call(SERVICES[service], request) if service in SERVICES else None
    operation = call.model.name if call else f"{request.method} {request.path}"
    yield LoggedRequest(role_arn, service, operation, call.parameters if call else {})
