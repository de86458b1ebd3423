"""Calls in daemon threads. The standard library's executors would delay the end of the process until their calls return."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_LOG = logging.getLogger(__name__)
_Result = TypeVar("_Result")


def start_daemon_thread(name: str, call: Callable[[], object], failed: Callable[[Exception], object]) -> None:
    """Start a call in its own thread.

    Parameters
    ----------
    name
        The name of the thread, also used in the log.
    call
        The call.
    failed
        Called with the exception of the call, or of starting the thread, so that nobody waits for the result forever.
    """

    def run() -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - passed to `failed`
            _LOG.exception("%s", name)
            failed(error)

    _start(name, run, failed)


def in_daemon_thread(name: str, call: Callable[[], _Result]) -> Future[_Result]:
    """Start a call, and return the future of its result."""
    future: Future[_Result] = Future()

    def run() -> None:
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001 - raised for the caller of `result`
            future.set_exception(error)
        else:
            future.set_result(result)

    _start(name, run, future.set_exception)
    return future


def _start(name: str, run: Callable[[], None], failed: Callable[[Exception], object]) -> None:
    try:
        threading.Thread(target=run, name=name, daemon=True).start()
    except RuntimeError as error:  # the limit of threads is reached
        _LOG.exception("%s", name)
        failed(error)
