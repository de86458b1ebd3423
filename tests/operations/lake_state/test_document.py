"""The JSON form of the read model: it keeps everything, and fits its schema."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import jsonschema
import pytest

from partitioned_pipelines.operations.lake_state.documents.detail import Detail
from partitioned_pipelines.operations.lake_state.documents.document import from_document, schema_of, to_document
from partitioned_pipelines.operations.lake_state.documents.lake import Lake
from partitioned_pipelines.operations.lake_state.documents.run import Run
from partitioned_pipelines.operations.lake_state.interval_letters import LETTERS
from partitioned_pipelines.operations.lake_state.run_length import decode, encode
from tests.simulated_lake import simulate_lake

if TYPE_CHECKING:
    from partitioned_pipelines.operations.lake_state.interval_letters import Letter
    from tests.simulated_lake import SimulatedLake


@pytest.fixture(scope="module")
def simulated() -> SimulatedLake:
    return simulate_lake()


def test_the_json_form_is_read_back_to_the_same_model(simulated: SimulatedLake) -> None:
    assert from_document(Lake, json.loads(json.dumps(to_document(simulated.lake)))) == simulated.lake
    for detail in simulated.details.values():
        assert from_document(Detail, json.loads(json.dumps(to_document(detail)))) == detail
    for run in simulated.runs.values():
        assert from_document(Run, json.loads(json.dumps(to_document(run)))) == run


def test_every_document_fits_its_schema(simulated: SimulatedLake) -> None:
    jsonschema.validate(to_document(simulated.lake), schema_of(Lake))
    for detail in simulated.details.values():
        jsonschema.validate(to_document(detail), schema_of(Detail))
    for run in simulated.runs.values():
        jsonschema.validate(to_document(run), schema_of(Run))


def test_a_document_with_another_version_or_an_unknown_letter_is_refused(simulated: SimulatedLake) -> None:
    document = to_document(simulated.lake)
    for changed in ({**document, "version": 2}, {**document, "tables": [{**document["tables"][0], "states": "x3"}]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(changed, schema_of(Lake))
        with pytest.raises(ValueError, match=r"version|states"):
            from_document(Lake, changed)


def test_moments_are_written_in_utc_and_intervals_as_commands_take_them(simulated: SimulatedLake) -> None:
    document = to_document(simulated.lake)
    assert document["as_of"] == "2026-11-29T12:09:00Z"
    starts = {table["id"]: table["start"] for table in document["tables"]}
    assert starts["analytics.features"] == "2025-10-25", "the 400th day before the 29th in Tokyo"
    assert starts["web.clicks"] == "2026-11-12T20:00:00+00:00"


def test_the_simulated_lake_has_every_state(simulated: SimulatedLake) -> None:
    assert {letter for table in simulated.lake.tables for letter in decode(table.states)} == set(LETTERS)


def test_a_lake_of_400_intervals_is_small(simulated: SimulatedLake) -> None:
    assert len(json.dumps(to_document(simulated.lake))) < 20_000
    assert all(len(json.dumps(to_document(detail))) < 40_000 for detail in simulated.details.values())


def test_a_lake_of_500_tables_with_10_000_intervals_is_half_a_megabyte() -> None:
    """Each with 25 disturbances."""
    letters: list[Letter] = ["t"] * 10_000
    for at in range(0, 10_000, 400):
        letters[at] = "f"
    (table,) = [each for each in simulate_lake(intervals=3).lake.tables if each.id == "analytics.flights"]
    assert 500 * len(json.dumps(asdict(replace(table, states=encode(letters))), default=str)) < 500_000
