"""The states that publish a job's output in its table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.function_events.payloads import REGISTRATION_FIELDS
from stacks.iam.arns import integration_arn
from stacks.orchestrators.requests import registration_request
from stacks.orchestrators.resources import table_key
from stacks.orchestrators.step_functions.expressions import in_states_language
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
    from stacks.orchestrators.resources import WorkflowResources

# The maximum number of additional full-length calls for one registration: far more than 100,000 partitions need.
_CALLS = 12


def registration_states(
    pipeline: Pipeline, table: Table, resources: WorkflowResources
) -> list[tuple[str, dict[str, Any]]]:
    """Build the states of a table, in order, with their names; none if Athena projects the partitions."""
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
    """Return the maximum duration of a table's registration, in seconds."""
    if table.registration == "projection":
        return 0
    if table.registration == "msck":
        return QUERY_SECONDS * (1 + QUERY_ATTEMPTS)
    calls = lambda_attempts(LAMBDA_RETRY, FUNCTION_RETRY) + _CALLS
    return calls * LAMBDA_SECONDS + longest_wait_seconds(LEASE_RETRY)


def _state_name(pipeline: Pipeline, table: Table, what: str) -> str:
    return what if len(pipeline.tables) == 1 else f"{what}.{table.database}.{table.name}"


def _register_state(pipeline: Pipeline, table: Table, resources: WorkflowResources) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": integration_arn("lambda:invoke"),
        "Parameters": {
            "FunctionName": resources.register_partitions_arn,
            "Payload": {
                **in_states_language(pipeline, registration_request(pipeline, table, resources)),
                "registrations.$": "$.registrations",
            },
        },
        "ResultSelector": {f"{name}.$": f"$.Payload.{name}" for name in REGISTRATION_FIELDS},
        "ResultPath": f"$.registrations.{table_key(table)}",
        "Retry": [LAMBDA_RETRY, FUNCTION_RETRY, LEASE_RETRY],
        "TimeoutSeconds": LAMBDA_SECONDS,
    }


def _continue_choice(registration: str, table: Table) -> dict[str, Any]:
    """Call RegisterPartitions again if it stopped before its timeout."""
    outcome = f"$.registrations.{table_key(table)}.outcome"
    return {
        "Type": "Choice",
        "Choices": [{"Variable": outcome, "StringEquals": "continue", "Next": registration}],
    }


def _repair_state(table: Table, resources: WorkflowResources) -> dict[str, Any]:
    """Make Athena look for folders that are missing in the catalog.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html
    """
    return {
        "Type": "Task",
        "Resource": integration_arn("athena:startQueryExecution.sync"),
        "Parameters": {
            # Names contain only lower-case letters, digits and underscores, so that they cannot end the quotes.
            "QueryString": f"MSCK REPAIR TABLE `{table.database}`.`{table.name}`",
            # Without a database, the query would run in `default`, which does not belong to this project and may not exist.
            "QueryExecutionContext": {"Catalog": "AwsDataCatalog", "Database": table.database},
            "WorkGroup": resources.work_group,
        },
        "ResultSelector": {
            "table": table.qualified_name,
            "outcome": "repaired",
            "query_execution_id.$": "$.QueryExecution.QueryExecutionId",
            "athena_bytes.$": "$..DataScannedInBytes",
        },
        "ResultPath": f"$.registrations.{table_key(table)}",
        "Retry": [QUERY_RETRY],
        "TimeoutSeconds": QUERY_SECONDS,
    }
