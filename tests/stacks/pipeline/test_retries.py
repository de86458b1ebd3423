"""Tests of the retries of a state machine: errors are named as the functions raise them."""

from __future__ import annotations

from partitioned_pipelines.runtime.catalog import BUSY_CODES, CatalogBusyError
from partitioned_pipelines.runtime.lease import LeaseHeldError, LeaseLostError
from stacks.orchestrators.step_functions.retries import FUNCTION_RETRY, LEASE_RETRY


def test_a_busy_catalog_is_retried() -> None:
    of_functions = {name for name in FUNCTION_RETRY["ErrorEquals"] if "." not in name}
    assert of_functions == {*BUSY_CODES, CatalogBusyError.__name__}


def test_a_lease_that_another_writer_holds_is_retried() -> None:
    assert LEASE_RETRY["ErrorEquals"] == [LeaseHeldError.__name__, LeaseLostError.__name__]
