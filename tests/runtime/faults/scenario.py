"""A table with an older run and a newer run to register, and the result of one clean registration."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from partitioned_pipelines.lake.key_layout import receipts_prefix
from partitioned_pipelines.runtime.registration.progress import TimeBudget
from tests.moto_lake import STARTED_AT
from tests.runtime.faults.table_reader import TableReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.moto_lake import Lake

_RECEIPTS = receipts_prefix("analytics", "features")
LATER = STARTED_AT + dt.timedelta(days=1)


class Killed(BaseException):
    """The process was killed: none of its code runs any more."""


class Scenario:
    """A lake before the newer run is registered.

    Parameters
    ----------
    old, new
        The number of partitions that each run wrote; the newer one wrote the same ones and more, or fewer.
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
        """Register as the state machine does: again as long as the result asks to continue."""
        result: dict[str, Any] = {"outcome": "continue", "continuation": {}, "table": ""}
        while result["outcome"] == "continue":
            result = self.lake.send({**self.event, "registrations": {"t": json.loads(json.dumps(result))}})
        return result

    def kill_after(self, number: int) -> bool:
        """Kill the process after a call; return whether that call was reached."""
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
        """Answer the next calls with an error code."""
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
        """Register repeatedly, as retries and redrives do."""
        for _ in range(attempts):
            try:
                return self.register()
            except ClientError:
                continue
        raise AssertionError(f"{attempts} attempts failed")

    def check(self) -> None:
        """Check the catalog, the receipt and the objects by the result of a clean run; and the reader's violations."""
        self.lake.budget = TimeBudget()
        assert self.reader.violations == [], self.reader.violations[:5]
        assert _without_times(TableReader.partitions()) == {
            values: {
                "Values": list(values),
                "StorageDescriptor": {**TableReader.storage_descriptor(), "Location": location},
                "Parameters": self._stamp("r2" if values in self.reader.new else "r1"),
            }
            for values, location in self.final.items()
        }
        assert self._receipt() == self._expected_receipt()
        assert set(self.lake.object_keys()) == self._expected_keys()

    def _stamp(self, run: str) -> dict[str, str]:
        return {
            "run_id": run,
            "run_started_at": _instant(self.started_at if run == "r2" else STARTED_AT),
            **{name: self.event["run"][name] for name in ("pipeline", "script_hash", "image_uri")},
            "objects": "1",
            "bytes": "4",
        }

    def _receipt(self) -> dict[str, Any]:
        body = self.lake.s3.get_object(Bucket="lake", Key=f"{_RECEIPTS}r2.json")["Body"].read()
        receipt: dict[str, Any] = json.loads(body)
        assert receipt.pop("registered_at")
        receipt["partitions"].sort(key=lambda entry: int(entry["values"][0]))
        return receipt

    def _expected_receipt(self) -> dict[str, Any]:
        new = len(self.reader.new)
        return {
            "format_version": 2,
            "table": "analytics.features",
            "layout": self.lake.layout,
            "root": self.event["source"]["s3_uri"],
            "run": {**self.event["run"], "started_at": _instant(self.started_at)},
            "region": "ap-northeast-1",
            "usage": None,
            "objects": new,
            "bytes": 4 * new,
            # CSV does not say how many rows it has, but nothing has none.
            "rows": None if new else 0,
            "partitions": [
                {"values": [str(number)], "folder": f"n={number}/", "objects": 1, "bytes": 4, "rows": None}
                for number in range(new)
            ],
            "kept_newer": [],
            "ignored": {"hidden": 0, "empty": 0, "marker": 0},
            "bad_path_count": 0,
            "bad_paths": [],
            "skipped_partition_count": 0,
            "skipped_partitions": [],
        }

    def _expected_keys(self) -> set[str]:
        """Return the keys of all expected objects: without a lease, and without those that the run replaced in place."""
        written = {f"{self.lake.root('r2')}n={number}/a.csv" for number in range(len(self.reader.new))}
        replaced = set(self.reader.new) if self.lake.layout == "in_place" else set()
        kept = {f"{self.lake.root('r1')}n={values[0]}/old.csv" for values in self.reader.old if values not in replaced}
        return written | kept | {f"{_RECEIPTS}{run}.json" for run in ("r1", "r2")}

    def _before(self, **_: object) -> None:
        if self._dead:
            raise Killed

    def _after(self, model: Any, **_: object) -> None:
        self.calls += 1
        self._fault(self.calls, model.name)


def _without_times(partitions: dict[tuple[str, ...], dict[str, Any]]) -> dict[tuple[str, ...], dict[str, Any]]:
    """Return the partitions without their registration times, which a second attempt may change."""
    found = {}
    for values, partition in partitions.items():
        parameters = dict(partition["Parameters"])
        assert parameters.pop("registered_at")
        found[values] = {**partition, "Parameters": parameters}
    return found


def _instant(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
