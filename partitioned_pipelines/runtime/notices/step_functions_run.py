"""A run that was an execution of a state machine."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.runs.backfill_names import BACKFILL_PREFIX
from partitioned_pipelines.runtime.executions.history import HistoryReader, parse_object
from partitioned_pipelines.runtime.executions.listing import list_machine_executions
from partitioned_pipelines.runtime.notices.ended_run import Ended, Story

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef

    from partitioned_pipelines.runtime.notices.optional_calls import Reading

_PAGE = 1000  # the most that Step Functions returns
_MOST_LISTED = 10_000
_ENOUGH = _PAGE  # of one call if there are no backfills; a row of failures is counted up to here
_ENDED_BADLY = frozenset({"ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"})


class StepFunctionsRun:
    """The execution of a status event: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html."""

    def __init__(self, sfn: SFNClient, machine_arn: str, detail: Mapping[str, Any], reading: Reading) -> None:
        self._sfn, self._machine_arn, self._detail, self._reading = sfn, machine_arn, detail, reading
        self.execution = ended_execution(detail)

    @property
    def given_input(self) -> Mapping[str, Any]:
        """The execution's input; empty if the event does not include it."""
        return parse_object(self._detail.get("input"))

    @cached_property
    def story(self) -> Story | None:
        """What the execution did: of one that succeeded at the first try, the event tells it."""
        output = parse_object(self._detail.get("output"))
        if not self.execution.failed and not self._detail.get("redriveCount"):
            return Story(output)
        return self._reading.get("history", self._read_history)

    def past(self) -> list[Ended] | None:
        """Return the newest other runs that have ended."""
        return self._reading.get("executions", lambda: list(self._list_ended()))

    def did_nothing(self, other: Ended) -> bool:
        """Check whether another run, which succeeded, ran none of its steps."""

        def read() -> bool:
            history = self._sfn.get_execution_history(executionArn=other.arn, reverseOrder=True, maxResults=1)
            (last,) = history["events"]
            return Story(parse_object(last.get("executionSucceededEventDetails", {}).get("output"))).did_nothing

        return bool(self._reading.get("outcome", read))

    def _list_ended(self) -> Iterator[Ended]:
        listed = islice(list_machine_executions(self._sfn, self._machine_arn), _MOST_LISTED)
        ended = (one for one in listed if not one.runs and not one.name.startswith(BACKFILL_PREFIX))
        return map(Ended.of, islice(ended, _ENOUGH))

    def _read_history(self) -> Story:
        pages = self._sfn.get_paginator("get_execution_history").paginate(
            executionArn=self.execution.arn, PaginationConfig={"PageSize": _PAGE}
        )
        events: list[HistoryEventTypeDef] = [event for page in pages for event in page["events"]]
        reader = HistoryReader()
        deque(reader.read(events), maxlen=0)
        redriven = max((event["id"] for event in events if event["type"] == "ExecutionRedriven"), default=0)
        return Story(
            reader.data,
            reader.failure,
            reader.job_name,
            reader.jobs,
            [event["timestamp"] for event in events if event["type"] in _ENDED_BADLY and event["id"] < redriven],
        )


def ended_execution(detail: Mapping[str, Any]) -> Ended:
    """Return the execution of a status event of Step Functions."""
    started, stopped = (
        datetime.fromtimestamp(detail[name] / 1000, UTC) if detail.get(name) is not None else None
        for name in ("startDate", "stopDate")
    )
    return Ended(detail["executionArn"], detail["name"], detail["status"], started, stopped)
