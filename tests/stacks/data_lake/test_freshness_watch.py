"""Tests of the watch's function, schedule and alarm, by the template of the lake's stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Match, Template

from partitioned_pipelines.spec import Deployment, load_project
from stacks.data_lake.data_lake_stack import DataLakeStack
from stacks.data_lake.freshness_watch import LARGEST_INPUT_BYTES, TooManyPipelinesError
from stacks.settings import DeploymentSettings
from tests.synthesized.resolved_stack import ResolvedStack, resolve_stack
from tests.synthesized.synthesis import app_context

if TYPE_CHECKING:
    from pathlib import Path

    from tests.synthesized.synthesis import Synthesis

QUEUE = {"Fn::GetAtt": [Match.string_like_regexp("UndeliveredQueue"), "Arn"]}
TOPIC = {"Ref": Match.string_like_regexp("NoticesTopic")}
FUNCTION = Match.string_like_regexp("FreshnessWatchFunction")


@pytest.fixture(scope="module")
def template(repository: Synthesis) -> Template:
    return Template.from_stack(repository.lake)


def test_a_function_examines_all_pipelines_in_a_few_minutes(template: Template) -> None:
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {
            "Handler": "lambdas.watch.handler.handler",
            "MemorySize": 256,
            "Timeout": 300,
            "LoggingConfig": Match.object_like({"LogFormat": "JSON", "ApplicationLogLevel": "INFO"}),
            "Environment": Match.absent(),
        },
    )


def test_what_it_fails_to_do_reaches_the_lakes_queue(template: Template) -> None:
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {"Handler": "lambdas.watch.handler.handler", "DeadLetterConfig": {"TargetArn": QUEUE}},
    )
    template.has_resource_properties(
        "AWS::Scheduler::Schedule", {"Target": Match.object_like({"DeadLetterConfig": {"Arn": QUEUE}})}
    )


def test_it_runs_once_an_hour_in_the_group_of_the_lake(template: Template) -> None:
    template.has_resource_properties(
        "AWS::Scheduler::Schedule",
        {
            "Name": "pipelines-watch",
            "GroupName": "pipelines-data-lake",
            "ScheduleExpression": "cron(20 * * * ? *)",
            "ScheduleExpressionTimezone": Match.absent(),
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": Match.object_like({"Arn": {"Fn::GetAtt": [FUNCTION, "Arn"]}}),
        },
    )
    template.has_resource_properties("AWS::Scheduler::ScheduleGroup", {"Name": "pipelines-data-lake"})


def test_its_silence_is_an_alarm_but_its_first_hours_are_not(template: Template) -> None:
    template.has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {
            "AlarmName": "pipelines-watch-silent",
            "Namespace": "AWS/Lambda",
            "MetricName": "Invocations",
            "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": FUNCTION}}],
            "Statistic": "Sum",
            "Period": 3600,
            "EvaluationPeriods": 3,
            "Threshold": 1,
            "ComparisonOperator": "LessThanThreshold",
            # Not breaching: a new alarm has insufficient data, which is no transition, and so no mail.
            "TreatMissingData": "missing",
            "InsufficientDataActions": [TOPIC],
            "AlarmActions": [TOPIC],
            "OKActions": [TOPIC],
        },
    )


def test_the_mail_of_the_alarm_says_what_to_do(repository: Synthesis) -> None:
    (text,) = (
        alarm["Properties"]["AlarmDescription"]
        for alarm in repository.resolved_lake().of_type("AWS::CloudWatch::Alarm")
        if alarm["Properties"]["AlarmName"] == "pipelines-watch-silent"
    )
    assert len(text) <= 1024
    for words in ("has not run for 3 hours", "aws scheduler get-schedule", "pipelines deploy --target aws"):
        assert words in text


def test_its_event_describes_every_pipeline(repository: Synthesis) -> None:
    event = event_of(repository.resolved_lake())
    assert event["at"] == "<aws.scheduler.scheduled-time>"
    assert event["options"] == ["--target", "aws"]
    feature_table, flights = event["pipelines"]
    assert flights == {
        "name": "flights",
        "stack_name": "pipelines-flights",
        "sagemaker": False,
        "longest_seconds": longest_run(repository, "flights"),
        "schedule": {"cron": "30 5 * * ? *", "timezone": "America/New_York", "date_offset_days": -1},
        # By default, an interval may be as late as a run may take.
        "freshness_seconds": longest_run(repository, "flights"),
        "tables": [
            {
                "database_name": "analytics",
                "table_name": "flights",
                "layout": "versioned",
                "registration": "lambda",
                "partition_keys": [
                    {"name": "year", "type": "int", "date_format": "%Y"},
                    {"name": "month", "type": "int", "date_format": "%m"},
                    {"name": "day", "type": "int", "date_format": "%d"},
                ],
                "timezone": "America/New_York",
            }
        ],
    }
    assert feature_table["longest_seconds"] == longest_run(repository, "feature_table")


def test_twelve_pipelines_have_two_alarms_one_dashboard_and_no_metric_of_their_own(tmp_path: Path) -> None:
    lake = lake_of(many_pipelines(tmp_path / "project", 12), tmp_path / "cdk.out")
    alarms = sorted(alarm["Properties"]["AlarmName"] for alarm in lake.of_type("AWS::CloudWatch::Alarm"))
    assert alarms == ["pipelines-undelivered", "pipelines-watch-silent"]
    assert len(lake.of_type("AWS::CloudWatch::Dashboard")) == 1
    kinds = {resource["Type"] for resource in lake.resources.values()}
    assert kinds.isdisjoint({"AWS::Logs::MetricFilter", "AWS::CloudWatch::CompositeAlarm"})


def test_a_pipelines_stack_has_no_alarm(repository: Synthesis, every_option: Synthesis) -> None:
    for synthesis in (repository, every_option):
        for stack in synthesis.pipelines.values():
            Template.from_stack(stack).resource_count_is("AWS::CloudWatch::Alarm", 0)


@pytest.mark.thorough
def test_two_hundred_pipelines_fit_into_one_schedule_and_one_role(tmp_path: Path) -> None:
    lake = lake_of(many_pipelines(tmp_path / "project", 200), tmp_path / "cdk.out")
    assert len(event_of(lake)["pipelines"]) == 200
    assert len(lake.only("AWS::Scheduler::Schedule")["Target"]["Input"].encode()) < LARGEST_INPUT_BYTES / 2
    role = lake.role_of("lambda.amazonaws.com", within="Freshness")
    assert len(json.dumps(lake.statements_of(role), separators=(",", ":"))) < 10_240
    dashboards = lake.of_type("AWS::CloudWatch::Dashboard")
    assert [each["Properties"]["DashboardName"] for each in dashboards] == [
        "pipelines",
        "pipelines-2",
        "pipelines-3",
        "pipelines-4",
    ]
    for each in dashboards:
        body = json.loads(each["Properties"]["DashboardBody"])
        assert all(len(widget["properties"].get("metrics", [])) <= 500 for widget in body["widgets"])


def test_more_than_one_schedule_can_carry_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stacks.data_lake.freshness_watch.LARGEST_INPUT_BYTES", 6_000)
    project = many_pipelines(tmp_path / "project", 12)
    with pytest.raises(TooManyPipelinesError, match=r"12 pipelines, more than the 6,000 .* split the project"):
        lake_of(project, tmp_path / "cdk.out")


def event_of(lake: ResolvedStack) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(lake.only("AWS::Scheduler::Schedule")["Target"]["Input"])
    return event


def longest_run(synthesis: Synthesis, pipeline: str) -> int:
    """Return the timeout of a pipeline's state machine, which ends every run by then."""
    seconds: int = synthesis.resolved(pipeline).definition["TimeoutSeconds"]
    return seconds


def lake_of(project: Path, assembly: Path) -> ResolvedStack:
    """Synthesize only the lake's stack."""
    app = cdk.App(outdir=str(assembly), context=app_context())
    stack = DataLakeStack(
        app,
        "pipelines-data-lake",
        pipelines=load_project(project).pipelines,
        settings=DeploymentSettings(Deployment()),
    )
    app.synth()
    return resolve_stack(
        "pipelines-data-lake", json.loads((assembly / stack.template_file).read_text(encoding="utf-8"))
    )


def many_pipelines(folder: Path, count: int) -> Path:
    """Write a project of daily pipelines, with names of a usual length."""
    (folder / "pipelines").mkdir(parents=True)
    (folder / "write.py").touch()
    for number in range(count):
        document = {
            "name": f"measurements_of_station_{number}",
            "schedule": {"cron": "0 6 * * ? *", "timezone": "America/New_York", "interval": "day", "offset": -1},
            "image": {"sklearn": "1.4-2"},
            "steps": [{"name": "write", "script": "write.py"}],
            "table": {
                "source": "write",
                "database": "analytics",
                "name": f"measurements_of_station_{number}",
                "columns": [{"name": "n", "type": "bigint"}],
                "partition_keys": [{"name": "dt", "type": "string", "date_format": "%Y-%m-%d"}],
            },
        }
        # JSON is valid YAML.
        (folder / "pipelines" / f"measurements_of_station_{number}.yaml").write_text(
            json.dumps(document), encoding="utf-8"
        )
    return folder
