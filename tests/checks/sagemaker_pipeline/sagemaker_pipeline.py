"""Checks of a pipeline that SageMaker Pipelines runs; each returns its findings."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from local_cloud.sagemaker.pipelines.references import InvalidReferenceError
from partitioned_pipelines.lake.function_events.lambda_step import MOST_OUTPUTS, registration_event
from partitioned_pipelines.lake.function_events.requests import InvalidRequestError, RegistrationRequest
from partitioned_pipelines.lake.intervals.execution_input import parse_scheduled_time
from partitioned_pipelines.spec import job_stem
from tests.checks.external_tools.service_model import request_findings
from tests.checks.pipeline.job_requests import pipeline_steps
from tests.checks.sagemaker_pipeline.pipeline_walk import walk_pipeline
from tests.iam import expected_permissions as expected_permissions
from tests.iam.policies import permissions_findings
from tests.synthesized.intrinsics import ACCOUNT
from tests.synthesized.subject import filled_s3

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.subject import Subject

_DATE = "2021-12-15"
# As long as those in https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
_EXECUTION_ID = "d32c5cddcf5bb8c3"
_LONGEST_WAIT_FOR_A_QUOTA, _FEWEST_ATTEMPTS = 20 * 60, 10
# The errors that may be retried: nothing was written to the prefix that the attempts share.
_RETRIED = {
    *("SageMaker.RESOURCE_LIMIT", "SageMaker.CAPACITY_ERROR", "Step.SERVICE_FAULT", "Step.THROTTLING"),
}


def pipeline_permissions(subject: Subject) -> list[str]:
    """Check the permissions of the SageMaker pipeline's role."""
    role = subject.stack.role_of("sagemaker.amazonaws.com", description="Executions of")
    expected = expected_permissions.workflow_permissions(subject)
    found = permissions_findings("the SageMaker pipeline", subject.stack.statements_of(role), expected)
    (name,) = (key for key, value in subject.stack.resources.items() if value.get("Properties") is role)
    arn = f"arn:aws:iam::{ACCOUNT}:role/{subject.stack.name}-{name}"
    taken = subject.stack.only("AWS::SageMaker::Pipeline")["RoleArn"]
    return found if taken == arn else [*found, f"the SageMaker pipeline takes the role {taken}"]


def jobs_fit_the_model(subject: Subject) -> list[str]:
    """Check that the API accepts each request, with its references resolved, for a job that the roles' permissions cover."""
    given, found = _walk(subject)
    if found:
        return found
    for step in subject.pipeline.steps:
        request = given[step.name]
        found += [f"{step.name}: {entry}" for entry in request_findings("sagemaker", "CreateProcessingJob", request)]
        stem = job_stem(subject.pipeline.name, step.name)
        if request.get("ProcessingJobName") != stem:
            found.append(f"{step.name}: its job is named {request.get('ProcessingJobName')}, not {stem}")
        if request.get("RoleArn") != subject.stack.outputs["ProcessingRoleArn"]:
            found.append(f"{step.name}: its job has the role {request.get('RoleArn')}")
    return found


def order_of_steps(subject: Subject) -> list[str]:
    """Check that PlanRun is followed by a condition, in which each step waits for exactly its dependencies."""
    steps = pipeline_steps(subject.stack)
    plan, condition = subject.stack.pipeline_definition["Steps"]
    found = [] if len(plan["OutputParameters"]) <= MOST_OUTPUTS else [f"PlanRun has over {MOST_OUTPUTS} outputs"]
    asked = {
        "Type": "Equals",
        "LeftValue": {"Get": "Steps.PlanRun.OutputParameters['outcome']"},
        "RightValue": "run",
    }
    if condition["Arguments"]["Conditions"] != [asked] or condition["Arguments"]["ElseSteps"]:
        found.append("a run with nothing to do does not end well")
    for spec in subject.pipeline.steps:
        step = steps.get(spec.name, {})
        referred = set(re.findall(r"Steps\.([a-z0-9_]+)\.", json.dumps(step.get("Arguments", {}))))
        wanted = {source.step for source in spec.step_inputs.values()}
        if referred != wanted:
            found.append(f"{spec.name} reads {sorted(referred)}, expected {sorted(wanted)}")
        if step.get("DependsOn", []) != list(spec.needs):
            found.append(f"{spec.name} waits for {step.get('DependsOn')}, expected {list(spec.needs)}")
    return found


def retries_of_steps(subject: Subject) -> list[str]:
    """Check that only refused job creations and capacity errors are retried, and that functions are called once."""
    found = []
    for name, step in pipeline_steps(subject.stack).items():
        retried = {kind for policy in step.get("RetryPolicies", []) for kind in policy["ExceptionType"]}
        wanted = _RETRIED if step["Type"] == "Processing" else set()
        if retried != wanted:
            found.append(f"{name} is tried again for {sorted(retried)}")
        for policy in step.get("RetryPolicies", []):
            waits = sum(policy["IntervalSeconds"] * policy["BackoffRate"] ** n for n in range(policy["MaxAttempts"]))
            if "SageMaker.RESOURCE_LIMIT" in policy["ExceptionType"] and waits > _LONGEST_WAIT_FOR_A_QUOTA:
                found.append(f"{name} reports a quota of 0 after {waits:.0f} s")
            if "Step.THROTTLING" in policy["ExceptionType"] and policy["MaxAttempts"] < _FEWEST_ATTEMPTS:
                found.append(f"{name} gives up at the throttle number {policy['MaxAttempts'] + 1}")
    return found


def registration_of_tables(subject: Subject) -> list[str]:
    """Check that each table is registered from its own step: its output, its job."""
    given, found = _walk(subject)
    if found:
        return found
    job = {"CreationTime": parse_scheduled_time("2021-12-15T21:10:00Z"), "ProcessingJobStatus": "Completed"}
    requests = {}
    for step, arguments in given.items():
        if step.startswith("RegisterPartitions"):
            try:
                request = RegistrationRequest.from_event(registration_event(arguments, job))
            except InvalidRequestError as error:
                found.append(f"{step} is refused: {error}")
                continue
            requests[request.table.full_name] = (request, arguments["processing_job_arn"].partition("/")[2])
            if not request.shared_by_attempts:
                found.append(f"{step}: attempts of a run share a prefix, and it is not told")
    tables = {table.qualified_name: table for table in subject.pipeline.tables if table.registration == "lambda"}
    found += [f"{name} is never registered" for name in sorted(tables.keys() - requests.keys())]
    found += [f"{name} is no table to register" for name in sorted(requests.keys() - tables.keys())]
    for name in tables.keys() & requests.keys():
        source, (request, job_name) = tables[name].source, requests[name]
        outputs = given[source.step]["ProcessingOutputConfig"]["Outputs"]
        uris = [entry["S3Output"]["S3Uri"] for entry in outputs if entry["OutputName"] == source.output]
        if uris != [request.root.uri]:
            found.append(f"{name} is registered from {request.root.uri}, its step writes to {uris}")
        if not job_name.startswith(f"{job_stem(subject.pipeline.name, source.step)}-"):
            found.append(f"{name} is registered from the job {job_name}")
        if request.require_success_marker != subject.pipeline.step(source.step).is_spark:
            found.append(f"{name}: a marker of success is asked for: {request.require_success_marker}")
    return found


def scheduled_start(subject: Subject) -> list[str]:
    """Check that the schedule starts this pipeline with the scheduled time."""
    if subject.pipeline.schedule is None:
        return []
    target, name = subject.stack.only("AWS::Scheduler::Schedule")["Target"], subject.stack.outputs["PipelineName"]
    found = []
    if target["Arn"] != "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution":
        found.append(f"the schedule calls {target['Arn']}")
    call = json.loads(target["Input"])
    if call.get("PipelineName") != name:
        found.append(f"the schedule starts {call.get('PipelineName')}")
    if call.get("PipelineParameters") != [{"Name": "scheduled_time", "Value": "<aws.scheduler.scheduled-time>"}]:
        found.append(f"the schedule gives {call.get('PipelineParameters')}: a run would not know which day it is about")
    filled_in = json.loads(target["Input"].replace("<aws.scheduler.execution-id>", _EXECUTION_ID))
    if _EXECUTION_ID not in filled_in.get("ClientRequestToken", ""):
        found.append(f"the token {filled_in.get('ClientRequestToken')} is not new for each delivery")
    return found + request_findings("sagemaker", "StartPipelineExecution", filled_in)


def _walk(subject: Subject) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return the arguments of the steps, and the reason if the execution fails."""
    try:
        return walk_pipeline(subject.stack.pipeline_definition, filled_s3(), _DATE), []
    except (InvalidReferenceError, KeyError) as error:
        return {}, [f"an execution fails before its end: {error}"]


SAGEMAKER_PIPELINE_CHECKS: dict[str, Callable[[Subject], list[str]]] = {
    check.__name__: check
    for check in (
        pipeline_permissions,
        jobs_fit_the_model,
        order_of_steps,
        retries_of_steps,
        registration_of_tables,
        scheduled_start,
    )
}
