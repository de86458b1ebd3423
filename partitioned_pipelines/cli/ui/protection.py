"""What protects the pages from other sites: the check of the request's host, and the headers of every response."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from werkzeug import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""The headers of every response that does not say otherwise."""


class Protected:
    """An application whose requests are checked before anything else sees them.

    A page of another site can point its own name to 127.0.0.1 (DNS rebinding): its requests then have that name as their host, and are refused.

    Parameters
    ----------
    port
        The server's.
    """

    def __init__(self, application: WSGIApplication, port: int) -> None:
        self._application = application
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request; 421 (Misdirected Request) without a body if its host is another one."""

        def start(
            status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            given = {name.lower() for name, _ in headers}
            more = [(name, value) for name, value in HEADERS.items() if name.lower() not in given]
            return start_response(status, [*headers, *more], exc_info)

        if environ.get("HTTP_HOST") not in self._hosts:
            return Response(status=421)(environ, start)
        return self._application(environ, start)
