"""What a step's container runs: the script by Python or by ``smspark-submit``, or the command of its image."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from partitioned_pipelines.spec.derived.s3_access import writes_event_logs

if TYPE_CHECKING:
    from partitioned_pipelines.spec.model.pipeline import Step

EVENT_LOGS_FOLDER = "/opt/ml/processing/spark-events/"
_INPUT = "/opt/ml/processing/input"


def container_entrypoint(step: Step) -> list[str]:
    """Return what goes before a step's arguments; it equals what the official SDK's processors send."""
    if step.script is None:
        return list(step.entrypoint)
    script = f"{_INPUT}/code/{PurePosixPath(step.script).name}"
    if not step.is_spark:
        return ["python3", script]
    py_files = ["--py-files", f"{_INPUT}/py-files"] if step.spark and step.spark.py_files else []
    event_logs = ["--local-spark-event-logs-dir", EVENT_LOGS_FOLDER] if writes_event_logs(step) else []
    return ["smspark-submit", *py_files, *event_logs, script]
