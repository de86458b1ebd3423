"""Checks of a pipeline's functions, log, schedule, notification and outputs; each returns its findings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.checks.data_lake.notices import QUEUE_ARN
from tests.synthesized.intrinsics import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.subject import Subject

_RETENTION_DAYS = 90


def functions(subject: Subject) -> list[str]:
    """Check for arm64, a current Python, a separate log with a retention, and no reserved concurrency."""
    found = []
    timeouts = {"plan_run": 900 if subject.pipeline.read_tables else 120, "notify": 180}
    if _registers(subject):
        timeouts["register_partitions"] = 900
    elif any("register_partitions" in function["Properties"]["Handler"] for function in _functions(subject)):
        found.append("there is a RegisterPartitions, and no table that it registers")
    for folder, timeout in timeouts.items():
        function = subject.stack.function(folder)
        expected = {"Architectures": ["arm64"], "Runtime": "python3.14", "Timeout": timeout}
        found += [
            f"{folder}: {name} is {function.get(name)}"
            for name, value in expected.items()
            if function.get(name) != value
        ]
        if "ReservedConcurrentExecutions" in function:
            found.append(f"{folder} reserves concurrency, which fails to deploy where the account has little")
        if "LoggingConfig" not in function:
            found.append(f"{folder} logs to a group that Lambda makes, and that is kept for ever")
    return found


def logs_are_kept_for_a_while(subject: Subject) -> list[str]:
    """Check that every log group has a retention."""
    return [
        f"{logical_id} is kept for {resource['Properties'].get('RetentionInDays')} days"
        for logical_id, resource in subject.stack.resources.items()
        if resource["Type"] == "AWS::Logs::LogGroup"
        and resource["Properties"].get("RetentionInDays") != _RETENTION_DAYS
    ]


def state_machine_logs(subject: Subject) -> list[str]:
    """Check that executions are logged with their data, to a group under ``/aws/vendedlogs/``, and traced."""
    return machine_log_findings(subject.stack.machine, subject.stack.name)


def machine_log_findings(machine: dict[str, Any], name: str) -> list[str]:
    """Return what is wrong with the log and the traces of a state machine, which are named like the machine."""
    logging = machine.get("LoggingConfiguration", {})
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/vendedlogs/states/{name}:*"
    found = []
    if logging.get("Level") != "ALL" or logging.get("IncludeExecutionData") is not True:
        found.append(f"executions are logged as {logging.get('Level')}, data: {logging.get('IncludeExecutionData')}")
    if logging.get("Destinations") != [{"CloudWatchLogsLogGroup": {"LogGroupArn": group}}]:
        found.append(f"executions are logged to {logging.get('Destinations')}")
    if machine.get("TracingConfiguration") != {"Enabled": True}:
        found.append("executions are not traced")
    if machine.get("StateMachineType", "STANDARD") != "STANDARD":
        found.append("an express state machine knows neither .sync nor redrive")
    return found


def schedule(subject: Subject) -> list[str]:
    """Check the schedule: the file's time and timezone, the scheduled time as input, and a dead-letter queue."""
    wanted = subject.pipeline.schedule
    kinds = ("AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup")
    if wanted is None:
        return [f"there is a {kind}, and the file has no schedule" for kind in kinds if subject.stack.of_type(kind)]
    clock, outputs = subject.stack.only("AWS::Scheduler::Schedule"), subject.stack.outputs
    target = clock["Target"]
    expected = {
        "ScheduleExpression": f"cron({wanted.cron})",
        "ScheduleExpressionTimezone": wanted.timezone,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "GroupName": subject.stack.only("AWS::Scheduler::ScheduleGroup")["Name"],
    }
    found = [
        f"the schedule's {name} is {clock.get(name)}" for name, value in expected.items() if clock.get(name) != value
    ]
    if target["Arn"] != outputs["StateMachineArn"]:
        found.append(f"the schedule starts {target['Arn']}")
    if json.loads(target.get("Input", "null")) != {"scheduled_time": "<aws.scheduler.scheduled-time>"}:
        found.append(f"the schedule's input is {target.get('Input')}: a run would not know which day it is about")
    undelivered = target.get("DeadLetterConfig", {}).get("Arn")
    if undelivered != QUEUE_ARN:
        found.append(f"what is not delivered goes to {undelivered}")
    retry = target.get("RetryPolicy", {})
    if not (retry.get("MaximumRetryAttempts", 0) >= 10 and retry.get("MaximumEventAgeInSeconds", 0) >= 3600):
        found.append(f"a delivery that fails is repeated as {retry}")
    if clock.get("State", "ENABLED") != "ENABLED":
        found.append("the schedule is disabled")
    return found


def nothing_of_the_lake_is_made_twice(subject: Subject) -> list[str]:
    """Check that topic, dead-letter queue and alarms exist only in the lake: an address is confirmed once, and there is one alarm."""
    kinds = ("AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::CloudWatch::Alarm")
    return [f"the pipeline has an {kind} of its own" for kind in kinds if subject.stack.of_type(kind)]


def state_machine_name(subject: Subject) -> list[str]:
    """Check that the state machine has the stack's name, which is not CloudFormation's default."""
    name = subject.stack.machine.get("StateMachineName")
    return [] if name == subject.stack.name else [f"the state machine is named {name}"]


def outputs(subject: Subject) -> list[str]:
    """Check for the outputs that the command line reads from a deployed stack."""
    names = {
        "StateMachineArn",
        "BackfillStateMachineArn",
        "NotificationTopicArn",
        "ProcessingRoleArn",
        "PlanRunFunctionName",
        *(["RegisterPartitionsFunctionName"] if _registers(subject) else []),
        *(
            "".join(["StepImageUri", *(part.capitalize() for part in step.name.split("_"))])
            for step in subject.pipeline.steps
        ),
    }
    if subject.pipeline.schedule is not None:
        names |= {"ScheduleName", "ScheduleGroupName"}
    return [f"the stack has no output {name}" for name in sorted(names - set(subject.stack.outputs))]


def _registers(subject: Subject) -> bool:
    return any(table.registration == "lambda" for table in subject.pipeline.tables)


def _functions(subject: Subject) -> list[dict[str, Any]]:
    return subject.stack.of_type("AWS::Lambda::Function")


PIPELINE_CHECKS: dict[str, Callable[[Subject], list[str]]] = {
    check.__name__: check
    for check in (
        functions,
        logs_are_kept_for_a_while,
        state_machine_logs,
        schedule,
        nothing_of_the_lake_is_made_twice,
        state_machine_name,
        outputs,
    )
}
