"""A recording of the calls of a deployed pipeline's runs, from the local cloud's log and from the services' requests, with their roles."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from partitioned_pipelines.lake.key_layout import backfill_items_key
from partitioned_pipelines.lake.runs.backfill_names import backfill_name, backfill_run_prefix
from tests.end_to_end.deployment import Deployment
from tests.iam.calls.athena_calls import repair_calls
from tests.iam.calls.logged_calls import iam_calls
from tests.iam.calls.service_calls import (
    backfill_calls,
    function_log_calls,
    job_calls,
    machine_calls,
    notify_calls,
    schedule_calls,
    set_aside_calls,
)
from tests.iam.deployed_roles import DeployedRole, roles_of
from tests.iam.permissions_on_record import has_a_reason
from tests.iam.simulator import IamCall, simulate
from tests.synthesized.resolved_stack import as_list

_REGISTRAR = "RegisterPartitionsFunctionName"


@dataclass(frozen=True)
class Recording:
    """The calls of a pipeline's runs, the roles that made them, and the policies of the resources by ARN."""

    calls: list[IamCall]
    roles: dict[str, DeployedRole]
    outputs: dict[str, str]
    lake: str
    policies: dict[str, dict[str, Any]]
    workflow_role: str
    named_roles: dict[str, str]

    @property
    def registrar_role(self) -> str:
        return self.named_roles["registrar"]

    @property
    def backfill_role(self) -> str:
        return self.named_roles["backfill"]

    @property
    def schedule_role(self) -> str:
        return self.named_roles["schedule"]

    @property
    def statements(self) -> dict[str, list[dict[str, Any]]]:
        return {arn: role.statements for arn, role in self.roles.items()}

    def needless(self, role_arn: str) -> list[dict[str, Any]]:
        """Return the statements of a role that no call needs, and that have no recorded reason."""
        role, found = self.roles[role_arn], []
        for number, statement in enumerate(role.statements):
            if all(has_a_reason(action, statement) for action in as_list(statement["Action"])):
                continue
            left = [each for other, each in enumerate(role.statements) if other != number]
            if not replace(self, roles={**self.roles, role_arn: replace(role, statements=left)}).denied(self.calls):
                found.append(statement)
        return found

    def denied(self, calls: Iterable[IamCall]) -> list[str]:
        calls = list(calls)
        decisions = simulate(calls, self.statements, self.policies)
        return [str(call) for call, decision in zip(calls, decisions, strict=True) if not decision.allowed]


def begin(deployment: Deployment) -> None:
    deployment.admin("POST", "requests/record")


def fire(deployment: Deployment, outputs: dict[str, str], date: str) -> str:
    """Fire the schedule at the end of the given date in UTC; return the execution's ARN."""
    due = (dt.date.fromisoformat(date) + dt.timedelta(days=1)).isoformat()
    place = f"schedules/{outputs['ScheduleGroupName']}/{outputs['ScheduleName']}"
    fired: dict[str, str] = deployment.admin("POST", f"{place}/fire?at={due}T06:00:00")
    return fired["execution_arn"]


def run_backfill(deployment: Deployment, pipeline: str, date: str) -> tuple[list[str], list[IamCall]]:
    """Run a day by the state machine of backfills; return the executions of the pipeline, and the machine's calls."""
    outputs, sfn = deployment.outputs(deployment.stack(pipeline)), deployment.client("stepfunctions")
    backfill_id = uuid4().hex[:10]
    name, key = f"{backfill_run_prefix(backfill_id)}{date}", backfill_items_key(pipeline, backfill_id)
    item: dict[str, Any] = {"name": name, "input": {"date": date}}
    if "PipelineName" in outputs:
        item |= {"input": [{"Name": "date", "Value": date}], "poll_seconds": 1}
    deployment.client("s3").put_object(Bucket=deployment.lake, Key=key, Body=json.dumps([item]))
    given = json.dumps({"items_key": key, "max_concurrency": 1})
    arn = outputs["BackfillStateMachineArn"]
    parent = sfn.start_execution(stateMachineArn=arn, name=backfill_name(backfill_id), input=given)["executionArn"]
    deployment.finished(parent)
    (map_run,) = sfn.list_map_runs(executionArn=parent)["mapRuns"]
    children = sfn.list_executions(mapRunArn=map_run["mapRunArn"])["executions"]
    assert [child["status"] for child in children] == ["SUCCEEDED"]
    if "PipelineName" in outputs:
        listed = deployment.client("sagemaker").list_pipeline_executions(PipelineName=outputs["PipelineName"])
        runs = [
            each["PipelineExecutionArn"]
            for each in listed["PipelineExecutionSummaries"]
            if each["PipelineExecutionDisplayName"] == name
        ]
    else:
        runs = [f"{outputs['StateMachineArn'].replace(':stateMachine:', ':execution:')}:{name}"]
    machine = sfn.describe_state_machine(stateMachineArn=arn)
    arns = [child["executionArn"] for child in children]
    return runs, list(backfill_calls(machine["roleArn"], machine, (deployment.lake, key), arns, runs))


def script_calls(deployment: Deployment, pipeline: str) -> tuple[list[dict[str, Any]], list[IamCall]]:
    """Return the calls of a pipeline's scripts since the log began: as logged, and as IAM sees them."""
    role = deployment.outputs(deployment.stack(pipeline))["ProcessingRoleArn"]
    logged = [entry for entry in deployment.admin("GET", "requests")["requests"] if entry["role_arn"] == role]
    return logged, list(dict.fromkeys(call for entry in logged for call in iam_calls(entry)))


def recording(deployment: Deployment, pipeline: str, workflow_role: str, calls: Iterable[IamCall]) -> Recording:
    """Return a recording with the given calls, and those of the functions, their logs and the schedule, if there is one."""
    stack = deployment.stack(pipeline)
    outputs = deployment.outputs(stack)
    roles = roles_of(deployment.client("cloudformation"), deployment.client("iam"), stack)
    named_roles, added = {}, list(_function_logs(deployment, stack, outputs))
    if "ScheduleName" in outputs:
        target = deployment.client("scheduler").get_schedule(
            Name=outputs["ScheduleName"], GroupName=outputs["ScheduleGroupName"]
        )["Target"]
        named_roles["schedule"] = target["RoleArn"]
        added += schedule_calls(target)
    given = list(calls)
    added += _notices(deployment, stack, outputs, given)
    backfill = deployment.client("stepfunctions").describe_state_machine(
        stateMachineArn=outputs["BackfillStateMachineArn"]
    )
    named_roles["backfill"] = backfill["roleArn"]
    if _REGISTRAR in outputs:
        function = deployment.client("lambda").get_function_configuration(FunctionName=outputs[_REGISTRAR])
        named_roles["registrar"] = function["Role"]
        added += set_aside_calls(function["Role"], _queue_arn(outputs))
    # A script's own calls are its author's choice; SageMaker moves a job's data.
    logged = [
        call
        for entry in deployment.admin("GET", "requests")["requests"]
        if entry["role_arn"] in roles and entry["role_arn"] != outputs["ProcessingRoleArn"]
        for call in iam_calls(entry)
    ]
    policy = json.loads(deployment.client("s3").get_bucket_policy(Bucket=deployment.lake)["Policy"])
    return Recording(
        calls=list(dict.fromkeys([*logged, *given, *added])),
        roles=roles,
        outputs=outputs,
        lake=deployment.lake,
        policies={f"arn:aws:s3:::{deployment.lake}": policy},
        workflow_role=workflow_role,
        named_roles=named_roles,
    )


def machine_recording(
    deployment: Deployment, pipeline: str, executions: Iterable[str], backfilled: str | None = None
) -> Recording:
    """Return a recording of executions of a pipeline's state machine: logged calls, and those of services.

    Parameters
    ----------
    backfilled
        A day to run by a backfill, which is recorded, too.
    """
    runs, of_backfill = run_backfill(deployment, pipeline, backfilled) if backfilled else ([], [])
    sfn, s3 = deployment.client("stepfunctions"), deployment.client("s3")
    arn = deployment.outputs(deployment.stack(pipeline))["StateMachineArn"]
    machine = sfn.describe_state_machine(stateMachineArn=arn)
    events = [
        event
        for execution in (*executions, *runs)
        for page in sfn.get_paginator("get_execution_history").paginate(executionArn=execution)
        for event in page["events"]
    ]
    calls = list(machine_calls(machine["roleArn"], json.loads(machine["definition"]), events))
    calls += repair_calls(machine["roleArn"], events, deployment.client("glue"), s3)
    for event in events:
        scheduled = event.get("taskScheduledEventDetails", {})
        if scheduled.get("resourceType") == "sagemaker":
            name = json.loads(scheduled["parameters"])["ProcessingJobName"]
            job = deployment.client("sagemaker").describe_processing_job(ProcessingJobName=name)
            calls += job_calls(job, s3)
    return recording(deployment, pipeline, machine["roleArn"], [*calls, *of_backfill])


def _notices(
    deployment: Deployment, stack: str, outputs: dict[str, str], calls: Iterable[IamCall]
) -> Iterator[IamCall]:
    """Yield what Notify would read if the pipeline's executions had failed; what it really did is logged."""
    role, _ = notify_function(deployment, stack)
    if "PipelineName" in outputs:
        sagemaker, name = deployment.client("sagemaker"), outputs["PipelineName"]
        workflow = sagemaker.describe_pipeline(PipelineName=name)["PipelineArn"]
        listed = sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]
        executions = [each["PipelineExecutionArn"] for each in listed]
    else:
        workflow = outputs["StateMachineArn"]
        listed = deployment.client("stepfunctions").list_executions(stateMachineArn=workflow)["executions"]
        executions = [each["executionArn"] for each in listed]
    jobs = [call.resource.rpartition("/")[2] for call in calls if call.action == "sagemaker:CreateProcessingJob"]
    yield from notify_calls(role, workflow, executions[:5], jobs, outputs["NotificationTopicArn"], _queue_arn(outputs))


def _queue_arn(outputs: dict[str, str]) -> str:
    """Return the ARN of the lake's dead-letter queue, which has the prefix of the topic."""
    return outputs["NotificationTopicArn"].replace(":sns:", ":sqs:").replace("-notices", "-undelivered")


def notify_function(deployment: Deployment, stack: str) -> tuple[str, str]:
    """Return the role's ARN and the name of a pipeline's function Notify."""
    resources = deployment.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    (name,) = (
        resource["PhysicalResourceId"]
        for resource in resources
        if resource["ResourceType"] == "AWS::Lambda::Function" and resource["LogicalResourceId"].startswith("Notices")
    )
    return deployment.client("lambda").get_function_configuration(FunctionName=name)["Role"], name


def _function_logs(deployment: Deployment, stack: str, outputs: dict[str, str]) -> Iterator[IamCall]:
    resources = deployment.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    groups = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in resources
        if resource["ResourceType"] == "AWS::Logs::LogGroup"
    }
    names = {"Notices": notify_function(deployment, stack)[1], "Planner": outputs["PlanRunFunctionName"]}
    more = {_REGISTRAR: "Registrar", "StartRunFunctionName": "Starter"}
    names |= {construct: outputs[output] for output, construct in more.items() if output in outputs}
    for construct, name in names.items():
        function = deployment.client("lambda").get_function_configuration(FunctionName=name)
        (group,) = (group_name for logical_id, group_name in groups.items() if logical_id.startswith(construct))
        yield from function_log_calls({"Role": function["Role"], "LoggingConfig": {"LogGroup": group}})
