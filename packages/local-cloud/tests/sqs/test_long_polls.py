"""A long poll does not keep others from sending."""

from __future__ import annotations

import threading
import time
from typing import Any

Aws = Any


def test_a_message_ends_the_wait_for_it(aws: Aws, name: str) -> None:
    url = aws("sqs").create_queue(QueueName=name)["QueueUrl"]
    sender = threading.Timer(1, aws("sqs").send_message, kwargs={"QueueUrl": url, "MessageBody": "late"})
    sender.start()
    started = time.monotonic()
    (message,) = aws("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    sender.join()
    assert message["Body"] == "late"
    assert time.monotonic() - started < 15
