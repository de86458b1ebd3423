"""One table, an older run in it, and a newer run to be registered; and what one clean registration makes of that."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from partitions.time_budget import TimeBudget
from tests.partitions.conftest import STARTED_AT
from tests.partitions.faults.table_reader import TableReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.partitions.conftest import Lake

LATER = STARTED_AT + dt.timedelta(days=1)


class Killed(BaseException):
    """The process is gone: nothing of it does anything any more."""


class Scenario:
    """A lake before the newer run is registered.

    Parameters
    ----------
    old, new
        How many partitions each run wrote; the newer one wrote the older one's and more, or fewer.
    """

    def __init__(
        self, lake: Lake, old: int, new: int, *, layout: str = "versioned", started_at: dt.datetime = LATER
    ) -> None:
        self.lake, self.started_at = lake, started_at
        lake.create_table(layout, keys="n:int")  # type: ignore[arg-type]  # one of two texts
        for number in range(old):
            lake.write(f"n={number}/old.csv", run="r1")
        lake.register("r1", STARTED_AT, allow_empty=True)
        if layout == "in_place":
            lake.age()
        for number in range(new):
            lake.write(f"n={number}/a.csv", run="r2")
        self.event = lake.event("r2", started_at)
        root = f"s3://lake/{lake.root('r2')}"
        expected: dict[tuple[str, ...], str] = {(str(number),): f"{root}n={number}/" for number in range(new)}
        self.reader = TableReader(lake, TableReader.locations(), expected)
        self.reader.watch()
        self.final = self.reader.old | expected
        self.calls = 0
        self._dead = False
        self._fault: Callable[[int, str], None] = lambda _number, _name: None
        for client in (lake.s3, lake.glue):
            client.meta.events.register_first("before-call", self._before)
            client.meta.events.register_last("after-call", self._after)

    def register(self) -> dict[str, Any]:
        """Register as the state machine does: as often as it says that it has to be carried on."""
        result: dict[str, Any] = {"outcome": "continue", "continuation": {}, "table": ""}
        while result["outcome"] == "continue":
            result = self.lake.send({**self.event, "registrations": {"t": json.loads(json.dumps(result))}})
        return result

    def kill_after(self, number: int) -> bool:
        """Let the process die after a call; give whether it came to that."""
        self.calls = 0

        def fault(call: int, _name: str) -> None:
            if call == number:
                self._dead = True
                raise Killed

        self._fault = fault
        try:
            self.register()
        except Killed:
            return True
        finally:
            self._dead, self._fault = False, lambda _number, _name: None
        return False

    def fail_with(self, code: str, times: int) -> None:
        """Let the next calls be answered with an error code."""
        left = [times]

        def answer(_params: dict[str, Any]) -> dict[str, Any] | None:
            if left[0]:
                left[0] -= 1
                return {"Error": {"Code": code, "Message": "injected"}}
            return None

        for operation in ("s3.GetObject", "s3.PutObject", "s3.ListObjectsV2", "glue.GetTable"):
            self.lake.answer(operation, answer)
        for operation in ("glue.BatchCreatePartition", "glue.BatchGetPartition", "glue.BatchUpdatePartition"):
            self.lake.answer(operation, answer)

    def register_until_it_succeeds(self, attempts: int) -> dict[str, Any]:
        """Register again and again, as retries and redrives do."""
        for _ in range(attempts):
            try:
                return self.register()
            except ClientError:
                continue
        raise AssertionError(f"{attempts} attempts failed")

    def check(self) -> None:
        """Hold the catalog, the receipt and the lease against what a clean run leaves; and what the reader saw."""
        self.lake.budget = TimeBudget()
        assert self.reader.violations == []
        assert TableReader.locations() == self.final
        keys = self.lake.object_keys()
        assert "locks/tables/analytics/features.json" not in keys
        body = self.lake.s3.get_object(Bucket="lake", Key="tables/analytics/features/receipts/r2.json")["Body"].read()
        receipt = json.loads(body)
        assert {f"{receipt['root']}{entry['folder']}" for entry in receipt["partitions"]} == set(
            self.reader.new.values()
        )

    def _before(self, **_: object) -> None:
        if self._dead:
            raise Killed

    def _after(self, model: Any, **_: object) -> None:
        self.calls += 1
        self._fault(self.calls, model.name)
