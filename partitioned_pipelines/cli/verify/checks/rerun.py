"""The same day once more, with fewer lines: readers see the new run, and nothing of the old."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.cli.verify.checks.run import DAY
from partitioned_pipelines.cli.verify.outcome import Check, Seen
from partitioned_pipelines.cli.verify.scene import demand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.cli.verify.scene import Scene

_LINES = ["uno", "dos"]


def _rerun(scene: Scene) -> Iterator[Seen]:
    scene.put_raw(scene.names.pipeline, DAY, "\n".join(_LINES))
    history = scene.start(scene.names.pipeline, {"date": DAY})
    status = scene.finish(history)
    demand(status == "SUCCEEDED", f"the run ended as {status}: {history.why}")
    scene.run_ids["rerun"] = str(history.output["plan"]["run_id"])
    (registration,) = history.output["registrations"].values()
    counts = (registration["created"], registration["repointed"])
    demand(counts == (0, 1), f"{counts[0]} partitions were created and {counts[1]} repointed, and not 0 and 1")
    found = scene.rows(DAY)
    yield Seen("A37", found == _LINES, f"the query found {found}")


CHECK = Check("rerun", "the day is run again, with fewer lines", _rerun, ("A37",), needs=("query",))
