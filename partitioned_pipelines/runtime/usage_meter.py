"""The meter of a function's call: its time, and the requests that its clients send."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Protocol

from partitioned_pipelines.lake.runs.usage import CallUsage, FunctionUsage, RequestCounts

if TYPE_CHECKING:
    from collections.abc import Callable

# https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html
_ARCHITECTURES = {"aarch64": "arm64"}


class FunctionContext(Protocol):
    """The fields of Lambda's context that tell what a call costs: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html."""

    @property
    def function_name(self) -> str:
        """The name of the function."""

    @property
    def memory_limit_in_mb(self) -> int | str:
        """Its memory; Lambda's runtime gives the text of an environment variable."""


class UsageMeter:
    """A meter of one call after another: an instance of a function works on one at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sent: list[tuple[str, str]] = []
        self._begun = clock()

    def watch(self, client: Any) -> None:
        """Count the requests of a client from now on, each attempt by itself, as the service does."""
        client.meta.events.register("before-send", self._count)

    def begin(self) -> None:
        """Begin a call."""
        self._sent.clear()
        self._begun = self._clock()

    def read(self, context: FunctionContext) -> CallUsage:
        """Return the usage of the call so far."""
        machine = os.uname().machine
        function = FunctionUsage(
            name=context.function_name,
            memory_mb=int(context.memory_limit_in_mb),
            architecture=_ARCHITECTURES.get(machine, machine),
            calls=1,
            milliseconds=round((self._clock() - self._begun) * 1000),
        )
        return CallUsage(function, RequestCounts.of(tuple(self._sent)))

    def _count(self, event_name: str, **_request: object) -> None:
        """Note a request; the event is ``before-send.<service>.<operation>``. Appending is atomic, so that threads need no lock."""
        _, service, operation = event_name.split(".")
        self._sent.append((service, operation))
