"""Tests that ``pipelines local serve --clock`` fires what is due in each minute once."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from partitioned_pipelines.cli.commands.local import _tick
from partitioned_pipelines.cli.target.local_endpoint import LocalEndpoint
from partitioned_pipelines.cli.target.schedule_clock import ScheduleClock

if TYPE_CHECKING:
    from collections.abc import Iterator

Window = tuple[str, str]
FIRED = {
    "group": "lake",
    "name": "flights",
    "scheduled_time": "2026-11-24T06:05:00Z",
    "execution_arn": "arn:aws:states:ap-northeast-1:123456789012:execution:flights:1",
    "error": "",
    "missed": 0,
}


class LocalCloudStub:
    """A server with the route of the local cloud, and the time that the clock sees."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_port}"
        self.asked: list[Window] = []
        self.answers: list[tuple[int, dict[str, object]]] = []
        self.time = datetime(2026, 11, 24, 6, 3, 59, tzinfo=UTC)

    def clock(self) -> ScheduleClock:
        return ScheduleClock(LocalEndpoint(self.url, "AKIA", "secret"), lambda: self.time)


@pytest.fixture
def cloud() -> Iterator[LocalCloudStub]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = urlsplit(self.path)
            query = parse_qs(asked.query)
            assert asked.path == "/_local/schedules/fire-due"
            assert self.headers["Authorization"].startswith("Basic ")
            stub.asked.append((query["after"][0], query["until"][0]))
            status, document = stub.answers.pop(0) if stub.answers else (200, {"fired": []})
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        stub = LocalCloudStub(server)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield stub
        server.shutdown()
        thread.join()


def at(minute: int, hour: int = 6) -> str:
    return datetime(2026, 11, 24, hour, minute, tzinfo=UTC).isoformat()


def test_each_minute_is_asked_for_once(cloud: LocalCloudStub) -> None:
    clock = cloud.clock()
    cloud.answers = [(200, {"fired": []}), (200, {"fired": [FIRED]})]
    told = []
    for _ in range(200):
        told += clock.tick()
        cloud.time += timedelta(seconds=0.5)
    assert cloud.asked == [(at(3), at(4)), (at(4), at(5))]
    assert [(each.name, each.scheduled_time) for each in told] == [("flights", "2026-11-24T06:05:00Z")]


def test_a_pause_is_one_window(cloud: LocalCloudStub) -> None:
    clock = cloud.clock()
    cloud.time += timedelta(hours=8)
    clock.tick()
    clock.tick()
    assert cloud.asked == [(at(3), at(3, hour=14))]


def test_a_clock_that_is_set_back_fires_nothing_twice(cloud: LocalCloudStub) -> None:
    clock = cloud.clock()
    cloud.time += timedelta(minutes=2)
    clock.tick()
    cloud.time -= timedelta(minutes=2)
    clock.tick()
    cloud.time += timedelta(minutes=3)
    clock.tick()
    assert cloud.asked == [(at(3), at(5)), (at(5), at(6))]


def test_the_zone_of_the_machine_does_not_matter(cloud: LocalCloudStub) -> None:
    cloud.time = cloud.time.astimezone(timezone(timedelta(hours=5, minutes=45)))
    clock = cloud.clock()
    cloud.time += timedelta(minutes=1)
    clock.tick()
    assert cloud.asked == [(at(3), at(4))]


def test_each_firing_is_printed_in_a_line(cloud: LocalCloudStub, capsys: pytest.CaptureFixture[str]) -> None:
    clock = cloud.clock()
    refused = {**FIRED, "name": "other", "execution_arn": "", "error": "the target is not there", "missed": 3}
    cloud.answers = [(200, {"fired": [FIRED, refused]})]
    cloud.time += timedelta(minutes=1)
    _tick(clock)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        f"clock: fired flights for 2026-11-24T06:05:00Z: {FIRED['execution_arn']}",
        "clock: other was due at 2026-11-24T06:05:00Z (3 earlier times were missed), and started nothing: the target is not there",
    ]


def test_a_refusal_is_printed_and_does_not_end_the_clock(
    cloud: LocalCloudStub, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = cloud.clock()
    cloud.answers = [(400, {"message": "no"})]
    for _ in range(2):
        cloud.time += timedelta(minutes=1)
        _tick(clock)
    assert cloud.asked == [(at(3), at(4)), (at(4), at(5))]
    assert "the schedule was not fired: no" in capsys.readouterr().err
