"""The runs of a backfill as its state machine reads them, in the form of the pipeline's orchestrator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.intervals.interval import InvalidIntervalError
from partitioned_pipelines.spec import layers
from partitioned_pipelines.spec.derived.interval_rule import interval_rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.lake.runs.backfill_names import BackfillItem
    from partitioned_pipelines.operations.backfill.plan import BackfillPlan
    from partitioned_pipelines.spec.model.pipeline import Pipeline

# A round has nine events, and an execution of a state machine at most 25,000, which is 92 hours of rounds of two minutes:
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
_POLL_SECONDS, _POLL_SECONDS_OF_LONG_RUNS, _LOCAL_POLL_SECONDS = 120, 300, 1
_LONG_RUN_MINUTES = 72 * 60


def build_items(plan: BackfillPlan, pipeline: Pipeline, outputs: Mapping[str, str], *, local: bool) -> str:
    """Return the items of a plan as JSON, the same text for the same plan."""
    by_pipelines = "PipelineName" in outputs
    seconds = _LOCAL_POLL_SECONDS if local else _poll_seconds(pipeline)
    items: list[BackfillItem] = []
    for name, run in zip(plan.run_names(), plan.runs, strict=True):
        given = run.execution_input
        if by_pipelines:
            parameters = [{"Name": key, "Value": value} for key, value in given.items()]
            items.append({"name": name, "input": parameters, "poll_seconds": seconds})
        else:
            items.append({"name": name, "input": given})
    return json.dumps(items)


def read_items(text: str | bytes, pipeline: Pipeline) -> dict[str, Interval]:
    """Return the interval of each run by its name; without those of an input that is no longer valid, as after a change of the schedule."""
    rule = interval_rule(pipeline)
    found = {}
    for item in json.loads(text):
        try:
            found[item["name"]] = rule.interval_of(_given(item["input"]))
        except InvalidIntervalError:
            continue
    return found


def _given(of_item: Any) -> dict[str, str]:
    if isinstance(of_item, list):
        return {parameter["Name"]: parameter["Value"] for parameter in of_item}
    given: dict[str, str] = of_item
    return given


def _poll_seconds(pipeline: Pipeline) -> int:
    longest = sum(max(step.timeout_minutes for step in layer) for layer in layers(pipeline.steps))
    return _POLL_SECONDS if longest <= _LONG_RUN_MINUTES else _POLL_SECONDS_OF_LONG_RUNS
