"""Work in threads that end with the process: an executor of the standard library would wait for it, as long as a job may take."""

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
    """Begin a call in a thread of its own, whose end somebody waits for.

    Parameters
    ----------
    name
        Of the thread, and of the call in the log.
    call
        What to do.
    failed
        Is passed what the call raises, or why there is no thread for it: what ends without a word would be waited for forever.
    """

    def run() -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - whoever waits for the call is passed it
            _LOG.exception("%s", name)
            failed(error)

    _start(name, run, failed)


def in_daemon_thread(name: str, call: Callable[[], _Result]) -> Future[_Result]:
    """Begin a call, and return what will have its result or its exception."""
    future: Future[_Result] = Future()

    def run() -> None:
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever asks for the result
            future.set_exception(error)
        else:
            future.set_result(result)

    _start(name, run, future.set_exception)
    return future


def _start(name: str, run: Callable[[], None], failed: Callable[[Exception], object]) -> None:
    try:
        threading.Thread(target=run, name=name, daemon=True).start()
    except RuntimeError as error:  # the limit of threads
        _LOG.exception("%s", name)
        failed(error)
