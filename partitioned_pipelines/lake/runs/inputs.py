"""What a run read: its record in the lake, written by PlanRun and copied into the run's receipts.

The record's key ends in the SHA-256 of its content, and a list of partitions is named by its own: the key that a run carries proves what
PlanRun wrote, and a plan that is repeated with other inputs replaces nothing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.intervals.instants import format_instant, parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

_FORMAT_VERSION = 1


class InvalidRunInputsError(ValueError):
    """An object is not the record of a run's inputs, or not the list of partitions, that its name says."""


@dataclass(frozen=True, slots=True)
class TableRead:
    """A table input of a step, as it was when the run was planned.

    Attributes
    ----------
    table
        ``database.table``.
    partitions
        The number of partitions that were read.
    runs
        The number of runs that had written them.
    partition_list
        The URI of the list of the partitions, each with its run.
    """

    step: str
    name: str
    table: str
    partitions: int
    runs: int
    partition_list: str

    @property
    def sha256(self) -> str:
        """The SHA-256 of the list."""
        return hash_in_name(self.partition_list)

    def document(self) -> dict[str, Any]:
        """Return the entry of a record and of a receipt."""
        return {
            "step": self.step,
            "input": self.name,
            "table": self.table,
            "partitions": self.partitions,
            "runs": self.runs,
            "sha256": self.sha256,
            "partition_list": self.partition_list,
        }

    @classmethod
    def parse(cls, entry: Mapping[str, Any]) -> TableRead:
        """Parse an entry."""
        return cls(
            entry["step"], entry["input"], entry["table"], entry["partitions"], entry["runs"], entry["partition_list"]
        )


@dataclass(frozen=True, slots=True)
class ObjectsRead:
    """An S3 input of a step, as it was when the run was planned.

    Attributes
    ----------
    uri
        The prefix, or the object.
    objects
        The number of objects that were counted.
    newest
        The LastModified of the newest one, which S3 reports in whole seconds.
    complete
        False if there were more objects than PlanRun counts.
    """

    step: str
    name: str
    uri: str
    objects: int
    newest: datetime
    complete: bool = True

    def document(self) -> dict[str, Any]:
        """Return the entry of a record and of a receipt."""
        return {
            "step": self.step,
            "input": self.name,
            "uri": self.uri,
            "objects": self.objects,
            "newest": format_instant(self.newest),
            "complete": self.complete,
        }

    @classmethod
    def parse(cls, entry: Mapping[str, Any]) -> ObjectsRead:
        """Parse an entry."""
        newest = parse_instant(entry["newest"])
        return cls(entry["step"], entry["input"], entry["uri"], entry["objects"], newest, entry["complete"])


@dataclass(frozen=True, slots=True)
class RunInputs:
    """The inputs that a run read from tables and from S3; outputs of its own steps are not among them."""

    tables: tuple[TableRead, ...]
    objects: tuple[ObjectsRead, ...]

    def document(self) -> dict[str, Any]:
        """Return the inputs in the format of a record and of a receipt."""
        return {
            "tables": [table.document() for table in self.tables],
            "objects": [read.document() for read in self.objects],
        }

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> RunInputs:
        """Parse the inputs of a receipt. Raises KeyError, TypeError or ValueError if they are invalid."""
        return cls(
            tuple(TableRead.parse(entry) for entry in document["tables"]),
            tuple(ObjectsRead.parse(entry) for entry in document["objects"]),
        )

    def record(self) -> bytes:
        """Return the content of the record."""
        document = {"format_version": _FORMAT_VERSION, **self.document()}
        return json.dumps(document, ensure_ascii=False, sort_keys=True).encode()

    @classmethod
    def from_record(cls, uri: str, body: bytes) -> RunInputs:
        """Parse a record. Raises InvalidRunInputsError if it is not the one that the URI names."""
        require_named(uri, body)
        try:
            return cls.parse(json.loads(body))
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidRunInputsError(f"{uri} is not a record of a run's inputs: {error!r}") from error


def name_by_hash(digest: str, extension: str) -> str:
    """Return the name of an object with that SHA-256."""
    return f"{digest}.{extension}"


def hash_in_name(uri: str) -> str:
    """Return the SHA-256 in the name of an object."""
    return uri.rpartition("/")[2].partition(".")[0]


def require_named(uri: str, body: bytes) -> None:
    """Raise InvalidRunInputsError if a content does not have the SHA-256 in its object's name."""
    if hashlib.sha256(body).hexdigest() != hash_in_name(uri):
        raise InvalidRunInputsError(f"{uri} is not what PlanRun wrote: its content has another SHA-256")


def partition_line(values: list[str], run_id: str | None) -> bytes:
    """Return the line of a partition in a list; the run is None if the partition was not registered by a run."""
    return json.dumps([run_id, values], ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def parse_partition_list(uri: str, body: bytes) -> Iterator[tuple[tuple[str, ...], str | None]]:
    """Yield the partitions of a list, each with its run. Raises InvalidRunInputsError if it is not the one that the URI names."""
    require_named(uri, body)
    for line in body.splitlines():
        run_id, values = json.loads(line)
        yield tuple(values), run_id
