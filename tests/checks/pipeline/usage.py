"""Checks of what a run's registrations are told of its usage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.checks.sagemaker_pipeline.pipeline_walk import walk_pipeline
from tests.checks.state_machine.dry_run import dry_run
from tests.checks.state_machine.machine import ONE_DAY
from tests.checks.state_machine.payload_template import ExpressionError
from tests.synthesized.subject import filled_s3

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.subject import Subject

_MEASURED = {"started_at": [1639602065123], "ended_at": [1639602185123]}


def usage_of_runs(subject: Subject) -> list[str]:
    """Check that the first table's registration is told of every job and of PlanRun's call, and that a result without times fails no run."""
    found = []
    for timed in (True, False):
        times = _MEASURED if timed else {"started_at": [], "ended_at": []}
        try:
            requests = dry_run(subject.stack.definition, filled_s3(), ONE_DAY, timed=timed)
        except (ExpressionError, ValueError, KeyError) as error:
            return [f"a run whose jobs have {'their' if timed else 'no'} times fails before its end: {error!r}"]
        payloads = [request.parameters.get("Payload", {}) for request in requests]
        for number, payload in enumerate(payload for payload in payloads if "table" in payload):
            expected = {"jobs": _jobs(subject, times), "planning": ""} if number == 0 else {"jobs": []}
            told = payload.get("usage", {})
            kept = [{name: job.get(name) for name in _job_names()} for job in told.get("jobs", [])]
            if {**told, "jobs": kept} != expected:
                found.append(f"the registration of {payload['table']['table_name']} is told {told}")
    return found


def usage_of_pipelines(subject: Subject) -> list[str]:
    """Check that the first table's registration of a SageMaker pipeline is told of PlanRun's call, and so asks for the jobs."""
    steps = walk_pipeline(subject.stack.pipeline_definition, filled_s3(), ONE_DAY["date"])
    registrations = [arguments for name, arguments in steps.items() if name.startswith("RegisterPartitions")]
    return [
        f"registration {number} is told {told}"
        for number, arguments in enumerate(registrations)
        for told in [{name: arguments[name] for name in ("keeps_usage", "planning_usage") if name in arguments}]
        if told != {"keeps_usage": "true", **({"planning_usage": ""} if number == 0 else {})}
    ]


def _jobs(subject: Subject, times: dict[str, list[int]]) -> list[dict[str, Any]]:
    return [
        {
            "step": step.name,
            "instance_type": step.instance.type,
            "instance_count": step.instance.count,
            "volume_gb": step.instance.volume_gb,
            **times,
        }
        for step in subject.pipeline.steps
    ]


def _job_names() -> tuple[str, ...]:
    return ("step", "instance_type", "instance_count", "volume_gb", "started_at", "ended_at")


USAGE_CHECKS: dict[str, Callable[[Subject], list[str]]] = {"usage_of_runs": usage_of_runs}
SAGEMAKER_USAGE_CHECKS: dict[str, Callable[[Subject], list[str]]] = {"usage_of_pipelines": usage_of_pipelines}
