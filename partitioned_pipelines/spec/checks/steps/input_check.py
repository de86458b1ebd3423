"""The rules for a step's inputs: their names, the S3 URIs that they read, and how instances share them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.key_layout import ATHENA_RESULTS, INTERMEDIATES, LOCKS, STARTS, TABLES
from partitioned_pipelines.lake.placeholders import DATE_NAMES, InvalidPlaceholderError
from partitioned_pipelines.spec.checks.names import RESERVED_INPUTS, name_problem
from partitioned_pipelines.spec.checks.steps.placeholder_check import parse_template
from partitioned_pipelines.spec.files.problems import did_you_mean
from partitioned_pipelines.spec.model.fields import INPUT_URI_PATTERN
from partitioned_pipelines.spec.model.limits import LONGEST_STEP, LONGEST_URI, MOST_INPUTS
from partitioned_pipelines.spec.model.pipeline import SparkImage, StepInput, TableInput, UriInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from partitioned_pipelines.spec.files.problems import Location
    from partitioned_pipelines.spec.files.yaml_source import Findings
    from partitioned_pipelines.spec.model.pipeline import PipelineEntry, Schedule, StepEntry

_URI = re.compile(INPUT_URI_PATTERN)
_OURS = {
    TABLES: "would mix the table's runs: read raw data of other systems, or another step's output",
    INTERMEDIATES: "belongs to a run, and expires: name the step whose output it is, {step: …}",
    **dict.fromkeys((LOCKS, STARTS), "belongs to the workflow"),
    ATHENA_RESULTS: "expires",
}
# A date format may contain any character, so the resolved URI is checked.
_SAMPLE: dict[str, str | date] = {
    "lake": "lake",
    **dict.fromkeys(DATE_NAMES, datetime(2000, 1, 2, 3, tzinfo=UTC)),
    "process_date": date(2000, 1, 2),
}


def check_inputs(pipeline: PipelineEntry, step: StepEntry, place: Location, findings: Findings) -> None:
    """Check the inputs of a step, and that several instances share an input."""
    steps = {other.name: other for other in pipeline.steps}
    most, why = _most_inputs(step)
    if len(step.inputs) > most:
        message = f"has {len(step.inputs)} entries: SageMaker takes ten{why}; use at most {most}"
        findings.add((*place, "inputs"), message)
    for name, source in step.inputs.items():
        here = (*place, "inputs", name)
        findings.add(here, name_problem(name, LONGEST_STEP))
        if name in RESERVED_INPUTS:
            findings.add(here, f"is named {name!r}, which is the script's own folder: choose another name")
        if isinstance(source, StepInput):
            _check_step_input(step, source, steps, here, findings)
        elif isinstance(source, UriInput):
            findings.add((*here, "uri"), input_uri_problem(source.uri, pipeline.schedule))
        elif isinstance(source, str):
            findings.add(here, input_uri_problem(source, pipeline.schedule))
    _check_sharing(pipeline, step, place, findings)


def _most_inputs(step: StepEntry) -> tuple[int, str]:
    """Return how many of a job's inputs remain for a step, and a description of the others."""
    ours = [
        *(["the script's folder"] if step.script is not None else []),
        *(["py_files"] if step.spark and step.spark.py_files else []),
        *(["Spark's configuration"] if step.spark and step.spark.configuration else []),
    ]
    if not ours:
        return MOST_INPUTS, ""
    named = ", ".join(ours)
    return MOST_INPUTS - len(ours), f", and {named} {'is one' if len(ours) == 1 else f'are {len(ours)}'} of them"


def _check_step_input(
    step: StepEntry, source: StepInput, steps: Mapping[str, StepEntry], place: Location, findings: Findings
) -> None:
    if source.step == step.name:
        findings.add(place, "reads the step's own output: name another step")
        return
    if source.step not in steps:
        others = [name for name in steps if name != step.name]
        findings.add((*place, "step"), f"is {source.step!r}, which is not a step: {did_you_mean(source.step, others)}")
        return
    outputs = steps[source.step].outputs or {source.step: ""}
    if source.output and source.output not in outputs:
        message = f"is {source.output!r}, which {source.step} does not have: {did_you_mean(source.output, outputs)}"
        findings.add((*place, "output"), message)
    elif not source.output and len(outputs) > 1:
        findings.add(place, f"{source.step} has several outputs ({', '.join(outputs)}): name one with `output:`")


def _check_sharing(pipeline: PipelineEntry, step: StepEntry, place: Location, findings: Findings) -> None:
    """Reject several instances that would all do the same work, and a sharded input of a single instance."""
    sharded = [
        name
        for name, source in step.inputs.items()
        if isinstance(source, UriInput | StepInput | TableInput) and source.distribution == "sharded"
    ]
    count = step.instance.count
    if count == 1:
        message = "is 'sharded', and there is only one instance, which gets all of it: use more (instance: {count: …}), or remove it"
        for name in sharded:
            findings.add((*place, "inputs", name, "distribution"), message)
    elif not sharded and not isinstance(step.image or pipeline.image, SparkImage):
        message = (
            f"is {count}, and each instance would do all of the work and overwrite the others' files: shard an input, "
            "{uri: s3://…, distribution: sharded} or {step: x, distribution: sharded}, or use Spark (image: {spark: …})"
        )
        findings.add((*place, "instance", "count"), message)


def input_uri_problem(uri: str, schedule: Schedule | None = None) -> str | None:
    """Return an error if an input's URI is invalid, else None."""
    match = _URI.fullmatch(uri)
    if match is None:
        return f"is {uri!r}: use s3://{{lake}}/raw/…, s3://bucket/prefix/ or {{step: …}}"
    try:
        template = parse_template(uri, schedule)
    except InvalidPlaceholderError as error:
        return str(error)
    if "run_id" in template.names:
        return f"is {uri!r}: {{run_id}} is new in each run, so nothing can be there; remove it"
    if schedule and schedule.lookback and (dated := sorted(template.names.intersection(DATE_NAMES))):
        return (
            f"is {uri!r}: with lookback, a scheduled run is about {schedule.lookback + 1} intervals, and {{{dated[0]}}} names one folder; use "
            "a folder of all of them, and choose its files in the script by PROCESS_START and PROCESS_END, or a table as the input"
        )
    resolved = template.resolve(_SAMPLE)
    if len(resolved) > LONGEST_URI:
        return f"has {len(resolved)} characters: SageMaker takes at most {LONGEST_URI}"
    if problem := _key_problem(resolved.removeprefix("s3://").partition("/")[2]):
        return f"is {uri!r}{problem}"
    return _lake_problem(uri, uri.removeprefix("s3://{lake}/")) if match[1] == "{lake}" else None


def _key_problem(key: str) -> str | None:
    if not key:
        return ", a whole bucket: name a prefix"
    if found := re.search(r"[*?\[\]]", key):
        return f": S3 knows no wildcards ({found[0]!r}); name the folder, and choose its files in the script"
    if "//" in key or key.startswith("/") or any(part in {".", ".."} for part in key.split("/")):
        return ": remove the empty part, '.' or '..', which S3 takes literally"
    if any(ord(character) < 32 for character in key):
        return ", which contains a control character; remove it"
    return None


def _lake_problem(uri: str, key: str) -> str | None:
    first = key.partition("/")[0]
    if f"{first}/" in _OURS:
        return f"is {uri!r}, which {_OURS[f'{first}/']}"
    if "{" in first or "/" not in key:
        return f"is {uri!r}: begin with a fixed folder, such as s3://{{lake}}/raw/"
    return None
