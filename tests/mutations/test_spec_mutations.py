"""Tests that an invalid spec that passes its own validation is still found by the model of the API that would reject it."""

from typing import Any

import pytest

from partitioned_pipelines.spec import Pipeline
from tests.checks.state_machine.dry_run import dry_run, request_model_findings
from tests.checks.state_machine.machine import ONE_DAY
from tests.checks.state_machine.plain_machine import build_plain_machine
from tests.synthesized.subject import filled_s3
from tests.synthesized.synthesis import Synthesis

NINE_INPUTS = {f"raw{index}": f"s3://{{lake}}/raw/{index}/" for index in range(9)}


def findings_of(pipeline: Pipeline, changes: dict[str, Any]) -> list[str]:
    """Return the findings of the service models after a change of the first step that bypasses the spec's checks."""
    first = pipeline.steps[0].model_copy(update=changes)
    changed = pipeline.model_copy(update={"steps": (first, *pipeline.steps[1:])})
    return request_model_findings(dry_run(build_plain_machine(changed), filled_s3(), ONE_DAY))


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"inputs": {**NINE_INPUTS, "raw9": "s3://{lake}/raw/9/"}}, "ProcessingInputs: 11 items, at most 10"),
        ({"outputs": {"extract": "/opt/ml/processing/" + "x" * 300}}, "LocalPath: 319 characters, at most 256"),
        ({"arguments": tuple(["x"] * 101)}, "ContainerArguments: 101 items, at most 100"),
        ({"arguments": ("x" * 257,)}, "ContainerArguments[0]: 257 characters, at most 256"),
        ({"environment": {f"n{index}": "x" for index in range(96)}}, "Environment: 101 entries, at most 100"),
        ({"environment": {"a-b": "x"}}, "key 'a-b'"),
        ({"environment": {"a": "x" * 257}}, "Environment['a']: 257 characters, at most 256"),
        ({"timeout_minutes": 12961}, "MaxRuntimeInSeconds: 777660, at most 777600"),
        ({"timeout_minutes": 0}, "MaxRuntimeInSeconds: 0, at least 1"),
    ],
)
def test_beyond_a_limit(repository: Synthesis, changes: dict[str, Any], finding: str) -> None:
    found = findings_of(repository.pipeline("flights"), changes)
    assert any(finding in text for text in found), found


@pytest.mark.parametrize(
    "changes",
    [
        {"inputs": NINE_INPUTS},
        {"arguments": tuple(["x" * 256] * 100)},
        {"environment": {f"n{index}": "x" * 256 for index in range(95)}},
        {"timeout_minutes": 12960},
    ],
)
def test_at_a_limit(repository: Synthesis, changes: dict[str, Any]) -> None:
    assert findings_of(repository.pipeline("flights"), changes) == []
