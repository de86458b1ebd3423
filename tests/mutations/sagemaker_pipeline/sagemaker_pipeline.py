"""Breakages of a pipeline that SageMaker Pipelines runs: its definition, its schedule and its rule; and the checks that must find them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.checks.data_lake.encryption import ENCRYPTION_CHECKS
from tests.checks.data_lake.tags import TAG_CHECKS
from tests.checks.external_tools import linters
from tests.checks.pipeline import roles
from tests.checks.pipeline.job_requests import job_request, pipeline_steps
from tests.checks.pipeline.network import network_of_jobs
from tests.checks.pipeline.pipeline import logs_are_kept_for_a_while, nothing_of_the_lake_is_made_twice
from tests.checks.pipeline.run_notices import RUN_NOTICE_CHECKS, notice_rule
from tests.checks.pipeline.usage import SAGEMAKER_USAGE_CHECKS
from tests.checks.sagemaker_pipeline.sagemaker_pipeline import SAGEMAKER_PIPELINE_CHECKS
from tests.checks.state_machine.backfill import BACKFILL_CHECKS
from tests.iam.replays.network_replay import network_calls
from tests.mutations.mutation import Mutation, drop_action, widen
from tests.mutations.sagemaker_pipeline.roles import SAGEMAKER_ROLE_MUTATIONS
from tests.mutations.state_machine.backfill import BACKFILL_SAGEMAKER_MUTATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.resolved_stack import ResolvedStack
    from tests.synthesized.subject import Subject

# Its own checks, and those that do not require a state machine.
SAGEMAKER_CHECKS: dict[str, Callable[[Subject], list[str]]] = {
    **SAGEMAKER_PIPELINE_CHECKS,
    **{name: check for name, check in roles.ROLE_CHECKS.items() if name != "machine_permissions"},
    **ENCRYPTION_CHECKS,
    **BACKFILL_CHECKS,
    **RUN_NOTICE_CHECKS,
    **TAG_CHECKS,
    **SAGEMAKER_USAGE_CHECKS,
    **{
        check.__name__: check
        for check in (network_of_jobs, network_calls, logs_are_kept_for_a_while, nothing_of_the_lake_is_made_twice)
    },
}
SAGEMAKER_LINTERS: dict[str, Callable[[ResolvedStack], list[str]]] = {
    linter.__name__: linter for linter in (linters.cfn_lint, linters.parliament, linters.asl_validator)
}


def _mutation(name: str, check: str, finding: str, apply: Callable[[ResolvedStack], object]) -> Mutation:
    return Mutation(name, check, finding, apply, pipeline="everything")


def _kinds(name: str, check: str, finding: str, apply: Callable[[ResolvedStack], object]) -> Mutation:
    return Mutation(name, check, finding, apply, pipeline="kinds")


def _steps(stack: ResolvedStack) -> list[dict[str, Any]]:
    """Return the steps inside the condition."""
    steps: list[dict[str, Any]] = stack.pipeline_definition["Steps"][1]["Arguments"]["IfSteps"]
    return steps


def _drop_output(stack: ResolvedStack, step: str, name: str) -> None:
    config = job_request(stack, step)["ProcessingOutputConfig"]
    config["Outputs"] = [output for output in config["Outputs"] if output["OutputName"] != name]


def _drop_planned(stack: ResolvedStack, name: str) -> None:
    plan = pipeline_steps(stack)["PlanRun"]
    plan["OutputParameters"] = [output for output in plan["OutputParameters"] if output["OutputName"] != name]


def _misspell(stack: ResolvedStack) -> None:
    request = job_request(stack, "split")
    request["ProcessingResource"] = request.pop("ProcessingResources")


def _rename_job(stack: ResolvedStack) -> None:
    job_request(stack, "split")["ProcessingJobName"] = "split"


def _another_output(stack: ResolvedStack) -> None:
    first, second, *_ = (step for step in _steps(stack) if step["Type"] == "Lambda")
    first["Arguments"]["s3_uri"] = second["Arguments"]["s3_uri"]


def _another_job(stack: ResolvedStack) -> None:
    registration = next(step for step in _steps(stack) if step["Type"] == "Lambda")
    registration["Arguments"]["processing_job_arn"] = {"Get": "Steps.gather.ProcessingJobArn"}


def _call(stack: ResolvedStack, **changes: object) -> None:
    target = stack.only("AWS::Scheduler::Schedule")["Target"]
    target["Input"] = json.dumps({**json.loads(target["Input"]), **changes})


def _network(stack: ResolvedStack) -> dict[str, Any]:
    made: dict[str, Any] = job_request(stack, "split")["NetworkConfig"]
    return made


_DEFINITION = [
    _mutation(
        "drop an output that the next step reads",
        "jobs_fit_the_model",
        "an execution fails before its end: 'left' of Steps.gather",
        lambda stack: _drop_output(stack, "gather", "left"),
    ),
    _mutation(
        "drop an output that a table is registered from",
        "registration_of_tables",
        "an execution fails before its end: 'csv_in_place' of Steps.split",
        lambda stack: _drop_output(stack, "split", "csv_in_place"),
    ),
    _mutation(
        "drop what PlanRun hands on",
        "jobs_fit_the_model",
        "'step1_input_raw' of Steps.PlanRun.OutputParameters.step1_input_raw does not exist",
        lambda stack: _drop_planned(stack, "step1_input_raw"),
    ),
    _mutation(
        "run a job without its tags",
        "cost_tags",
        "the job of split has the tags {}",
        lambda stack: job_request(stack, "split").pop("Tags"),
    ),
    _mutation(
        "tell no registration what PlanRun used",
        "usage_of_pipelines",
        "registration 0 is told {'keeps_usage': 'true'}",
        lambda stack: next(step for step in _steps(stack) if step["Name"].startswith("RegisterPartitions"))[
            "Arguments"
        ].pop("planning_usage"),
    ),
    _mutation("misspell a parameter", "jobs_fit_the_model", "ProcessingResource is unknown", _misspell),
    _mutation(
        "give a number as text",
        "jobs_fit_the_model",
        "'1' is no integer",
        lambda stack: job_request(stack, "split")["ProcessingResources"]["ClusterConfig"].update(InstanceCount="1"),
    ),
    _mutation(
        "name a job so that no role is about it", "jobs_fit_the_model", "its job is named split, not", _rename_job
    ),
    _mutation(
        "run a job as the pipeline's role",
        "jobs_fit_the_model",
        "its job has the role",
        lambda stack: job_request(stack, "split").update(RoleArn=stack.only("AWS::SageMaker::Pipeline")["RoleArn"]),
    ),
    _mutation(
        "run where there is nothing to do",
        "order_of_steps",
        "does not end well",
        lambda stack: stack.pipeline_definition["Steps"][1]["Arguments"]["Conditions"].clear(),
    ),
    _mutation(
        "read the planned prefix in place of the step's output",
        "order_of_steps",
        "split reads []",
        lambda stack: [
            entry["S3Input"].update(S3Uri={"Get": "Steps.PlanRun.OutputParameters['step1_output_left']"})
            for entry in job_request(stack, "split")["ProcessingInputs"]
        ],
    ),
    _kinds(
        "begin before what a step needs",
        "order_of_steps",
        "crunch waits for None, expected ['features']",
        lambda stack: pipeline_steps(stack)["crunch"].pop("DependsOn"),
    ),
    _mutation(
        "try a job again that may have written",
        "retries_of_steps",
        "split is tried again for ['SageMaker.CAPACITY_ERROR', 'SageMaker.JOB_INTERNAL_ERROR'",
        lambda stack: pipeline_steps(stack)["split"]["RetryPolicies"][0]["ExceptionType"].append(
            "SageMaker.JOB_INTERNAL_ERROR"
        ),
    ),
    _mutation(
        "report a quota of 0 after two hours",
        "retries_of_steps",
        "split reports a quota of 0 after 7650 s",
        lambda stack: pipeline_steps(stack)["split"]["RetryPolicies"][0].update(MaxAttempts=8),
    ),
    _mutation(
        "give up at the third throttle",
        "retries_of_steps",
        "split gives up at the throttle number 3",
        lambda stack: pipeline_steps(stack)["split"]["RetryPolicies"][-1].update(MaxAttempts=2),
    ),
    _mutation(
        "register another table's output",
        "registration_of_tables",
        "RegisterPartitions-1-t_csv is refused: the runs of db_versioned.t_csv are below",
        _another_output,
    ),
    _mutation(
        "register from another step's job",
        "registration_of_tables",
        "is registered from the job everything--gather",
        _another_job,
    ),
    _mutation(
        "never register a table",
        "registration_of_tables",
        "db_in_place.t_orc is never registered",
        lambda stack: _steps(stack).pop(),
    ),
    _kinds(
        "register Spark's output before it is committed",
        "registration_of_tables",
        "a marker of success is asked for: False",
        lambda stack: pipeline_steps(stack)["RegisterPartitions-1-t_rows"]["Arguments"].update(
            require_success_marker="false"
        ),
    ),
]
_AROUND = [
    _mutation(
        "start another pipeline",
        "scheduled_start",
        "the schedule starts other",
        lambda stack: _call(stack, PipelineName="other"),
    ),
    _mutation(
        "start without the planned time",
        "scheduled_start",
        "which day it is about",
        lambda stack: _call(stack, PipelineParameters=[]),
    ),
    _mutation(
        "misspell a parameter of the start",
        "scheduled_start",
        "PipelineParameter is unknown",
        lambda stack: _call(stack, PipelineParameter=[]),
    ),
    _mutation(
        "start with a token that is the Scheduler's id alone",
        "scheduled_start",
        "ClientRequestToken: 16 characters, at least 32",
        lambda stack: _call(stack, ClientRequestToken="<aws.scheduler.execution-id>"),
    ),
    _mutation(
        "start every event with the same token",
        "scheduled_start",
        "is not new for each delivery",
        lambda stack: _call(stack, ClientRequestToken="t" * 33),
    ),
    _mutation(
        "be silent about executions that were stopped",
        "run_rule",
        "the rule sees",
        lambda stack: notice_rule(stack, "Run")["EventPattern"]["detail"]["currentPipelineExecutionStatus"].pop(),
    ),
    _mutation(
        "tell nobody",
        "run_rule",
        "the rule tells []",
        lambda stack: notice_rule(stack, "Run")["Targets"].clear(),
    ),
    _mutation(
        "send events for which Notify fails to a queue that nobody watches",
        "undelivered_notices",
        "goes to arn:aws:sqs:::x",
        lambda stack: stack.function("notify")["DeadLetterConfig"].update(TargetArn="arn:aws:sqs:::x"),
    ),
    _mutation(
        "let Notify list the executions of any pipeline",
        "notify_permissions",
        "has sagemaker:ListPipelineExecutions on *",
        lambda stack: widen(stack, "sagemaker:ListPipelineExecutions", "NoticesNotify"),
    ),
    _mutation(
        "keep from Notify what a job said",
        "notify_permissions",
        "lacks sagemaker:DescribeProcessingJob",
        lambda stack: drop_action(stack, "sagemaker:DescribeProcessingJob", "NoticesNotify"),
    ),
    _mutation(
        "put a job into a subnet that its role does not know",
        "network_calls",
        "subnet/subnet-0aaaaaaaaaaaaaaaa is denied",
        lambda stack: _network(stack)["VpcConfig"].update(Subnets=["subnet-0aaaaaaaaaaaaaaaa"]),
    ),
    _mutation(
        "give a pipeline a dead-letter queue of its own",
        "nothing_of_the_lake_is_made_twice",
        "an AWS::SQS::Queue of its own",
        lambda stack: stack.resources.update(Queue={"Type": "AWS::SQS::Queue", "Properties": {}}),
    ),
    _mutation(
        "keep a log for ever",
        "logs_are_kept_for_a_while",
        "is kept for None days",
        lambda stack: stack.of_type("AWS::Logs::LogGroup")[0]["Properties"].pop("RetentionInDays"),
    ),
    _mutation(
        "leave the VPC", "network_of_jobs", "split is in the network", lambda stack: _network(stack).pop("VpcConfig")
    ),
    _kinds(
        "let hosts talk in the clear",
        "traffic_between_hosts",
        "crunch: traffic between 20 hosts is encrypted: False",
        lambda stack: job_request(stack, "crunch").pop("NetworkConfig"),
    ),
    _kinds(
        "leave a volume to SageMaker's key",
        "everything_is_encrypted_with_the_key",
        "the volume of crunch is encrypted by None",
        lambda stack: job_request(stack, "crunch")["ProcessingResources"]["ClusterConfig"].pop("VolumeKmsKeyId"),
    ),
    _mutation(
        "give a function environment variables",
        "no_function_has_an_environment",
        "lambdas.plan_run",
        lambda stack: stack.function("plan_run").update(Environment={"Variables": {"SPEC": "x"}}),
    ),
    _mutation(
        "misspell a property of the pipeline",
        "cfn_lint",
        "PipelineDescriptio",
        lambda stack: stack.only("AWS::SageMaker::Pipeline").update(PipelineDescriptio="x"),
    ),
]
SAGEMAKER_MUTATIONS = [*SAGEMAKER_ROLE_MUTATIONS, *_DEFINITION, *_AROUND, *BACKFILL_SAGEMAKER_MUTATIONS]
