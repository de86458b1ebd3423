"""An execution that is stopped while its job runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.cli.verify.outcome import Check, Seen
from partitioned_pipelines.cli.verify.scene import demand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.cli.verify.history import History
    from partitioned_pipelines.cli.verify.scene import Scene

_DAY = "2026-01-06"


def _stop(scene: Scene) -> Iterator[Seen]:
    scene.put_raw(scene.names.pipeline, _DAY, "!wait")
    history = scene.start(scene.names.pipeline, {"date": _DAY})
    name = scene.wait("the job", lambda: _job(scene, history), seconds=1800)
    scene.cloud.step_functions.stop_execution(executionArn=history.arn, cause="pipelines verify stops it")
    status = scene.finish(history)
    demand(status == "ABORTED", f"the execution that was stopped is {status}")
    job = scene.wait("the job's end", lambda: _end(scene, name), seconds=900)
    yield Seen("A09", job == "Stopped", f"the job is {job}")


def _job(scene: Scene, history: History) -> str | None:
    history.read()
    demand(history.ended() is None, f"the execution ended before it could be stopped: {history.why}")
    names = [one["ProcessingJobName"] for one in history.job_requests()]
    # It was asked for, but is it there?
    beginning = scene.names.job_beginning
    summaries = scene.cloud.sagemaker.list_processing_jobs(NameContains=beginning, StatusEquals="InProgress")
    there = {one["ProcessingJobName"] for one in summaries["ProcessingJobSummaries"]}
    return next((name for name in names if name in there), None)


def _end(scene: Scene, name: str) -> str | None:
    status: str = scene.cloud.sagemaker.describe_processing_job(ProcessingJobName=name)["ProcessingJobStatus"]
    return None if status in {"InProgress", "Stopping"} else status


CHECK = Check("stop", "an execution is stopped while its job runs", _stop, ("A09",), needs=("run",))
