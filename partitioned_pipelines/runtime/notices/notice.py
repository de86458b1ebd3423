"""A notice, and its publication to the lake's topic in the form of each subscriber's protocol."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.unsafe_text import without_unsafe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_sns import SNSClient

# A subject is ASCII, in one line, and shorter than 100 characters: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
_LONGEST_SUBJECT = 99
_SIGNS = {"recovered": ":white_check_mark:", "backfill": ":bar_chart:"}
_WARNING = ":x:"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a subscriber is told.

    Attributes
    ----------
    kind
        ``failed``, ``recovered``, ``backfill``, ``overdue``, ``schedule_off``, ``hanging`` or ``unwatched``.
    pipeline
        The pipeline's name. Subscribers can filter by it and by the kind, which are attributes of the message.
    subject
        One line; for a topic, it is converted to ASCII and shortened.
    text
        The text for people.
    facts
        The facts for programs: values that JSON can represent. Two of them are also used in chats: ``commands``, a list of commands that
        help, and ``link``, the URL of a page.
    """

    kind: str
    pipeline: str
    subject: str
    text: str
    facts: Mapping[str, Any]


def publish(sns: SNSClient, topic_arn: str, notice: Notice) -> None:
    """Publish a notice to a topic: a text for emails, a chat message for https, JSON for queues and functions.

    The message for https has the form that Amazon Q Developer in chat applications shows in Slack and Teams:
    https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
    """
    text = without_unsafe(notice.text)
    facts = json.dumps({"kind": notice.kind, "pipeline": notice.pipeline, **notice.facts})
    chat = json.dumps(_chat_message(notice, text))
    forms = {"default": text, "email": text, "https": chat, "sqs": facts, "lambda": facts}
    sns.publish(
        TopicArn=topic_arn,
        Subject=_subject(notice.subject),
        Message=json.dumps(forms),
        MessageStructure="json",
        MessageAttributes={
            "pipeline": {"DataType": "String", "StringValue": notice.pipeline},
            "kind": {"DataType": "String", "StringValue": notice.kind},
        },
    )


def _subject(subject: str) -> str:
    """Return a subject that SNS accepts: each character outside of ASCII is replaced by a question mark."""
    line = " ".join(without_unsafe(subject).split()).encode("ascii", "replace").decode()
    return line if len(line) <= _LONGEST_SUBJECT else f"{line[: _LONGEST_SUBJECT - 3]}..."


def _chat_message(notice: Notice, text: str) -> dict[str, Any]:
    """Return the notice as a chat message. The messages of a pipeline are one thread.

    The text may quote a script. In a code block, which no back-tick can end, it cannot mention people or show links.
    """
    steps = [f"`{command}`" for command in notice.facts.get("commands", ())]
    if link := notice.facts.get("link"):
        steps.append(str(link))
    title = _subject(notice.subject).replace("`", "'")
    return {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": f"{_SIGNS.get(notice.kind, _WARNING)} {title}",
            "description": f"```\n{text.replace('`', chr(39))}\n```",
            **({"nextSteps": steps} if steps else {}),
            "keywords": [notice.pipeline],
        },
        "metadata": {"threadId": notice.pipeline, "summary": title, "eventType": notice.kind},
    }
