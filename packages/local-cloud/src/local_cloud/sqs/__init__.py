"""SQS: long polls, during which other requests are answered, and which queues have been used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.sqs.models import Queue, SQSBackend

from local_cloud.backend_lock import waiting
from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from moto.sqs.models import Message

    from local_cloud.settings import Settings

_USED = "local_cloud_used"


def install(settings: Settings) -> None:
    """Replace how moto waits for messages."""
    # extension: other requests, such as the one that sends a message, are answered while a request waits for messages.
    replace(Queue, "wait_for_messages", _wait_for_messages)
    # extension: queues that have had a message are known, because SQS reports only used ones to CloudWatch.
    replace(Queue, "add_message", _add_message)
    # moto: SQS's ListQueues reads QueueNamePrefix as a regular expression; not reported yet: it is the beginning of a name.
    replace(SQSBackend, "list_queues", _list_queues)


def _list_queues(self: SQSBackend, queue_name_prefix: str) -> list[Queue]:
    return [queue for name, queue in self.queues.items() if name.startswith(queue_name_prefix or "")]


def was_used(queue: Queue) -> bool:
    """Return whether a queue has had a message."""
    return getattr(queue, _USED, False)


def _add_message(self: Queue, message: Message) -> None:
    setattr(self, _USED, True)
    original_of(Queue, "add_message")(self, message)


def _wait_for_messages(self: Queue, timeout: int) -> None:
    with waiting():
        original_of(Queue, "wait_for_messages")(self, timeout)
