"""The newest read model of a lake, read again while somebody looks at it."""

from __future__ import annotations

import secrets
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.lake.cost_reader import read_costs
from partitioned_pipelines.cli.lake.kept_file import read_kept, write_kept
from partitioned_pipelines.cli.lake.lake_reader import StoppedError, begin_lake, read_lake
from partitioned_pipelines.cli.lake.problems import FAILURES, problem_of
from partitioned_pipelines.operations.lake_state.documents.document import from_document, to_document

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from partitioned_pipelines.cli.lake.cost_reader import LakeCosts
    from partitioned_pipelines.cli.lake.lake_reader import ReadLake
    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.operations.costs.price_list import PriceList
    from partitioned_pipelines.operations.lake_state.documents.lake import Lake
    from partitioned_pipelines.spec import Pipeline

SECONDS_ON_AWS: Final = 60
SECONDS_WHILE_SOMETHING_RUNS: Final = 10
_COST_SECONDS: Final = 600
_PARTS_SECONDS: Final = 2.0  # between two versions of a lake that is being read for the first time
_VERSION: Final = 1
_READING_COSTS: Final = "the receipts of the last months are being read"


@dataclass(frozen=True)
class Snapshot:
    """What is known of the lake.

    Attributes
    ----------
    read
        What was read; of pipelines that are being read for the first time, nothing is known. None before anything was read.
    version
        Differs from that of any other snapshot.
    reading
        The tables that are being read for the first time.
    note
        What people should know of the age of what they see; empty if there is nothing to say.
    """

    lake: Lake
    read: ReadLake | None
    version: str
    reading: frozenset[str] = field(default=frozenset())
    note: str = ""


class LakeStore:
    """The newest snapshot of a lake, which a thread replaces if it is asked for and old.

    Parameters
    ----------
    connect
        Returns the cloud; it may raise CommandError if there is none.
    prices
        The list of prices; None without one.
    folder
        Where the newest snapshot is kept, so that the next start shows it at once; None keeps nothing.
    """

    def __init__(
        self,
        settings: Settings,
        connect: Callable[[], Cloud],
        pipelines: Sequence[Pipeline],
        prices: PriceList | None,
        folder: Path | None,
    ) -> None:
        self.settings = settings
        self.pipelines = tuple(pipelines)
        self.prices = prices
        self._connect = connect
        self._file = folder / "ui.json" if folder else None
        self._cloud: Cloud | None = None
        self._lock, self._connecting = threading.Lock(), threading.Lock()
        self._stopped = threading.Event()
        self._first = threading.Event()
        self._workers: dict[str, threading.Thread] = {}
        self._read_at = self._costs_at = float("-inf")
        self._costs: LakeCosts | None = None
        self._prefix, self._count = secrets.token_hex(4), 0
        lake = self._kept()
        note = f"{_age(lake.as_of)}; reading again…" if lake else "reading…"
        waiting = frozenset(table.qualified_name for pipeline in self.pipelines for table in pipeline.tables)
        self._snapshot = Snapshot(
            lake or begin_lake(settings, self.pipelines, datetime.now(UTC)),
            None,
            self._next_version(),
            frozenset() if lake else waiting,
            note,
        )

    @property
    def every(self) -> int:
        """Seconds after which a snapshot is old."""
        snapshot = self._snapshot
        runs = any(table.counts.get("r") for table in snapshot.lake.tables) or any(
            pipeline.last and pipeline.last.status == "RUNNING" for pipeline in snapshot.lake.pipelines
        )
        if self.settings.local or runs or snapshot.read is None or snapshot.reading:
            return SECONDS_WHILE_SOMETHING_RUNS
        return SECONDS_ON_AWS

    def look(self) -> Snapshot:
        """Return the newest snapshot; have the lake read again if that one is old."""
        with self._lock:
            if time.monotonic() - self._read_at >= self.every:
                self._start("lake", self._read)
            return self._snapshot

    def look_at_costs(self) -> Snapshot:
        """Return the newest snapshot; have the costs read if they are old."""
        self.look()
        with self._lock:
            if self._snapshot.read and time.monotonic() - self._costs_at >= _COST_SECONDS:
                self._start("costs", self._read_costs)
            return self._snapshot

    def wait_until_read(self, seconds: float) -> Snapshot:
        """Return the newest snapshot, after the first complete one or some seconds."""
        self.look()
        self._first.wait(seconds)
        return self._snapshot

    @property
    def cloud(self) -> Cloud:
        """The cloud. Raises CommandError if there is none."""
        with self._connecting:
            if self._cloud is None:
                cloud = self._connect().for_many_calls()
                self._cloud = cloud
            return self._cloud

    def stop(self) -> None:
        """Stop reading: a call that was made is waited for, and no other is made."""
        self._stopped.set()
        for worker in list(self._workers.values()):
            worker.join()

    def _start(self, name: str, work: Callable[[], None]) -> None:
        worker = self._workers.get(name)
        if self._stopped.is_set() or (worker and worker.is_alive()):
            return
        self._workers[name] = threading.Thread(target=work, name=f"reads the {name}", daemon=True)
        self._workers[name].start()

    def _read(self) -> None:
        try:
            cloud = self.cloud
            read = read_lake(
                self.settings,
                cloud,
                self.pipelines,
                now=datetime.now(UTC),
                first=self._worst_first(),
                on_part=None if self._snapshot.read else self._take_part(),
                stopped=self._stopped.is_set,
            )
        except StoppedError:
            return
        except CommandError as error:
            self._failed(error.message)
            return
        except FAILURES as error:  # not even the account is known
            self._failed(problem_of("", error).error)
            return
        if read.reader is None:
            self._failed(read.lake.errors[0].error)
            return
        with self._lock:
            self._snapshot = Snapshot(self._with_costs(read.lake), read, self._next_version())
            self._read_at = time.monotonic()
        self._first.set()
        if self._file:
            with suppress(OSError):  # a full disk must not stop the pages
                write_kept(self._file, _VERSION, "lake", to_document(read.lake))

    def _read_costs(self) -> None:
        read = self._snapshot.read
        if read is None or read.reader is None:
            return
        try:
            costs = read_costs(read.reader, self.pipelines, self.prices, stopped=self._stopped.is_set)
        except StoppedError:
            return
        with self._lock:
            self._costs, self._costs_at = costs, time.monotonic()
            newest = self._snapshot
            self._snapshot = replace(newest, lake=self._with_costs(newest.lake), version=self._next_version())

    def _with_costs(self, lake: Lake) -> Lake:
        return self._costs.added_to(lake) if self._costs else replace(lake, cost=None, no_cost=_READING_COSTS)

    def _take_part(self) -> Callable[[Callable[[], ReadLake], frozenset[str]], None]:
        """Return a function that shows what was read so far, every few seconds, unless an older snapshot is complete."""
        shown = time.monotonic()

        def take(read: Callable[[], ReadLake], reading: frozenset[str]) -> None:
            nonlocal shown
            if not self._snapshot.reading or time.monotonic() - shown < _PARTS_SECONDS:
                return
            lake = self._with_costs(read().lake)
            with self._lock:
                self._snapshot = Snapshot(lake, None, self._next_version(), reading, "reading…")
            shown = time.monotonic()

        return take

    def _failed(self, why: str) -> None:
        """Keep the older snapshot, and say why there is no newer one."""
        with self._lock:
            newest = self._snapshot
            note = f"{_age(newest.lake.as_of)}; it could not be read again: {why}"
            self._snapshot = replace(newest, version=self._next_version(), note=note, reading=frozenset())
            self._cloud = None  # a local cloud that was started again has another address
            self._read_at = time.monotonic()
        self._first.set()

    def _worst_first(self) -> frozenset[str]:
        return frozenset(need.pipeline for need in self._snapshot.lake.needs)

    def _next_version(self) -> str:
        self._count += 1
        return f"{self._prefix}-{self._count}"

    def _kept(self) -> Lake | None:
        """Return the lake that was kept; None if there is none, or if it is not of these pipelines."""
        if self._file is None:
            return None
        with suppress(ValueError, KeyError):
            from partitioned_pipelines.operations.lake_state.documents.lake import Lake

            lake = from_document(Lake, read_kept(self._file, _VERSION, "lake"))
            if {each.name for each in lake.pipelines} == {each.name for each in self.pipelines}:
                return replace(lake, cost=None, no_cost=_READING_COSTS)
        return None


def _age(moment: datetime) -> str:
    seconds = int((datetime.now(UTC) - moment).total_seconds())
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if count := seconds // length:
            return f"read {count:,} {unit}{'' if count == 1 else 's'} ago"
    return "read just now"
