"""SQS: long polls, during which other requests are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.sqs.models import Queue

from local_cloud.backend_lock import waiting
from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from local_cloud.settings import Settings


def install(settings: Settings) -> None:
    """Replace how moto waits for messages."""
    # extension: other requests, such as the one that sends a message, are answered while a request waits for messages.
    replace(Queue, "wait_for_messages", _wait_for_messages)


def _wait_for_messages(self: Queue, timeout: int) -> None:
    with waiting():
        original_of(Queue, "wait_for_messages")(self, timeout)
