"""The messages that topics have got, to be read without a mailbox."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moto.sns.models import Topic, sns_backends

from local_cloud.backend_lock import backend_lock
from local_cloud.patching import original_of, replace
from local_cloud.settings import ACCOUNT_ID, region
from local_cloud.sns.delivery import subscribers, text_for

_KEPT = "_local_notices"  # the attribute of a topic


def install() -> None:
    """Replace moto's publishing, to keep the time and the text of each message."""
    # extension: the local cloud's own API returns what topics have got.
    replace(Topic, "publish", _publish)


def read_notices(limit: int) -> list[dict[str, Any]]:
    """Return the last messages of all topics of the cloud's region, the newest last.

    Each has its topic's ARN, message_id, time (UTC), subject, text (of e-mails, if the message has one for each protocol), attributes by
    name, and the subscribers whom it is for.
    """
    with backend_lock():
        topics = sns_backends[ACCOUNT_ID][region()].topics.values()
        found = [notice for topic in topics for notice in getattr(topic, _KEPT, [])]
    return sorted(found, key=lambda notice: str(notice["time"]))[-limit:]


def _publish(
    self: Topic,
    message: str,
    subject: str | None = None,
    message_attributes: dict[str, Any] | None = None,
    group_id: str | None = None,
    deduplication_id: str | None = None,
    message_structure: str | None = None,
) -> str:
    received = datetime.now(UTC)
    arguments = (message, subject, message_attributes, group_id, deduplication_id, message_structure)
    message_id: str = original_of(Topic, "publish")(self, *arguments)
    attributes = {name: attribute["Value"] for name, attribute in (message_attributes or {}).items()}
    kept: list[dict[str, Any]] = self.__dict__.setdefault(_KEPT, [])
    kept.append(
        {
            "topic": self.arn,
            "message_id": message_id,
            "time": f"{received:%Y-%m-%dT%H:%M:%S.%f}Z",
            "subject": subject,
            "text": text_for("email", message, message_structure),
            "attributes": {name: str(value) for name, value in attributes.items()},
            "subscribers": subscribers(self, message, message_attributes),
        }
    )
    return message_id
