"""Which parts of S3 a pipeline reads and writes, whatever the run: what its roles must be allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.lake import key_layout
from partitioned_pipelines.lake.placeholders import Template

if TYPE_CHECKING:
    from partitioned_pipelines.spec.model.pipeline import Pipeline, Step, Table

EVENT_LOGS = "spark_event_logs"


@dataclass(frozen=True, slots=True)
class InputPrefix:
    """The fixed beginning of an input's URI.

    Attributes
    ----------
    bucket
        Name of a bucket that is not the lake; None for the lake.
    prefix
        Key prefix up to the first placeholder, or to what a policy would read as a variable.
    """

    bucket: str | None
    prefix: str


def input_prefix(uri: str) -> InputPrefix:
    """Cut a validated input URI such as ``s3://{lake}/raw/x/{process_date}/`` before its first placeholder."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    prefix = ""
    for part in Template.parse(key).parts:
        if not isinstance(part, str):
            break
        prefix += part
    prefix = prefix.partition("${")[0]  # in a policy, it would be a variable
    return InputPrefix(None if bucket == "{lake}" else bucket, prefix)


def fixed_folder(uri: str) -> InputPrefix | None:
    """Return the folder that a validated input URI names, without its slash; None if the URI is not a folder, or differs between runs."""
    parts = Template.parse(uri.removeprefix("s3://").partition("/")[2]).parts
    key = "".join(part for part in parts if isinstance(part, str))
    start = input_prefix(uri)
    if not key.endswith("/") or start.prefix != key or not all(isinstance(part, str) for part in parts):
        return None
    return InputPrefix(start.bucket, key.removesuffix("/"))


def output_prefix(pipeline: Pipeline, step: Step, output: str) -> str:
    """Return the lake's key prefix below which a step's output lies, whatever the run."""
    return output_template(pipeline, step, output).removeprefix("s3://{lake}/").partition("{")[0]


def output_template(pipeline: Pipeline, step: Step, output: str) -> str:
    """Return the template of the URI below which a step writes an output: its table's, or an intermediate one."""
    table = source_of(pipeline, step.name, output)
    if table is None:
        return key_layout.intermediates_template(pipeline.name, step.name)
    return key_layout.run_prefix_template(table.database, table.name, table.layout)


def writes_event_logs(step: Step) -> bool:
    """Return whether a step's job has Spark's event logs among its outputs."""
    return step.spark is not None and step.spark.event_logs


def event_logs_template(pipeline: Pipeline, step: Step) -> str:
    """Return the template of the URI below which a step's event logs lie; they expire with the intermediates."""
    return f"{key_layout.intermediates_template(pipeline.name, step.name)}{EVENT_LOGS}/"


def event_logs_prefix(pipeline: Pipeline, step: Step) -> str:
    """Return the lake's key prefix below which a step's event logs lie, whatever the run."""
    return event_logs_template(pipeline, step).removeprefix("s3://{lake}/").partition("{")[0]


def manifests_template(pipeline: Pipeline) -> str:
    """Return the template of the URI below which a run's manifests lie."""
    return key_layout.manifests_template(pipeline.name)


def manifests_pattern(pipeline: Pipeline) -> str:
    """Return the pattern of the keys of all runs' manifests, for a policy."""
    template = manifests_template(pipeline).removeprefix("s3://{lake}/")
    return f"{template.replace('{run_id}', '*')}*"


def table_data_prefix(table: Table) -> str:
    """Return the lake's key prefix of the files of a table."""
    return key_layout.data_prefix(table.database, table.name, table.layout)


def source_of(pipeline: Pipeline, step_name: str, output: str) -> Table | None:
    """Find the table that an output feeds."""
    sources = (table for table in pipeline.tables if (table.source.step, table.source.output) == (step_name, output))
    return next(sources, None)
