"""Tests of the text of a notice about a run: where it failed, its last words, what readers see, and the commands that help."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.runtime.notices.services import JOB, SPEC, Logs, Run, StepFunctions, World, failing_history

LAST_WORDS = [
    "Traceback (most recent call last):",
    '  File "/opt/ml/processing/input/code/transform.py", line 3, in <module>',
    '    raise ValueError("no column amount in day.csv: it has item, betrag")',
    "ValueError: no column amount in day.csv: it has item, betrag",
]
RUN_ID = "20260203T060000Z-a24a6364"
TWO_TABLES = [
    {"name": "analytics.good", "step": "transform", "in_place": False},
    {"name": "analytics.bad", "step": "transform", "in_place": False},
]


def world(run: Run, *, lines: list[str] | None = None, **spec: Any) -> World:
    return World(StepFunctions([Run(0), run]), Logs({JOB: lines or LAST_WORDS}), spec={**SPEC, **spec})


def text_of(run: Run, **more: Any) -> str:
    notice = world(run, **more).end(run)
    assert notice
    return notice.text


def test_the_whole_text_of_a_script_that_raised() -> None:
    run = Run(1, "FAILED", history=failing_history())
    notice = world(run).end(run)
    assert notice
    assert notice.subject == "told failed at transform for 2026-02-01"
    assert (
        notice.text
        == f"""\
told failed at its step transform, 3 s after the step started, for 2026-02-01 (started by its schedule of 2026-02-02T06:00:00Z).
Run {RUN_ID}

Error: exit code: 1

The last lines of its script:
    Traceback (most recent call last):
      File "/opt/ml/processing/input/code/transform.py", line 3, in <module>
        raise ValueError("no column amount in day.csv: it has item, betrag")
    ValueError: no column amount in day.csv: it has item, betrag

analytics.told is what it was before this run.

Log    pipelines logs told {RUN_ID} --target aws
Retry  pipelines retry told {RUN_ID} --target aws
Open   https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/{run.arn}

This is the 1st failure in a row. The next notices come with the 2nd, 4th, 8th and so on, and with the first run that succeeds."""
    )
    assert notice.facts == {
        "status": "FAILED",
        "run_id": RUN_ID,
        "execution_arn": run.arn,
        "interval": "2026-02-01",
        "process_start": "2026-02-01",
        "process_end": "2026-02-02",
        "step": "transform",
        "error": "States.TaskFailed",
        "message": "exit code: 1",
        "last_lines": LAST_WORDS,
        "tables": {"analytics.told": "unchanged"},
        "failures_in_a_row": 1,
        "commands": [
            f"pipelines logs told {RUN_ID} --target aws",
            f"pipelines retry told {RUN_ID} --target aws",
        ],
        "link": f"https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/{run.arn}",
    }


def test_the_whole_text_of_a_recovery() -> None:
    failed, run = Run(1, "FAILED"), Run(2)
    notice = World(StepFunctions([Run(0), failed, run])).end(run)
    assert notice
    assert notice.subject == "told recovered with 2026-02-01"
    run_id = notice.facts["run_id"]
    assert (
        notice.text
        == f"""\
told succeeded for 2026-02-01 after 1 failure.
Run {run_id}

An interval whose run failed stays missing until it is run again.

Missing  pipelines missing told --target aws
Failed   pipelines runs told --failed --target aws"""
    )


def test_on_a_local_cloud_commands_have_no_target_and_there_is_no_console() -> None:
    text = text_of(Run(1, "FAILED", history=failing_history()), options=[], local=True)
    assert f"Retry  pipelines retry told {RUN_ID}\n" in text
    assert "Open" not in text


@pytest.mark.parametrize(
    ("status", "end", "says"),
    [
        ("ABORTED", "ExecutionAborted", "told was stopped at its step transform, 2 s after the step started"),
        ("TIMED_OUT", "ExecutionTimedOut", "told timed out at its step transform, 2 s after the step started"),
    ],
)
def test_a_run_that_was_stopped_or_timed_out(status: str, end: str, says: str) -> None:
    text = text_of(Run(1, status, history=failing_history(end=end)))
    assert text.startswith(f"{says}, for 2026-02-01 (")
    assert "The last lines of its script:" in text, "it may say why it took so long"


def test_a_failure_in_planrun_names_the_interval_that_the_input_asks_for() -> None:
    cause = json.dumps({"errorMessage": "no objects under s3://lake/raw/", "errorType": "MissingInputError"})
    history = failing_history("PlanRun", job=None, error="MissingInputError", cause=cause)
    for given, interval, trigger in (
        ({"scheduled_time": "2026-02-02T16:00:00Z"}, "2026-02-02", "by its schedule of 2026-02-02T16:00:00Z"),
        ({"date": "2026-02-05"}, "2026-02-05", "by hand"),
        ({"from": "2026-02-05", "to": "2026-02-08"}, "2026-02-05 to 2026-02-08", "by hand"),
    ):
        run = Run(1, "FAILED", history=history, input=given)
        assert text_of(run).startswith(
            f"told failed at its step PlanRun, 3 s after the step started, for {interval} (started {trigger}).\n"
        )
    for name, more, trigger in (
        ("inputs-2026-02-05", {}, "by its inputs, or at their deadline"),
        ("arrival-2026-02-05", {}, "by its inputs, or at their deadline"),
        ("inputs-2026-02-05", {"inputs": "required"}, "at the deadline of its inputs"),
    ):
        run = Run(1, "FAILED", name=name, history=history, input={"date": "2026-02-05", **more})
        assert f"for 2026-02-05 (started {trigger}).\n" in text_of(run)
    run = Run(1, "FAILED", history=history, input={"date": "tomorrow"})
    text = text_of(run)
    assert text.startswith("told failed at its step PlanRun, 3 s after the step started (started by hand).\n")
    assert "Error: no objects under s3://lake/raw/" in text
    assert "last lines" not in text
    assert "analytics.told is what it was before this run." in text


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        ("InvalidDataError", "unchanged"),
        ("InvalidPartitionPathError", "unchanged"),
        ("EmptyOutputError", "unchanged"),
        ("UnfinishedJobError", "unchanged"),
        ("LeaseHeldError", "unchanged"),
        ("LeaseLostError", "partly"),
        ("RegistrationError", "partly"),
        ("States.Timeout", "partly"),
    ],
)
def test_a_failed_registration_has_published_something_unless_it_refused_the_run(error: str, seen: str) -> None:
    cause = json.dumps({"errorMessage": "24 of 24 files do not match", "errorType": error})
    run = Run(1, "FAILED", history=failing_history("RegisterPartitions", job=None, error=error, cause=cause))
    notice = world(run).end(run)
    assert notice
    assert notice.facts["tables"] == {"analytics.told": seen}
    assert ("may show this run in some of its partitions" in notice.text) is (seen == "partly")


@pytest.mark.parametrize(
    ("error", "again"),
    [
        ("InvalidDataError", "run told --from 2026-02-01 --to 2026-02-02"),
        ("InvalidPartitionPathError", "run told --from 2026-02-01 --to 2026-02-02"),
        ("LeaseHeldError", f"retry told {RUN_ID}"),
        ("States.Timeout", f"retry told {RUN_ID}"),
    ],
)
def test_after_files_were_refused_a_retry_is_not_advised(error: str, again: str) -> None:
    """A retry registers the same files, which nothing has changed."""
    run = Run(1, "FAILED", history=failing_history("RegisterPartitions", job=None, error=error, cause="{}"))
    notice = world(run, options=[], local=True).end(run)
    assert notice
    assert notice.facts["commands"][1] == f"pipelines {again}"
    assert ("A retry would refuse the same files." in notice.text) is again.startswith("run ")


def test_of_two_tables_one_was_published() -> None:
    registrations = json.dumps({"analytics__good": {"table": "analytics.good", "outcome": "registered"}})
    run = Run(1, "FAILED")
    run.history = failing_history(
        "RegisterPartitions.analytics.bad",
        job=None,
        error="InvalidDataError",
        cause="{}",
        registrations=registrations,
    )
    notice = world(run, tables=TWO_TABLES).end(run)
    assert notice
    assert notice.facts["tables"] == {"analytics.good": "published", "analytics.bad": "unchanged"}
    assert (
        "analytics.good shows this run, which published it before it failed.\n"
        "analytics.bad is what it was before this run."
    ) in notice.text


def test_a_registration_that_ran_out_of_time_has_published_some_partitions() -> None:
    registrations = json.dumps({"analytics__told": {"table": "analytics.told", "outcome": "continue"}})
    run = Run(1, "FAILED")
    run.history = failing_history(
        "RegisterPartitions", job=None, error="InvalidDataError", cause="{}", registrations=registrations
    )
    notice = world(run).end(run)
    assert notice
    assert notice.facts["tables"] == {"analytics.told": "partly"}


def test_a_table_in_place_is_written_once_its_job_has_started() -> None:
    tables = [
        {"name": "a.first", "step": "extract", "in_place": True},
        {"name": "a.second", "step": "transform", "in_place": True},
        {"name": "a.third", "step": "load", "in_place": True},
    ]
    run = Run(1, "FAILED", history=failing_history(done="extract"))
    text = text_of(run, tables=tables)
    assert "a.first and a.second are written in place, and may contain files of this run.\n" in text
    assert "a.third is what it was before this run." in text


HOSTILE = ["\x1b[31mred\x1b[0m \u202egnp.exe\x07", "` ```@here <!channel>", "\x00" * 5000, "last"]


def test_a_hostile_script_can_neither_control_a_terminal_nor_reorder_text_nor_leave_a_code_block() -> None:
    run = Run(1, "FAILED", history=failing_history(message="\u202e\x1b]0;title\x07boom\x00"))
    told = world(run, lines=HOSTILE)
    assert told.end(run)
    (sent,) = told.topic.published
    forms = json.loads(sent["Message"])
    assert "Error: boom\n" in forms["email"]
    assert "    red gnp.exe\n    ` ```@here <!channel>\n    \n    last\n" in forms["email"]
    assert [character for character in forms["email"] if character < " " and character != "\n"] == []
    content = json.loads(forms["https"])["content"]
    assert content["description"].count("`") == 6, "the fence alone"
    assert all("@here" not in content[part] for part in ("title", "nextSteps"))
    assert sent["Subject"].isascii()


def test_long_output_is_cut_to_its_end() -> None:
    lines = [f"{number} {'x' * 300}" for number in range(100)]
    run = Run(1, "FAILED", history=failing_history())
    notice = world(run, lines=lines).end(run)
    assert notice
    assert notice.facts["last_lines"] == lines[-6:], "at most 2,000 characters"
    one = world(run, lines=["y" * 5000 + "z"]).end(run)
    assert one
    (line,) = one.facts["last_lines"]
    assert (len(line), line[0], line[-1]) == (2001, "…", "z")


def test_a_long_cause_is_cut() -> None:
    text = text_of(Run(1, "FAILED", history=failing_history(message="m" * 30_000)))
    assert f"Error: {'m' * 1000}…\n" in text


@pytest.mark.parametrize(
    ("refused", "missing", "there"),
    [
        ("get_execution_history", ["at its step", "Error:", "last lines", "is what it was"], ["Run ", "1st failure"]),
        ("list_executions", ["failure in a row"], ["at its step transform", "ValueError", "is what it was"]),
        ("logs", ["last lines"], ["at its step transform", "Error: exit code: 1", "1st failure"]),
    ],
)
def test_what_cannot_be_read_leaves_its_part_out(
    refused: str, missing: list[str], there: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    run = Run(1, "FAILED", history=failing_history())
    told = world(run)
    told.logs.refuses = refused == "logs"
    told.sfn.refuses = {refused}
    with caplog.at_level("INFO"):
        notice = told.end(run)
    assert notice
    assert [part for part in missing if part in notice.text] == []
    assert [part for part in there if part not in notice.text] == []
    assert f"pipelines retry told {RUN_ID}" in notice.text, "the commands that help are always there"
    assert [record.message for record in caplog.records] == ["unread", "notice"]
    assert caplog.records[0].code == "ClientError"  # type: ignore[attr-defined]  # a field of the record


def test_a_log_line_tells_of_the_decision_and_nothing_of_the_data(caplog: pytest.LogCaptureFixture) -> None:
    run = Run(1, "FAILED", history=failing_history())
    with caplog.at_level("INFO"):
        world(run).end(run)
    (record,) = caplog.records
    fields = {name: getattr(record, name) for name in ("kind", "told", "failures_in_a_row", "pipeline", "run_id")}
    assert (record.message, fields) == (
        "notice",
        {"kind": "failed", "told": True, "failures_in_a_row": 1, "pipeline": "told", "run_id": RUN_ID},
    )
    assert "betrag" not in str(vars(record))


def test_a_topic_that_refuses_is_an_error_so_that_lambda_repeats_the_call() -> None:
    run = Run(1, "FAILED", history=failing_history())
    told = world(run)

    def refuse(**_: object) -> None:
        raise ConnectionError

    told.topic.publish = refuse  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        told.end(run)
