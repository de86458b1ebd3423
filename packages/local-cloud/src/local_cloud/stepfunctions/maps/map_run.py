"""A Map Run: its counts, its thresholds and its child executions, as DescribeMapRun, ListMapRuns and ListExecutions return them.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from moto.stepfunctions.parser.api import MapRunStatus
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor.map_run_record import (
    MapRunRecord,
)
from moto.stepfunctions.parser.utils import long_uid

from local_cloud.stepfunctions.executions.redrive import Redrives

_STATUSES = ("pending", "running", "succeeded", "failed", "timedOut", "aborted", "pendingRedrive")
# Counts that stay 0: there is no ResultWriter, and a child that did not succeed can always be redriven with its Map Run.
_ZEROS = ("resultsWritten", "failuresNotRedrivable")
_AS_EXECUTIONS = {"timedOut": "TIMED_OUT", "pendingRedrive": "PENDING_REDRIVE"}


@dataclass
class Child:
    """A child execution.

    Attributes
    ----------
    arn, name
        The ARN and the name of the execution.
    status
        One of ``running``, ``succeeded``, ``failed``, ``timedOut``, ``aborted`` and ``pendingRedrive``.
    """

    arn: str
    name: str
    started: dt.datetime
    status: str = "running"
    stopped: dt.datetime | None = None
    redrives: Redrives = field(default_factory=Redrives)


class MapRun(MapRunRecord):
    """A Map Run.

    Its tolerances are 0 if the state has none; which of them count is in ``thresholds``.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.thresholds: frozenset[str] = frozenset()
        self.children: dict[int, Child] = {}
        self.redrives = Redrives()
        self._items = 0
        self._lock = threading.Lock()

    def update(
        self,
        max_concurrency: int | None,
        tolerated_failure_count: int | None,
        tolerated_failure_percentage: float | None,
    ) -> None:
        """Change the concurrency or the thresholds. A running Map Run heeds them from its next child execution."""
        super().update(max_concurrency, tolerated_failure_count, tolerated_failure_percentage)
        given = {"count": tolerated_failure_count, "percentage": tolerated_failure_percentage}
        self.thresholds |= {name for name, value in given.items() if value is not None}

    def begin(self, items: int) -> None:
        """Note the number of items."""
        self._items = items

    def redrive(self) -> None:
        """Note that the Map Run resumes with the items that did not succeed.

        https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html#redrive-child-workflow-behavior
        """
        with self._lock:
            for child in self.children.values():
                if child.status != "succeeded":
                    child.status = "pendingRedrive"
            self.redrives.add(dt.datetime.now(dt.UTC))
            self.status, self.stop_date = MapRunStatus.RUNNING, None

    def start_child(self, number: int) -> Child:
        """Start the child execution of an item, or redrive it if it was started before."""
        now = dt.datetime.now(dt.UTC)
        with self._lock:
            child = self.children.get(number)
            if child is None:
                child = self.children[number] = self._new_child(now)
            else:
                child.status, child.stopped = "running", None
                child.redrives.add(now)
        return child

    def _new_child(self, started: dt.datetime) -> Child:
        name = long_uid()
        label = self.map_state_machine_arn.rpartition("/")[2]
        return Child(f"{self.execution_arn.rpartition(':')[0]}/{label}:{name}", name, started)

    def end_child(self, number: int, status: str) -> None:
        """Note how the child execution of an item has ended."""
        with self._lock:
            child = self.children[number]
            child.status, child.stopped = status, dt.datetime.now(dt.UTC)

    def counts(self) -> dict[str, int]:
        """Return the counts of the items, which are those of the executions: each has one item.

        An item whose execution was never started stays pending, also when the Map Run has ended.
        """
        with self._lock:
            children = Counter(child.status for child in self.children.values())
            pending = self._items - len(self.children)
        counted = {status: pending if status == "pending" else children[status] for status in _STATUSES}
        return counted | dict.fromkeys(_ZEROS, 0) | {"total": self._items}

    def exceeds_a_threshold(self) -> bool:
        """Return whether more items have failed than are tolerated. Without a threshold, none may.

        https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html#maprun-fail-threshold
        """
        counts = self.counts()
        failed = counts["failed"] + counts["timedOut"]
        by_count = failed > self.tolerated_failure_count
        by_percentage = failed * 100 > self.tolerated_failure_percentage * self._items
        return (by_count and "count" in self.thresholds) or (
            by_percentage and ("percentage" in self.thresholds or not self.thresholds)
        )

    def describe(self) -> Any:
        """Return the answer of DescribeMapRun."""
        counts = self.counts()
        described = {
            "mapRunArn": self.map_run_arn,
            "executionArn": self.execution_arn,
            "status": self.status.value,
            "startDate": self.start_date,
            "stopDate": self.stop_date,
            "maxConcurrency": self.max_concurrency,
            "toleratedFailurePercentage": self.tolerated_failure_percentage,
            "toleratedFailureCount": self.tolerated_failure_count,
            "itemCounts": counts,
            "executionCounts": counts,
            **self.redrives.members(),
        }
        return {name: value for name, value in described.items() if value is not None}

    def list_item(self) -> Any:
        """Return the entry of ListMapRuns."""
        listed = {
            "executionArn": self.execution_arn,
            "mapRunArn": self.map_run_arn,
            "stateMachineArn": self.map_state_machine_arn,
            "startDate": self.start_date,
        }
        return listed if self.stop_date is None else {**listed, "stopDate": self.stop_date}

    def executions(self) -> list[dict[str, Any]]:
        """Return the entries of ListExecutions with the Map Run's ARN."""
        with self._lock:
            children = list(self.children.values())
        return [
            {
                "executionArn": child.arn,
                "stateMachineArn": self.map_state_machine_arn,
                "name": child.name,
                "status": _AS_EXECUTIONS.get(child.status, child.status.upper()),
                "startDate": child.started,
                "mapRunArn": self.map_run_arn,
                "itemCount": 1,
                **child.redrives.members(),
                **({} if child.stopped is None else {"stopDate": child.stopped}),
            }
            for child in children
        ]
