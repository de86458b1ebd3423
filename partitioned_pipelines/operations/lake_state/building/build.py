"""The read model of a lake, built from what readers have found."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from partitioned_pipelines.operations.lake_state.building.needs_attention import find_needs, late_by
from partitioned_pipelines.operations.lake_state.building.standing import verdict
from partitioned_pipelines.operations.lake_state.building.what_readers_see import total_rows
from partitioned_pipelines.operations.lake_state.documents.lake import VERSION, Lake, Pipeline, Table
from partitioned_pipelines.operations.lake_state.interval_letters import NOT_DUE, SHOWN, letter_of
from partitioned_pipelines.operations.lake_state.run_length import encode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from partitioned_pipelines.operations.lake_state.building.gathered_facts import PipelineFacts, TableFacts
    from partitioned_pipelines.operations.lake_state.building.needs_attention import Complete
    from partitioned_pipelines.operations.lake_state.documents.lake import Cost, Prices, Problem

_NO_COST = "it takes the receipts of all runs: `pipelines status --cost` reads them"


def build_lake(
    pipelines: Sequence[PipelineFacts],
    *,
    as_of: datetime,
    target: str,
    prefix: str,
    window: int,
    complete: Complete,
    cost: Mapping[str, Mapping[str, Cost]] | None = None,
    no_cost: str = _NO_COST,
    prices: Prices | None = None,
    errors: Sequence[Problem] = (),
) -> Lake:
    """Return the read model.

    Parameters
    ----------
    complete
        Adds the options that name the project, the target and the prefix to the words of a command.
    no_cost
        Why there is no cost, if there is none.
    errors
        What could not be read of the lake; those of a pipeline or a table are in its facts.
    """
    built = tuple(_pipeline(facts) for facts in pipelines)
    tables = tuple(_table(facts, table, as_of) for facts in pipelines for table in facts.tables)
    needs = find_needs(pipelines, complete)
    problems = (*errors, *(problem for facts in pipelines for problem in facts.problems))
    return Lake(
        version=VERSION,
        as_of=as_of,
        target=target,
        prefix=prefix,
        window=window,
        verdict=verdict(built, tables, needs, problems),
        pipelines=built,
        tables=tables,
        needs=needs,
        cost=cost,
        no_cost=no_cost if cost is None else None,
        prices=prices,
        errors=problems,
        options=tuple(complete(())),
    )


def _pipeline(facts: PipelineFacts) -> Pipeline:
    return Pipeline(
        name=facts.name,
        description=facts.description,
        deployed=facts.deployed,
        schedule=facts.schedule,
        when=facts.when,
        zone=facts.zone,
        paused_since=facts.paused_since,
        off=facts.off,
        orchestrator=facts.orchestrator,
        steps=tuple(facts.steps),
        tables=tuple(table.id for table in facts.tables),
        reads=tuple(facts.reads),
        last=facts.last,
    )


def _table(pipeline: PipelineFacts, facts: TableFacts, as_of: datetime) -> Table:
    letters = [letter_of(state) for state in facts.states]
    newest = next((index for index in range(len(letters) - 1, -1, -1) if letters[index] in SHOWN), None)
    holdings = facts.holdings
    return Table(
        id=facts.id,
        pipeline=pipeline.name,
        description=facts.description,
        format=facts.format,
        layout=facts.layout,
        registration=facts.registration,
        step=pipeline.step,
        start=facts.intervals[0].start_text if facts.intervals else None,
        states=encode(letters),
        counts=dict(Counter(letter for letter in letters if letter != NOT_DUE)),
        newest=facts.intervals[newest].start_text if newest is not None else None,
        late=late_by(letters),
        partitions=sum(each.partitions for each in holdings) if holdings is not None else None,
        objects=sum(each.objects for each in holdings) if holdings is not None else None,
        bytes=sum(each.bytes for each in holdings) if holdings is not None else None,
        rows=total_rows(each.rows for each in holdings or () if each.partitions),
        as_of=as_of,
        note=facts.note,
        problem=facts.problem,
    )
