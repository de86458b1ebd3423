"""Notify: decides whether the end of an execution is reported, and publishes the notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.runs.backfill_names import BACKFILL_PREFIX
from partitioned_pipelines.runtime.decision_log import about, tell
from partitioned_pipelines.runtime.executions.listing import list_machine_executions, list_pipeline_executions
from partitioned_pipelines.runtime.notices.backfill_notice import backfill_notice, runs_of
from partitioned_pipelines.runtime.notices.failures_in_a_row import failures_before, is_told
from partitioned_pipelines.runtime.notices.notice import publish
from partitioned_pipelines.runtime.notices.run_notice import failed_notice, recovered_notice
from partitioned_pipelines.runtime.notices.sagemaker_run import SagemakerRun
from partitioned_pipelines.runtime.notices.step_functions_run import StepFunctionsRun, ended_execution

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_stepfunctions import SFNClient

    from partitioned_pipelines.lake.function_events.ended_events import EndedEvent
    from partitioned_pipelines.runtime.executions.execution import Execution
    from partitioned_pipelines.runtime.notices.ended_run import EndedRun
    from partitioned_pipelines.runtime.notices.notice import Notice
    from partitioned_pipelines.runtime.notices.optional_calls import Reading


@dataclass(frozen=True, slots=True)
class Clients:
    """The clients of Notify, each created when it is needed: a pipeline has one orchestrator, and few notices quote a log."""

    sns: Callable[[], SNSClient]
    logs: Callable[[], CloudWatchLogsClient]
    sfn: Callable[[], SFNClient]
    sagemaker: Callable[[], SageMakerClient]


def notify(event: EndedEvent, clients: Clients, reading: Reading) -> Notice | None:
    """Publish a notice about the end of an execution, if there is one to publish, and return it.

    A run that failed is reported if it is the 1st, 2nd, 4th, 8th and so on in a row, and the first that succeeds after it; a run of a
    backfill is not, because the backfill is, at its end. A call that reads and fails leaves out its part of the text.

    Raises
    ------
    ClientError
        If the topic refuses the notice: Lambda then repeats the call, and in the end sends the event to the dead-letter queue.
    """
    with about(pipeline=event["of"]["spec"]["pipeline"]):
        if event["of"]["ended"] == "backfill":
            return _end_of_backfill(event, clients, reading)
        run = _run(event, clients, reading)
        with about(run_id=run.execution.run_id or "", execution=run.execution.arn):
            return _end_of_run(event, run, clients, reading)


def _run(event: EndedEvent, clients: Clients, reading: Reading) -> EndedRun:
    workflow, detail = event["of"]["workflow"], event["detail"]
    if _is_machine(workflow):
        return StepFunctionsRun(clients.sfn(), workflow, detail, reading)
    return SagemakerRun(clients.sagemaker(), workflow, detail, reading)


def _is_machine(workflow: str) -> bool:
    return ":states:" in workflow


def _end_of_run(event: EndedEvent, run: EndedRun, clients: Clients, reading: Reading) -> Notice | None:
    execution, spec = run.execution, event["of"]["spec"]
    if execution.name.startswith(BACKFILL_PREFIX):
        _keep_silent("a run of a backfill")
        return None
    if not execution.failed and run.story and run.story.did_nothing:
        _keep_silent("the run did nothing")
        return None
    before = _failures_before(run)
    if execution.failed:
        failures = None if before is None else before + 1
        if failures is not None and not is_told(failures):
            _keep_silent("a failure between those that are reported", failures)
            return None
        return _send(event, clients, failed_notice(run, spec, failures, clients.logs(), reading), failures)
    if not before:
        _keep_silent("the run before it succeeded" if before == 0 else "the runs before it are unknown")
        return None
    return _send(event, clients, recovered_notice(run, spec, before), before)


def _failures_before(run: EndedRun) -> int | None:
    past = run.past()
    if past is None:
        return None
    return failures_before(run.execution, past, run.story.earlier_failures if run.story else (), run.did_nothing)


def _end_of_backfill(event: EndedEvent, clients: Clients, reading: Reading) -> Notice:
    backfill, workflow = ended_execution(event["detail"]), event["of"]["workflow"]
    with about(execution=backfill.arn):
        runs = reading.get("executions", lambda: runs_of(backfill, _executions(workflow, clients)))
        return _send(event, clients, backfill_notice(event["detail"], runs, event["of"]["spec"]))


def _executions(workflow: str, clients: Clients) -> Iterator[Execution]:
    if _is_machine(workflow):
        return list_machine_executions(clients.sfn(), workflow)
    return list_pipeline_executions(clients.sagemaker(), workflow.rpartition("/")[2])


def _send(event: EndedEvent, clients: Clients, notice: Notice, failures: int | None = None) -> Notice:
    publish(clients.sns(), event["of"]["topic"], notice)
    tell("notice", kind=notice.kind, told=True, **_counted(failures))
    return notice


def _keep_silent(why: str, failures: int | None = None) -> None:
    tell("notice", told=False, why=why, **_counted(failures))


def _counted(failures: int | None) -> dict[str, Any]:
    return {} if failures is None else {"failures_in_a_row": failures}
