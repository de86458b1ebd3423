"""The S3 prefixes that a pipeline reads and writes in any run: the access that its roles need."""

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
    """The fixed part at the beginning of an input's URI.

    Attributes
    ----------
    bucket
        Name of the bucket; None for the lake.
    prefix
        Key prefix up to the first placeholder, or to the first ``${``, which a policy would read as a variable.
    """

    bucket: str | None
    prefix: str


def input_prefix(uri: str) -> InputPrefix:
    """Return the part of a validated input URI such as ``s3://{lake}/raw/x/{process_date}/`` before its first placeholder."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    prefix = ""
    for part in Template.parse(key).parts:
        if not isinstance(part, str):
            break
        prefix += part
    prefix = prefix.partition("${")[0]  # in a policy, it would be a variable
    return InputPrefix(None if bucket == "{lake}" else bucket, prefix)


def fixed_folder(uri: str) -> InputPrefix | None:
    """Return the folder of a validated input URI, without its slash; None if the URI is not a folder or differs between runs."""
    parts = Template.parse(uri.removeprefix("s3://").partition("/")[2]).parts
    key = "".join(part for part in parts if isinstance(part, str))
    start = input_prefix(uri)
    if not key.endswith("/") or start.prefix != key or not all(isinstance(part, str) for part in parts):
        return None
    return InputPrefix(start.bucket, key.removesuffix("/"))


def output_prefix(pipeline: Pipeline, step: Step, output: str) -> str:
    """Return the lake's key prefix of a step's output, common to all runs."""
    return output_template(pipeline, step, output).removeprefix("s3://{lake}/").partition("{")[0]


def output_template(pipeline: Pipeline, step: Step, output: str) -> str:
    """Return the template of the URI prefix to which a step writes an output: its table's, or an intermediate one."""
    table = source_of(pipeline, step.name, output)
    if table is None:
        return key_layout.intermediates_template(pipeline.name, step.name)
    return key_layout.run_prefix_template(table.database, table.name, table.layout)


def writes_event_logs(step: Step) -> bool:
    """Return whether Spark's event logs are among the outputs of a step's job."""
    return step.spark is not None and step.spark.event_logs


def event_logs_template(pipeline: Pipeline, step: Step) -> str:
    """Return the template of the URI prefix of a step's event logs; they expire with the intermediates."""
    return f"{key_layout.intermediates_template(pipeline.name, step.name)}{EVENT_LOGS}/"


def event_logs_prefix(pipeline: Pipeline, step: Step) -> str:
    """Return the lake's key prefix of a step's event logs, common to all runs."""
    return event_logs_template(pipeline, step).removeprefix("s3://{lake}/").partition("{")[0]


def manifests_template(pipeline: Pipeline) -> str:
    """Return the template of the URI prefix of a run's manifests."""
    return key_layout.manifests_template(pipeline.name)


def manifests_pattern(pipeline: Pipeline) -> str:
    """Return the key pattern of all runs' manifests, for a policy."""
    template = manifests_template(pipeline).removeprefix("s3://{lake}/")
    return f"{template.replace('{run_id}', '*')}*"


def table_data_prefix(table: Table) -> str:
    """Return the lake's key prefix of a table's files."""
    return key_layout.data_prefix(table.database, table.name, table.layout)


def source_of(pipeline: Pipeline, step_name: str, output: str) -> Table | None:
    """Return the table that an output feeds, or None if it feeds no table."""
    sources = (table for table in pipeline.tables if (table.source.step, table.source.output) == (step_name, output))
    return next(sources, None)
