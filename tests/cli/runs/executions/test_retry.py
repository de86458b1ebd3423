"""The retry of an execution by either service: what it refuses, how it compares definitions, and what it waits for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.runs.executions.retry import Retry, retry_of

OUTPUTS = {"StateMachineArn": "arn:m", "PipelineName": "p"}
STATES_ARN = "arn:aws:states:ap-northeast-1:123456789012:execution:m:e"
PIPELINE_ARN = "arn:aws:sagemaker:ap-northeast-1:123456789012:pipeline/p/execution/e"
STARTED = datetime(2026, 11, 1, tzinfo=UTC)


class Service:
    """Both services, with one execution that is shown as running only after a number of looks."""

    def __init__(
        self, described: dict[str, Any], *, own: object = None, deployed: object = None, looks: int = 0
    ) -> None:
        self.described, self.own, self.deployed, self.looks = described, own, deployed, looks
        self.asked: list[dict[str, str]] = []

    @property
    def retry(self) -> Retry:
        arn = STATES_ARN if "redriveStatus" in self.described else PIPELINE_ARN
        cloud: Any = SimpleNamespace(step_functions=self, sagemaker=self, poll_seconds=0.0)
        return retry_of(cloud, OUTPUTS, arn)

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803  # boto3's name
        self.looks -= 1 if self.asked else 0
        return self.described | ({"redriveDate": STARTED} if self.asked and self.looks < 0 else {})

    def describe_pipeline_execution(self, PipelineExecutionArn: str) -> dict[str, Any]:  # noqa: N803
        self.looks -= 1 if self.asked else 0
        return self.described | ({"PipelineExecutionStatus": "Executing"} if self.asked and self.looks < 0 else {})

    def describe_state_machine_for_execution(self, executionArn: str) -> dict[str, str]:  # noqa: N803
        return {"definition": json.dumps(self.own)}

    def describe_state_machine(self, stateMachineArn: str) -> dict[str, str]:  # noqa: N803
        return {"definition": json.dumps(self.deployed, indent=2)}

    def describe_pipeline_definition_for_execution(self, PipelineExecutionArn: str) -> dict[str, str]:  # noqa: N803
        return {"PipelineDefinition": json.dumps(self.own)}

    def describe_pipeline(self, PipelineName: str) -> dict[str, str]:  # noqa: N803
        return {"PipelineDefinition": json.dumps(self.deployed, indent=2)}

    def redrive_execution(self, **request: str) -> dict[str, datetime]:
        self.asked.append(request)
        return {"redriveDate": STARTED}

    def retry_pipeline_execution(self, **request: str) -> None:
        self.asked.append(request)


REDRIVABLE = {"redriveStatus": "REDRIVABLE", "status": "FAILED"}
FAILED = {"PipelineExecutionStatus": "Failed", "LastModifiedTime": STARTED}


@pytest.mark.parametrize(
    ("described", "refusal"),
    [
        (REDRIVABLE, None),
        (
            {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven"},
            "Execution is SUCCEEDED and cannot be redriven",
        ),
        ({"redriveStatus": "REDRIVABLE_BY_MAP_RUN"}, "its redrive status is REDRIVABLE_BY_MAP_RUN"),
        (FAILED, None),
        (FAILED | {"PipelineExecutionStatus": "Stopped"}, None),
        (FAILED | {"PipelineExecutionStatus": "Executing"}, "its status is Executing"),
        (FAILED | {"PipelineExecutionStatus": "Succeeded"}, "its status is Succeeded"),
    ],
)
def test_what_a_service_would_refuse_is_told_in_its_words(described: dict[str, Any], refusal: str | None) -> None:
    assert Service(described).retry.refusal() == refusal


@pytest.mark.parametrize("described", [REDRIVABLE, FAILED])
def test_definitions_are_compared_by_content(described: dict[str, Any]) -> None:
    assert not Service(described, own={"a": 1, "b": 2}, deployed={"b": 2, "a": 1}).retry.is_outdated()
    assert Service(described, own={"image": "x@sha256:1"}, deployed={"image": "x@sha256:2"}).retry.is_outdated()


@pytest.mark.parametrize("described", [REDRIVABLE, FAILED])
def test_it_waits_until_the_execution_is_shown_as_running(described: dict[str, Any]) -> None:
    service = Service(described, looks=3)
    service.retry.start()
    assert service.looks == -1
    (request,) = service.asked
    assert len(cast("str", request.get("clientToken") or request.get("ClientRequestToken"))) == 36


def test_an_execution_that_failed_again_at_once_is_not_waited_for() -> None:
    class Quick(Service):
        def describe_pipeline_execution(self, PipelineExecutionArn: str) -> dict[str, Any]:  # noqa: N803
            return self.described | ({"LastModifiedTime": STARTED + timedelta(seconds=1)} if self.asked else {})

    Quick(FAILED).retry.start()


def test_an_execution_that_does_not_run_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partitioned_pipelines.cli.runs.executions.retry._SHOWN_WITHIN_SECONDS", 0.0)
    with pytest.raises(CommandError, match="was retried 0 s ago, and does not run yet"):
        Service(REDRIVABLE, looks=10**6).retry.start()
