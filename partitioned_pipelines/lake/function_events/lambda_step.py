"""Conversion between the state machine's documents and the flat strings of a Lambda step of SageMaker Pipelines.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from partitioned_pipelines.lake.function_events.payloads import REGISTRATION_FIELDS, PlanFact
from partitioned_pipelines.lake.function_events.requests import InvalidRequestError
from partitioned_pipelines.lake.intervals.execution_input import INPUTS_REQUIRED
from partitioned_pipelines.lake.runs.run_facts import FACT_OF_VARIABLE, facts_of_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from partitioned_pipelines.lake.function_events.payloads import (
        PipelineSpec,
        Plan,
        PlanPayload,
        RegisteredRun,
        RegistrationAnswer,
        RegistrationPayload,
        ScheduleSpec,
        StepSpec,
        Value,
    )

RunField = Literal["run_id", "started_at", "execution_arn", "process_start", "process_end", "interval", "inputs_record"]
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_LambdaStepMetadata.html and API_OutputParameter.html
MOST_OUTPUTS = 50
LONGEST_OUTPUT = 1024

REGISTRATION_OUTPUTS = tuple(name for name in REGISTRATION_FIELDS if name != "continuation")
_KINDS: tuple[Literal["inputs", "outputs"], ...] = ("inputs", "outputs")
_RUN_FIELDS: tuple[RunField, ...] = get_args(RunField)
# A retried execution keeps its definition, which may be older than the function; a run may read nothing that is recorded.
_OPTIONAL = frozenset({"interval", "inputs_record"})
_KEEPS_USAGE, _PLANNING = "keeps_usage", "planning_usage"
# The pipeline's parameters. A parameter always has a value, so a missing input is an empty string.
INPUT_PARAMETERS = ("date", "from", "to", "scheduled_time")
# Of pipelines that wait for their inputs, the key of ``INPUTS_REQUIRED`` as well.
WAITING_PARAMETERS = (*INPUT_PARAMETERS, *INPUTS_REQUIRED)


class OversizedOutputError(RuntimeError):
    """A string exceeds the limit of a SageMaker Pipelines output."""


class UnfinishedRegistrationError(RuntimeError):
    """A Lambda step ended cleanly before its registration was complete."""


def plan_arguments(payload: PlanPayload[Value], refer: Callable[[Value], Any]) -> dict[str, Any]:
    """Build a step's arguments from PlanRun's payload, without the pipeline's parameters, which are arguments under their own names.

    Parameters
    ----------
    refer
        Converts a value that is known only at run time to its form in the pipeline's definition.
    """
    return {
        # A JSON string, because a Lambda step takes only flat arguments.
        "spec": json.dumps(payload["spec"], ensure_ascii=False),
        "execution_arn": refer(payload["execution"]["id"]),
        "start_time": refer(payload["execution"]["start_time"]),
    }


def plan_event(event: Mapping[str, Any]) -> PlanPayload[str]:
    """Build PlanRun's payload from a step's arguments."""
    try:
        return {
            "spec": json.loads(event["spec"]),
            "execution": {"id": event["execution_arn"], "start_time": event["start_time"]},
            "input": {
                **{name: event[name] for name in INPUT_PARAMETERS if event[name]},
                **{name: event[name] for name in INPUTS_REQUIRED if event.get(name)},
            },
        }
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidRequestError(f"the arguments of the step PlanRun are incomplete: {error!r}") from error


def plan_outputs(spec: PipelineSpec, plan: Plan) -> dict[str, str]:
    """Flatten a plan into one string for each name in `plan_output_names`, empty if the plan has no value for it.

    Raises
    ------
    OversizedOutputError
        If a string is longer than an output may be; the message names it.
    """
    outputs: dict[str, str] = {name: str(plan.get(name, "")) for name in run_outputs(spec)}
    for number, step in enumerate(spec["steps"], 1):
        planned = plan.get("steps", {}).get(step["name"])
        for kind in _KINDS:
            for name in _names(step, kind):
                outputs[output_name(number, kind, name)] = planned[kind].get(name, "") if planned else ""
        for index in range(len(step["arguments"])):
            outputs[output_name(number, "arguments", str(index))] = (
                planned["arguments"][index] if planned else ""  # for a run that does nothing
            )
    # The reason is for people and may be cut. The job needs all other outputs in full.
    outputs["reason"] = outputs["reason"][:LONGEST_OUTPUT]
    for name, text in outputs.items():
        if len(text) > LONGEST_OUTPUT:
            raise OversizedOutputError(
                f"{name} has {len(text)} characters, and SageMaker Pipelines passes on {LONGEST_OUTPUT}: {text[:100]!r}…"
            )
    return outputs


def run_outputs(schedule: ScheduleSpec) -> tuple[PlanFact, ...]:
    """Return the names of the run's own outputs of PlanRun; the hour is one of them if the intervals are finer than a day."""
    names: tuple[PlanFact, ...] = get_args(PlanFact)
    unused = set(FACT_OF_VARIABLE.values()) - set(facts_of_variables(schedule).values())
    return tuple(name for name in names if name not in unused)


def plan_output_names(spec: PipelineSpec) -> list[str]:
    """Return the names of all outputs of PlanRun for a spec."""
    return list(plan_outputs(spec, cast("Plan", {})))


def output_name(step_number: int, kind: str, name: str) -> str:
    """Return the name of an output of PlanRun for a step. The step's number, counted from 1, keeps the names unique."""
    return f"step{step_number}_{kind.removesuffix('s')}_{name}"


def registration_arguments(payload: RegistrationPayload[Value], refer: Callable[[Value], Any]) -> dict[str, Any]:
    """Build a step's arguments from RegisterPartitions' payload; ``refer`` is the same as in `plan_arguments`."""
    run, source = payload["run"], payload["source"]
    known = {name: value for name, value in run.items() if isinstance(value, str)}
    return {
        "table": json.dumps(payload["table"], ensure_ascii=False),
        "run": json.dumps(known, ensure_ascii=False),
        "s3_uri": refer(source["s3_uri"]),
        "processing_job_arn": refer(source["processing_job_arn"]),
        "require_success_marker": "true" if source.get("require_success_marker") else "false",
        **_usage_arguments(payload, refer),
        **{name: refer(run[name]) for name in _RUN_FIELDS if name in run},
    }


def registration_event(event: Mapping[str, Any], job: Mapping[str, Any]) -> RegistrationPayload[str]:
    """Build RegisterPartitions' payload from a step's arguments and the job's description."""
    try:
        decided = {name: event[name] for name in _RUN_FIELDS if name in event or name not in _OPTIONAL}
        run = cast("RegisteredRun[str]", {**json.loads(event["run"]), **decided})
        payload: RegistrationPayload[str] = {
            "table": json.loads(event["table"]),
            "source": {
                "s3_uri": event["s3_uri"],
                "creation_time": job["CreationTime"].isoformat(),
                "processing_job_arn": event["processing_job_arn"],
                "processing_job_status": job["ProcessingJobStatus"],
                "require_success_marker": event["require_success_marker"] == "true",
                # A retried execution writes to the same prefix again.
                "shared_by_attempts": True,
            },
            "run": run,
        }
        if _KEEPS_USAGE in event:
            payload["usage"] = {"jobs": []}
            if _PLANNING in event:
                payload["usage"]["planning"] = event[_PLANNING]
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidRequestError(f"the arguments of the step RegisterPartitions are incomplete: {error!r}") from error
    return payload


def asks_for_jobs(event: Mapping[str, Any]) -> bool:
    """Check whether a step's arguments are those of the first table, whose receipt lists the jobs of the run.

    It asks SageMaker for them: a reference to each job would make the registration wait for all.
    """
    return _PLANNING in event


def _usage_arguments(payload: RegistrationPayload[Value], refer: Callable[[Value], Any]) -> dict[str, Any]:
    usage = payload.get("usage")
    if usage is None:
        return {}
    planning = {_PLANNING: refer(usage["planning"])} if "planning" in usage else {}
    return {_KEEPS_USAGE: "true", **planning}


def registration_outputs(answer: RegistrationAnswer) -> dict[str, str]:
    """Flatten a registration's answer: numbers and URIs as strings, compound fields as JSON, and as many bad paths as fit.

    Raises
    ------
    UnfinishedRegistrationError
        If the registration needs another call: a pipeline cannot return to a step.
    """
    if answer["outcome"] != "registered":
        raise UnfinishedRegistrationError(
            f"{answer['table']}: the ten minutes of a Lambda step were not enough; what is registered stays registered. Retry the execution "
            "(aws sagemaker retry-pipeline-execution), which registers the rest; or use orchestrator: step_functions, which continues"
        )
    bad_paths = list(answer["bad_paths"])
    while len(_json(bad_paths)) > LONGEST_OUTPUT:
        bad_paths.pop()
    documents = {"bad_paths": _json(bad_paths), "ignored": _json(answer["ignored"])}
    fields: Mapping[str, object] = answer
    return {name: documents.get(name, str(fields[name])) for name in REGISTRATION_OUTPUTS}


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _names(step: StepSpec, kind: Literal["inputs", "outputs"]) -> list[str]:
    if kind == "outputs":
        return [entry["name"] for entry in step["outputs"]]
    return [entry["name"] for entry in (*step["inputs"], *step.get("table_inputs", []))]
