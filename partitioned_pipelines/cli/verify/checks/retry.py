"""A job that fails at first: its retry has a name and a prefix of its own, and publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.cli.verify.outcome import Check, Seen
from partitioned_pipelines.cli.verify.scene import demand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.cli.verify.history import History
    from partitioned_pipelines.cli.verify.scene import Scene

DAY = "2026-01-02"
LINES = ["vier", "fünf"]


def _retry(scene: Scene) -> Iterator[Seen]:
    scene.put_raw(scene.names.pipeline, DAY, "!fail")
    history = scene.start(scene.names.pipeline, {"date": DAY})
    # The state waits a minute before it tries again: time to mend what the job reads.
    scene.wait("the failure of the first attempt", lambda: _has_failed(history), seconds=3600)
    scene.put_raw(scene.names.pipeline, DAY, "\n".join(LINES))
    status = scene.finish(history)
    demand(status == "SUCCEEDED", f"the retry ended as {status}: {history.why}")
    asked = history.job_requests()
    names = {one["ProcessingJobName"] for one in asked}
    prefixes = {one["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] for one in asked}
    yield Seen("A04", len(asked) == len(names) == len(prefixes) == 2, f"the attempts were {sorted(names)}")
    found = scene.rows(DAY)
    demand(found == LINES, f"the query found {found}, and not {LINES}")


def _has_failed(history: History) -> bool:
    history.read()
    return bool(history.failed_attempts()) or history.ended() is not None


CHECK = Check("retry", "a job that fails at first is tried again", _retry, ("A04",), needs=("run",))
