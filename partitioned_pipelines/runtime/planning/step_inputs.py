"""The inputs of a run's steps: writes the manifests of tables, counts the objects of S3 inputs, and records what the run reads."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Self

from partitioned_pipelines.lake.function_events.requests import InvalidRequestError
from partitioned_pipelines.lake.runs.inputs import ObjectsRead, RunInputs, TableRead, name_by_hash
from partitioned_pipelines.lake.s3_uri import S3Folder
from partitioned_pipelines.runtime.planning.input_objects import list_input
from partitioned_pipelines.runtime.planning.manifest import TableFiles, write_manifest
from partitioned_pipelines.runtime.planning.partition_list import PartitionList

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.function_events.payloads import StepPlan
    from partitioned_pipelines.lake.function_events.requests import PlanRequest
    from partitioned_pipelines.runtime.planning.run_plan import RunPlan

# Of all inputs. A hundred calls, about ten seconds: a large input must not use up PlanRun's time.
MOST_COUNTED = 100_000


class MissingInputError(RuntimeError):
    """An input of a step has no data."""


class StepInputs:
    """The inputs of a run's steps, as they are while the run is planned; a context manager, because lists are on the function's disk.

    Parameters
    ----------
    steps
        The resolved plans of the steps, by name.
    glue
        Creates a Data Catalog client; None if no step reads a table.
    """

    def __init__(
        self,
        plan: RunPlan,
        request: PlanRequest,
        steps: Mapping[str, StepPlan],
        s3: S3Client,
        glue: Callable[[], GlueClient] | None,
    ) -> None:
        self._plan = plan
        self._request = request
        self._steps = steps
        self._s3 = s3
        self._glue = glue
        # Without a record, it is enough to know whether there are any.
        self._most_counted = MOST_COUNTED if request.run_inputs else 1
        self._empty: dict[tuple[str, str], str] = {}
        self._lists: list[tuple[str, str, str, PartitionList]] = []
        self._on_disk = ExitStack()
        self._objects: list[ObjectsRead] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._on_disk.close()

    def write_manifests(self) -> None:
        """Write the manifest of each table that a step reads."""
        for step in self._request.steps:
            for name, entry in step.table_inputs.items():
                if self._glue is None:
                    raise InvalidRequestError(
                        f"step {step.name!r} reads a table, but there is no client for the Data Catalog"
                    )
                location = self._plan.resolve(entry.location, f"step {step.name!r}")
                table = TableFiles.from_payload(entry.table, location)
                read = self._on_disk.enter_context(closing(PartitionList()))
                uri = self._steps[step.name]["inputs"][name]
                if not write_manifest(self._s3, self._glue(), table, self._plan.interval, uri, read):
                    which = table.described(self._plan.interval)
                    self._empty[step.name, name] = f"the {which} of {table.full_name} contain no files"
                self._lists.append((step.name, name, table.full_name, read))

    def find_missing(self) -> str | None:
        """Return a description of the missing inputs, if all of them belong to steps that skip missing input; None if no input is missing.

        Raises
        ------
        MissingInputError
            If a step does not skip its missing input; such steps are checked first.
        """
        reasons = []
        for step in sorted(self._request.steps, key=lambda step: step.skip_missing_input):
            for name, uri in self._steps[step.name]["inputs"].items():
                why = self._empty.get((step.name, name))
                if why is None and (name in step.table_inputs or self._count(step.name, name, uri)):
                    continue
                reason = f"step {step.name!r}, input {name!r}: {why or f'no objects under {uri}'}"
                if not step.skip_missing_input:
                    raise MissingInputError(reason)
                reasons.append(reason)
        return "; ".join(reasons) or None

    def write_record(self) -> str | None:
        """Record what the run reads, and return the record's URI; None if no receipt would name it."""
        if self._request.run_inputs is None:
            return None
        folder = S3Folder.parse(self._plan.resolve(self._request.run_inputs, "run_inputs"))
        tables = tuple(
            TableRead(step, name, table, read.partitions, read.runs, read.upload(self._s3, folder))
            for step, name, table, read in self._lists
        )
        record = RunInputs(tables, tuple(self._objects)).record()
        key = f"{folder.prefix}{name_by_hash(hashlib.sha256(record).hexdigest(), 'json')}"
        self._s3.put_object(Bucket=folder.bucket, Key=key, Body=record, ContentType="application/json")
        return f"s3://{folder.bucket}/{key}"

    def _count(self, step: str, name: str, uri: str) -> int:
        counted = sum(read.objects for read in self._objects)
        count, newest, complete = 0, None, True
        for item in list_input(self._s3, uri):
            if count == max(self._most_counted - counted, 1):
                complete = False
                break
            modified = item["LastModified"]
            count, newest = count + 1, max(newest or modified, modified)
        if newest is not None:
            self._objects.append(ObjectsRead(step, name, uri, count, newest, complete))
        return count
