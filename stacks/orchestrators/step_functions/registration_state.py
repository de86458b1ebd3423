"""The states that make what a job wrote visible in its table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stacks.iam.arns import integration_arn
from stacks.orchestrators.step_functions.resources import table_key
from stacks.orchestrators.step_functions.results import output_uri_path, result_path
from stacks.orchestrators.step_functions.retries import (
    FUNCTION_RETRY,
    LAMBDA_RETRY,
    LAMBDA_SECONDS,
    LEASE_RETRY,
    QUERY_ATTEMPTS,
    QUERY_RETRY,
    QUERY_SECONDS,
    lambda_attempts,
    longest_wait_seconds,
)

if TYPE_CHECKING:
    from partitioned_pipelines.spec import Pipeline, Table
    from stacks.orchestrators.step_functions.resources import MachineResources

# Counts are over all calls; `continuation` is a place and counts again, never a list; of `bad_paths` there are a few, cut.
_RESULT = (
    *("table", "outcome", "continuation"),
    *("created", "repointed", "unchanged", "kept_newer", "swept", "objects", "bytes", "receipt"),
    *("bad_path_count", "bad_paths", "skipped_partitions", "ignored"),
)
# As many calls of 15 minutes as a registration may be carried on for: far more than 100,000 partitions take.
_CALLS = 12


def registration_states(
    pipeline: Pipeline, table: Table, resources: MachineResources
) -> list[tuple[str, dict[str, Any]]]:
    """Build the states of a table, in their order, with their names: none where Athena projects the partitions."""
    if table.registration == "projection":
        return []
    if table.registration == "msck":
        return [(_state_name(pipeline, table, "RepairTable"), _repair_state(table, resources))]
    name = _state_name(pipeline, table, "RegisterPartitions")
    return [
        (name, _register_state(pipeline, table, resources)),
        (_state_name(pipeline, table, "ContinueOrEnd"), _continue_choice(name, table)),
    ]


def registration_seconds(table: Table) -> int:
    """Give how long the registration of a table may take at most."""
    if table.registration == "projection":
        return 0
    if table.registration == "msck":
        return QUERY_SECONDS * (1 + QUERY_ATTEMPTS)
    calls = lambda_attempts(LAMBDA_RETRY, FUNCTION_RETRY) + _CALLS
    return calls * LAMBDA_SECONDS + longest_wait_seconds(LEASE_RETRY)


def _state_name(pipeline: Pipeline, table: Table, what: str) -> str:
    return what if len(pipeline.tables) == 1 else f"{what}.{table.database}.{table.name}"


def _register_state(pipeline: Pipeline, table: Table, resources: MachineResources) -> dict[str, Any]:
    made, result = resources.steps[table.source.step], result_path(pipeline, table.source.step)
    return {
        "Type": "Task",
        "Resource": integration_arn("lambda:invoke"),
        "Parameters": {
            "FunctionName": resources.register_partitions_arn,
            "Payload": {
                "table": resources.register_tables[table_key(table)],
                "source": {
                    "s3_uri.$": output_uri_path(pipeline, table.source.step, table.source.output),
                    "creation_time.$": f"{result}.CreationTime",
                    "processing_job_arn.$": f"{result}.ProcessingJobArn",
                    "processing_job_status.$": f"{result}.ProcessingJobStatus",
                    **({"require_success_marker": True} if pipeline.step(table.source.step).is_spark else {}),
                },
                "run": {
                    "pipeline": pipeline.name,
                    "run_id.$": "$.plan.run_id",
                    "started_at.$": "$.plan.started_at",
                    "execution_arn.$": "$$.Execution.Id",
                    "process_start.$": "$.plan.process_start",
                    "process_end.$": "$.plan.process_end",
                    "script_hash": made.script_hash,
                    "image_uri": made.image_uri,
                },
                "registrations.$": "$.registrations",
            },
        },
        "ResultSelector": {f"{name}.$": f"$.Payload.{name}" for name in _RESULT},
        "ResultPath": f"$.registrations.{table_key(table)}",
        "Retry": [LAMBDA_RETRY, FUNCTION_RETRY, LEASE_RETRY],
        "TimeoutSeconds": LAMBDA_SECONDS,
    }


def _continue_choice(registration: str, table: Table) -> dict[str, Any]:
    """Go round once more where a call ended in order, before its time did."""
    outcome = f"$.registrations.{table_key(table)}.outcome"
    return {
        "Type": "Choice",
        "Choices": [{"Variable": outcome, "StringEquals": "continue", "Next": registration}],
    }


def _repair_state(table: Table, resources: MachineResources) -> dict[str, Any]:
    """Let Athena look for folders that the catalog does not have yet.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html
    """
    return {
        "Type": "Task",
        "Resource": integration_arn("athena:startQueryExecution.sync"),
        "Parameters": {
            # Names are lower-case letters, digits and underscores: nothing in them could end the quotes.
            "QueryString": f"MSCK REPAIR TABLE `{table.database}`.`{table.name}`",
            # Without it the query runs in the database `default`, which is not ours and may not exist.
            "QueryExecutionContext": {"Catalog": "AwsDataCatalog", "Database": table.database},
            "WorkGroup": resources.work_group,
        },
        "ResultSelector": {
            "table": table.qualified_name,
            "outcome": "repaired",
            "query_execution_id.$": "$.QueryExecution.QueryExecutionId",
        },
        "ResultPath": f"$.registrations.{table_key(table)}",
        "Retry": [QUERY_RETRY],
        "TimeoutSeconds": QUERY_SECONDS,
    }
