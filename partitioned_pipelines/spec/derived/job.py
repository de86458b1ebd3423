"""A step's processing jobs: the prefix of their names, and their container's entrypoint."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from partitioned_pipelines.spec.derived.s3_access import writes_event_logs
from partitioned_pipelines.spec.model.fields import PROCESSING_FOLDER

if TYPE_CHECKING:
    from partitioned_pipelines.spec.model.pipeline import Step

EVENT_LOGS_FOLDER = f"{PROCESSING_FOLDER}/spark-events/"
_INPUT = f"{PROCESSING_FOLDER}/input"
_LONGEST_STEM = 26  # with a hyphen and a UUID, it fills the 63 characters that SageMaker allows
_HASH_LENGTH = 6


def container_entrypoint(step: Step) -> list[str]:
    """Return the command before a step's arguments; it equals the one that the official SDK's processors send."""
    if step.script is None:
        return list(step.entrypoint)
    script = f"{_INPUT}/code/{PurePosixPath(step.script).name}"
    if not step.is_spark:
        return ["python3", script]
    py_files = ["--py-files", f"{_INPUT}/py-files"] if step.spark and step.spark.py_files else []
    event_logs = ["--local-spark-event-logs-dir", EVENT_LOGS_FOLDER] if writes_event_logs(step) else []
    return ["smspark-submit", *py_files, *event_logs, script]


def job_stem(pipeline: str, step: str) -> str:
    """Return the prefix of a step's job names: ``<pipeline>--<step>``, with hyphens for underscores.

    Two hyphens distinguish ``a``/``b_c`` from ``a_b``/``c``; they also keep a role that may access ``a--b-*`` away from the jobs of the
    pipeline ``a_b``. A stem that is too long, or whose names contain consecutive or trailing underscores, ends in a short hash of the full
    names, so that two steps whose long names differ only at the end have different stems.
    """
    joined = f"{pipeline}--{step}".replace("_", "-")
    if len(joined) <= _LONGEST_STEM and not re.search(r"__|_$", f"{pipeline}_{step}"):
        return joined
    digest = hashlib.sha256(f"{pipeline}/{step}".encode()).hexdigest()[:_HASH_LENGTH]
    readable = re.sub(r"-+", "-", joined)[: _LONGEST_STEM - _HASH_LENGTH - 1].rstrip("-")
    return f"{readable}-{digest}"
