"""The event of RegisterPartitions for a table, for every orchestrator: what a run decides is in it as a `RunValue`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stacks.orchestrators.resources import table_key
from stacks.orchestrators.run_values import ExecutionArn, JobFact, OutputOf, RunFact

if TYPE_CHECKING:
    from partitioned_pipelines.spec import Pipeline, Table
    from stacks.orchestrators.resources import WorkflowResources


def registration_request(pipeline: Pipeline, table: Table, resources: WorkflowResources) -> dict[str, Any]:
    """Build the event."""
    step = table.source.step
    return {
        "table": resources.register_tables[table_key(table)],
        "source": {
            "s3_uri": OutputOf(step, table.source.output),
            "creation_time": JobFact(step, "CreationTime"),
            "processing_job_arn": JobFact(step, "ProcessingJobArn"),
            "processing_job_status": JobFact(step, "ProcessingJobStatus"),
            **({"require_success_marker": True} if pipeline.step(step).is_spark else {}),
        },
        "run": {
            "pipeline": pipeline.name,
            "run_id": RunFact("run_id"),
            "started_at": RunFact("started_at"),
            "execution_arn": ExecutionArn(),
            "process_start": RunFact("process_start"),
            "process_end": RunFact("process_end"),
            "script_hash": resources.steps[step].script_hash,
            "image_uri": resources.steps[step].image_uri,
        },
    }
