"""The failed run, redriven once its input is mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.cli.verify.checks.fail import DAY
from partitioned_pipelines.cli.verify.outcome import Check, Seen
from partitioned_pipelines.cli.verify.scene import demand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.cli.verify.scene import Scene


def _redrive(scene: Scene) -> Iterator[Seen]:
    history = scene.executions["fail"]
    scene.put_raw(scene.names.reading_pipeline, DAY, "go on")
    scene.cloud.step_functions.redrive_execution(executionArn=history.arn)
    status = scene.finish(history)
    demand(status == "SUCCEEDED", f"the redriven run ended as {status}: {history.why}")
    planned = [
        event
        for event in history.events
        if event["type"] == "TaskStateEntered" and event["stateEnteredEventDetails"]["name"] == "PlanRun"
    ]
    names = [one["ProcessingJobName"] for one in history.job_requests()]
    yield Seen(
        "A05", len(planned) == 1 and len(set(names)) == len(names) == 2, f"planned {len(planned)} times, {names}"
    )


CHECK = Check("redrive", "the failed run is redriven", _redrive, ("A05",), aws_only=("A05",), needs=("fail",))
