"""Tests of boto3 on the deployed pipelines, with only an endpoint, a region and the cloud's access key, as a program uses it on AWS."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.end_to_end.deployment import ROOT, Deployment

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("end_to_end")]

RAW = ROOT / "examples" / "feature_table" / "raw.csv"
DAYS = ["2031-01-01", "2031-01-02"]
JOB_LOGS = "/aws/sagemaker/ProcessingJobs"
TABLE = {"DatabaseName": "analytics", "TableName": "partitioned_table_sample"}


@pytest.fixture(scope="module")
def executions(deployment: Deployment) -> list[str]:
    """Return the ARNs of a run for each day, with names chosen by the caller."""
    sfn, machine = deployment.client("stepfunctions"), deployment.outputs("pipelines-feature-table")["StateMachineArn"]
    arns = []
    for day in DAYS:
        key = f"raw/feature_table/{day.replace('-', '/')}/raw.csv"
        deployment.client("s3").upload_file(str(RAW), deployment.lake, key)
        started = sfn.start_execution(stateMachineArn=machine, name=f"boto3-{day}", input=json.dumps({"date": day}))
        deployment.finished(started["executionArn"])
        arns.append(started["executionArn"])
    return arns


def jobs_of(deployment: Deployment, execution: str) -> list[str]:
    """Return the names of the jobs in an execution's history."""
    pages = deployment.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=execution)
    return [
        json.loads(event["taskScheduledEventDetails"]["parameters"])["ProcessingJobName"]
        for page in pages
        for event in page["events"]
        if event.get("taskScheduledEventDetails", {}).get("resourceType") == "sagemaker"
    ]


def test_executions_are_listed_in_pages_and_described(deployment: Deployment, executions: list[str]) -> None:
    sfn = deployment.client("stepfunctions")
    machine = deployment.outputs("pipelines-feature-table")["StateMachineArn"]
    pages = list(
        sfn.get_paginator("list_executions").paginate(stateMachineArn=machine, PaginationConfig={"PageSize": 1})
    )
    assert len(pages) >= len(executions)
    listed = [execution["executionArn"] for page in pages for execution in page["executions"]]
    assert set(executions) <= set(listed)
    assert listed.index(executions[1]) < listed.index(executions[0]), "the newest first"
    failed = sfn.list_executions(stateMachineArn=machine, statusFilter="FAILED")["executions"]
    assert not set(executions) & {execution["executionArn"] for execution in failed}

    described = sfn.describe_execution(executionArn=executions[0])
    assert described["name"] == f"boto3-{DAYS[0]}"
    assert json.loads(described["input"]) == {"date": DAYS[0]}
    assert described["startDate"] < described["stopDate"]
    (registration,) = json.loads(described["output"])["registrations"].values()
    assert registration["created"] == 1


def test_a_name_is_taken_by_its_execution(deployment: Deployment, executions: list[str]) -> None:
    machine = deployment.outputs("pipelines-feature-table")["StateMachineArn"]
    again = {"stateMachineArn": machine, "name": f"boto3-{DAYS[0]}", "input": json.dumps({"date": DAYS[1]})}
    with pytest.raises(ClientError) as caught:
        deployment.client("stepfunctions").start_execution(**again)
    assert caught.value.response["Error"]["Code"] == "ExecutionAlreadyExists"


def test_a_history_goes_from_the_start_to_the_end(deployment: Deployment, executions: list[str]) -> None:
    sfn = deployment.client("stepfunctions")
    pages = sfn.get_paginator("get_execution_history").paginate(executionArn=executions[0])
    events = [event for page in pages for event in page["events"]]
    assert [events[0]["type"], events[-1]["type"]] == ["ExecutionStarted", "ExecutionSucceeded"]
    entered = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]
    order = [state for state in entered if state in {"PlanRun", "extract", "transform", "RegisterPartitions"}]
    assert order == ["PlanRun", "extract", "transform", "RegisterPartitions"]
    newest = sfn.get_execution_history(executionArn=executions[0], reverseOrder=True, maxResults=1)["events"]
    assert [event["type"] for event in newest] == ["ExecutionSucceeded"]


def test_a_job_is_described_and_its_log_is_read(deployment: Deployment, executions: list[str]) -> None:
    sagemaker, logs = deployment.client("sagemaker"), deployment.client("logs")
    extract, transform = jobs_of(deployment, executions[0])
    described = sagemaker.describe_processing_job(ProcessingJobName=transform)
    assert described["ProcessingJobStatus"] == "Completed"
    assert described["Environment"]["PROCESS_DATE"] == DAYS[0]
    assert described["RoleArn"] == deployment.outputs("pipelines-feature-table")["ProcessingRoleArn"]
    (output,) = sagemaker.describe_processing_job(ProcessingJobName=extract)["ProcessingOutputConfig"]["Outputs"]
    inputs = {each["InputName"]: each["S3Input"]["S3Uri"] for each in described["ProcessingInputs"]}
    assert inputs["extract"] == output["S3Output"]["S3Uri"]

    streams = logs.describe_log_streams(logGroupName=JOB_LOGS, logStreamNamePrefix=f"{extract}/")["logStreams"]
    (stream,) = (stream["logStreamName"] for stream in streams)
    events = logs.get_log_events(logGroupName=JOB_LOGS, logStreamName=stream, startFromHead=True)["events"]
    assert f"10 rows of {DAYS[0]} from 1 files" in [event["message"] for event in events]


def test_jobs_are_listed_by_name_and_status_in_pages(deployment: Deployment, executions: list[str]) -> None:
    ours = {job for execution in executions for job in jobs_of(deployment, execution)}
    listing = deployment.client("sagemaker").get_paginator("list_processing_jobs")
    pages = list(listing.paginate(NameContains="feature-table", StatusEquals="Completed", MaxResults=1))
    assert ours <= {job["ProcessingJobName"] for page in pages for job in page["ProcessingJobSummaries"]}
    assert all(len(page["ProcessingJobSummaries"]) == 1 for page in pages)


def test_a_job_that_is_stopped_ends_its_run(deployment: Deployment, tmp_path: Path) -> None:
    sfn, sagemaker = deployment.client("stepfunctions"), deployment.client("sagemaker")
    deployment.client("s3").put_object(Bucket=deployment.lake, Key="raw/sleeps/lines.csv", Body=b"one\n")
    machine = deployment.outputs("pipelines-sleeps")["StateMachineArn"]
    execution = sfn.start_execution(stateMachineArn=machine, input='{"date": "2031-01-01"}')["executionArn"]
    (job,) = deployment.wait_until(lambda: jobs_of(deployment, execution))
    running = {"ProcessingJobStatus": "InProgress"}
    deployment.wait_until(lambda: running.items() <= described(sagemaker, job).items())
    sagemaker.stop_processing_job(ProcessingJobName=job)
    assert deployment.wait_until(lambda: described(sagemaker, job)["ProcessingJobStatus"] == "Stopped")
    deployment.wait_until(lambda: sfn.describe_execution(executionArn=execution)["status"] != "RUNNING")
    assert sfn.describe_execution(executionArn=execution)["status"] == "FAILED"


def described(sagemaker: Any, job: str) -> dict[str, Any]:
    """Return a job's description; empty if it does not exist yet."""
    try:
        found: dict[str, Any] = sagemaker.describe_processing_job(ProcessingJobName=job)
    except ClientError as error:
        assert "Could not find" in str(error)  # noqa: PT017 - any other is the test's failure
        return {}
    return found


def test_a_functions_log_is_found_by_its_configuration(deployment: Deployment, executions: list[str]) -> None:
    name = deployment.outputs("pipelines-feature-table")["RegisterPartitionsFunctionName"]
    group = deployment.client("lambda").get_function(FunctionName=name)["Configuration"]["LoggingConfig"]["LogGroup"]
    pages = deployment.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    messages = [event["message"] for page in pages for event in page["events"]]
    assert [message for message in messages if '"type":"platform.start"' in message]
    assert [message for message in messages if '"type":"platform.report"' in message]


def test_the_catalog_has_databases_tables_and_partitions(deployment: Deployment, executions: list[str]) -> None:
    glue = deployment.client("glue")
    assert "analytics" in [database["Name"] for database in glue.get_databases()["DatabaseList"]]
    tables = {table["Name"]: table for table in glue.get_tables(DatabaseName="analytics")["TableList"]}
    assert {"flights", "partitioned_table_sample"} <= set(tables)
    assert [key["Name"] for key in tables["flights"]["PartitionKeys"]] == ["year", "month", "day"]
    comments = [column["Comment"] for column in tables["partitioned_table_sample"]["StorageDescriptor"]["Columns"]]
    assert comments == ["feature1の説明。", "feature2の説明。", "目的変数。"]
    (found,) = glue.batch_get_partition(**TABLE, PartitionsToGet=[{"Values": DAYS[:1]}])["Partitions"]
    assert found["StorageDescriptor"]["Location"].endswith(f"/output/process_date_jst={DAYS[0]}/")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (f"process_date_jst = '{DAYS[0]}'", DAYS[:1]),
        (f"process_date_jst > '{DAYS[0]}' AND process_date_jst < '2031-02-01'", DAYS[1:]),
        (f"process_date_jst BETWEEN '{DAYS[0]}' AND '{DAYS[1]}'", DAYS),
        (f"process_date_jst IN ('{DAYS[1]}', '1999-01-01')", DAYS[1:]),
        ("process_date_jst LIKE '2031-01-%'", DAYS),
        ("process_date_jst = '1999-01-01'", []),
    ],
)
def test_partitions_are_found_by_expression(
    deployment: Deployment, executions: list[str], expression: str, expected: list[str]
) -> None:
    pages = deployment.client("glue").get_paginator("get_partitions").paginate(**TABLE, Expression=expression)
    assert sorted(partition["Values"][0] for page in pages for partition in page["Partitions"]) == expected


def test_schedules_are_listed_by_group(deployment: Deployment) -> None:
    scheduler = deployment.client("scheduler")
    (schedule,) = scheduler.list_schedules(GroupName="pipelines-flights")["Schedules"]
    found = scheduler.get_schedule(GroupName="pipelines-flights", Name=schedule["Name"])
    assert (found["ScheduleExpression"], found["ScheduleExpressionTimezone"]) == (
        "cron(30 5 * * ? *)",
        "America/New_York",
    )
    assert found["Target"]["Arn"] == deployment.outputs("pipelines-flights")["StateMachineArn"]
