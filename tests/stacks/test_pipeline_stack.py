"""Tests of a pipeline's stack, ``flights``, by its template."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk.assertions import Match, Template

if TYPE_CHECKING:
    from tests.synthesized.synthesis import Synthesis


@pytest.fixture(scope="module")
def template(repository: Synthesis) -> Template:
    return Template.from_stack(repository.pipelines["flights"])


@pytest.fixture(scope="module")
def states(template: Template) -> dict[str, Any]:
    """Return the states of the state machine, in the order of the document."""
    return states_of(template, "Workflow")


def states_of(template: Template, construct: str) -> dict[str, Any]:
    """Return the states of the state machine in a construct."""
    machines = template.find_resources("AWS::StepFunctions::StateMachine")
    (machine,) = (machine for name, machine in machines.items() if name.startswith(construct))
    parts = machine["Properties"]["DefinitionString"]["Fn::Join"][1]
    document = json.loads("".join(part if isinstance(part, str) else "token" for part in parts))
    found: dict[str, Any] = document["States"]
    return found


def test_the_table_is_partitioned_parquet(template: Template) -> None:
    template.has_resource_properties(
        "AWS::Glue::Table",
        {
            "DatabaseName": "analytics",
            "TableInput": Match.object_like(
                {
                    "Name": "flights",
                    "TableType": "EXTERNAL_TABLE",
                    "PartitionKeys": [
                        Match.object_like({"Name": "year", "Type": "int"}),
                        Match.object_like({"Name": "month", "Type": "int"}),
                        Match.object_like({"Name": "day", "Type": "int"}),
                    ],
                    "StorageDescriptor": Match.object_like(
                        {
                            "SerdeInfo": {
                                "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
                                "Parameters": {"serialization.format": "1"},
                            }
                        }
                    ),
                }
            ),
        },
    )


def test_a_run_is_planned_its_steps_run_and_their_partitions_are_registered(states: dict[str, Any]) -> None:
    def following(name: str) -> list[str]:
        state = states[name]
        chosen = [choice["Next"] for choice in state.get("Choices", [])]
        to = state.get("Next") or state.get("Default")
        return [name] if to is None else [name, *following(chosen[0] if name == "RunOrEnd" else to)]

    assert following("PlanRun") == [
        "PlanRun", "RunOrEnd", "extract", "validate", "transform", "RegisterPartitions", "ContinueOrEnd", "Registered",
    ]  # fmt: skip


def test_a_step_is_a_processing_job_with_a_new_name_and_a_new_output_prefix(states: dict[str, Any]) -> None:
    transform = states["transform"]
    assert transform["Resource"].endswith(":states:::sagemaker:createProcessingJob.sync")
    parameters = transform["Parameters"]
    assert "States.UUID()" in parameters["ProcessingJobName.$"]
    (output,) = parameters["ProcessingOutputConfig"]["Outputs"]
    assert "States.UUID()" in output["S3Output"]["S3Uri.$"]
    inputs = {entry["InputName"]: entry["S3Input"] for entry in parameters["ProcessingInputs"]}
    # It reads the output of the previous job rather than the planned one: a failed attempt has another prefix.
    assert inputs["validate"]["S3Uri.$"].startswith("$.results.validate.ProcessingOutputConfig.Outputs[")


def test_only_refused_calls_are_retried(states: dict[str, Any]) -> None:
    errors = [error for retry in states["transform"]["Retry"] for error in retry["ErrorEquals"]]
    assert "SageMaker.ResourceLimitExceededException" in errors
    assert "States.TaskFailed" not in errors, "a job that was created and failed is retried by `retries:` alone"


def test_nothing_but_sagemaker_gets_the_jobs_role(template: Template) -> None:
    passing = Match.object_like(
        {
            "Action": "iam:PassRole",
            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            "Resource": {"Fn::GetAtt": [Match.string_like_regexp("^Processing"), "Arn"]},
        }
    )
    template.has_resource_properties("AWS::IAM::Policy", {"PolicyDocument": {"Statement": Match.array_with([passing])}})


def test_the_schedule_starts_the_machine_with_the_planned_time(template: Template) -> None:
    template.has_resource_properties(
        "AWS::Scheduler::Schedule",
        {
            "ScheduleExpression": Match.string_like_regexp(r"^cron\("),
            "Target": Match.object_like(
                {
                    "Arn": {"Ref": Match.string_like_regexp("StateMachine")},
                    "Input": '{"scheduled_time":"<aws.scheduler.scheduled-time>"}',
                    "DeadLetterConfig": Match.any_value(),
                }
            ),
        },
    )


def test_the_end_of_a_run_is_passed_to_notify_which_counts_failures_in_a_row(template: Template) -> None:
    template.has_resource_properties(
        "AWS::Events::Rule",
        {
            "EventPattern": {
                "source": ["aws.states"],
                "detail-type": ["Step Functions Execution Status Change"],
                "detail": Match.object_like({"status": ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]}),
            },
            "Targets": [
                Match.object_like(
                    {
                        "Arn": {"Fn::GetAtt": [Match.string_like_regexp("^NoticesNotify"), "Arn"]},
                        "InputTransformer": Match.object_like({"InputPathsMap": {"detail": "$.detail"}}),
                    }
                )
            ],
        },
    )


def test_only_the_two_rules_invoke_notify(template: Template) -> None:
    rules = [Match.string_like_regexp(f"^Notices{ended}Ended") for ended in ("Run", "Backfill")]
    template.resource_count_is("AWS::Lambda::Permission", len(rules))
    for rule in rules:
        template.has_resource_properties(
            "AWS::Lambda::Permission",
            {"Principal": "events.amazonaws.com", "SourceArn": {"Fn::GetAtt": [rule, "Arn"]}},
        )


def test_what_notify_fails_at_goes_to_the_queue_of_the_lake(template: Template) -> None:
    queue = {"Fn::Join": ["", Match.array_with([Match.string_like_regexp(":pipelines-undelivered$")])]}
    template.has_resource_properties(
        "AWS::Lambda::Function", {"Handler": "lambdas.notify.handler.handler", "DeadLetterConfig": {"TargetArn": queue}}
    )


def test_a_backfill_starts_an_execution_for_each_of_its_items(template: Template) -> None:
    (each_interval,) = states_of(template, "Backfill").values()
    assert each_interval["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    assert each_interval["ToleratedFailurePercentage"] == 100, "one failure stops no other"
    run = each_interval["ItemProcessor"]["States"]["Run"]
    assert run["Resource"].endswith(":states:::states:startExecution.sync:2")
    assert (run["Parameters"]["Name.$"], run["Parameters"]["Input.$"]) == ("$.item.name", "$.item.input")


def test_a_run_of_a_backfill_is_not_reported_by_itself(template: Template) -> None:
    detail = Match.object_like({"name": [{"anything-but": {"prefix": "bf-"}}]})
    template.has_resource_properties("AWS::Events::Rule", {"EventPattern": Match.object_like({"detail": detail})})
