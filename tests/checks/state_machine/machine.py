"""Checks of a pipeline's state machine; each returns its findings."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.runtime.registration.finished_job import UnfinishedJobError, require_completed
from tests.checks.state_machine.dry_run import dry_run, request_model_findings
from tests.checks.state_machine.machine_states import all_states
from tests.checks.state_machine.payload_template import ExpressionError, expressions
from tests.synthesized.every_kind import LAYERS
from tests.synthesized.subject import filled_s3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.synthesized.subject import Subject

ONE_DAY = {"date": "2021-12-15"}
_YEAR_SECONDS = 365 * 24 * 3600
_ATHENA_DDL_SECONDS = 600 * 60  # https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
_UUID_JOB_NAME = re.compile(r"States\.Format\('\{\}-\{\}', \$\.plan\.steps\.\w+\.job_stem, States\.UUID\(\)\)")
_UUID_PREFIX = re.compile(r"States\.Format\('\{\}\{\}/', \$\.plan\.steps\.\w+\.outputs\.\w+, States\.UUID\(\)\)")
_PATH = re.compile(r"\$\$?(\.\w+|\[\d+\])+")
_ANYWHERE = re.compile(r"\$\.\.\w+")
_LAMBDA_ERRORS = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.ClientExecutionTimeoutException",
    # Older and newer names of failures of a function, and responses of a busy catalog: repeating is safe.
    *("Lambda.Unknown", "Sandbox.Timedout", "Runtime.ExitError", "States.Timeout"),
    *("ConcurrentModificationException", "OperationTimeoutException", "CatalogBusyError"),
}
_LEASE_ERRORS = {"LeaseHeldError", "LeaseLostError"}
_QUERY_ERRORS = {"Athena.TooManyRequestsException", "Athena.InternalServerException"}
_QUOTA = "SageMaker.ResourceLimitExceededException"
_CATCH_ALL = "SageMaker.AmazonSageMakerException"
_CREATE_ERRORS = {_QUOTA, _CATCH_ALL, "SageMaker.ThrottlingException"}
# Throttling passes within minutes, but mistakes and quotas of 0 should also be reported within minutes.
_FEWEST_ATTEMPTS, _LONGEST_WAITS = 10, {_CATCH_ALL: 10 * 60, _QUOTA: 20 * 60}


def order_of_states(subject: Subject) -> list[str]:
    """Check the order of states: PlanRun, the steps by layer, then the registration of each table."""
    definition, states = subject.stack.definition, subject.stack.definition["States"]
    order, name = [], definition["StartAt"]
    while name is not None and name not in order:
        order.append(name)
        state = states.get(name, {})
        name = state["Choices"][0]["Next"] if state.get("Type") == "Choice" else state.get("Next")
        if name in order:  # a registration that is continued
            name = state.get("Default")
    layers = _layers(subject)
    steps = [layer[0] if len(layer) == 1 else f"Layer{number}" for number, layer in enumerate(layers, 1)]
    expected = ["PlanRun", "RunOrEnd", *steps, *_registration_states(subject), "Registered"]
    found = [] if order == expected else [f"states run as {order}, expected {expected}"]
    for number, layer in enumerate(layers, 1):
        branches = [list(branch["States"]) for branch in states.get(f"Layer{number}", {}).get("Branches", [])]
        if len(layer) > 1 and branches != [[step] for step in layer]:
            found.append(f"Layer{number} runs {branches} side by side, expected {layer}")
    choice = states.get("RunOrEnd", {})
    if states.get(choice.get("Default", ""), {}).get("Type") != "Succeed":
        found.append("a run with nothing to do does not end well")
    unreached = set(states) - set(order) - {choice.get("Default")}
    return found + [f"{name} is never reached" for name in sorted(unreached)]


def _layers(subject: Subject) -> list[list[str]]:
    return LAYERS.get(subject.pipeline.name, [[step.name] for step in subject.pipeline.steps])


def _registration_states(subject: Subject) -> list[str]:
    states = {"lambda": ["RegisterPartitions", "ContinueOrEnd"], "msck": ["RepairTable"], "projection": []}
    alone = len(subject.pipeline.tables) == 1
    return [
        name if alone else f"{name}.{table.database}.{table.name}"
        for table in subject.pipeline.tables
        for name in states[table.registration]
    ]


def neither_map_nor_catch(subject: Subject) -> list[str]:
    """Check for no Catch, which breaks redrive and misses aborts and timeouts, and no Map, which overflows history and state."""
    return [
        f"{name} is a {state['Type']}{' with a Catch' if 'Catch' in state else ''}"
        for name, state in all_states(subject.stack.definition).items()
        if state["Type"] not in {"Task", "Choice", "Succeed", "Parallel"} or "Catch" in state
    ]


def retries_by_class(subject: Subject) -> list[str]:
    """Check that temporary errors are retried, and failed jobs only as often as the file says."""
    found = []
    for name, state in _tasks(subject):
        attempts = {error: retry["MaxAttempts"] for retry in state.get("Retry", []) for error in retry["ErrorEquals"]}
        if name.startswith("RepairTable"):
            if set(attempts) != _QUERY_ERRORS:
                found.append(f"{name} retries {sorted(attempts)}")
            continue
        if name not in _job_names(subject):
            if set(attempts) != _LAMBDA_ERRORS | (set() if name == "PlanRun" else _LEASE_ERRORS):
                found.append(f"{name} retries {sorted(attempts)}")
            continue
        wanted = subject.pipeline.step(name).retries
        expected = {*_CREATE_ERRORS, *(["States.TaskFailed"] if wanted else [])}
        if set(attempts) != expected:
            found.append(f"{name} retries {sorted(attempts)}")
        if attempts.get("States.TaskFailed", 0) != wanted:
            found.append(f"{name} runs a failed job again {attempts.get('States.TaskFailed')} times, expected {wanted}")
        if attempts.get(_CATCH_ALL, 0) < _FEWEST_ATTEMPTS:
            found.append(f"{name} gives up after {attempts.get(_CATCH_ALL)} attempts, as for a throttle")
        found += [
            f"{name} reports {error} after up to {_waits(retry):.0f} s"
            for retry in state.get("Retry", [])
            for error in retry["ErrorEquals"]
            if _waits(retry) > _LONGEST_WAITS.get(error, _waits(retry))
        ]
        found += [
            f"{name} meets a throttle without backoff and jitter"
            for retry in state.get("Retry", [])
            if _CREATE_ERRORS & set(retry["ErrorEquals"]) and not {"BackoffRate", "JitterStrategy"} <= set(retry)
        ]
    return found


def _waits(retry: Mapping[str, Any]) -> float:
    interval, most = retry.get("IntervalSeconds", 1), retry.get("MaxDelaySeconds", math.inf)
    return float(sum(min(interval * retry.get("BackoffRate", 2) ** n, most) for n in range(retry["MaxAttempts"])))


def timeouts(subject: Subject) -> list[str]:
    """Check that no state's timeout is shorter than its job's limit, and the machine's not shorter than its states'."""
    found, others, jobs = [], 0.0, {}
    for name, state in _tasks(subject):
        others += sum(
            _waits(retry) for retry in state.get("Retry", []) if _LAMBDA_ERRORS.isdisjoint(retry["ErrorEquals"])
        )
        limit = state["Parameters"].get("StoppingCondition", {}).get("MaxRuntimeInSeconds")
        if name in _job_names(subject):
            wanted = subject.pipeline.step(name).timeout_minutes * 60
            if limit != wanted:
                found.append(f"{name}: the job may run {limit} s, the file says {wanted}")
            if state.get("TimeoutSeconds", 0) <= wanted:
                found.append(f"{name} ends after {state.get('TimeoutSeconds')} s, the job after {wanted}")
            jobs[name] = state.get("TimeoutSeconds", 0) * (1 + subject.pipeline.step(name).retries)
        elif name.startswith("RepairTable"):
            if state.get("TimeoutSeconds", 0) <= _ATHENA_DDL_SECONDS:
                found.append(f"{name} ends after {state.get('TimeoutSeconds')} s, Athena after {_ATHENA_DDL_SECONDS}")
            others += state.get("TimeoutSeconds", 0)
        else:
            function = "plan_run" if name == "PlanRun" else "register_partitions"
            allowed = subject.stack.function(function)["Timeout"]
            if state.get("TimeoutSeconds", 0) <= allowed:
                found.append(f"{name} ends after {state.get('TimeoutSeconds')} s, the function after {allowed}")
            others += state.get("TimeoutSeconds", 0)
    total = others + sum(max(jobs[step] for step in layer) for layer in _layers(subject))
    machine = subject.stack.definition.get("TimeoutSeconds", 0)
    if machine < min(total, _YEAR_SECONDS):
        found.append(f"an execution ends after {machine} s, its states after {total}")
    return found


def attempts_of_their_own(subject: Subject) -> list[str]:
    """Check that each attempt has a unique job name and, except for an ``in_place`` table, unique output prefixes."""
    in_place = {
        (table.source.step, table.source.output) for table in subject.pipeline.tables if table.layout == "in_place"
    }
    found = []
    for name in _job_names(subject):
        parameters = all_states(subject.stack.definition)[name]["Parameters"]
        job_name = parameters.get("ProcessingJobName.$", "")
        if not _UUID_JOB_NAME.fullmatch(job_name):
            found.append(f"{name}: a second attempt's job would be named by {job_name!r} again")
        for output in parameters["ProcessingOutputConfig"]["Outputs"]:
            uri = output["S3Output"].get("S3Uri.$", "")
            if (name, output["OutputName"]) in in_place:
                if not _PATH.fullmatch(uri):
                    found.append(f"{name}: {output['OutputName']} is written in place, to {uri!r}")
            elif not _UUID_PREFIX.fullmatch(uri):
                found.append(f"{name}: a second attempt would write {output['OutputName']} to {uri!r} again")
    return found


def text_stays_data(subject: Subject) -> list[str]:
    """Check that every expression is generated: a path of names, or one of two formats. None contains text from the file."""
    return [
        f"{name}: {expression!r} is no expression of ours"
        for name, state in all_states(subject.stack.definition).items()
        for part in ("Parameters", "ResultSelector")
        for expression in expressions(state.get(part, {}))
        if not any(pattern.fullmatch(expression) for pattern in (_PATH, _ANYWHERE, _UUID_JOB_NAME, _UUID_PREFIX))
    ]


def requests_fit_the_models(subject: Subject) -> list[str]:
    """Check that the API accepts the request of every Task, on realistic input."""
    try:
        requests = dry_run(subject.stack.definition, filled_s3(), ONE_DAY)
    except (ExpressionError, ValueError, KeyError) as error:
        return [f"a run fails before its end: {error!r}"]
    return request_model_findings(requests)


def downstream_reads_results(subject: Subject) -> list[str]:
    """Check that a step's input, and a table's root, is the URI in the result of the successful job."""
    try:
        requests = {request.state: request for request in dry_run(subject.stack.definition, filled_s3(), ONE_DAY)}
    except (ExpressionError, ValueError, KeyError) as error:
        return [f"a run fails before its end: {error!r}"]
    written = {
        (name, output["OutputName"]): output["S3Output"]["S3Uri"]
        for name in _job_names(subject)
        for output in requests[name].parameters["ProcessingOutputConfig"]["Outputs"]
    }
    found = []
    for step in subject.pipeline.steps:
        read = {
            entry["InputName"]: entry["S3Input"]["S3Uri"]
            for entry in requests[step.name].parameters["ProcessingInputs"]
        }
        for name, source in step.step_inputs.items():
            if read.get(name) != written[source.step, source.output]:
                found.append(f"{step.name} reads {read.get(name)}, {source.step} wrote elsewhere")
    registered = {
        (request.parameters["Payload"]["table"]["database_name"], request.parameters["Payload"]["table"]["table_name"]):
        request.parameters["Payload"]["source"]["s3_uri"]
        for request in requests.values()
        if "table" in request.parameters.get("Payload", {})
    }  # fmt: skip
    for table in subject.pipeline.tables:
        root = registered.get((table.database, table.name))
        expected = written[table.source.step, table.source.output] if table.registration == "lambda" else None
        if root != expected:
            found.append(f"{table.qualified_name} is registered from {root}")
    return found


def registrations_of_completed_jobs(subject: Subject) -> list[str]:
    """Check that a table is registered only if its job has completed, even if `.sync` treats a stopped job as successful."""
    found = []
    for status in ("Completed", "Stopped"):
        try:
            requests = dry_run(subject.stack.definition, filled_s3(), ONE_DAY, status)
        except (ExpressionError, ValueError, KeyError) as error:
            return [f"a run fails before its end: {error!r}"]
        for request in requests:
            if "table" not in request.parameters.get("Payload", {}):
                continue
            try:
                require_completed(request.parameters["Payload"])
                refused = False
            except UnfinishedJobError:
                refused = True
            if refused is (status == "Completed"):
                found.append(f"{request.state}: a job that is {status} is {'refused' if refused else 'registered'}")
    return found


def _tasks(subject: Subject) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in all_states(subject.stack.definition).items():
        if state["Type"] == "Task":
            yield name, state


def _job_names(subject: Subject) -> list[str]:
    return [step.name for step in subject.pipeline.steps]


MACHINE_CHECKS: dict[str, Callable[[Subject], list[str]]] = {
    check.__name__: check
    for check in (
        order_of_states,
        neither_map_nor_catch,
        retries_by_class,
        timeouts,
        attempts_of_their_own,
        text_stays_data,
        requests_fit_the_models,
        downstream_reads_results,
        registrations_of_completed_jobs,
    )
}
