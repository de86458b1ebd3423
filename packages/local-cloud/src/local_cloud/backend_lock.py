"""The lock of moto's backends: whoever reads or changes them holds it, and whoever waits lets it go.

moto's server answers each request in a thread of its own, over dicts and lists that have no lock: a listing that another request adds to
fails (``RuntimeError: dictionary changed size during iteration``), and of two requests that look before they write both may write. One lock
for all services ends both, for moto's code and for ours. Services call each other (CloudFormation all of them, S3 and EventBridge Lambda),
so that a lock for each service could deadlock; and since one interpreter runs one thread at a time anyway, nothing is lost by it but where a
thread waits: a function that runs, a query, a request to this server's own endpoint. There the lock is let go.
"""

from __future__ import annotations

import io
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

_lock = threading.RLock()
_held = threading.local()


@contextmanager
def backend_lock() -> Iterator[None]:
    """Hold the lock; a thread that holds it already may do so again."""
    with _lock:
        _held.times = getattr(_held, "times", 0) + 1
        try:
            yield
        finally:
            _held.times -= 1


@contextmanager
def waiting() -> Iterator[None]:
    """Release the lock while this thread waits, and take it again; does nothing in a thread that does not hold it."""
    times, _held.times = getattr(_held, "times", 0), 0
    for _ in range(times):
        _lock.release()
    try:
        yield
    finally:
        for _ in range(times):
            _lock.acquire()
        _held.times = times


class OneRequestAtATime:
    """Passes requests on while it holds the lock; it reads their bodies before, however slowly they come."""

    def __init__(self, application: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on."""
        read_body(environ)
        with backend_lock():
            return self._application(environ, start_response)


def read_body(environ: WSGIEnvironment) -> bytes:
    """Return the body of a request, and leave it to be read again."""
    stream = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH")
    body: bytes = stream.read(int(length)) if length else stream.read() if environ.get("wsgi.input_terminated") else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body
