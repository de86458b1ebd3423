"""The lock of moto's backends, held by code that reads or changes them, and released while it waits.

moto's server answers each request in its own thread, over dicts and lists without a lock: a listing fails if another request adds an entry
(``RuntimeError: dictionary changed size during iteration``), and two requests that check before they write may both write. One lock for
all services prevents both, for moto's code and for the extensions. Services call each other (CloudFormation calls all of them, S3 and
EventBridge call Lambda), so a lock for each service could deadlock. Python runs one thread at a time anyway, so the lock only costs time
where a thread waits: for a function, a query, or a request to this server's own endpoint. There it is released.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local_cloud.request_bodies import read_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

_lock = threading.RLock()
_held = threading.local()


@contextmanager
def backend_lock() -> Iterator[None]:
    """Hold the lock, which is reentrant."""
    with _lock:
        _held.times = getattr(_held, "times", 0) + 1
        try:
            yield
        finally:
            _held.times -= 1


@contextmanager
def waiting() -> Iterator[None]:
    """Release the lock while this thread waits, if the thread holds it."""
    times, _held.times = getattr(_held, "times", 0), 0
    for _ in range(times):
        _lock.release()
    try:
        yield
    finally:
        for _ in range(times):
            _lock.acquire()
        _held.times = times


# moto: moto's server is not thread-safe: concurrent requests fail with "dictionary changed size during iteration";
# https://github.com/getmoto/moto/issues/372 (closed)
class OneRequestAtATime:
    """WSGI middleware that holds the lock during a request. It first reads the body, which may arrive slowly."""

    def __init__(self, application: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request to the application."""
        read_body(environ)
        with backend_lock():
            return self._application(environ, start_response)
