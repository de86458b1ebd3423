"""Breakages of a pipeline's roles, functions, schedule, notification and outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.key_layout import RECEIPTS
from tests.checks.pipeline.run_notices import notice_rule
from tests.mutations.mutation import Mutation, drop_action, statement, statements, trust, widen

if TYPE_CHECKING:
    from tests.synthesized.resolved_stack import ResolvedStack

_SAGEMAKER = "sagemaker.amazonaws.com"


def _clock(stack: ResolvedStack) -> dict[str, Any]:
    return stack.only("AWS::Scheduler::Schedule")


def _machine(stack: ResolvedStack) -> dict[str, Any]:
    return stack.machine


def _delete_from_a_run(stack: ResolvedStack) -> None:
    (entry,) = (
        each for each in statements(stack, "s3:PutObject", "Registrar") if f"/{RECEIPTS}" in str(each["Resource"])
    )
    entry.update(Action=["s3:PutObject", "s3:DeleteObject"])


def _records(stack: ResolvedStack) -> dict[str, Any]:
    (entry,) = (
        each for each in statements(stack, "s3:PutObject", "Planner") if f"/{RECEIPTS}inputs/" in str(each["Resource"])
    )
    return entry


def _forget_the_catalog(stack: ResolvedStack) -> None:
    entry = statement(stack, "glue:GetTable")
    entry["Resource"] = [arn for arn in entry["Resource"] if not arn.endswith(":catalog")]


def _announcing(stack: ResolvedStack) -> dict[str, Any]:
    conditions: dict[str, Any] = statement(stack, "events:PutEvents")["Condition"]["ForAllValues:StringEquals"]
    return conditions


ROLE_MUTATIONS = [
    Mutation(
        "drop sagemaker:AddTags",
        "machine_permissions",
        "lacks sagemaker:AddTags",
        lambda stack: drop_action(stack, "sagemaker:AddTags"),
    ),
    Mutation(
        "drop sagemaker:ListTags",
        "machine_permissions",
        "lacks sagemaker:ListTags",
        lambda stack: drop_action(stack, "sagemaker:ListTags"),
    ),
    Mutation(
        "let the state machine run any job",
        "machine_permissions",
        "has sagemaker:CreateProcessingJob on *",
        lambda stack: widen(stack, "sagemaker:CreateProcessingJob"),
    ),
    Mutation(
        "pass the role to any service",
        "machine_permissions",
        "has iam:PassRole on",
        lambda stack: statement(stack, "iam:PassRole").pop("Condition"),
    ),
    Mutation(
        "pass any role", "machine_permissions", "has iam:PassRole on *", lambda stack: widen(stack, "iam:PassRole")
    ),
    Mutation(
        "forget the managed rule",
        "machine_permissions",
        "lacks events:PutRule",
        lambda stack: drop_action(stack, "events:PutRule", "Workflow"),
    ),
    Mutation(
        "let a job read the whole lake",
        "processing_role_permissions",
        "has s3:GetObject on *",
        lambda stack: widen(stack, "s3:GetObject", "Processing"),
    ),
    Mutation(
        "let a job delete what it wrote",
        "processing_role_permissions",
        "has s3:DeleteObject",
        lambda stack: statement(stack, "s3:PutObject", "Processing")["Action"].append("s3:DeleteObject"),
    ),
    Mutation(
        "let a job write any metric",
        "processing_role_permissions",
        "has cloudwatch:PutMetricData on *",
        lambda stack: statement(stack, "cloudwatch:PutMetricData").pop("Condition"),
    ),
    Mutation(
        "let PlanRun list the whole lake",
        "planner_permissions",
        "has s3:ListBucket on",
        lambda stack: statement(stack, "s3:ListBucket", "Planner").pop("Condition"),
    ),
    Mutation(
        "let PlanRun write receipts",
        "planner_permissions",
        "has s3:PutObject on",
        lambda stack: _records(stack).update(Resource=_records(stack)["Resource"].removesuffix("inputs/*") + "*"),
    ),
    Mutation(
        "forget that PlanRun records what is read",
        "planner_permissions",
        "lacks s3:PutObject on",
        lambda stack: _records(stack).update(Action="s3:GetObject"),
    ),
    Mutation(
        "let RegisterPartitions delete a versioned run",
        "registrar_permissions",
        "has s3:DeleteObject",
        _delete_from_a_run,
    ),
    Mutation(
        "let RegisterPartitions change any table",
        "registrar_permissions",
        "has glue:BatchCreatePartition on *",
        lambda stack: widen(stack, "glue:BatchCreatePartition"),
    ),
    Mutation(
        "let RegisterPartitions look at no other partitions",
        "registrar_permissions",
        "lacks glue:GetPartitions",
        lambda stack: drop_action(stack, "glue:GetPartitions"),
    ),
    Mutation(
        "let RegisterPartitions put events of any source",
        "registrar_permissions",
        "has events:PutEvents on",
        lambda stack: _announcing(stack).pop("events:source"),
    ),
    Mutation(
        "let RegisterPartitions put events of any type",
        "registrar_permissions",
        "has events:PutEvents on",
        lambda stack: _announcing(stack).pop("events:detail-type"),
    ),
    Mutation(
        "let RegisterPartitions put events on any bus",
        "registrar_permissions",
        "has events:PutEvents on *",
        lambda stack: widen(stack, "events:PutEvents"),
    ),
    Mutation(
        "forget that RegisterPartitions announces what it publishes",
        "registrar_permissions",
        "lacks events:PutEvents",
        lambda stack: statement(stack, "events:PutEvents").update(Action="events:DescribeEventBus"),
    ),
    Mutation(
        "forget where an event goes that the bus refuses",
        "registrar_permissions",
        "lacks sqs:SendMessage",
        lambda stack: drop_action(stack, "sqs:SendMessage", "Registrar"),
    ),
    Mutation(
        "leave out Glue's catalog",
        "parliament",
        "'required_format': 'arn:*:glue:*:*:catalog'",
        _forget_the_catalog,
    ),
    Mutation(
        "misspell an action",
        "parliament",
        "UNKNOWN_ACTION",
        lambda stack: statement(stack, "iam:PassRole").update(Action="iam:PassRoles"),
    ),
    Mutation(
        "let the schedule start any machine",
        "scheduler_permissions",
        "has states:StartExecution on *",
        lambda stack: widen(stack, "states:StartExecution", "Clock"),
    ),
    Mutation(
        "trust SageMaker on behalf of any account",
        "trust_of_roles",
        "trusts sagemaker.amazonaws.com if None",
        lambda stack: trust(stack, _SAGEMAKER).pop("Condition"),
    ),
    Mutation(
        "trust any schedule of the account",
        "trust_of_roles",
        "trusts scheduler.amazonaws.com",
        lambda stack: trust(stack, "scheduler.amazonaws.com")["Condition"]["StringEquals"].pop("aws:SourceArn"),
    ),
    Mutation(
        "trust everyone",
        "trust_of_roles",
        "trusts {'AWS': '*'}",
        lambda stack: trust(stack, _SAGEMAKER).update(Principal={"AWS": "*"}),
    ),
    Mutation(
        "attach a managed policy",
        "trust_of_roles",
        "managed policies",
        lambda stack: stack.role_of(_SAGEMAKER).update(
            ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"]
        ),
    ),
]

PART_MUTATIONS = [
    Mutation(
        "build for x86",
        "functions",
        "Architectures is ['x86_64']",
        lambda stack: stack.function("plan_run").update(Architectures=["x86_64"]),
    ),
    Mutation(
        "reserve concurrency",
        "functions",
        "reserves concurrency",
        lambda stack: stack.function("register_partitions").update(ReservedConcurrentExecutions=1),
    ),
    Mutation(
        "use an old runtime",
        "cfn_lint",
        "python3.6",
        lambda stack: stack.function("plan_run").update(Runtime="python3.6"),
    ),
    Mutation(
        "keep a log for ever",
        "logs_are_kept_for_a_while",
        "is kept for None days",
        lambda stack: stack.of_type("AWS::Logs::LogGroup")[0]["Properties"].pop("RetentionInDays"),
    ),
    Mutation(
        "log errors only",
        "state_machine_logs",
        "logged as ERROR",
        lambda stack: _machine(stack)["LoggingConfiguration"].update(Level="ERROR"),
    ),
    Mutation(
        "make it an express state machine",
        "state_machine_logs",
        "express",
        lambda stack: _machine(stack).update(StateMachineType="EXPRESS"),
    ),
    Mutation(
        "run in UTC",
        "schedule",
        "ScheduleExpressionTimezone is UTC",
        lambda stack: _clock(stack).update(ScheduleExpressionTimezone="UTC"),
    ),
    Mutation(
        "take the time of delivery for the planned time",
        "schedule",
        "which day it is about",
        lambda stack: _clock(stack)["Target"].update(Input='{"scheduled_time": "now"}'),
    ),
    Mutation(
        "lose what is not delivered",
        "schedule",
        "what is not delivered goes to None",
        lambda stack: _clock(stack)["Target"].pop("DeadLetterConfig"),
    ),
    Mutation(
        "deliver once",
        "schedule",
        "is repeated as",
        lambda stack: _clock(stack)["Target"]["RetryPolicy"].update(MaximumRetryAttempts=0),
    ),
    Mutation(
        "be silent about aborted runs",
        "run_rule",
        "the rule sees",
        lambda stack: notice_rule(stack, "Run")["EventPattern"]["detail"]["status"].remove("ABORTED"),
    ),
    Mutation(
        "tell nobody",
        "run_rule",
        "the rule tells []",
        lambda stack: notice_rule(stack, "Run")["Targets"].clear(),
    ),
    Mutation(
        "name a topic that nobody publishes to",
        "undelivered_notices",
        "people subscribe to arn:aws:sns:::x",
        lambda stack: stack.outputs.update(NotificationTopicArn="arn:aws:sns:::x"),
    ),
    Mutation(
        "send what is not delivered to a queue that nobody watches",
        "schedule",
        "what is not delivered goes to arn:aws:sqs:::x",
        lambda stack: _clock(stack)["Target"]["DeadLetterConfig"].update(Arn="arn:aws:sqs:::x"),
    ),
    Mutation(
        "give a pipeline an alarm of its own",
        "nothing_of_the_lake_is_made_twice",
        "an AWS::CloudWatch::Alarm of its own",
        lambda stack: stack.resources.update(Alarm={"Type": "AWS::CloudWatch::Alarm", "Properties": {}}),
    ),
    Mutation(
        "leave the state machine's name to CloudFormation",
        "state_machine_name",
        "is named None",
        lambda stack: _machine(stack).pop("StateMachineName"),
    ),
    Mutation(
        "drop an output", "outputs", "no output StateMachineArn", lambda stack: stack.outputs.pop("StateMachineArn")
    ),
]
