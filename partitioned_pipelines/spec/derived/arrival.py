"""The object whose arrival starts a pipeline with ``when: arrival``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.placeholders import Template

if TYPE_CHECKING:
    from partitioned_pipelines.spec.model.pipeline import Schedule


def arrival_key(schedule: Schedule | None) -> str | None:
    """Return the template of the object's key in the lake's bucket; None if no arrival starts the pipeline."""
    if schedule is None or schedule.when != "arrival":
        return None
    return f"{schedule.prefix}{schedule.of}"


def arrival_pattern(key: str) -> str:
    """Return a template of a key as a pattern of EventBridge: an asterisk for each placeholder.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching
    """
    return "".join(part if isinstance(part, str) else "*" for part in Template.parse(key).parts)
