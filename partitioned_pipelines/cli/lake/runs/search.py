"""A run by its id, or by the unambiguous start of one, whichever pipeline it belongs to."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.lake.problems import FAILURES, problem_of
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.runs.executions.execution_list import list_executions
from partitioned_pipelines.cli.runs.published_table import address_of_table
from partitioned_pipelines.lake.intervals.instants import parse_compact
from partitioned_pipelines.lake.runs.run_facts import RUN_ID_PATTERN
from partitioned_pipelines.lake.s3_uri import S3Folder
from partitioned_pipelines.runtime.history.receipts import list_receipts
from partitioned_pipelines.spec.files.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.operations.lake_state.documents.lake import Problem
    from partitioned_pipelines.runtime.executions.execution import Execution
    from partitioned_pipelines.runtime.history.table_address import TableAddress
    from partitioned_pipelines.spec import Pipeline

_CALLS_AT_ONCE: Final = 8
_SUGGESTED: Final = 5
_RUN_ID: Final = re.compile(RUN_ID_PATTERN)
_EARLIEST: Final = "00010101T000000Z"
_YEAR, _DATE = len("0001"), len("00010101")
_OLDER: Final = 20  # with which a run is compared


class UnknownRunError(CommandError):
    """Everything was read, and there is no such run."""


@dataclass
class FoundRun:
    """A run of a pipeline.

    Attributes
    ----------
    execution
        None if the service does not list it.
    receipts
        The keys of its receipts, by table.
    listed
        All executions of the pipeline that were listed, the newest first.
    """

    run_id: str
    pipeline: Pipeline
    execution: Execution | None = None
    receipts: dict[str, str] = field(default_factory=dict)
    listed: Sequence[Execution] = ()


@dataclass
class _Searched:
    """What was found of one pipeline."""

    found: dict[str, FoundRun] = field(default_factory=dict)
    newest: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def find_run_anywhere(
    settings: Settings,
    cloud: Cloud,
    pipelines: Sequence[Pipeline],
    stacks: Mapping[str, Mapping[str, str]],
    bucket: str | None,
    given: str,
) -> FoundRun:
    """Return the run with an id or an execution's ARN, or the only one whose id begins so.

    Raises
    ------
    CommandError
        If the run is not found, or several are; the message names some. UnknownRunError if it is not found and everything was read.
    """

    def search(pipeline: Pipeline) -> _Searched:
        outputs = stacks.get(settings.pipeline_stack(pipeline.name), {})
        return _search(cloud, pipeline, outputs, bucket, given)

    with ThreadPoolExecutor(_CALLS_AT_ONCE) as pool:
        searched = list(pool.map(search, pipelines))
    found = [run for each in searched for run in each.found.values()]
    exact = [run for run in found if given in (run.run_id, run.execution and run.execution.arn)]
    matching = exact or found
    if len(matching) == 1:
        return matching[0]
    if matching:
        some = ", ".join(f"{run.run_id} ({run.pipeline.name})" for run in matching[:_SUGGESTED])
        more = f" and {len(matching) - _SUGGESTED:,} more" if len(matching) > _SUGGESTED else ""
        raise CommandError(f"{len(matching):,} runs begin with {given!r}: {some}{more}", "give more of the id")
    problems = [problem for each in searched for problem in each.problems]
    unread = "".join(f"\n{each.subject}: {each.call}: {each.error}" for each in problems)
    newest = sorted((run_id for each in searched for run_id in each.newest), reverse=True)
    raise (CommandError if problems else UnknownRunError)(
        f"no run of this project has the id {given!r}, or one that begins so{unread}",
        f"{did_you_mean(given, newest[:_SUGGESTED])}; list a pipeline's runs: {paste(settings, 'runs', 'NAME')}",
        exit_code=ExitCode.FAILED,
    )


def _search(cloud: Cloud, pipeline: Pipeline, outputs: Mapping[str, str], bucket: str | None, given: str) -> _Searched:
    searched = _Searched()
    listed: list[Execution] = []
    earliest, older = _earliest(given), 0
    try:
        for execution in list_executions(cloud, outputs) if outputs else ():
            listed.append(execution)
            if earliest and execution.started_at < earliest:
                older += 1
                if older >= _OLDER:
                    break
            if execution.run_id.startswith(given) or execution.arn == given:
                searched.found[execution.run_id] = FoundRun(execution.run_id, pipeline, execution)
    except FAILURES as error:
        searched.problems.append(problem_of(pipeline.name, error))
    searched.newest = [execution.run_id for execution in listed[:_SUGGESTED]]
    try:
        for table in pipeline.tables if bucket else ():
            address = address_of_table(bucket or "", table)
            for run_id, key in _receipts(cloud, address, given):
                run = searched.found.setdefault(run_id, FoundRun(run_id, pipeline))
                run.receipts.setdefault(address.full_name, key)
    except FAILURES as error:
        searched.problems.append(problem_of(pipeline.name, error))
    for run in searched.found.values():
        run.listed = listed
    return searched


def _receipts(cloud: Cloud, address: TableAddress, given: str) -> list[tuple[str, str]]:
    """Return the runs, with the keys of their receipts, whose ids begin so; those of removed runs last."""
    folders = (address.receipts, address.removed_receipts)
    keys = [
        receipt.key
        for folder in folders
        for receipt in list_receipts(cloud.s3, S3Folder(folder.bucket, f"{folder.prefix}{given}"))
    ]
    named = [(key.rpartition("/")[2].removesuffix(".json"), key) for key in keys if "/" not in given]
    return [(run_id, key) for run_id, key in named if _RUN_ID.fullmatch(run_id)]


def _earliest(given: str) -> datetime | None:
    """Return a time before which no run can have started whose id begins so; None if that says nothing."""
    known = given[: len(_EARLIEST)] if len(given) >= _DATE else given[:_YEAR]
    if len(known) < _YEAR:
        return None
    try:
        return parse_compact(known + _EARLIEST[len(known) :])
    except ValueError:
        return None
