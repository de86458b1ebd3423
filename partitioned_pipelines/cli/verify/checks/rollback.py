"""Back to the first run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.cli.verify.checks.run import DAY, LINES
from partitioned_pipelines.cli.verify.outcome import Check
from partitioned_pipelines.cli.verify.scene import demand
from partitioned_pipelines.operations.rollback import PartitionSelection, Rollback

if TYPE_CHECKING:
    from collections.abc import Iterable

    from partitioned_pipelines.cli.verify.outcome import Seen
    from partitioned_pipelines.cli.verify.scene import Scene


def _rollback(scene: Scene) -> Iterable[Seen]:
    table = scene.table
    selection = PartitionSelection.parse([f"dt={DAY}"], table.keys)
    plan = Rollback(
        scene.cloud.s3, scene.cloud.glue, table.address, selection, scene.run_ids["run"], table.hold_lease
    ).run()
    demand(len(plan.moves) == 1, f"{len(plan.moves)} partitions were moved, and not one")
    found = scene.rows(DAY)
    demand(found == LINES, f"after the rollback the query found {found}, and not {LINES}")
    return ()


CHECK = Check("rollback", "the day is rolled back to its first run", _rollback, needs=("rerun",))
