"""A backfill of a thousand days by the deployed definition, whose runs are those of a state machine that does nothing."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.cli.backfills.machine import BackfillMachine
from partitioned_pipelines.cli.backfills.progress import failed_runs
from partitioned_pipelines.cli.target.local_endpoint import LocalEndpoint
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.operations.backfill.plan import BackfillPlan
from partitioned_pipelines.spec.derived.interval_rule import interval_rule
from tests.synthesized.fixtures import repository
from tests.synthesized.subject import Subject

if TYPE_CHECKING:
    from cloud_under_test.state_machines import StateMachines
    from local_cloud.server import LocalCloud
    from tests.synthesized.synthesis import Synthesis

__all__ = ["repository"]  # a fixture

DAYS, CONCURRENT, SECONDS = 1000, 4, 120
STUB: dict[str, Any] = {
    "Look": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.date", "StringMatches": "*-01-07", "Next": "Bad"}],
        "Default": "Good",
    },
    "Bad": {"Type": "Fail", "Error": "MissingInputError", "Cause": "no objects"},
    "Good": {"Type": "Succeed"},
}


@pytest.fixture
def machine(
    repository: Synthesis, state_machines: StateMachines, bucket: str, local_cloud_server: LocalCloud
) -> BackfillMachine:
    """Return the backfill machine of flights, as it is deployed but for the pipeline's machine and the bucket."""
    subject = Subject.of(repository, "flights")
    stub = state_machines.create(STUB)
    definition = json.dumps(subject.stack.backfill_machine["Definition"])
    definition = definition.replace(subject.stack.outputs["StateMachineArn"], stub)
    states = json.loads(definition.replace(subject.lake_bucket, bucket))["States"]
    key = local_cloud_server.access_key
    cloud = Cloud.local(LocalEndpoint(local_cloud_server.endpoint_url, key.access_key_id, key.secret_access_key))
    outputs = {"StateMachineArn": stub, "BackfillStateMachineArn": state_machines.create(states)}
    return BackfillMachine(cloud, subject.pipeline, outputs, bucket)


def test_a_thousand_days_within_two_minutes(machine: BackfillMachine) -> None:
    calendar = interval_rule(machine.pipeline).calendar
    first = calendar.containing(datetime(2023, 1, 1, 12, tzinfo=UTC))
    days = tuple(calendar.between(first.start, calendar.shift(first, DAYS).start))
    assert len(days) == DAYS
    began = time.monotonic()
    machine.start(BackfillPlan("flights", "all", days), {}, CONCURRENT)
    (backfill,) = machine.running()
    while machine.status(backfill) == "RUNNING":
        assert time.monotonic() - began < SECONDS, machine.counts(backfill)
        if counts := machine.counts(backfill):
            assert counts.running <= CONCURRENT
        time.sleep(0.5)
    assert machine.status(backfill) == "SUCCEEDED"
    bad = {day for day in days if str(day).endswith("-01-07")}
    counts = machine.counts(backfill)
    assert counts is not None
    assert (counts.total, counts.succeeded, counts.failed, counts.left) == (DAYS, DAYS - len(bad), len(bad), 0)
    failed = failed_runs(machine, backfill)
    assert {run.interval for run in failed} == bad
    assert {run.reason for run in failed} == {"no objects"}
