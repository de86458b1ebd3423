"""A run that its first function refuses: there is nothing to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.cli.verify.outcome import Check, Seen
from partitioned_pipelines.cli.verify.scene import demand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.cli.verify.scene import Scene


def _refuse(scene: Scene) -> Iterator[Seen]:
    history = scene.start(scene.names.reading_pipeline, {"date": "2026-01-03"})
    status = scene.finish(history)
    demand(status == "FAILED", f"a run without its input ended as {status}")
    errors = [error for error, _ in history.failed_attempts()]
    yield Seen("A08", errors == ["MissingInputError"], f"{errors}")


CHECK = Check("refuse", "a run without its input is refused", _refuse, ("A08",))
