"""The rules for steps: their names, inputs, outputs, arguments and environment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.placeholders import InvalidPlaceholderError
from partitioned_pipelines.lake.runs.run_facts import GIVEN_ENVIRONMENT
from partitioned_pipelines.spec.checks.names import (
    RESERVED_FOLDERS,
    RESERVED_INPUTS,
    RESERVED_OUTPUTS,
    STATE_NAMES,
    environment_problem,
    name_problem,
)
from partitioned_pipelines.spec.checks.steps.input_check import check_inputs
from partitioned_pipelines.spec.checks.steps.placeholder_check import parse_template
from partitioned_pipelines.spec.checks.steps.processor_check import check_image, check_processor, check_words
from partitioned_pipelines.spec.derived.job import job_stem
from partitioned_pipelines.spec.derived.step_graph import find_circle
from partitioned_pipelines.spec.files.problems import did_you_mean
from partitioned_pipelines.spec.model.fields import INSTANCE_TYPE_PATTERN, PROCESSING_FOLDER
from partitioned_pipelines.spec.model.limits import (
    LONGEST_LOCAL_PATH,
    LONGEST_STEP,
    MOST_ENVIRONMENT,
    MOST_OUTPUTS,
    MOST_VARIABLES,
)

if TYPE_CHECKING:
    from pathlib import Path

    from partitioned_pipelines.spec.files.problems import Location
    from partitioned_pipelines.spec.files.yaml_source import Findings
    from partitioned_pipelines.spec.model.pipeline import PipelineEntry, Schedule, StepEntry

_INSTANCE_TYPE = re.compile(INSTANCE_TYPE_PATTERN)
_PROCESSING = f"{PROCESSING_FOLDER}/"
_FOLDER = re.compile(rf"{_PROCESSING}[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*/?")


def check_steps(pipeline: PipelineEntry, project: Path, findings: Findings) -> None:
    """Check each step, and the dependencies between them."""
    check_image(pipeline.image, ("image",), project, findings)
    stems: dict[str, str] = {}
    earlier: set[str] = set()
    names = [step.name for step in pipeline.steps]
    for index, step in enumerate(pipeline.steps):
        place: Location = ("steps", index)
        findings.add((*place, "name"), name_problem(step.name, LONGEST_STEP))
        if step.name in earlier:
            findings.add((*place, "name"), f"is {step.name!r} a second time: choose another name")
        if step.name in STATE_NAMES:
            findings.add(
                (*place, "name"), f"is {step.name!r}, which is the name of a state of every workflow: choose another"
            )
        stem = job_stem(pipeline.name, step.name)
        if stem in stems and stems[stem] != step.name:
            findings.add((*place, "name"), f"gives the same job names as {stems[stem]!r}: choose another")
        stems[stem] = step.name
        check_processor(pipeline, step, place, project, findings)
        check_image(step.image, (*place, "image"), project, findings)
        check_inputs(pipeline, step, place, findings)
        _check_needs(step, names, place, findings)
        _check_outputs(step, place, findings)
        _check_arguments(step, pipeline.schedule, place, findings)
        _check_environment(step, place, findings)
        _check_instance(step, place, findings)
        earlier.add(step.name)
    circle = find_circle(pipeline.steps)
    if circle:
        message = f"waits for itself: {' → '.join(circle)}: none of them could start; remove one of the links"
        findings.add(("steps", names.index(circle[0])), message)


def _check_needs(step: StepEntry, names: list[str], place: Location, findings: Findings) -> None:
    for index, needed in enumerate(step.needs):
        here = (*place, "needs", index)
        if needed == step.name:
            findings.add(here, "is the step itself: name another step")
        elif needed not in names:
            others = [name for name in names if name != step.name]
            findings.add(here, f"is {needed!r}, which is not a step: {did_you_mean(needed, others)}")


def _check_outputs(step: StepEntry, place: Location, findings: Findings) -> None:
    # Spark's event logs are one output.
    most = MOST_OUTPUTS - (1 if step.spark and step.spark.event_logs else 0)
    if len(step.outputs) > most:
        ours = "" if most == MOST_OUTPUTS else ", and the event logs are one of them; use at most 9"
        findings.add((*place, "outputs"), f"has {len(step.outputs)} entries: SageMaker takes at most ten{ours}")
    taken = {f"{_PROCESSING}input/{name}": f"the input {name}" for name in (*step.inputs, *RESERVED_INPUTS)}
    taken |= {f"{_PROCESSING}{name}": f"the folder {name}" for name in RESERVED_FOLDERS}
    for name, path in step.outputs.items():
        here = (*place, "outputs", name)
        findings.add(here, name_problem(name, LONGEST_STEP))
        if name in RESERVED_OUTPUTS:
            findings.add(here, f"is named {name!r}, as the output of Spark's event logs is: choose another name")
        plain = path.rstrip("/")
        if not _FOLDER.fullmatch(path) or len(path) > LONGEST_LOCAL_PATH:
            findings.add(here, f"is {path!r}: use a folder below {_PROCESSING}, in letters, digits, '.', '_' and '-'")
        for other, what in taken.items():
            if f"{plain}/".startswith(f"{other}/") or f"{other}/".startswith(f"{plain}/"):
                findings.add(here, f"is {path!r}, which overlaps {what} ({other}): use a separate folder for each")
        taken[plain] = f"the output {name}"


def _check_arguments(step: StepEntry, schedule: Schedule | None, place: Location, findings: Findings) -> None:
    check_words(step.arguments, (*place, "arguments"), findings)
    for index, argument in enumerate(step.arguments):
        try:
            parse_template(argument, schedule)
        except InvalidPlaceholderError as error:
            findings.add((*place, "arguments", index), str(error))


def _check_environment(step: StepEntry, place: Location, findings: Findings) -> None:
    if len(step.environment) > MOST_ENVIRONMENT:
        count, given = len(step.environment), len(GIVEN_ENVIRONMENT)
        message = f"has {count} entries: SageMaker takes {MOST_VARIABLES}, and each run adds {given}"
        findings.add((*place, "environment"), message)
    for name, value in step.environment.items():
        findings.add((*place, "environment", name), environment_problem(name, value))


def _check_instance(step: StepEntry, place: Location, findings: Findings) -> None:
    if not _INSTANCE_TYPE.fullmatch(step.instance.type):
        findings.add((*place, "instance", "type"), f"is {step.instance.type!r}: use one such as 'ml.m5.xlarge'")
