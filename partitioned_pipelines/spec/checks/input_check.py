"""The rules for a step's inputs: their names, what they read, and how several instances share them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.spec.checks.limits import most_inputs
from partitioned_pipelines.spec.checks.names import RESERVED_INPUTS, name_problem
from partitioned_pipelines.spec.checks.s3_uri_check import input_uri_problem
from partitioned_pipelines.spec.files.problems import did_you_mean
from partitioned_pipelines.spec.model.pipeline import SparkImage, StepInput, TableInput, UriInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from partitioned_pipelines.spec.checks.findings import Findings
    from partitioned_pipelines.spec.files.problems import Location
    from partitioned_pipelines.spec.model.pipeline import PipelineEntry, StepEntry


def check_inputs(pipeline: PipelineEntry, step: StepEntry, place: Location, findings: Findings) -> None:
    """Check the inputs of a step, and that its instances have a use for each other."""
    steps = {other.name: other for other in pipeline.steps}
    most, why = most_inputs(step)
    if len(step.inputs) > most:
        message = f"has {len(step.inputs)} entries: SageMaker takes ten{why}; give at most {most}"
        findings.add((*place, "inputs"), message)
    for name, source in step.inputs.items():
        here = (*place, "inputs", name)
        findings.add(here, name_problem(name, 64))
        if name in RESERVED_INPUTS:
            findings.add(here, f"is called {name!r}, which is the script's own folder: choose another name")
        if isinstance(source, StepInput):
            _check_step_input(step, source, steps, here, findings)
        elif isinstance(source, UriInput):
            findings.add((*here, "uri"), input_uri_problem(source.uri))
        elif isinstance(source, str):
            findings.add(here, input_uri_problem(source))
    _check_sharing(pipeline, step, place, findings)


def _check_step_input(
    step: StepEntry, source: StepInput, steps: Mapping[str, StepEntry], place: Location, findings: Findings
) -> None:
    if source.step == step.name:
        findings.add(place, "reads the step's own output: name another step")
        return
    if source.step not in steps:
        others = [name for name in steps if name != step.name]
        findings.add((*place, "step"), f"is {source.step!r}, which is no step: {did_you_mean(source.step, others)}")
        return
    outputs = steps[source.step].outputs or {source.step: ""}
    if source.output and source.output not in outputs:
        message = f"is {source.output!r}, which {source.step} does not have: {did_you_mean(source.output, outputs)}"
        findings.add((*place, "output"), message)
    elif not source.output and len(outputs) > 1:
        findings.add(place, f"{source.step} has several outputs ({', '.join(outputs)}): name one with `output:`")


def _check_sharing(pipeline: PipelineEntry, step: StepEntry, place: Location, findings: Findings) -> None:
    """Several instances that each do all of the work, or one that gets a part of it, are never what is meant."""
    sharded = [
        name
        for name, source in step.inputs.items()
        if isinstance(source, UriInput | StepInput | TableInput) and source.distribution == "sharded"
    ]
    count = step.instance.count
    if count == 1:
        message = "is 'sharded', and there is one instance, which gets all of it: give more (instance: {count: …}), or leave it out"
        for name in sharded:
            findings.add((*place, "inputs", name, "distribution"), message)
    elif not sharded and not isinstance(step.image or pipeline.image, SparkImage):
        message = (
            f"is {count}, and each instance would do all of the work and write over the others' files: let them share an input, "
            "{uri: s3://…, distribution: sharded} or {step: x, distribution: sharded}, or let Spark do it (image: {spark: …})"
        )
        findings.add((*place, "instance", "count"), message)
