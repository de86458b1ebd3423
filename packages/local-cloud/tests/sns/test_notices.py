"""What topics have got is read from the cloud's own route."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from cloud_under_test.admin import ask

if TYPE_CHECKING:
    from local_cloud.server import LocalCloud

Aws = Any


def test_notices_are_kept_in_their_order(aws: Aws, local_cloud_server: LocalCloud, name: str) -> None:
    sns = aws("sns")
    topics = [sns.create_topic(Name=f"{name}-{number}")["TopicArn"] for number in range(2)]
    only = {"FilterPolicy": json.dumps({"pipeline": ["a"]})}
    sns.subscribe(TopicArn=topics[0], Protocol="email", Endpoint="a@example.com", Attributes=only)
    sns.publish(TopicArn=topics[0], Message="plain")
    each = json.dumps({"default": "d", "email": "für Menschen\n", "https": "{}"})
    attributes = {"pipeline": {"DataType": "String", "StringValue": "a"}}
    sent = sns.publish(
        TopicArn=topics[0], Message=each, MessageStructure="json", Subject="a failed", MessageAttributes=attributes
    )
    sns.publish(TopicArn=topics[1], Message="other")
    status, document = ask(local_cloud_server, "GET", "notices")
    assert status == 200
    notices = [notice for notice in document["notices"] if notice["topic"] in topics]
    assert [notice["text"] for notice in notices] == ["plain", "für Menschen\n", "other"]
    assert [notice["subscribers"] for notice in notices] == [
        [],
        [{"protocol": "email", "endpoint": "a@example.com", "pending": True}],
        [],
    ]
    notice = notices[1]
    assert (notice["subject"], notice["attributes"], notice["message_id"]) == (
        "a failed",
        {"pipeline": "a"},
        sent["MessageId"],
    )
    assert abs(dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(notice["time"])) < dt.timedelta(minutes=1)
    (last,) = ask(local_cloud_server, "GET", "notices?limit=1")[1]["notices"]
    assert last["text"] == "other"


def test_a_limit_is_a_positive_number(local_cloud_server: LocalCloud) -> None:
    for limit in ("0", "-1", "many"):
        status, document = ask(local_cloud_server, "GET", f"notices?limit={limit}")
        assert (status, document["message"]) == (400, f"limit='{limit}' is not a positive number")
