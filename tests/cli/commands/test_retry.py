"""Tests of ``retry``: which run it takes, and when it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from partitioned_pipelines.cli.errors import ExitCode
from partitioned_pipelines.lake.runs.run_facts import build_run_id
from tests.cli.commands.test_runs import executions
from tests.cli.runs.test_looking_back import pipelines, three_runs
from tests.moto_lake import REGION, Lake, aws, glue, lake, s3

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["aws", "executions", "glue", "lake", "pipelines", "s3", "three_runs"]


class FakeRetry:
    """A retry that the service would accept, or not; it is never started."""

    def __init__(self, refusal: str | None = None, *, outdated: bool = False) -> None:
        self._refusal, self._outdated = refusal, outdated

    def refusal(self) -> str | None:
        return self._refusal

    def is_outdated(self) -> bool:
        return self._outdated

    def start(self) -> None:
        raise AssertionError("it was started")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeRetry], list[str]]:
    """Return a function that replaces the service's retry, and returns the list of the executions that it is asked of."""

    def replace(retry: FakeRetry) -> list[str]:
        arns: list[str] = []

        def retry_of(_cloud: object, _outputs: object, arn: str) -> FakeRetry:
            arns.append(arn)
            return retry

        monkeypatch.setattr("partitioned_pipelines.cli.commands.retry.retry_of", retry_of)
        return arns

    return replace


def run_id_of(arn: str) -> str:
    described = boto3.client("stepfunctions", region_name=REGION).describe_execution(executionArn=arn)
    return build_run_id(described["startDate"], arn)


def test_the_last_is_the_newest_that_failed(
    executions: list[str], pipelines: Callable[..., Any], asked: Callable[[FakeRetry], list[str]]
) -> None:
    arns = asked(FakeRetry("it is too old"))
    for selection in ([], [run_id_of(executions[0])], [executions[0]]):
        said = pipelines("retry", "features", *selection, code=ExitCode.FAILED)
        assert f"the run {run_id_of(executions[0])} cannot be retried: it is too old" in said
    assert arns == [executions[0]] * 3, "the two newer ones run"


def test_a_run_that_is_not_listed(executions: list[str], pipelines: Callable[..., Any]) -> None:
    said = pipelines("retry", "features", "r1", code=ExitCode.INVALID)
    assert "features has no run 'r1'" in said


def test_newer_code_is_named_with_the_command_that_uses_it(
    executions: list[str], pipelines: Callable[..., Any], asked: Callable[[FakeRetry], list[str]]
) -> None:
    asked(FakeRetry(outdated=True))
    said = pipelines("retry", "features", code=ExitCode.FAILED)
    assert "a retry would run the old script and image" in said
    assert "to use the new ones: pipelines run features --date 2026-11-01" in said
    assert f"pipelines retry features {run_id_of(executions[0])} --same-code" in said
    with pytest.raises(AssertionError, match="it was started"):
        pipelines("retry", "features", "--same-code")


def test_what_a_later_run_has_published_is_not_retried(
    three_runs: Lake, executions: list[str], pipelines: Callable[..., Any], asked: Callable[[FakeRetry], list[str]]
) -> None:
    asked(FakeRetry())
    later = "20991231T000000Z-0123abcd"
    three_runs.write("dt=2026-11-01/a.csv", run=later)
    three_runs.register(later)
    said = pipelines("retry", "features", "--json", code=ExitCode.FAILED)
    assert f"2026-11-01 has been published by {later}" in json.dumps(said)
