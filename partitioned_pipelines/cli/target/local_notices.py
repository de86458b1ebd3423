"""The messages that topics of the local cloud have got. Nothing is sent to people from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from partitioned_pipelines.cli.target.local_endpoint import ask

if TYPE_CHECKING:
    from partitioned_pipelines.cli.target.local_endpoint import LocalEndpoint


class Subscriber(TypedDict):
    """A subscription that a message is for; a pending one waits for its confirmation."""

    protocol: str
    endpoint: str
    pending: bool


class LocalNotice(TypedDict):
    """A message that a topic has got.

    Attributes
    ----------
    topic
        The topic's ARN.
    time
        In UTC.
    text
        The text of e-mails.
    """

    topic: str
    message_id: str
    time: str
    subject: str | None
    text: str
    attributes: dict[str, str]
    subscribers: list[Subscriber]


def read_notices(endpoint: LocalEndpoint, limit: int) -> list[LocalNotice]:
    """Return the last messages, the newest last.

    Raises
    ------
    CommandError
        If the local cloud does not answer.
    """
    answer = ask(endpoint, "GET", f"notices?limit={limit}", "the notices were not read")
    notices: list[LocalNotice] = answer["notices"]
    return notices
