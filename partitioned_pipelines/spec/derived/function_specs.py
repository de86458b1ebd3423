"""The documents that describe a pipeline and its tables to the Lambda functions; the orchestrators carry them as data."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from partitioned_pipelines.lake import key_layout
from partitioned_pipelines.lake.function_events import lambda_step
from partitioned_pipelines.lake.runs.interval_mark import SKIPPED_NAMES
from partitioned_pipelines.lake.schedule.deadline import parse_wait
from partitioned_pipelines.lake.schedule.interval_rule import schedule_spec
from partitioned_pipelines.spec.derived.arrival import arrival_key
from partitioned_pipelines.spec.derived.awaited_tables import awaited_specs
from partitioned_pipelines.spec.derived.job import job_stem
from partitioned_pipelines.spec.derived.jobs import job_of, jobs_of
from partitioned_pipelines.spec.derived.partitions import partitions_spec
from partitioned_pipelines.spec.derived.s3_access import (
    EVENT_LOGS,
    event_logs_template,
    manifests_template,
    output_template,
    table_data_prefix,
    writes_event_logs,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from partitioned_pipelines.lake.function_events.ended_events import NoticeSpec, NoticeTable
    from partitioned_pipelines.lake.function_events.payloads import (
        ColumnSpec,
        KeySpec,
        OutputSpec,
        PipelineSpec,
        StartSpec,
        StepSpec,
        TableInputSpec,
        TableName,
        TableSpec,
    )
    from partitioned_pipelines.spec.model.pipeline import Pipeline, Step, Table


def plan_run_spec(pipeline: Pipeline) -> PipelineSpec:
    """Return the ``spec`` of PlanRun's payload, without the lake's bucket."""
    steps = [_step_spec(pipeline, step) for step in pipeline.steps]
    spec = cast("PipelineSpec", {"pipeline": pipeline.name, **schedule_spec(pipeline.schedule), "steps": steps})
    if table := run_inputs_table(pipeline):
        spec["run_inputs"] = key_layout.run_inputs_template(table.database, table.name)
    if marked := skip_marked_tables(pipeline):
        spec["marked_tables"] = [_name(table) for table in marked]
    if awaits := awaited_specs(pipeline):
        spec["awaits"] = awaits
    if arrival := arrival_key(pipeline.schedule):
        spec["arrival"] = arrival
    return spec


def start_spec(pipeline: Pipeline) -> StartSpec | None:
    """Return the ``spec`` of StartRun's payload, without what only the stack knows; None if no event starts the pipeline."""
    schedule = pipeline.schedule
    if schedule is None or schedule.when is None:
        return None
    spec = cast(
        "StartSpec",
        {
            "pipeline": pipeline.name,
            **schedule_spec(schedule),
            "wait_hours": parse_wait(schedule.wait or "") // timedelta(hours=1),
            "then": schedule.then or "fail",
            "tables": [_name(table) for table in pipeline.tables],
        },
    )
    if awaits := awaited_specs(pipeline):
        spec["awaits"] = awaits
    if arrival := arrival_key(schedule):
        spec["arrival"] = arrival
    return spec


def _name(table: Table) -> TableName:
    return {"database_name": table.database, "table_name": table.name}


def run_inputs_table(pipeline: Pipeline) -> Table | None:
    """Return the table beside whose receipts PlanRun records what a run reads, for all of the pipeline's tables.

    None if no receipt would name the record, or if the steps read nothing from S3 and from tables.
    """
    reads = any(step.uri_inputs or step.table_inputs for step in pipeline.steps)
    return next((table for table in pipeline.tables if reads and table.registration == "lambda"), None)


def run_inputs_prefix(table: Table) -> str:
    """Return the lake's key prefix of the records of what runs read."""
    return key_layout.run_inputs_prefix(table.database, table.name)


def skip_marked_tables(pipeline: Pipeline) -> list[Table]:
    """Return the tables in which PlanRun marks intervals that it skips: all, if a step skips missing input."""
    skips = any(step.missing_input == "skip" for step in pipeline.steps)
    return list(pipeline.tables) if skips else []


def interval_marks_prefix(table: Table) -> str:
    """Return the lake's key prefix of a table's interval marks."""
    return key_layout.interval_marks_prefix(table.database, table.name)


def skip_marks_pattern(table: Table) -> str:
    """Return the pattern of the keys of a table's marks of skipped intervals."""
    return key_layout.interval_mark_key(table.database, table.name, SKIPPED_NAMES)


def _step_spec(pipeline: Pipeline, step: Step) -> StepSpec:
    outputs: list[OutputSpec] = [
        {"name": name, "prefix": output_template(pipeline, step, name)} for name in step.outputs
    ]
    if writes_event_logs(step):
        outputs.append({"name": EVENT_LOGS, "prefix": event_logs_template(pipeline, step)})
    spec: StepSpec = {
        "name": step.name,
        "job_stem": job_stem(pipeline.name, step.name),
        "missing_input": step.missing_input,
        "inputs": [{"name": name, "uri": uri} for name, uri in step.uri_inputs.items()],
        "table_inputs": _table_inputs(pipeline, step),
        "arguments": list(step.arguments),
        # The runner of a shared job sets the variables of its steps.
        "environment": {} if job_of(pipeline, step.name).is_shared else {**step.environment, **step.secrets},
        "outputs": outputs,
    }
    if not spec["table_inputs"]:
        del spec["table_inputs"]
    return spec


def _table_inputs(pipeline: Pipeline, step: Step) -> list[TableInputSpec]:
    described: list[TableInputSpec] = []
    for name, source in step.table_inputs.items():
        table = pipeline.read_tables[source.table]
        zone = pipeline.read_timezones.get(source.table)
        described.append(
            {
                "name": name,
                "database_name": table.database,
                "table_name": table.name,
                "partition_keys": key_specs(table),
                "partitions": partitions_spec(source.partitions),
                **({"timezone": zone} if zone else {}),  # type: ignore[typeddict-item]  # present or absent
                "location": f"s3://{{lake}}/{table_data_prefix(table)}",
                "manifest": f"{manifests_template(pipeline)}{step.name}.{name}.json",
            }
        )
    return described


def register_table(table: Table, lake_bucket: str) -> TableSpec:
    """Return the ``table`` of RegisterPartitions' payload."""
    return {
        "database_name": table.database,
        "table_name": table.name,
        "location": key_layout.table_location(lake_bucket, table.database, table.name, table.layout),
        "layout": table.layout,
        "format": table.format,
        "columns": column_specs(table),
        "partition_keys": key_specs(table),
        "on_bad_path": table.on_bad_path,
        "allow_empty": table.allow_empty,
    }


def notice_spec(pipeline: Pipeline, command_options: Sequence[str], *, local: bool) -> NoticeSpec:
    """Return the ``spec`` of Notify's event.

    Parameters
    ----------
    command_options
        The options with which a command finds the deployment.
    """
    return {
        "pipeline": pipeline.name,
        "schedule": schedule_spec(pipeline.schedule),
        "tables": notice_tables(
            pipeline.tables, {name: job.name for job in jobs_of(pipeline) for name in job.step_names}
        ),
        "options": list(command_options),
        "local": local,
    }


def notice_tables(tables: Iterable[Table], jobs: Mapping[str, str]) -> list[NoticeTable]:
    """Return what a notice needs to know of tables.

    Parameters
    ----------
    jobs
        For each step, the name under which its job runs.
    """
    return [
        {"name": table.qualified_name, "step": jobs[table.source.step], "in_place": table.layout == "in_place"}
        for table in tables
    ]


def plan_output_names(pipeline: Pipeline) -> list[str]:
    """Return the names of all values that PlanRun passes to the steps of a SageMaker pipeline."""
    return lambda_step.plan_output_names(plan_run_spec(pipeline))


def plan_output_name(pipeline: Pipeline, step_name: str, kind: str, name: str) -> str:
    """Return the name of one value that PlanRun passes to a step of a SageMaker pipeline.

    Parameters
    ----------
    kind
        ``inputs``, ``outputs`` or ``arguments``; arguments are named by their indices.
    """
    number = [step.name for step in pipeline.steps].index(step_name) + 1
    return lambda_step.output_name(number, kind, name)


def table_prefix(table: Table) -> str:
    """Return the lake's key prefix of all objects of a table."""
    return key_layout.table_prefix(table.database, table.name)


def lease_key(table: Table) -> str:
    """Return the lake's key of the lease that a table's writer holds."""
    return key_layout.lease_key(table.database, table.name)


def key_specs(table: Table) -> list[KeySpec]:
    """Return the partition keys as the functions get them."""
    return [{"name": key.name, "type": key.type, "date_format": key.date_format} for key in table.partition_keys]


def column_specs(table: Table) -> list[ColumnSpec]:
    """Return the columns as the functions and Glue's storage descriptor get them."""
    return [{"name": column.name, "type": column.type, "comment": column.comment} for column in table.columns]
