"""One run with all that is known about it, read from a cloud."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any, Final, TypeVar

from partitioned_pipelines.cli.lake.problems import FAILURES, problem_of
from partitioned_pipelines.cli.lake.runs.amounts import RunAmounts
from partitioned_pipelines.cli.lake.runs.commands import commands_after
from partitioned_pipelines.cli.lake.runs.jobs import describe_job, job_of, last_job, state_of
from partitioned_pipelines.cli.lake.runs.publication import read_instead, read_published
from partitioned_pipelines.cli.lake.runs.timeline import read_timeline
from partitioned_pipelines.cli.lake.runs.waiting import read_needs, waiting_for
from partitioned_pipelines.cli.remedies import command_words
from partitioned_pipelines.cli.runs.executions.execution import read_report
from partitioned_pipelines.cli.runs.executions.execution_list import given_input
from partitioned_pipelines.cli.runs.executions.pipeline_execution import is_pipeline_execution
from partitioned_pipelines.cli.runs.executions.retry import read_definition
from partitioned_pipelines.cli.runs.logs.script_output import find_traceback
from partitioned_pipelines.cli.runs.published_table import address_of_table
from partitioned_pipelines.cli.runs.results.run_costs import transitions_of
from partitioned_pipelines.lake.intervals.interval import Interval
from partitioned_pipelines.lake.runs.run_facts import started_at_of
from partitioned_pipelines.lake.runs.shared_job import StepLines, last_step_lines
from partitioned_pipelines.operations.lake_state.documents.lake import Problem
from partitioned_pipelines.operations.lake_state.documents.run import (
    Run,
    RunFailure,
    RunLog,
)
from partitioned_pipelines.runtime.executions.history import function_of
from partitioned_pipelines.runtime.executions.job_log import last_lines
from partitioned_pipelines.runtime.executions.trigger import trigger_of
from partitioned_pipelines.runtime.history.receipts import BadReceipt, Receipt, read_receipt
from partitioned_pipelines.runtime.intervals.attempts import requested_interval
from partitioned_pipelines.spec.derived.interval_rule import interval_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from partitioned_pipelines.cli.lake.lake_reader import PipelineReader
    from partitioned_pipelines.cli.lake.runs.jobs import JobDescription
    from partitioned_pipelines.cli.lake.runs.search import FoundRun
    from partitioned_pipelines.cli.lake.runs.timeline import StateAttempt
    from partitioned_pipelines.cli.runs.results.run_report import RunReport
    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.operations.costs.price_list import PriceList
    from partitioned_pipelines.operations.lake_state.documents.lake import Need
    from partitioned_pipelines.operations.lake_state.documents.run import PublishedInstead, RunReceipt, StartedBy
    from partitioned_pipelines.runtime.executions.execution import Execution
    from partitioned_pipelines.runtime.executions.job_log import LogLine
    from partitioned_pipelines.spec import Pipeline, Table

T = TypeVar("T")

LOG_LINES: Final = 200
_SEARCHED_LINES: Final = 1000  # a traceback through a library is long
_COMPARED: Final = 5
_KEPT_BY_STEP_FUNCTIONS: Final = timedelta(days=90)
_REDRIVABLE: Final = timedelta(days=14)  # https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html


@dataclass
class RunReader:
    """The reader of a run that was found.

    Attributes
    ----------
    pipelines
        All pipelines of the project.
    lake
        The reader of pipelines.
    prices
        The list of prices; None without one.
    needs
        What is known to need somebody; None reads the pipelines that read this one's tables.
    problems
        What could not be read.
    """

    settings: Settings
    cloud: Cloud
    pipelines: Sequence[Pipeline]
    lake: PipelineReader
    found: FoundRun
    prices: PriceList | None = None
    needs: Sequence[Need] | None = None
    problems: list[Problem] = field(default_factory=list)

    def read(self) -> Run:
        """Read everything; what cannot be read becomes a problem."""
        found, execution, pipeline = self.found, self.found.execution, self.found.pipeline
        report = self._try(lambda: read_report(self.cloud, execution.arn)) if execution else None
        given = self._try(lambda: given_input(self.cloud, execution)) if execution else None
        ended = self._try(lambda: self._ended(execution)) if execution else None
        timeline = (self._try(lambda: read_timeline(self.cloud, execution.arn)) if execution else None) or []
        jobs = {name: self._try(partial(describe_job, self.cloud, name)) for each in timeline if (name := each.job)}
        receipts = [receipt for receipt in map(self._receipt, found.receipts.items()) if receipt]
        interval = self._interval(given, [receipt for _, receipt in receipts])
        failed = execution is not None and execution.failed
        started = execution.started_at if execution else started_at_of(found.run_id) or datetime.now(UTC)
        amounts = self._amounts(timeline, jobs, [receipt for _, receipt in receipts])
        failed_job = self._failed_job(report, timeline)
        lines = self._lines(failed_job or last_job(timeline))
        return Run(
            id=found.run_id,
            pipeline=pipeline.name,
            execution=execution.arn if execution else next((each.execution_arn or None for _, each in receipts), None),
            start=interval.start_text if interval else next((each.process_start for _, each in receipts), None),
            end=interval.end_text if interval else next((each.process_end for _, each in receipts), None),
            started=started,
            ended=ended,
            by=_started_by(execution, given),
            name=execution.name or None if execution else None,
            status=execution.status if execution else "PUBLISHED",
            forgotten=None if execution else _why_forgotten(started),
            redrives=_redrives(execution),
            states=tuple(state_of(each, jobs.get(each.job or "")) for each in timeline),
            error=self._failure(report, failed_job, lines),
            nothing_done=report.nothing_done_because if report and report.succeeded else None,
            jobs=tuple(
                job_of(name, step, jobs.get(name), used := amounts.job(name), amounts.amount_of(used))
                for name, step in amounts.steps.items()
            ),
            cost=amounts.total(),
            log=self._log(report, failed_job or last_job(timeline), lines),
            receipts=tuple(each for table, receipt in receipts if (each := self._published(table, receipt))),
            no_receipt=None if receipts else self._why_no_receipt(report),
            instead=tuple(self._instead(interval)) if interval and not (execution and execution.runs) else (),
            waiting=(self._try(lambda: waiting_for(pipeline, interval, self._needs())) or ())
            if interval and failed
            else (),
            seconds=(ended - started).total_seconds() if ended else None,
            usual_seconds=self._try(self._usual_seconds),
            script=next((each.script_hash or None for _, each in receipts), None),
            image=next((each.image_uri or None for _, each in receipts), None)
            or _image(jobs.get(last_job(timeline) or "")),
            same_code=self._try(self._same_code),
            inputs={name: str(value) for name, value in given.items()} if given is not None else None,
            commands=commands_after(self.settings, found, interval, timeline, redrivable=self._is_redrivable(ended)),
            errors=tuple(self.problems),
        )

    def _amounts(
        self,
        timeline: Sequence[StateAttempt],
        jobs: Mapping[str, JobDescription | None],
        receipts: Sequence[Receipt],
    ) -> RunAmounts:
        found = self.found
        failed = found.execution.failed if found.execution else not receipts
        outputs = self.lake.stacks.get(self.settings.pipeline_stack(found.pipeline.name), {})
        usages = [receipt.usage for receipt in receipts if receipt.usage]
        transitions = transitions_of(found.pipeline, outputs, failed=failed)
        return RunAmounts(found.run_id, timeline, jobs, usages, self.prices, failed, transitions)

    def _try(self, call: Callable[[], T]) -> T | None:
        """Return what a call returns; None, and a problem, if it fails."""
        try:
            return call()
        except FAILURES as error:
            problem = problem_of(self.found.run_id, error)
            if problem not in self.problems:
                self.problems.append(problem)
            return None

    def _ended(self, execution: Execution) -> datetime | None:
        if execution.runs:
            return None
        if is_pipeline_execution(execution.arn):
            described = self.cloud.sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution.arn)
            return described["LastModifiedTime"]
        return self.cloud.step_functions.describe_execution(executionArn=execution.arn).get("stopDate")

    def read_logs(self, run: Run) -> list[RunLog]:
        """Return the ends of the logs of a run's jobs, that of the run first."""
        others = [job.name for job in run.jobs if job.name != run.log.job]
        read = ((name, self._try(partial(last_lines, self.cloud.logs, name, LOG_LINES))) for name in others)
        return [run.log, *(log_of(name, lines or ()) for name, lines in read)]

    def _receipt(self, entry: tuple[str, str]) -> tuple[Table, Receipt] | None:
        table = next(each for each in self.found.pipeline.tables if each.qualified_name == entry[0])
        address = address_of_table(self.lake.bucket or "", table)
        receipt = self._try(lambda: read_receipt(self.cloud.s3, address, entry[1]))
        if isinstance(receipt, BadReceipt):
            doctor = command_words(self.settings, "pipelines", "doctor", self.found.pipeline.name)
            self.problems.append(
                Problem(entry[0], "", "", f"{receipt.uri} is not a receipt: {receipt.problem}", None, doctor)
            )
        return (table, receipt) if isinstance(receipt, Receipt) else None

    def _interval(self, given: Mapping[str, Any] | None, receipts: Sequence[Receipt]) -> Interval | None:
        rule = interval_rule(self.found.pipeline)
        if given:
            return requested_interval(given, rule)
        spans = (rule.recorded_span(each.process_start, each.process_end) for each in receipts if each.process_start)
        span = next((each for each in spans if each and each[0] < each[1]), None)
        # Not a span of the calendar, whose cadence may have changed since.
        return Interval(*span, rule.calendar.cadence, rule.calendar.clock) if span else None

    def _failed_job(self, report: RunReport | None, timeline: Sequence[StateAttempt]) -> str | None:
        if report is None or report.error is None:
            return None
        failed = [
            each.job for each in timeline if each.job and each.status == "failed" and each.state == report.error.state
        ]
        return report.error.job_name or (failed[-1] if failed else None)

    def _lines(self, job: str | None) -> list[LogLine]:
        return (self._try(lambda: last_lines(self.cloud.logs, job, _SEARCHED_LINES)) or []) if job else []

    def _failure(self, report: RunReport | None, job: str | None, lines: Sequence[LogLine]) -> RunFailure | None:
        if report is None or report.error is None:
            return None
        error = report.error
        tracebacks = (
            find_traceback(last_step_lines([line.message for line in lines if line.host == host]))[0]
            for host in dict.fromkeys(line.host for line in lines)
        )
        traceback = next((each for each in tracebacks if each), None) if job else None
        return RunFailure(
            error.state or None, error.error, error.message, job, tuple(traceback.lines()) if traceback else ()
        )

    def _log(self, report: RunReport | None, job: str | None, lines: Sequence[LogLine]) -> RunLog:
        if job:
            return log_of(job, lines)
        state = report.error.state if report and report.error else ""
        if function_of(state):
            logs = " ".join(
                command_words(self.settings, "pipelines", "logs", self.found.pipeline.name, self.found.run_id)
            )
            return RunLog(None, (), f"{state} is a function; its log: {logs}")
        return RunLog(None, (), "the run has started no job")

    def _published(self, table: Table, receipt: Receipt) -> RunReceipt | None:
        return self._try(partial(read_published, self.cloud, self.lake.bucket or "", table, receipt))

    def _instead(self, interval: Interval) -> list[PublishedInstead]:
        pipeline, bucket = self.found.pipeline, self.lake.bucket or ""
        read = (
            self._try(partial(read_instead, self.cloud, bucket, pipeline, table, interval)) for table in pipeline.tables
        )
        return [each for found in read for each in found or ()]

    def _why_no_receipt(self, report: RunReport | None) -> str:
        if all(table.registration != "lambda" for table in self.found.pipeline.tables):
            return "the table's runs leave no receipts"
        execution = self.found.execution
        if execution and execution.runs:
            return "the run has not ended"
        if report and report.succeeded:
            return report.nothing_done_because or "the receipt is not there: it was deleted"
        return "the run failed before it published anything"

    def _needs(self) -> Sequence[Need]:
        if self.needs is not None:
            return self.needs
        return read_needs(self.settings, self.lake, self.pipelines, self.found.pipeline)

    def _is_redrivable(self, ended: datetime | None) -> bool:
        execution = self.found.execution
        return bool(execution and execution.failed and ended and self.lake.now - ended < _REDRIVABLE)

    def _usual_seconds(self) -> float | None:
        execution = self.found.execution
        others = [one for one in self.found.listed if one.status == "SUCCEEDED" and one is not execution][:_COMPARED]
        took = [
            (ended - one.started_at).total_seconds() for one in others if (ended := one.ended_at or self._ended(one))
        ]
        return float(median(took)) if took else None

    def _same_code(self) -> bool | None:
        """Return whether the run before had the same definition, which names its scripts and images."""
        execution = self.found.execution
        if execution is None:
            return None
        earlier = next((one for one in self.found.listed if one.started_at < execution.started_at), None)
        if earlier is None:
            return None
        return bool(read_definition(self.cloud, execution.arn) == read_definition(self.cloud, earlier.arn))


def log_of(job: str, lines: Sequence[LogLine]) -> RunLog:
    """Return the end of the log of a job; in a shared job's, each line begins with its step."""
    if not lines:
        return RunLog(job, (), "CloudWatch keeps no log of this job, or the job has printed nothing")
    steps = StepLines.of_tail([line.message for line in lines])
    said = [(line.timestamp, step, message) for line in lines for step, message in steps.read(line.message)][
        -LOG_LINES:
    ]
    times = (datetime.fromtimestamp(timestamp / 1000, UTC) for timestamp, _, _ in said)
    return RunLog(
        job,
        tuple(f"{step} | {message}" if step else message for _, step, message in said),
        None,
        tuple(f"{at:%H:%M:%S}.{at.microsecond // 1000:03}" for at in times),
    )


def _image(job: JobDescription | None) -> str | None:
    image: str | None = job.get("AppSpecification", {}).get("ImageUri") if job else None
    return image


def _started_by(execution: Execution | None, given: Mapping[str, Any] | None) -> StartedBy:
    if execution is None or given is None:
        return "unknown"
    return trigger_of(execution.name, given)


def _redrives(execution: Execution | None) -> int:
    revision = execution.revision if execution else ""
    return int(revision) if revision.isdigit() else 0


def _why_forgotten(started: datetime) -> str:
    if datetime.now(UTC) - started > _KEPT_BY_STEP_FUNCTIONS:
        return "Step Functions keeps executions for 90 days"
    return "its execution is not listed: its pipeline was destroyed, or deployed with another orchestrator since"
