"""The watch: a function that examines the pipelines once an hour, its schedule, and the alarm that reports that it does not run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from partitioned_pipelines.lake.key_layout import data_prefix, receipts_prefix
from partitioned_pipelines.lake.partitions.extent import fit_in
from partitioned_pipelines.lake.schedule.interval_rule import schedule_rule
from partitioned_pipelines.lake.stack_names import watch_name
from partitioned_pipelines.spec import watched_pipeline
from stacks.iam.arns import REGION, arn
from stacks.iam.key_permissions import allow_object_reads, allow_topic
from stacks.iam.s3_permissions import allow_list, allow_on_prefixes
from stacks.json_text import json_text
from stacks.orchestrators import orchestrator_of
from stacks.orchestrators.orchestrator import SCHEDULED_TIME, ScheduledTarget
from stacks.pipeline.shared_code_function import SharedCodeFunction
from stacks.scheduled_call import ScheduledCall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_

    from partitioned_pipelines.spec import Pipeline, Table
    from stacks.iam.role_policy import RolePolicy

LARGEST_INPUT_BYTES = 256 * 1024
"""The limit of a schedule's input and of an asynchronous call's payload.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""
_OTHER_INPUT_BYTES = 1024
# Not a rate, which is counted from a time that is not documented for a schedule that is updated. This schedule is, with each change of a
# pipeline; what begins between two hours that are further apart would be reported a day later.
_EVERY_HOUR = "cron(20 * * * ? *)"
_SILENT_HOURS = 3


class TooManyPipelinesError(ValueError):
    """The pipelines' descriptions do not fit into the input of one schedule."""


class FreshnessWatch(Construct):
    """The watch of a lake. Its schedule carries what is known of the pipelines at synthesis, so that it reads no pipeline files.

    Attributes
    ----------
    role
        The function's role.

    Raises
    ------
    TooManyPipelinesError
        If there are more pipelines than one schedule's input can describe: about five hundred.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        code: lambda_.Code,
        prefix: str,
        pipelines: Sequence[Pipeline],
        lake_bucket_name: str,
        key: kms.IKey | None,
        topic_arn: str,
        topic_key: kms.IKey | None,
        undelivered_arn: str,
        command_options: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        shared = SharedCodeFunction(
            self,
            "Watch",
            code=code,
            folder="watch",
            description=f"Watches the freshness of the tables of {prefix}",
            memory_size=256,
            timeout_minutes=5,
            key=key,
            undelivered_arn=undelivered_arn,
        )
        self.role = shared.role
        with shared.policy() as policy:
            _allow_reads(policy, pipelines, lake_bucket_name)
            allow_object_reads(policy, key, lake_bucket_name)
            _allow_executions(policy, prefix, pipelines)
            policy.allow(["scheduler:GetSchedule"], [arn("scheduler", f"schedule/{prefix}-*/{prefix}-*")])
            policy.allow(["sns:Publish"], [topic_arn])
            allow_topic(policy, topic_key, topic_arn)
        function, stack_name = shared.function, Stack.of(self).stack_name
        event: dict[str, Any] = {
            "at": SCHEDULED_TIME,
            "topic": topic_arn,
            "lake_bucket": lake_bucket_name,
            "machines": arn("states", "stateMachine:"),
            "options": list(command_options),
            "pipelines": [
                watched_pipeline(pipeline, prefix, orchestrator_of(pipeline).longest_run_seconds(pipeline))
                for pipeline in pipelines
            ],
        }
        ScheduledCall(
            self,
            "Clock",
            name=watch_name(prefix),
            # The lake's stack is the only one with this name: pipelines have groups named after their stacks.
            group_name=stack_name,
            description="Watches the freshness of the tables, once an hour",
            role_description="Calls the watch once an hour",
            expression=_EVERY_HOUR,
            timezone=None,
            target=ScheduledTarget(
                function.function_arn, _input(event), "lambda:InvokeFunction", function.function_arn
            ),
            retry_hours=1,
            undelivered_arn=undelivered_arn,
            key=key,
        )
        cloudwatch.CfnAlarm(
            self,
            "Silent",
            alarm_name=f"{watch_name(prefix)}-silent",
            alarm_description=_silent_description(watch_name(prefix), stack_name, function.function_name),
            namespace="AWS/Lambda",
            metric_name="Invocations",
            dimensions=[cloudwatch.CfnAlarm.DimensionProperty(name="FunctionName", value=function.function_name)],
            statistic="Sum",
            period=3600,
            evaluation_periods=_SILENT_HOURS,
            threshold=1,
            comparison_operator="LessThanThreshold",
            # Lambda does not report zero invocations: no data is what silence looks like. Treated as `breaching`, the alarm would go off at
            # each first deployment, before the watch has ever run; a new alarm has insufficient data, which is no transition.
            treat_missing_data="missing",
            insufficient_data_actions=[topic_arn],
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
        )


def reads_catalog(table: Table) -> bool:
    """Return whether the watch reads a table's partitions in the Data Catalog; under partition projection, it has none."""
    return table.registration != "projection"


def _allow_reads(policy: RolePolicy, pipelines: Sequence[Pipeline], lake_bucket_name: str) -> None:
    """Allow what tells which intervals are published: interval marks, receipts, and partitions or their folders.

    By database, not by table: the statements of 200 tables would be longer than a role's policies may be.
    """
    tables = [table for pipeline in pipelines for table in pipeline.tables]
    databases = sorted({table.database for table in tables})
    receipts = [receipts_prefix(name, "*") for name in databases]
    folders = {
        data_prefix(table.database, "*", table.layout)
        for pipeline in pipelines
        for table in pipeline.tables
        if _lists_folders(pipeline, table)
    }
    allow_list(policy, lake_bucket_name, [*receipts, *folders])
    allow_on_prefixes(policy, ["s3:GetObject"], lake_bucket_name, receipts)
    cataloged = sorted({table.database for table in tables if reads_catalog(table)})
    if cataloged:
        resources = [f"{kind}/{name}{rest}" for name in cataloged for kind, rest in (("database", ""), ("table", "/*"))]
        policy.allow(["glue:GetPartitions"], [arn("glue", resource) for resource in ("catalog", *resources)])


def _lists_folders(pipeline: Pipeline, table: Table) -> bool:
    """Return whether the watch lists the folders of a table: its partitions are its folders, or only its runs tell what was published."""
    if table.registration == "projection":
        return True
    keys = [(key.type, key.date_format) for key in table.partition_keys]
    by_runs = not fit_in(keys, schedule_rule(pipeline.schedule).calendar.cadence)
    return by_runs and table.registration == "lambda" and table.layout == "versioned"


def _allow_executions(policy: RolePolicy, prefix: str, pipelines: Sequence[Pipeline]) -> None:
    """Allow executions to be listed and described, of the services that run pipelines of the project."""
    orchestrators = {pipeline.orchestrator for pipeline in pipelines}
    if "step_functions" in orchestrators:
        policy.allow(["states:ListExecutions"], [arn("states", f"stateMachine:{prefix}-*")])
        policy.allow(["states:DescribeExecution"], [arn("states", f"execution:{prefix}-*:*")])
    if "sagemaker_pipelines" in orchestrators:
        policy.allow(["sagemaker:ListPipelineExecutions"], [arn("sagemaker", f"pipeline/{prefix}-*")])
        policy.allow(
            ["sagemaker:ListPipelineParametersForExecution"], [arn("sagemaker", f"pipeline/{prefix}-*/execution/*")]
        )


def _input(event: dict[str, Any]) -> str:
    # Only the pipelines: the rest has values that are known at deployment, which are short.
    size = len(json_text(event["pipelines"]).encode())
    if size > LARGEST_INPUT_BYTES - _OTHER_INPUT_BYTES:
        raise TooManyPipelinesError(
            f"the watch would need {size:,} bytes to describe {len(event['pipelines'])} pipelines, more than the {LARGEST_INPUT_BYTES:,} of a "
            "schedule's input: split the project into several, each with a prefix of its own"
        )
    return json_text(event)


def _silent_description(name: str, group_name: str, function_name: str) -> str:
    return (
        f"The watch {name} has not run for {_SILENT_HOURS} hours: overdue tables, schedules that are switched off and runs that hang are not "
        "reported. Runs and data are not affected, and failed runs are still reported. "
        f"1. See whether its schedule is enabled: aws scheduler get-schedule --region {REGION} --group-name {group_name} --name {name}   "
        f"2. Read the function's log: the function is {function_name}   "
        "3. pipelines deploy --target aws restores what was changed by hand. The alarm returns to OK when the watch has run again."
    )
