"""A state waits for its query, and fails as in Step Functions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.observation import wait_for_execution

if TYPE_CHECKING:
    from collections.abc import Callable

Aws = Any


@pytest.fixture
def query(aws: Aws, role_arn: str, bucket: str, name: str) -> Callable[..., dict[str, Any]]:
    """Run a query in a state machine, and return the execution's final description."""

    def run(sql: str, **more: Any) -> dict[str, Any]:
        result = {"OutputLocation": f"s3://{bucket}/results/"}
        state = {
            "Type": "Task",
            "Resource": "arn:aws:states:::athena:startQueryExecution.sync",
            "Parameters": {"QueryString.$": "$.sql", "ResultConfiguration": result, **more},
            "End": True,
        }
        machine = aws("stepfunctions").create_state_machine(
            name=name, definition=json.dumps({"StartAt": "Query", "States": {"Query": state}}), roleArn=role_arn
        )
        started = aws("stepfunctions").start_execution(
            stateMachineArn=machine["stateMachineArn"], input=json.dumps({"sql": sql})
        )
        return wait_for_execution(aws("stepfunctions"), started["executionArn"])

    return run


def test_the_description_of_the_query_is_the_result(aws: Aws, query: Any) -> None:
    ended = query("SELECT 1 AS one")
    assert ended["status"] == "SUCCEEDED", ended
    execution = json.loads(ended["output"])["QueryExecution"]
    assert (execution["Query"], execution["Status"]["State"]) == ("SELECT 1 AS one", "SUCCEEDED")
    assert isinstance(execution["Status"]["CompletionDateTime"], int)
    rows = aws("athena").get_query_results(QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]["Rows"]
    assert [row["Data"][0]["VarCharValue"] for row in rows] == ["one", "1"]


def test_a_failed_query_fails_the_state_with_its_description(query: Any) -> None:
    ended = query("SELECT * FROM nowhere.nothing")
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    status = json.loads(ended["cause"])["QueryExecution"]["Status"]
    assert status["State"] == "FAILED"
    assert "nowhere" in status["StateChangeReason"]


def test_a_query_without_a_context_runs_in_the_default_database(aws: Aws, query: Any, bucket: str, name: str) -> None:
    table = {
        "Name": name.replace("-", "_"),
        "StorageDescriptor": {
            "Columns": [{"Name": "a", "Type": "string"}],
            "Location": f"s3://{bucket}/t/",
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"},
        },
        "PartitionKeys": [{"Name": "dt", "Type": "string"}],
        "TableType": "EXTERNAL_TABLE",
    }
    database = f"{table['Name']}_database"
    aws("glue").create_database(DatabaseInput={"Name": database})
    aws("glue").create_table(DatabaseName=database, TableInput=table)
    repair = f"MSCK REPAIR TABLE {table['Name']}"
    ended = query(repair)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    assert "default" in json.loads(ended["cause"])["QueryExecution"]["Status"]["StateChangeReason"]
    aws("stepfunctions").delete_state_machine(stateMachineArn=ended["stateMachineArn"])
    ended = query(repair, QueryExecutionContext={"Catalog": "AwsDataCatalog", "Database": database})
    assert ended["status"] == "SUCCEEDED", ended


def test_a_refused_call_has_the_services_error(query: Any) -> None:
    ended = query("SELECT 1", WorkGroup="absent")
    assert (ended["status"], ended["error"]) == ("FAILED", "Athena.InvalidRequestException")
    assert "absent" in ended["cause"]
    assert "(Service: AmazonAthena; Status Code: 400; Error Code: InvalidRequestException)" in ended["cause"]
