"""Tests of publishing: the form of a notice for each protocol, against moto's topic."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from partitioned_pipelines.runtime.notices.notice import Notice, publish

SCRIPT_TEXT = "\x1b[31mValueError\x1b[0m: ``` @channel \u202egnp.exe <!here>\x07"


def notice(**given: Any) -> Notice:
    facts = {"run_id": "r1", "commands": ["pipelines retry told r1"], "link": "https://console/r1"}
    return Notice(
        **{
            "kind": "failed",
            "pipeline": "told",
            "subject": "told failed",
            "text": "told failed.",
            "facts": facts,
            **given,
        }
    )


class RecordingSns:
    """Keeps the request of the one call."""

    def __init__(self) -> None:
        self.request: dict[str, Any] = {}

    def publish(self, **request: Any) -> None:
        self.request = request

    def form(self, protocol: str) -> Any:
        return json.loads(self.request["Message"])[protocol]


def published(given: Notice) -> RecordingSns:
    sns = RecordingSns()
    publish(sns, "arn:aws:sns:eu-central-1:1:t", given)  # type: ignore[arg-type]
    return sns


def test_a_queue_receives_the_facts_and_can_filter_by_pipeline_and_kind(aws: None) -> None:
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic = sns.create_topic(Name="notices")["TopicArn"]
    queues = {}
    for name, wanted in (("told", "told"), ("other", "other")):
        queues[name] = sqs.create_queue(QueueName=name)["QueueUrl"]
        queue_arn = sqs.get_queue_attributes(QueueUrl=queues[name], AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=queue_arn,
            Attributes={"FilterPolicy": json.dumps({"pipeline": [wanted], "kind": ["failed"]})},
        )
    publish(sns, topic, notice())
    body = json.loads(sqs.receive_message(QueueUrl=queues["told"])["Messages"][0]["Body"])
    assert json.loads(body["Message"]) == {"kind": "failed", "pipeline": "told", **notice().facts}
    assert "Messages" not in sqs.receive_message(QueueUrl=queues["other"])


@pytest.mark.parametrize(
    ("subject", "sent"),
    [
        ("told failed at transform", "told failed at transform"),
        ("line one\nline two\x07", "line one line two"),
        ("failed for 特徴量", "failed for ???"),
        ("x" * 99, "x" * 99),
        ("x" * 100, "x" * 96 + "..."),
    ],
)
def test_a_subject_is_one_line_of_ascii(subject: str, sent: str) -> None:
    assert published(notice(subject=subject)).request["Subject"] == sent


def test_emails_and_unknown_protocols_receive_the_text_without_unsafe_characters() -> None:
    sent = published(notice(text=f"特徴量 failed\r\n\t{SCRIPT_TEXT}"))
    assert sent.form("email") == sent.form("default") == "特徴量 failed\n    ValueError: ``` @channel gnp.exe <!here>"


def test_text_of_a_script_cannot_leave_the_code_block_of_a_chat() -> None:
    description = json.loads(published(notice(text=SCRIPT_TEXT)).form("https"))["content"]["description"]
    assert description == "```\nValueError: ''' @channel gnp.exe <!here>\n```"


def test_a_chat_shows_the_commands_and_the_link_in_the_thread_of_the_pipeline() -> None:
    message = json.loads(published(notice()).form("https"))
    assert message["version"] == "1.0"
    assert message["source"] == "custom"
    assert message["content"]["title"] == ":x: told failed"
    assert message["content"]["nextSteps"] == ["`pipelines retry told r1`", "https://console/r1"]
    assert message["metadata"] == {"threadId": "told", "summary": "told failed", "eventType": "failed"}


def test_a_recovery_has_another_sign_than_a_failure() -> None:
    message = json.loads(published(notice(kind="recovered", facts={})).form("https"))
    assert message["content"]["title"].startswith(":white_check_mark: ")
    assert "nextSteps" not in message["content"]
