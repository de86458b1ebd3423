"""The notice of a run that failed, and of the first one that succeeded after failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.intervals.execution_input import requires_inputs
from partitioned_pipelines.lake.runs.shared_job import last_step_lines
from partitioned_pipelines.runtime.executions.job_log import last_lines
from partitioned_pipelines.runtime.executions.trigger import trigger_of
from partitioned_pipelines.runtime.notices.console import execution_page, job_page
from partitioned_pipelines.runtime.notices.effect_on_readers import readers_see, refused_files, sentences
from partitioned_pipelines.runtime.notices.ended_run import interval_text
from partitioned_pipelines.runtime.notices.notice import Notice
from partitioned_pipelines.runtime.notices.shared_texts import command, indented, last_part, ordinal
from partitioned_pipelines.runtime.shortened_text import shortened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_logs import CloudWatchLogsClient

    from partitioned_pipelines.lake.function_events.ended_events import NoticeSpec
    from partitioned_pipelines.runtime.notices.ended_run import EndedRun, Story
    from partitioned_pipelines.runtime.notices.optional_calls import Reading

_LINES = 20
_VERBS = {"TIMED_OUT": "timed out", "ABORTED": "was stopped", "STOPPED": "was stopped"}


def failed_notice(
    run: EndedRun, spec: NoticeSpec, failures: int | None, logs: CloudWatchLogsClient, reading: Reading
) -> Notice:
    """Return the notice of a run that failed; ``failures`` is how many have failed in a row, with this one."""
    execution, story, name = run.execution, run.story, spec["pipeline"]
    interval = interval_text(story, run.given_input, spec["schedule"])
    failure = story.failure if story else None
    explanation = story.explanation if story else None
    step = explanation.state if explanation else ""
    headline = f"{name} {_VERBS.get(execution.status, 'failed')}"
    subject = f"{headline}{f' at {step}' if step else ''}{f' for {interval}' if interval else ''}"
    job = story.job_name if story else None
    quoted = _last_words(job, logs, reading) if job else []
    seen = readers_see(story, spec["tables"]) if story else {}
    named = execution.run_id or execution.arn
    see = command(name, spec["options"], "logs", named)
    advice, verb, again = _repeated(story, spec, named)
    link = None if spec["local"] else _link(execution.arn, job)
    begun = "step" if failure and failure.state == step else "job of its steps"
    when = f", {failure.seconds:,.0f} s after the {begun} started" if failure and step and failure.seconds else ""
    where = f" at its step {step}{when}" if step else ""
    about = f"{',' if when else ''} for {interval}" if interval else ""
    message = shortened(explanation.message or explanation.error) if explanation else ""
    parts = [
        f"{headline}{where}{about}{_started(execution.name, run.given_input)}.\nRun {named}",
        f"Error: {message}" if message else "",
        f"The last lines of its script:\n{indented(quoted)}" if quoted else "",
        "\n".join(sentences(seen)),
        advice,
        "\n".join([f"Log    {see}", f"{verb}  {again}", *([f"Open   {link}"] if link else [])]),
        _row(failures),
    ]
    facts: dict[str, Any] = {
        **_facts(run, interval),
        "step": step or None,
        "error": explanation.error if explanation else None,
        "message": message or None,
        "last_lines": quoted,
        "tables": seen,
        "failures_in_a_row": failures,
        "commands": [see, again],
        "link": link,
    }
    return Notice("failed", name, subject, "\n\n".join(part for part in parts if part), facts)


def recovered_notice(run: EndedRun, spec: NoticeSpec, failures: int) -> Notice:
    """Return the notice of the first run that succeeded after a number of failures."""
    name, story = spec["pipeline"], run.story
    interval = interval_text(story, run.given_input, spec["schedule"])
    times = "1 failure" if failures == 1 else f"{failures:,} failures in a row"
    subject = f"{name} recovered{f' with {interval}' if interval else ''}"
    missing, failed = command(name, spec["options"], "missing"), command(name, spec["options"], "runs", "--failed")
    text = (
        f"{name} succeeded{f' for {interval}' if interval else ''} after {times}.\nRun {run.execution.run_id}\n\n"
        f"An interval whose run failed stays missing until it is run again.\n\nMissing  {missing}\nFailed   {failed}"
    )
    facts = {**_facts(run, interval), "failures_in_a_row": failures, "commands": [missing, failed]}
    return Notice("recovered", name, subject, text, facts)


def _repeated(story: Story | None, spec: NoticeSpec, named: str) -> tuple[str, str, str]:
    """Return what to do about a run that failed: a sentence, or nothing; a word, and the command that does the work again."""
    name, options = spec["pipeline"], spec["options"]
    if story and refused_files(story) and "process_end" in story.plan:
        span = ("--from", str(story.plan["process_start"]), "--to", str(story.plan["process_end"]))
        advice = "A retry would refuse the same files. Correct the script or the table, then run the interval again."
        return advice, "Again", command(name, options, "run", *span)
    return "", "Retry", command(name, options, "retry", named)


def _facts(run: EndedRun, interval: str | None) -> dict[str, Any]:
    execution = run.execution
    plan = run.story.plan if run.story else {}
    return {
        "status": execution.status,
        "run_id": execution.run_id,
        "execution_arn": execution.arn,
        "interval": interval,
        "process_start": plan.get("process_start"),
        "process_end": plan.get("process_end"),
    }


def _last_words(job: str, logs: CloudWatchLogsClient, reading: Reading) -> list[str]:
    lines = reading.get("log", lambda: last_lines(logs, job, _LINES)) or []
    return last_part(last_step_lines([line.message for line in lines]))


def _started(name: str, given_input: Mapping[str, Any]) -> str:
    """Return how the run was started, as far as its name and its input show it."""
    match trigger_of(name, given_input):
        case "schedule":
            return f" (started by its schedule of {given_input['scheduled_time']})"
        case "inputs":
            return f" (started {'at the deadline of its inputs' if requires_inputs(given_input) else 'by its inputs, or at their deadline'})"
    return " (started by hand)" if given_input else ""


def _link(arn: str, job: str | None) -> str | None:
    if ":sagemaker:" not in arn:
        return execution_page(arn)
    return job_page(arn, job) if job else None


def _row(failures: int | None) -> str:
    if failures is None:
        return ""
    following = ", ".join(ordinal(failures * factor) for factor in (2, 4, 8))
    return (
        f"This is the {ordinal(failures)} failure in a row. The next notices come with the {following} and so on, "
        "and with the first run that succeeds."
    )
