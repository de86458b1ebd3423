"""Tests of the event that tells others of a publication: on the default bus, else in the dead-letter queue, never nowhere."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import boto3
import jsonschema
import pytest
from botocore.exceptions import EndpointConnectionError

from partitioned_pipelines.lake.function_events.requests import InvalidRequestError
from partitioned_pipelines.runtime.registration.announcement import Announcer, UnannouncedError
from partitioned_pipelines.runtime.registration.registration import register_partitions

if TYPE_CHECKING:
    from tests.moto_lake import Lake

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "partitions_published.schema.json").read_text("utf-8"))
RUN_ID = "20211215T210003Z-0123abcd"
SPAN = "20211214T150000Z-20211215T150000Z"
REFUSED = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}]}


@dataclass
class Bus:
    """An event bus: what it answers, call by call, and then that it took the event."""

    answers: list[Any] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    calls: int = 0

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        self.calls += 1
        answer = self.answers.pop(0) if self.answers else {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}
        if isinstance(answer, Exception):
            raise answer
        if not answer["FailedEntryCount"]:
            self.events += Entries
        return cast("dict[str, Any]", answer)


def announcer(lake: Lake, bus: Bus) -> Announcer:
    return Announcer(lambda: cast("Any", bus), lambda: boto3.client("sqs"), lake.slept.append)


def event(lake: Lake, **run: object) -> dict[str, Any]:
    made = lake.event(RUN_ID, allow_empty=True)
    made["run"] |= {"interval": SPAN, "deployment": "pipelines", **run}
    return made


def publish(lake: Lake, bus: Bus, **run: object) -> str:
    answer = register_partitions(event(lake, **run), lake.s3, lake.glue, announcer=announcer(lake, bus))
    return answer["receipt"]


def test_the_event_says_what_was_published(lake: Lake) -> None:
    lake.create_table()
    for day in (14, 15, 16):
        lake.write(f"dt=2021-12-{day}/a.csv", run=RUN_ID)
    bus = Bus()
    receipt = publish(lake, bus)
    (entry,) = bus.events
    assert (entry["Source"], entry["DetailType"]) == ("partitioned-pipelines.pipelines", "Partitions Published")
    assert "EventBusName" not in entry, "the default bus"
    detail = json.loads(entry["Detail"])
    jsonschema.validate({"source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail}, SCHEMA)
    assert detail == {
        "format_version": 1,
        "table": "analytics.features",
        "database": "analytics",
        "name": "features",
        "pipeline": "feature_table",
        "outcome": "published",
        "interval": {"start": "2021-12-14T15:00:00Z", "end": "2021-12-15T15:00:00Z"},
        "process_start": "2021-12-15",
        "process_end": "2021-12-16",
        "partitions": {"count": 3, "first": ["2021-12-14"], "last": ["2021-12-16"]},
        "kept_newer": 0,
        "run_id": RUN_ID,
        "execution": f"arn:aws:states:ap-northeast-1:123456789012:execution:x:{RUN_ID}",
        "receipt": receipt,
    }


def test_the_schema_tells_an_event_from_what_is_none() -> None:
    with pytest.raises(jsonschema.ValidationError, match="'interval' is a required property"):
        jsonschema.validate(
            {"source": "partitioned-pipelines.x", "detail-type": "Partitions Published", "detail": {"table": "a.b"}},
            {**SCHEMA, "definitions": {**SCHEMA["definitions"], "detail": {"required": ["interval"]}}},
        )
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"source": "aws.s3", "detail-type": "Partitions Published", "detail": {}}, SCHEMA)


def test_the_mark_is_there_before_the_event(lake: Lake) -> None:
    """Who is told looks for the marks: an event before its mark would be in vain."""
    lake.create_table()
    seen: list[str] = []

    class Looking(Bus):
        def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
            prefix = "tables/analytics/features/receipts/intervals/"
            seen.extend(item["Key"] for item in lake.s3.list_objects_v2(Bucket="lake", Prefix=prefix)["Contents"])
            return super().put_events(Entries=Entries)

    bus = Looking()
    publish(lake, bus)
    assert seen == [f"tables/analytics/features/receipts/intervals/{SPAN}.empty.{RUN_ID}"]
    detail = json.loads(bus.events[0]["Detail"])
    assert (detail["outcome"], detail["partitions"]) == ("empty", {"count": 0})


def test_long_values_are_left_out(lake: Lake) -> None:
    lake.create_table(keys="name:string")
    lake.write(f"name={'x' * 300}/a.csv", run=RUN_ID)
    bus = Bus()
    publish(lake, bus)
    assert json.loads(bus.events[0]["Detail"])["partitions"] == {"count": 1}


def test_an_event_that_is_refused_is_tried_again(lake: Lake) -> None:
    lake.create_table()
    bus = Bus([REFUSED, EndpointConnectionError(endpoint_url="https://events"), REFUSED])
    publish(lake, bus)
    assert (bus.calls, len(bus.events)) == (4, 1)


def test_an_event_that_nobody_takes_goes_to_the_dead_letter_queue(lake: Lake, caplog: pytest.LogCaptureFixture) -> None:
    """The queue's alarm reports it. The run has published, and does not fail."""
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="pipelines-undelivered")["QueueUrl"]
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv", run=RUN_ID)
    receipt = publish(lake, Bus([REFUSED] * 4))
    (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    body = json.loads(message["Body"])
    jsonschema.validate(body, SCHEMA)
    assert body["detail"]["receipt"] == receipt
    assert message["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"] == "ThrottlingException: slow down"
    (record,) = (each for each in caplog.records if each.message == "not_announced")
    assert (record.levelname, vars(record)["reason"]) == ("ERROR", "ThrottlingException: slow down")


def test_only_if_the_queue_refuses_it_too_the_call_fails(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv", run=RUN_ID)
    with pytest.raises(
        UnannouncedError, match=r"analytics\.features is published, and others were not told: .*slow down"
    ):
        publish(lake, Bus([REFUSED] * 4))
    assert list(lake.partitions()) == [("2021-12-15",)]
    bus = Bus()
    publish(lake, bus)
    assert len(bus.events) == 1, "a redrive finds everything published, and tells of it"


def test_executions_from_before_there_were_events_announce_nothing(lake: Lake) -> None:
    lake.create_table()
    bus = Bus()
    publish(lake, bus, deployment="")
    publish(lake, bus, interval="")
    assert bus.calls == 0


def test_a_payload_with_a_deployment_needs_a_client(lake: Lake) -> None:
    lake.create_table()
    with pytest.raises(InvalidRequestError, match="there is no client for its events"):
        register_partitions(event(lake), lake.s3, lake.glue)
