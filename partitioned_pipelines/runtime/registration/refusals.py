"""The exceptions with which a registration refuses a run before it changes the first partition."""

from __future__ import annotations

from partitioned_pipelines.lake.function_events.requests import InvalidRequestError
from partitioned_pipelines.lake.partitions.hive_path import InvalidPartitionPathError
from partitioned_pipelines.lake.runs.inputs import InvalidRunInputsError
from partitioned_pipelines.runtime.audit import InvalidDataError
from partitioned_pipelines.runtime.lease import LeaseHeldError
from partitioned_pipelines.runtime.registration.checks import (
    EmptyOutputError,
    IncompleteOutputError,
    LeftoverOutputError,
)
from partitioned_pipelines.runtime.registration.finished_job import InvalidCreationTimeError, UnfinishedJobError

REFUSED_FILES: tuple[type[Exception], ...] = (
    EmptyOutputError,
    IncompleteOutputError,
    InvalidDataError,
    InvalidPartitionPathError,
    LeftoverOutputError,
)
"""Those about the files of the run, which a retry of the registration would find unchanged."""

REFUSALS: tuple[type[Exception], ...] = (
    *REFUSED_FILES,
    InvalidCreationTimeError,
    InvalidRequestError,
    InvalidRunInputsError,
    LeaseHeldError,
    UnfinishedJobError,
)
