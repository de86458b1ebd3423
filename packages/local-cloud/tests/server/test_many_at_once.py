"""Concurrent requests do not fail because of each other's changes, and do not wait for a request that waits."""

from __future__ import annotations

import json
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from cloud_under_test.deployment_package import packed
from local_cloud.backend_lock import backend_lock, waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from local_cloud.server import LocalCloud

THREADS = 24
ROUNDS = 5


@pytest.fixture
def impatient(local_cloud_server: LocalCloud) -> Callable[[str], Any]:
    """Return a client without retries."""
    key = local_cloud_server.access_key
    session = boto3.Session(key.access_key_id, key.secret_access_key, region_name=local_cloud_server.settings.region)
    config = Config(retries={"total_max_attempts": 1}, max_pool_connections=THREADS)

    def client(service: str) -> Any:
        return session.client(service, endpoint_url=local_cloud_server.endpoint_url, config=config)  # type: ignore[call-overload]

    return client


@pytest.fixture
def frequent_switches() -> Iterator[None]:
    """Make threads switch as often as possible."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def pairs(aws: Callable[[str], Any], name: str, role_arn: str) -> list[tuple[Callable[[str], Any], Callable[[], Any]]]:
    """For each service, a call that adds a resource, and one that iterates over all resources."""
    s3, glue, athena, logs = aws("s3"), aws("glue"), aws("athena"), aws("logs")
    events, scheduler, states, sagemaker = aws("events"), aws("scheduler"), aws("stepfunctions"), aws("sagemaker")
    ssm, sns = aws("ssm"), aws("sns")
    database = name.replace("-", "_")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    glue.create_database(DatabaseInput={"Name": database})
    storage = {"Columns": [{"Name": "a", "Type": "int"}], "Location": f"s3://{name}/t/"}
    table = {"StorageDescriptor": storage, "PartitionKeys": [{"Name": "p", "Type": "string"}], "Parameters": {}}
    glue.create_table(DatabaseName=database, TableInput={"Name": "partitioned", **table})
    logs.create_log_group(logGroupName=name)
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    step = {"Name": "A", "Type": "Fail", "Arguments": {"ErrorMessage": "a"}}
    pipeline = json.dumps({"Version": "2020-12-01", "Steps": [step]})
    target = {"Arn": f"arn:aws:sqs:{s3.meta.region_name}:123456789012:{name}", "RoleArn": role_arn}
    result = {"OutputLocation": f"s3://{name}/results/"}
    partition = {"DatabaseName": database, "TableName": "partitioned"}
    return [
        (
            lambda _: athena.start_query_execution(QueryString="SELECT 1", ResultConfiguration=result),
            lambda: athena.list_query_executions(),
        ),
        (
            lambda one: glue.create_table(DatabaseName=database, TableInput={"Name": one, **table}),
            lambda: glue.get_tables(DatabaseName=database),
        ),
        (
            lambda one: glue.create_partition(
                **partition, PartitionInput={"Values": [one], "StorageDescriptor": storage}
            ),
            lambda: glue.get_partitions(**partition),
        ),
        (
            lambda one: s3.put_object(Bucket=name, Key=f"many/{one}/a", Body=b"a"),
            lambda: s3.list_objects(Bucket=name, Prefix="many/", Delimiter="/"),
        ),
        (
            lambda one: logs.create_log_stream(logGroupName=name, logStreamName=one),
            lambda: logs.describe_log_streams(logGroupName=name),
        ),
        (lambda one: events.put_rule(Name=one, ScheduleExpression="rate(1 day)"), events.list_rules),
        (
            lambda one: scheduler.create_schedule(
                Name=one, ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"}, Target=target
            ),
            scheduler.list_schedules,
        ),
        (
            lambda one: states.create_state_machine(name=one, definition=definition, roleArn=role_arn),
            states.list_state_machines,
        ),
        (
            lambda one: sagemaker.create_pipeline(
                PipelineName=one,
                ClientRequestToken=uuid.uuid4().hex,
                PipelineDefinition=pipeline,
                RoleArn=role_arn,
            ),
            sagemaker.list_pipelines,
        ),
        (lambda one: ssm.put_parameter(Name=one, Value="a", Type="String"), ssm.describe_parameters),
        (lambda one: sns.create_topic(Name=one), sns.list_topics),
    ]


@pytest.mark.usefixtures("frequent_switches")
def test_no_request_fails_because_of_another(impatient: Callable[[str], Any], name: str, role_arn: str) -> None:
    calls = pairs(impatient, name, role_arn)
    numbers = count()
    failures: list[str] = []

    def work(_: int) -> None:
        for _ in range(ROUNDS):
            for add, look in calls:
                try:
                    add(f"n{next(numbers)}-{name}"[:40])
                    look()
                except ClientError as error:
                    failures.append(str(error))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    assert not failures, (len(failures), sorted(set(failures))[:10])


def test_a_token_starts_one_execution_of_many_requests(impatient: Callable[[str], Any], name: str) -> None:
    s3, athena = impatient("s3"), impatient("athena")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})

    def start(_: int) -> str:
        return str(
            athena.start_query_execution(
                QueryString="SELECT 1",
                ClientRequestToken=name.ljust(32, "0"),
                ResultConfiguration={"OutputLocation": f"s3://{name}/results/"},
            )["QueryExecutionId"]
        )

    with ThreadPoolExecutor(THREADS) as pool:
        assert len(set(pool.map(start, range(THREADS)))) == 1


def test_requests_are_answered_while_a_function_runs(
    aws: Callable[[str], Any], name: str, role_arn: str, tmp_path: Path
) -> None:
    began, ends = tmp_path / "began", tmp_path / "ends"
    handler = f"""import pathlib, time
def handle(event, context):
    pathlib.Path({str(began)!r}).touch()
    while not pathlib.Path({str(ends)!r}).exists():
        time.sleep(0.05)
"""
    code = {"ZipFile": packed(handler)}
    aws("lambda").create_function(
        FunctionName=name, Runtime="python3.11", Role=role_arn, Handler="app.handler.handle", Code=code, Timeout=300
    )
    invoking = threading.Thread(target=lambda: aws("lambda").invoke(FunctionName=name, Payload=b"{}"))
    invoking.start()
    try:
        while not began.exists():
            time.sleep(0.05)
        assert aws("lambda").get_function(FunctionName=name)["Configuration"]["FunctionName"] == name
        assert invoking.is_alive()
    finally:
        ends.touch()
        invoking.join()


def test_who_waits_holds_nothing_and_has_it_back_afterwards() -> None:
    seen: list[str] = []

    def other() -> None:
        with backend_lock():
            seen.append("other")

    with backend_lock(), backend_lock():
        with waiting():
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
        late = threading.Thread(target=other)
        late.start()
        late.join(0.2)
        assert seen == ["other"]
    late.join()
    assert seen == ["other", "other"]
