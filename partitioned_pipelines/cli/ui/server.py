"""The HTTP server: on localhost alone, with a thread for each request, and without a log of requests."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed.wsgi import WSGIApplication

ADDRESS: Final = "127.0.0.1"
_IDLE_SECONDS: Final = 60


class _QuietHandler(WSGIRequestHandler):
    """A handler that logs no request, and gives up on clients that send nothing."""

    timeout = _IDLE_SECONDS

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: addresses name tables and runs."""

    def log_error(self, format: str, *args: Any) -> None:  # noqa: A002
        """Log nothing: a client that went away, or does not speak HTTP, does not matter."""

    def version_string(self) -> str:
        """Return the header ``Server``, without versions."""
        return "pipelines"


@contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """Yield a socket that listens on a port of localhost; 0 picks a free one. Raises OSError if the port is in use."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((ADDRESS, port))
        listener.listen()
        yield listener


def serve(listener: socket.socket, application: WSGIApplication) -> None:
    """Serve an application until Ctrl-C or SIGTERM."""
    server = make_server(
        ADDRESS,
        listener.getsockname()[1],
        application,
        threaded=True,
        request_handler=_QuietHandler,
        fd=listener.fileno(),
    )
    server.serve_forever()
