"""A lake of twelve pipelines, fourteen tables and 400 intervals, with every state, whose read model is built without a cloud."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.runs.run_facts import build_run_id
from partitioned_pipelines.operations.lake_state.building.build import build_lake
from partitioned_pipelines.operations.lake_state.building.build_detail import build_detail
from partitioned_pipelines.operations.lake_state.building.gathered_facts import Holding, PipelineFacts, TableFacts
from partitioned_pipelines.operations.lake_state.documents.detail import Column
from partitioned_pipelines.operations.lake_state.documents.lake import RunSummary
from partitioned_pipelines.operations.lake_state.documents.run import (
    Cost,
    Job,
    PublishedInstead,
    Run,
    RunFailure,
    RunLog,
    RunReceipt,
    RunState,
)
from partitioned_pipelines.operations.lake_state.interval_letters import SHOWN, letter_of
from partitioned_pipelines.runtime.intervals.interval_state import FailedRun, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.operations.lake_state.documents.detail import Detail
    from partitioned_pipelines.operations.lake_state.documents.lake import Lake, Need
    from partitioned_pipelines.operations.lake_state.interval_letters import Letter

NOW = datetime(2026, 11, 29, 12, 9, tzinfo=UTC)
INTERVALS = 400
COLUMNS = (Column("carrier", "string", "Airline (IATA code)"), Column("distance", "int", "Miles between the airports"))
KEYS = (Column("dt", "string", ""),)

_NEW_YORK = "America/New_York"


@dataclass(frozen=True)
class _Planned:
    """A pipeline to simulate; ``exceptions`` are the letters other than ``t``, by the distance from the newest due interval."""

    name: str
    step: str
    zone: str
    cron: str | None
    tables: tuple[str, ...]
    reads: tuple[str, ...]
    exceptions: dict[int, Letter] = field(default_factory=dict)


def _at(letter: Letter, *distances: int) -> dict[int, Letter]:
    return dict.fromkeys(distances, letter)


_PIPELINES = (
    _Planned("airports", "month", "UTC", "0 4 1 * ? *", ("analytics.airports",), ("s3://lake/raw/airports/",)),
    _Planned(
        *("clicks", "hour", "UTC", "5 * * * ? *", ("web.clicks",), ("s3://lake/raw/clicks/",)),
        exceptions=_at("r", 0) | _at("m", *range(180, 211)) | _at("f", 50, 51, 120, 301, 302),
    ),
    _Planned(
        *("delay_model", "day", _NEW_YORK, "0 8 * * ? *", ("models.coefficients", "models.quality")),
        reads=("marts.delays_by_day",),
        exceptions=_at("m", 0, 1) | _at("s", *range(370, 400)),
    ),
    _Planned(
        *("delays_by_day", "day", _NEW_YORK, "30 7 * * ? *", ("marts.delays_by_day",)),
        reads=("analytics.flights", "analytics.weather"),
        exceptions=_at("m", 0, 1),
    ),
    _Planned(
        *("feature_table", "day", "Asia/Tokyo", "0 6 * * ? *", ("analytics.features",), ("s3://lake/raw/features/",)),
    ),
    _Planned(
        *("flights", "day", _NEW_YORK, "30 5 * * ? *", ("analytics.flights",), ("s3://lake/raw/flights/",)),
        exceptions=_at("f", 0, 1, 187) | _at("o", 90),
    ),
    _Planned(
        *("flights_quality", "day", _NEW_YORK, "0 7 * * ? *", ("quality.findings", "quality.checks")),
        reads=("analytics.flights",),
        exceptions=_at("m", 0, 1, 187),
    ),
    _Planned(
        *("monthly_report", "month", "UTC", "0 9 2 * ? *", ("marts.monthly_report",)),
        reads=("marts.revenue", "analytics.airports"),
    ),
    _Planned(
        *("orders", "day", "UTC", "0 3 * * ? *", ("shop.orders",), ("s3://lake/raw/orders/",)),
        exceptions=_at("s", 280),
    ),
    _Planned(
        *("revenue", "day", "UTC", "0 6 * * ? *", ("marts.revenue",), ("shop.orders", "web.sessions")),
        exceptions=_at("r", 0) | _at("m", 97, 98, 99) | _at("b", 20, 21, 22),
    ),
    _Planned(
        *("sessions", "day", "UTC", "0 4 * * ? *", ("web.sessions",), ("web.clicks",)),
        exceptions=_at("m", 97, 98, 99),
    ),
    _Planned(
        *("weather", "day", _NEW_YORK, None, ("analytics.weather",), ("s3://lake/raw/weather/",)),
        exceptions=_at("s", 320),
    ),
)


@dataclass(frozen=True)
class SimulatedLake:
    """The read model of a lake, with the documents of its tables and runs."""

    lake: Lake
    details: dict[str, Detail]
    runs: dict[str, Run]
    facts: tuple[PipelineFacts, ...] = field(repr=False, default=())


def simulate_lake(*, text: str = "", intervals: int = INTERVALS, random_states: int | None = None) -> SimulatedLake:
    """Return the lake.

    Parameters
    ----------
    text
        Added to each text that people write, and to errors and logs: hostile text, for example.
    intervals
        Of each table.
    random_states
        Give each interval a random state, from this seed, instead of a plausible one.
    """
    chance = random.Random(random_states) if random_states is not None else None  # noqa: S311
    facts = tuple(_pipeline(index, text, intervals, chance) for index in range(len(_PIPELINES)))
    lake = build_lake(
        facts,
        as_of=NOW,
        target="123456789012/ap-northeast-1",
        prefix="lake-prod",
        window=intervals,
        complete=lambda words: (*words, "--target", "aws"),
    )
    tables = {table.id: table for pipeline in facts for table in pipeline.tables}
    details = {
        name: build_detail(table, [*COLUMNS, Column("note", "string", text)], KEYS, newest_keys={"dt": "2026-11-28"})
        for name, table in tables.items()
    }
    runs = {run.id: run for pipeline in facts for run in _runs(pipeline, lake.needs, text)}
    return SimulatedLake(lake, details, runs, facts)


def state_of(letter: Letter, run_id: str, text: str = "") -> State | None:
    """Return a state with a letter; None if the interval is not due."""
    match letter:
        case "t":
            return State("published", None, run_id)
        case "b":
            return State("published", None, run_id, rolled_back=True)
        case "o":
            return State("published", None, run_id, failed_since=FailedRun(run_id, f"timed out after 60 min{text}"))
        case "r":
            return State("running", None, run_id)
        case "f":
            return State("failed", f"validate: 318 of 331 rows have no tailnum{text}", run_id)
        case "s":
            return State("skipped", "the run had no input", run_id)
        case "m":
            return State("never_started")
        case ".":
            return None


def _pipeline(index: int, text: str, count: int, chance: random.Random | None) -> PipelineFacts:
    planned = _PIPELINES[index]
    name = planned.name
    calendar = Calendar(Cadence.parse(planned.step), Clock(planned.zone))
    following = calendar.containing(NOW)
    intervals = [following]
    for _ in range(count if planned.step != "month" else min(count, 14)):
        intervals.insert(0, calendar.shift(intervals[0], -1))
    letters: list[Letter] = [planned.exceptions.get(at, "t") for at in range(len(intervals) - 1)]
    if chance:
        letters = chance.choices("tborfsm", k=len(letters))  # type: ignore[arg-type]  # letters
    return PipelineFacts(
        name=name,
        zone=planned.zone,
        step=planned.step,
        tables=[
            _table(table, intervals, [*reversed(letters), "."], text, seed=index * 10 + at)
            for at, table in enumerate(planned.tables)
        ],
        description=f"{name.replace('_', ' ')}{text}",
        schedule=planned.cron,
        steps=("extract", "transform"),
        reads=planned.reads,
        last=RunSummary(_run_id(name, intervals[-2]), "FAILED" if letters[0] == "f" else "SUCCEEDED", NOW),
    )


def _table(name: str, intervals: list[Interval], letters: list[Letter], text: str, seed: int) -> TableFacts:
    chance = random.Random(seed)  # noqa: S311
    pipeline = name.partition(".")[2]
    states = [
        state_of(letter, _run_id(pipeline, interval), text) for letter, interval in zip(letters, intervals, strict=True)
    ]
    holdings = [
        Holding(1, 1, size := chance.randint(20_000, 90_000), size // 60) if letter_of(state) in SHOWN else Holding()
        for state in states
    ]
    return TableFacts(
        id=name,
        description=f"{name}, as the source delivers it{text}",
        format="parquet",
        layout="versioned",
        registration="lambda",
        intervals=intervals,
        states=states,
        holdings=holdings,
    )


def _run_id(name: str, interval: Interval) -> str:
    return build_run_id(
        interval.end + timedelta(hours=5), f"arn:aws:states:ap-northeast-1:123456789012:execution:{name}"
    )


def _runs(pipeline: PipelineFacts, needs: Sequence[Need], text: str) -> list[Run]:
    """Return the failed and running runs of a pipeline, and the newest one that succeeded."""
    table = pipeline.tables[0]
    found = {}
    for interval, state in zip(table.intervals, table.states, strict=True):
        if state and state.run_id and letter_of(state) in ("f", "r"):
            found[state.run_id] = _run(pipeline, interval, state, needs, text)
    for interval, state in zip(reversed(table.intervals), reversed(table.states), strict=True):
        if state and state.run_id and letter_of(state) == "t":
            found[state.run_id] = _run(pipeline, interval, state, needs, text)
            break
    return list(found.values())


def _run(pipeline: PipelineFacts, interval: Interval, state: State, needs: Sequence[Need], text: str) -> Run:
    begun, name = interval.end + timedelta(hours=5), pipeline.name
    failed, running = state.name == "failed", state.name == "running"
    job = f"{name}-transform-0b1c2d"
    minute = timedelta(minutes=1)
    states = [
        RunState("PlanRun", 1, begun, None, 1.4, "succeeded", None),
        RunState("extract", 1, begun + minute, 180.0, 64.0, "failed", f"{name}-extract-1", "AlgorithmError"),
        RunState("extract", 2, begun + 5 * minute, 140.0, 70.0, "succeeded", f"{name}-extract-2"),
        RunState(
            *("transform", 1, begun + 9 * minute, 150.0, None if running else 400.0),
            "running" if running else "failed" if failed else "succeeded",
            job,
        ),
    ]
    message = state.reason or ""
    return Run(
        id=state.run_id or "",
        pipeline=name,
        execution=f"arn:aws:states:ap-northeast-1:123456789012:execution:{name}:x",
        start=interval.start_text,
        end=interval.end_text,
        started=begun,
        ended=None if running else begun + 20 * minute,
        by="schedule",
        name="x",
        status="RUNNING" if running else "FAILED" if failed else "SUCCEEDED",
        forgotten=None,
        redrives=0,
        states=tuple(states),
        error=RunFailure("transform", "AlgorithmError", message, job) if failed else None,
        nothing_done=None,
        jobs=(
            Job(job, "transform", "ml.t3.medium", 1, 400.0, None, "Failed" if failed else "Completed", message or None),
        ),
        cost=Cost({"ml.t3.medium": 0.111111}, 0, None, (), None),
        log=RunLog(job, (*(f"line {number}" for number in range(30)), f"ValueError: {message}{text}"), None),
        receipts=()
        if failed or running
        else tuple(
            RunReceipt(table.id, f"s3://lake/tables/{table.id}/receipts/x.json", begun, 1, 1, 0, 1, 50_000, 900)
            for table in pipeline.tables
        ),
        no_receipt="it failed before it published anything" if failed else "it has not ended" if running else None,
        instead=tuple(PublishedInstead(table.id, None, shown=False) for table in pipeline.tables) if failed else (),
        waiting=tuple(
            waiting
            for need in needs
            if failed and need.pipeline == name
            if any(span.start <= interval.start_text < span.end for span in need.intervals)
            for waiting in need.waiting
        ),
        seconds=None if running else 1200.0,
        usual_seconds=540.0,
        script="sha256:0123abcd",
        image="123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/lake@sha256:89ab",
        same_code=not failed,
        inputs={"date": interval.start_text},
        commands={"run it again": ("pipelines", "run", name, "--date", interval.start_text, "--target", "aws")},
    )
