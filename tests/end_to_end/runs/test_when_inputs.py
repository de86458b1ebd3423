"""Tests of pipelines that start when their inputs are there: a chain of four under both orchestrators, and one that is late."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import jsonschema
import pytest

from tests.end_to_end.deployment import PROJECTS, ROOT, Deployment, deployed
from tests.end_to_end.permissions.recording import begin, recording
from tests.iam.calls.logged_calls import list_call, object_call
from tests.iam.permissions_on_record import unused_permissions
from tests.iam.simulator import IamCall

# The first test also deploys; each waits for several runs.
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("when_inputs"), pytest.mark.timeout(900)]

TODAY = datetime.now(UTC).date()
GOOD, LATE = TODAY - timedelta(days=1), TODAY - timedelta(days=2)
WAIT = timedelta(days=14)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Yield a deployment: second reads first, third reads both, fourth reads third as a SageMaker pipeline."""
    project = tmp_path_factory.mktemp("when_inputs") / "project"
    shutil.copytree(PROJECTS / "waiting", project)
    with deployed(project) as deployment:
        begin(deployment)
        yield deployment


def put_raw(chain: Deployment, day: date, lines: int, pipeline: str = "first") -> None:
    key = f"raw/{pipeline}/{day:%Y/%m/%d}/lines.csv"
    chain.client("s3").put_object(Bucket=chain.lake, Key=key, Body=b"x\n" * lines)


def runs(chain: Deployment, pipeline: str) -> list[dict[str, str]]:
    """Return the name and the status of each execution that waited for its inputs, as the service lists them."""
    outputs = chain.outputs(chain.stack(pipeline))
    if "PipelineName" in outputs:
        answer = chain.client("sagemaker").list_pipeline_executions(PipelineName=outputs["PipelineName"])
        return [
            {"name": each["PipelineExecutionDisplayName"], "status": each["PipelineExecutionStatus"].upper()}
            for each in answer["PipelineExecutionSummaries"]
        ]
    answer = chain.client("stepfunctions").list_executions(stateMachineArn=outputs["StateMachineArn"])
    return [{"name": each["name"], "status": each["status"]} for each in answer["executions"]]


def ended(chain: Deployment, pipeline: str, day: date) -> str:
    """Wait until the run about a day has ended; return its status."""

    def look() -> str | None:
        found = [run["status"] for run in runs(chain, pipeline) if run["name"] == f"inputs-{day}"]
        return found[0] if found and found[0] not in {"RUNNING", "EXECUTING"} else None

    status = chain.wait_until(look, seconds=180)
    assert status is not None
    return status


def decisions(chain: Deployment, pipeline: str) -> list[dict[str, Any]]:
    """Return what StartRun has logged of its decisions."""
    function = chain.outputs(chain.stack(pipeline))["StartRunFunctionName"]
    group = chain.client("lambda").get_function_configuration(FunctionName=function)["LoggingConfig"]["LogGroup"]
    logs = chain.client("logs")
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    lines = [
        event["message"]
        for stream in streams
        for event in logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
    ]
    records = [json.loads(line) for line in lines if line.startswith("{")]
    return [record for record in records if "interval" in record]


def queue_of_events(chain: Deployment) -> str:
    """Send the events of others to a queue; return its URL."""
    sqs, events = chain.client("sqs"), chain.client("events")
    url: str = sqs.create_queue(QueueName="published")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**allowed, "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    pattern = {"source": ["partitioned-pipelines.pipelines"], "detail-type": ["Partitions Published"]}
    events.put_rule(Name="others", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="others", Targets=[{"Id": "queue", "Arn": arn}])
    return url


def received(chain: Deployment, url: str) -> list[dict[str, Any]]:
    answer = chain.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in answer]


def test_a_chain_runs_through_and_each_link_once(chain: Deployment) -> None:
    url = queue_of_events(chain)
    put_raw(chain, GOOD, 3)
    chain.json("run", "first", "--date", str(GOOD))
    assert {name: ended(chain, name, GOOD) for name in ("second", "third", "fourth")} == dict.fromkeys(
        ("second", "third", "fourth"), "SUCCEEDED"
    )
    assert chain.json("query", "SELECT n FROM waiting.third") == [{"n": 2}], "it has read both"
    for name in ("second", "third", "fourth"):
        assert [run["name"] for run in runs(chain, name)] == [f"inputs-{GOOD}"]
    outcomes = [each["message"] for each in decisions(chain, "third")]
    assert sorted(outcomes) == ["started", "waiting"], "told by first, and then by second"
    schema = json.loads((ROOT / "docs" / "partitions_published.schema.json").read_text(encoding="utf-8"))
    told = received(chain, url)
    for event in told:
        jsonschema.validate(event, schema)
    assert sorted(event["detail"]["table"] for event in told) == [
        *("waiting.first", "waiting.fourth", "waiting.second", "waiting.third")
    ]


def test_a_table_that_is_published_again_starts_nothing(chain: Deployment) -> None:
    chain.json("run", "first", "--date", str(GOOD))
    chain.wait_until(lambda: any(each["message"] == "already_started" for each in decisions(chain, "second")))
    assert len(runs(chain, "second")) == 1


def test_a_table_that_is_published_again_is_read_by_nobody_else(chain: Deployment) -> None:
    chain.json("run", "second", "--date", str(GOOD))
    chain.wait_until(lambda: any(each["message"] == "already_started" for each in decisions(chain, "third")))
    assert len(runs(chain, "third")) == 1


def test_one_that_is_late_is_told_at_its_deadline_and_continues(chain: Deployment) -> None:
    put_raw(chain, LATE, 2)  # second refuses this number
    chain.json("run", "first", "--date", str(LATE))
    assert ended(chain, "second", LATE) == "FAILED"
    assert [run["name"] for run in runs(chain, "third")] == [f"inputs-{GOOD}"], "it waits"
    deadline = datetime.combine(LATE + timedelta(days=1), datetime.min.time(), UTC) + WAIT
    fired = chain.command("local", "fire", "third", "--at", deadline.isoformat())
    assert fired.returncode == 0, fired.stderr
    assert ended(chain, "third", LATE) == "FAILED"
    shown = chain.command("runs", "third")
    assert f"waiting.second has not published {LATE}" in shown.stdout + shown.stderr
    put_raw(chain, LATE, 5)
    chain.json("run", "first", "--date", str(LATE))
    chain.json("run", "second", "--date", str(LATE))
    assert len(runs(chain, "third")) == 2, "its deadline has decided: nothing starts it again"
    retried = chain.command("retry", "third")
    assert retried.returncode == 0, retried.stdout + retried.stderr
    assert chain.json("query", f"SELECT n FROM waiting.third WHERE dt = '{LATE}'") == [{"n": 2}]  # noqa: S608  # a date
    assert ended(chain, "fourth", LATE) == "SUCCEEDED"


def test_a_paused_pipeline_waits_for_its_deadline(chain: Deployment) -> None:
    day = TODAY - timedelta(days=3)
    assert chain.json("pause", "second")["state"] == "paused"
    put_raw(chain, day, 3)
    chain.json("run", "first", "--date", str(day))
    paused = chain.wait_until(lambda: [each for each in decisions(chain, "second") if each["message"] == "paused"])
    assert paused is not None
    assert [each["interval"] for each in paused] == [str(day)]
    assert f"inputs-{day}" not in [run["name"] for run in runs(chain, "second")]
    assert chain.json("resume", "second")["state"] == "on"
    deadline = datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC) + WAIT
    fired = chain.command("local", "fire", "second", "--at", deadline.isoformat())
    assert fired.returncode == 0, fired.stderr
    assert ended(chain, "second", day) == "SUCCEEDED"


def test_start_run_has_the_permissions_of_its_calls_and_no_others(chain: Deployment) -> None:
    """Recorded above: it waited, started a run, read another event's claim, and was called for a deadline."""
    recorded = recording(chain, "third", "", [])
    function = chain.client("lambda").get_function_configuration(FunctionName=recorded.outputs["StartRunFunctionName"])
    role, queue = function["Role"], function["DeadLetterConfig"]["TargetArn"]
    calls = [call for call in recorded.calls if call.principal == role]
    failed = IamCall(role, "sqs:SendMessage", queue)  # Lambda's own call for an event that failed
    assert recorded.denied([*calls, failed]) == []
    own = {role: recorded.roles[role].statements}
    assert unused_permissions([*calls, failed], own, recorded.policies) == []

    def schedule_arn(name: str) -> str:
        stack = chain.stack(name)
        arn: str = chain.client("scheduler").get_schedule(GroupName=stack, Name=stack)["Arn"]
        return arn

    others = [
        IamCall(role, "states:StartExecution", recorded.outputs["StateMachineArn"].replace("third", "second")),
        IamCall(role, "lambda:InvokeFunction", function["FunctionArn"]),
        object_call(role, "s3:GetObject", recorded.lake, "tables/waiting/first/receipts/x.json"),
        object_call(role, "s3:PutObject", recorded.lake, f"starts/second/{GOOD}.json"),
        object_call(role, "s3:DeleteObject", recorded.lake, f"starts/third/{GOOD}.json"),
        list_call(role, recorded.lake, "tables/waiting/first/runs/"),
        IamCall(role, "scheduler:GetSchedule", schedule_arn("second")),
        IamCall(role, "scheduler:UpdateSchedule", schedule_arn("third")),
    ]
    assert len(recorded.denied(others)) == len(others)


def test_what_is_missing_is_counted_from_the_deadline(chain: Deployment) -> None:
    assert chain.json("missing", "third", "--from", str(LATE), "--to", str(TODAY))["missing"] == []
