"""A pipeline's table in a cloud, for the commands that need its history, its lease and its executions."""

from __future__ import annotations

import getpass
import platform
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import uuid4

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.project import find_pipeline, find_table, how_partitions_are_seen, open_project
from partitioned_pipelines.cli.remedies import completed
from partitioned_pipelines.cli.runs.executions.execution_list import list_executions
from partitioned_pipelines.cli.target.clouds import open_cloud
from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.lake.key_layout import lease_key
from partitioned_pipelines.lake.partitions.hive_path import escape_value
from partitioned_pipelines.lake.partitions.key_value import PartitionKey
from partitioned_pipelines.operations.history.executions import Executions
from partitioned_pipelines.operations.operation import OperationRefusedError
from partitioned_pipelines.operations.vacuum import RemovalError
from partitioned_pipelines.runtime.catalog import RegistrationError
from partitioned_pipelines.runtime.conditional_object import ConditionalWriteError
from partitioned_pipelines.runtime.history.reader import HistoryReader
from partitioned_pipelines.runtime.history.table_address import TableAddress
from partitioned_pipelines.runtime.lease import LeaseError, hold_lease
from partitioned_pipelines.spec import glue_table_input

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.operations.operation import HeldLease
    from partitioned_pipelines.runtime.executions.execution import Execution
    from partitioned_pipelines.spec import Pipeline, Table


@dataclass(frozen=True)
class PublishedTable:
    """A table of a pipeline in a cloud."""

    cloud: Cloud
    settings: Settings
    pipeline: Pipeline
    spec: Table
    address: TableAddress

    @property
    def name(self) -> str:
        """``database.table``."""
        return self.address.full_name

    @property
    def keys(self) -> list[str]:
        """The names of the table's partition keys."""
        return [key.name for key in self.spec.partition_keys]

    @property
    def reader(self) -> HistoryReader:
        """A reader of the table's history."""
        return HistoryReader(self.cloud.s3, self.cloud.glue, self.address)

    @property
    def table_input(self) -> dict[str, Any]:
        """Glue's TableInput for the table of the pipeline file."""
        return glue_table_input(self.spec, self.address.bucket)

    def executions(self) -> Executions:
        """Return the pipeline's executions; none if its stack does not exist."""
        try:
            outputs = self.cloud.stack_outputs(self.settings.pipeline_stack(self.pipeline.name))
        except CommandError:
            outputs = {}
        return Executions(self.cloud.step_functions, outputs.get("StateMachineArn"))

    def hold_lease(self) -> AbstractContextManager[HeldLease]:
        """Return a context manager that holds the table's lease, which registrations hold, too."""
        owner = f"pipelines, {getpass.getuser()}@{platform.node()}, {uuid4()}"
        key = lease_key(self.address.database_name, self.address.table_name)
        return hold_lease(self.cloud.s3, self.address.bucket, key, owner)

    def label(self, values: Sequence[str]) -> str:
        """Return a partition in the format of ``--partition``: ``year=2013/month=2``."""
        if len(values) != len(self.keys):
            return "/".join(values)
        return "/".join(f"{key}={escape_value(value)}" for key, value in zip(self.keys, values, strict=True))


@dataclass(frozen=True)
class PublishedPipeline:
    """A pipeline in a cloud.

    Attributes
    ----------
    tables
        The pipeline's tables that have receipts.
    """

    cloud: Cloud
    settings: Settings
    pipeline: Pipeline
    lake_bucket: str
    tables: list[PublishedTable]

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """The outputs of the pipeline's stack; empty, with a note, if it is not deployed."""
        try:
            return self.cloud.stack_outputs(self.settings.pipeline_stack(self.pipeline.name))
        except CommandError as not_deployed:
            note(f"{not_deployed.message}: its executions are not listed", style="yellow")
            return {}

    def executions(self) -> list[Execution]:
        """Return all executions, the newest first; empty if the pipeline's stack is not deployed."""
        return list(list_executions(self.cloud, self.outputs)) if self.outputs else []


def address_of_table(bucket: str, table: Table) -> TableAddress:
    """Return the address of a table of a pipeline file in the lake's bucket."""
    return TableAddress(bucket, table.database, table.name, table.layout)


def keys_of(table: Table) -> tuple[PartitionKey, ...]:
    """Return the partition keys of a table of a pipeline file."""
    return tuple(PartitionKey(key.name, key.type, key.date_format) for key in table.partition_keys)


@contextmanager
def open_table(settings: Settings, name: str, table: str | None) -> Iterator[PublishedTable]:
    """Yield a pipeline's table in the command's cloud; operations refused inside the block become CommandErrors.

    Raises
    ------
    CommandError
        If the table's runs leave no receipts: it has no history, and its files would appear to belong to no run.
    """
    pipeline = find_pipeline(open_project(settings), name)
    spec = find_table(pipeline, table)
    if no_receipts := how_partitions_are_seen(spec):
        raise CommandError(no_receipts, "registration: lambda keeps a history of runs that can be looked back on")
    with open_cloud(settings) as cloud, _told_in_words(settings, pipeline, spec):
        bucket = cloud.stack_outputs(settings.data_lake_stack)["LakeBucketName"]
        yield PublishedTable(cloud, settings, pipeline, spec, address_of_table(bucket, spec))


@contextmanager
def open_pipeline(settings: Settings, name: str, table: str | None) -> Iterator[PublishedPipeline]:
    """Yield a pipeline in the command's cloud, with those of its tables, or the named one, that have receipts."""
    pipeline = find_pipeline(open_project(settings), name)
    tables = [find_table(pipeline, table)] if table else list(pipeline.tables)
    with open_cloud(settings) as cloud, _told_in_words(settings, pipeline, None):
        bucket = cloud.stack_outputs(settings.data_lake_stack)["LakeBucketName"]
        published = [
            PublishedTable(cloud, settings, pipeline, spec, address_of_table(bucket, spec))
            for spec in tables
            if how_partitions_are_seen(spec) is None
        ]
        yield PublishedPipeline(cloud, settings, pipeline, bucket, published)


@contextmanager
def _told_in_words(settings: Settings, pipeline: Pipeline, table: Table | None) -> Iterator[None]:
    selected = table.qualified_name if table and len(pipeline.tables) > 1 else None
    try:
        yield
    except OperationRefusedError as error:
        remedy = completed(settings, error.remedy, pipeline.name, selected)
        raise CommandError(error.message, remedy, exit_code=ExitCode.FAILED) from error
    except RegistrationError as error:
        raise CommandError(str(error), exit_code=ExitCode.NO_CLOUD) from error
    except (RemovalError, LeaseError, ConditionalWriteError) as error:
        raise CommandError(str(error), exit_code=ExitCode.FAILED) from error
