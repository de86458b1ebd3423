"""Older lines of a job's log, page by page: all of them, each once, in their order."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import boto3
import pytest

from partitioned_pipelines.cli.lake.runs.log_pages import InvalidTokenError, read_all, read_older
from partitioned_pipelines.lake.runs.job_logs import LOG_GROUP
from tests.moto_lake import REGION, aws

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

__all__ = ["aws"]

JOB = "features--extract-1"


@pytest.fixture
def logs(aws: None) -> CloudWatchLogsClient:
    client = boto3.client("logs", region_name=REGION)
    client.create_log_group(logGroupName=LOG_GROUP)
    return client


def write(logs: CloudWatchLogsClient, host: str, lines: list[tuple[int, str]]) -> None:
    stream = f"{JOB}/{host}-1700000000"
    logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName=stream)
    for begin in range(0, len(lines), 1000):
        events = [{"timestamp": at, "message": text} for at, text in lines[begin : begin + 1000]]
        logs.put_log_events(logGroupName=LOG_GROUP, logStreamName=stream, logEvents=events)  # type: ignore[arg-type]


def read_back(logs: CloudWatchLogsClient, shown: int) -> list[list[str]]:
    pages = [read_older(logs, JOB, shown=shown)]
    while token := pages[-1].next:
        pages.append(read_older(logs, JOB, token=token))
        assert len(pages) < 20
    return [list(page.lines) for page in pages]


NOW_MS = int(time.time() * 1000) - 3_600_000


@pytest.mark.parametrize(
    ("count", "shown"), [(0, 0), (3, 3), (200, 200), (201, 200), (1200, 200), (3456, 200), (50, 0)]
)
def test_every_line_comes_once_at_its_place(logs: CloudWatchLogsClient, count: int, shown: int) -> None:
    """Also if many lines have the same time."""
    written = [(NOW_MS + index // 700, f"line {index}") for index in range(count)]
    write(logs, "algo-1", written)
    pages = read_back(logs, shown)
    older = [text for _, text in written][: count - shown]
    assert [line for page in reversed(pages) for line in page] == older
    assert all(len(page) <= 1001 for page in pages)
    assert list(read_all(logs, JOB)) == [text for _, text in written]


def test_the_lines_of_several_machines_come_once_each_in_their_order(logs: CloudWatchLogsClient) -> None:
    one = [(NOW_MS + index * 2, f"one {index}") for index in range(400)]
    two = [(NOW_MS + index * 20 + 1, f"two {index}") for index in range(40)]
    write(logs, "algo-1", one)
    write(logs, "algo-2", two)
    pages = read_back(logs, 100)
    expected = [text for _, text in sorted(one + two)][:-100]
    found = [line for page in reversed(pages) for line in page]
    for host in ("one", "two"):
        assert [line for line in found if line.startswith(host)] == [line for line in expected if line.startswith(host)]
    assert len(found) == len(expected)


def test_a_job_without_a_log(logs: CloudWatchLogsClient) -> None:
    assert read_older(logs, JOB, shown=200).lines == ()
    assert read_older(logs, JOB, shown=200).next is None


@pytest.mark.parametrize("token", ["", "x", "e30", "bnVsbA==", "WzFd", "eyJhIjogMX0=", "é"])
def test_a_token_that_is_none(logs: CloudWatchLogsClient, token: str) -> None:
    with pytest.raises(InvalidTokenError):
        read_older(logs, JOB, token=token)


def test_a_token_of_another_job(logs: CloudWatchLogsClient) -> None:
    write(logs, "algo-1", [(NOW_MS, f"line {index}") for index in range(1500)])
    token = read_older(logs, JOB, shown=200).next
    assert token
    with pytest.raises(InvalidTokenError, match="log of other"):
        read_older(logs, "other--job-1", token=token)
