"""Tests of the stacks of pipelines that start when their inputs are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.runtime.starting.request import Deadline, Published, StartRequest
from tests.checks.external_tools import linters
from tests.checks.external_tools.security_review import findings
from tests.checks.pipeline.starter import STARTER_CHECKS, deadline_payload, rule_payload
from tests.synthesized.subject import Subject

if TYPE_CHECKING:
    from tests.synthesized.synthesis import Synthesis

WAITING = ["reader", "summary", "landed"]


@pytest.mark.parametrize("pipeline", WAITING)
@pytest.mark.parametrize("check", STARTER_CHECKS)
def test_checks(waiting: Synthesis, pipeline: str, check: str) -> None:
    assert STARTER_CHECKS[check](Subject.of(waiting, pipeline)) == []


@pytest.mark.parametrize("pipeline", WAITING)
def test_linters(waiting: Synthesis, pipeline: str) -> None:
    stack = waiting.resolved(pipeline)
    assert linters.cfn_lint(stack) == []
    assert linters.parliament(stack) == []


def test_a_pipeline_with_a_clock_has_no_such_function(waiting: Synthesis) -> None:
    stack = waiting.resolved("daily")
    assert "StartRunFunctionName" not in stack.outputs
    assert not [each for each in stack.of_type("AWS::Lambda::Function") if "start_run" in each["Properties"]["Handler"]]
    lake = waiting.resolved_lake()
    assert lake.only("AWS::S3::Bucket")["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True}
    }


def test_only_a_pipeline_that_waits_for_objects_makes_the_bucket_tell_of_them(repository: Synthesis) -> None:
    assert "NotificationConfiguration" not in repository.resolved_lake().only("AWS::S3::Bucket")


@pytest.mark.parametrize("pipeline", ["reader", "summary"])
def test_the_function_reads_what_the_stack_tells_it(waiting: Synthesis, pipeline: str) -> None:
    subject = Subject.of(waiting, pipeline)
    detail = {
        "table": "waits.daily",
        "interval": {"start": "2026-11-26T15:00:00Z", "end": "2026-11-27T15:00:00Z"},
    }
    rule = subject.stack.only("AWS::Events::Rule", "Starter")
    told = StartRequest.from_event(rule_payload(rule, {"id": "e", "detail": detail}))
    assert isinstance(told.event, Published)
    assert (told.event.table, told.lake_bucket) == ("waits.daily", subject.lake_bucket)
    payload: Any = deadline_payload(subject)
    at = StartRequest.from_event({**payload, "deadline": "2026-11-30T21:00:00Z"})
    assert isinstance(at.event, Deadline)
    expected = {"reader": "2026-11-30", "summary": "2026-11-23 to 2026-11-30"}
    assert str(at.event.interval) == expected[pipeline]
    size = len(rule["Targets"][0]["InputTransformer"]["InputTemplate"])
    assert size < 8192, "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html"


def test_a_sagemaker_pipeline_takes_what_its_inputs_must_be(waiting: Synthesis) -> None:
    parameters = [each["Name"] for each in waiting.resolved("summary").pipeline_definition["Parameters"]]
    assert parameters == ["date", "from", "to", "scheduled_time", "inputs"]


@pytest.mark.parametrize("pipeline", WAITING)
def test_cdk_nag_sees_only_the_patterns_of_keys(waiting: Synthesis, pipeline: str) -> None:
    seen = {rule for place, rule in findings(waiting, waiting.pipelines[pipeline]) if place.startswith("Starter/")}
    allowed = [f"starts/{pipeline}/*", "*.skipped.*", ":log-group:"]
    assert [rule for rule in seen if not any(part in rule for part in allowed)] == []
