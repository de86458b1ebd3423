"""Tests of the log of the functions' decisions."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.lake.function_events.requests import InvalidRequestError
from partitioned_pipelines.lake.partitions.hive_path import InvalidPartitionPathError
from partitioned_pipelines.runtime.decision_log import ReservedFieldError, about, tell

if TYPE_CHECKING:
    from tests.moto_lake import Lake

EVERY_RECORD = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime"})


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def decisions(told: pytest.LogCaptureFixture) -> list[tuple[str, dict[str, Any]]]:
    """Return the decisions with their fields."""
    return [
        (record.message, {name: value for name, value in vars(record).items() if name not in EVERY_RECORD})
        for record in told.records
        if record.name == "partitioned_pipelines.runtime.decision_log"
    ]


def test_a_registration_tells_each_decision_with_its_run(lake: Lake, told: pytest.LogCaptureFixture) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv")
    lake.write("_notes/a.csv")
    lake.register()
    found = decisions(told)
    assert [name for name, _ in found] == ["listed", "audited", "leased", "registered"]
    run = {name: found[0][1][name] for name in ("pipeline", "run_id", "execution", "table")}
    assert all(run.values())
    assert all(fields.items() >= run.items() for _, fields in found)
    listed, registered = found[0][1], found[-1][1]
    assert (listed["partitions"], listed["objects"], listed["ignored"]) == (1, 1, 1)
    assert (registered["partitions_created"], registered["kept_newer"]) == (1, 0)
    assert registered["receipt"]
    assert all(json.loads(json.dumps(fields)) == fields for _, fields in found), "plain values only"


def test_a_repeated_registration_is_not_told_as_another(lake: Lake, told: pytest.LogCaptureFixture) -> None:
    """A redrive repeats the call: the dashboard adds up the lines `registered`."""
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv")
    assert lake.register()["receipt"] == lake.register()["receipt"]
    assert [name for name, _ in decisions(told) if "registered" in name] == ["registered", "registered_again"]


def test_a_registration_that_fails_tells_the_error_with_its_run(lake: Lake, told: pytest.LogCaptureFixture) -> None:
    lake.create_table()
    lake.write("dt=2026-02-30/a.csv")
    with pytest.raises(InvalidPartitionPathError):
        lake.register()
    name, fields = decisions(told)[-1]
    assert (name, fields["code"], fields["table"]) == ("failed", "InvalidPartitionPathError", "analytics.features")


def test_fields_end_with_their_block(told: pytest.LogCaptureFixture) -> None:
    with about(pipeline="p"), about(table="t"):
        tell("inside", partitions_created=1)
    with pytest.raises(InvalidRequestError), about(pipeline="q"):
        raise InvalidRequestError("no")
    tell("outside")
    assert decisions(told) == [
        ("inside", {"pipeline": "p", "table": "t", "partitions_created": 1}),
        ("failed", {"pipeline": "q", "code": "InvalidRequestError"}),
        ("outside", {}),
    ]


@pytest.mark.parametrize(
    ("field", "error"), [("created", KeyError), ("args", KeyError), ("location", ReservedFieldError)]
)
def test_a_field_that_would_be_lost_is_refused(
    told: pytest.LogCaptureFixture, field: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        tell("decided", **{field: 1})
