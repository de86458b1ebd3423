"""Tests of queries on a fake Athena: states, failures, Ctrl-C."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.terminal.streams_and_signals import Terminated
from tests.cli.athena.fake_athena import Athena, ask


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partitioned_pipelines.cli.athena.execution.time.sleep", lambda _seconds: None)


def test_a_query_names_its_database_and_workgroup() -> None:
    athena = Athena([("a", "integer")], [[["a"]]])
    ask(athena, database="d")
    assert athena.asked == {"QueryString": "SELECT", "WorkGroup": "w", "QueryExecutionContext": {"Database": "d"}}


def test_without_a_database_none_is_named() -> None:
    athena = Athena([("a", "integer")], [[["a"]]])
    ask(athena)
    assert athena.asked["QueryExecutionContext"] == {}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ({"State": "FAILED", "StateChangeReason": "COLUMN_NOT_FOUND: line 1:8"}, "COLUMN_NOT_FOUND: line 1:8"),
        ({"State": "FAILED", "AthenaError": {"ErrorMessage": "no table"}}, "no table"),
        ({"State": "CANCELLED"}, "the query was cancelled: no reason given"),
    ],
)
def test_a_query_that_fails_says_why(status: dict[str, Any], said: str) -> None:
    with pytest.raises(CommandError, match=said) as caught:
        ask(Athena([], [], Status=status))
    assert caught.value.exit_code == ExitCode.FAILED


def test_a_query_that_is_refused_says_why() -> None:
    with pytest.raises(CommandError, match="empty") as caught:
        ask(Athena([], []), sql="")
    assert caught.value.exit_code == ExitCode.FAILED


def test_each_look_is_reported() -> None:
    reported: list[str] = []
    ask(Athena([("a", "integer")], [[["a"]]]), report=reported.append)
    assert reported == ["the query is QUEUED: 0 s, 1.2 MB scanned", "the query is RUNNING: 0 s, 1.2 MB scanned"]


def test_a_result_is_seen_at_most_an_eighth_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time between two polls is an eighth of the time so far, and neither shorter than 20 ms nor longer than a second."""
    clock = SimpleNamespace(now=0.0)
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        clock.now += seconds

    monkeypatch.setattr(
        "partitioned_pipelines.cli.athena.execution.time", SimpleNamespace(sleep=sleep, monotonic=lambda: clock.now)
    )
    athena = Athena([("a", "integer")], [[["a"]]])
    athena.states = ["RUNNING"] * 60
    ask(athena)
    assert pauses[:9] == [0.02] * 9
    began = [sum(pauses[:index]) for index in range(60)]
    assert pauses == pytest.approx([min(max(at / 8, 0.02), 1) for at in began])
    assert pauses[-5:] == [1] * 5


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, Terminated])
def test_an_interrupted_command_stops_the_query(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], interrupt: type[BaseException]
) -> None:
    def pause(_seconds: float) -> None:
        raise interrupt

    monkeypatch.setattr("partitioned_pipelines.cli.athena.execution.time.sleep", pause)
    athena = Athena([], [])
    with pytest.raises(interrupt):
        ask(athena)
    assert athena.stopped == ["q"]
    assert "the query q was stopped" in capsys.readouterr().err


def test_a_query_that_cannot_be_stopped_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The interrupt determines how the command ends, even if stopping the query fails."""

    def pause(_seconds: float) -> None:
        raise KeyboardInterrupt

    def stop(**_request: str) -> None:
        raise EndpointConnectionError(endpoint_url="https://athena")

    monkeypatch.setattr("partitioned_pipelines.cli.athena.execution.time.sleep", pause)
    athena = Athena([], [])
    monkeypatch.setattr(athena, "stop_query_execution", stop)
    with pytest.raises(KeyboardInterrupt):
        ask(athena)
    assert "the query q could not be stopped, and may still be running" in capsys.readouterr().err
