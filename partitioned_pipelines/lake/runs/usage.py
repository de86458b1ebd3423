"""What a run used of the services that AWS bills, as its receipts keep it: time, sizes and counts, never money.

A price changes after the run, and a receipt does not.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.intervals.instants import format_instant, parse_instant
from partitioned_pipelines.lake.runs.document_values import count_value, string_value, time_value
from partitioned_pipelines.lake.runs.shared_job import shared_job_name, steps_of_job

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class JobUsage:
    """A processing job of a run.

    Attributes
    ----------
    step
        The step; of a shared job, the job's name.
    started_at, ended_at
        The time that is billed; None if the service did not report it, or the job has not ended.
    steps
        The steps of a shared job, which is billed as one; empty for the job of a single step.
    """

    step: str
    job_name: str
    instance_type: str
    instance_count: int
    volume_gb: int
    started_at: datetime | None
    ended_at: datetime | None
    steps: tuple[str, ...] = ()

    @property
    def seconds(self) -> float | None:
        """The duration of the job; None if it is unknown."""
        if self.started_at is None or self.ended_at is None:
            return None
        return max((self.ended_at - self.started_at).total_seconds(), 0.0)

    def document(self) -> dict[str, Any]:
        """Return the job as a JSON document."""
        document = {**asdict(self), "started_at": _text(self.started_at), "ended_at": _text(self.ended_at)}
        steps = document.pop("steps")
        return {**document, "steps": list(steps)} if steps else document

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> JobUsage:
        """Parse a job's document."""
        return cls(
            step=string_value(document["step"]),
            job_name=string_value(document["job_name"]),
            instance_type=string_value(document["instance_type"]),
            instance_count=count_value(document["instance_count"]),
            volume_gb=count_value(document["volume_gb"]),
            started_at=_moment(document["started_at"]),
            ended_at=_moment(document["ended_at"]),
            steps=tuple(string_value(step) for step in document.get("steps", ())),
        )

    @classmethod
    def of_description(cls, step: str, job: Mapping[str, Any]) -> JobUsage:
        """Return the usage of a job from its description by SageMaker (DescribeProcessingJob)."""
        cluster = job["ProcessingResources"]["ClusterConfig"]
        steps = steps_of_job(job)
        return cls(
            shared_job_name(steps) if steps else step,
            job["ProcessingJobName"],
            cluster["InstanceType"],
            cluster["InstanceCount"],
            cluster["VolumeSizeInGB"],
            job.get("ProcessingStartTime"),
            job.get("ProcessingEndTime"),
            steps,
        )


@dataclass(frozen=True, slots=True)
class FunctionUsage:
    """The calls of a Lambda function.

    Attributes
    ----------
    milliseconds
        The time in the function's own code, by its own clock: not the time in which Lambda loaded it.
    """

    name: str
    memory_mb: int
    architecture: str
    calls: int
    milliseconds: int

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> FunctionUsage:
        """Parse a function's document."""
        return cls(
            name=string_value(document["name"]),
            memory_mb=count_value(document["memory_mb"]),
            architecture=string_value(document["architecture"]),
            calls=count_value(document["calls"]),
            milliseconds=count_value(document["milliseconds"]),
        )


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """The numbers of requests that functions sent, repeated ones included."""

    s3_list: int = 0
    s3_get: int = 0
    s3_put: int = 0
    s3_delete: int = 0
    glue: int = 0

    def __add__(self, other: RequestCounts) -> RequestCounts:
        """Return the sums."""
        return RequestCounts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @classmethod
    def of(cls, operations: Iterable[tuple[str, str]]) -> RequestCounts:
        """Count requests, each given by its service and its operation, as botocore names them."""
        return cls(**Counter(kind for service, operation in operations if (kind := _kind(service, operation))))

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> RequestCounts:
        """Parse a document of counts."""
        return cls(**{each.name: count_value(document[each.name]) for each in fields(cls)})


def _kind(service: str, operation: str) -> str | None:
    """Return the count to which a request belongs; None for a service whose requests cost nothing.

    S3 bills by the verb: https://aws.amazon.com/s3/pricing/
    """
    if service != "s3":
        return service if service == "glue" else None
    verbs = {"List": "s3_list", "Put": "s3_put", "Copy": "s3_put", "Delete": "s3_delete"}
    return next((kind for verb, kind in verbs.items() if operation.startswith(verb)), "s3_get")


@dataclass(frozen=True, slots=True)
class RunUsage:
    """The usage in a receipt.

    Attributes
    ----------
    jobs
        All jobs of the run in the receipt of its first table, and none in the others; None if they are unknown.
    functions, requests
        Of the table's own registration and, in the first table's receipt, of PlanRun.
    athena_bytes
        The bytes that repairs of tables scanned before this registration; None if there was none, or it is unknown.
    """

    jobs: tuple[JobUsage, ...] | None
    functions: tuple[FunctionUsage, ...] = ()
    requests: RequestCounts = field(default_factory=RequestCounts)
    athena_bytes: int | None = None

    @property
    def instance_seconds(self) -> float:
        """The sum of the known durations of the jobs, each counted for each of its instances."""
        return sum((job.seconds or 0.0) * job.instance_count for job in self.jobs or ())

    def document(self) -> dict[str, Any]:
        """Return the usage as a JSON document."""
        return {
            "jobs": None if self.jobs is None else [job.document() for job in self.jobs],
            "functions": [asdict(function) for function in self.functions],
            "requests": asdict(self.requests),
            "athena_bytes": self.athena_bytes,
        }

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> RunUsage:
        """Parse a document. Raises KeyError, TypeError or ValueError if it is invalid."""
        jobs, scanned = document["jobs"], document["athena_bytes"]
        return cls(
            None if jobs is None else tuple(JobUsage.parse(job) for job in jobs),
            tuple(FunctionUsage.parse(function) for function in document["functions"]),
            RequestCounts.parse(document["requests"]),
            None if scanned is None else count_value(scanned),
        )


@dataclass(frozen=True, slots=True)
class CallUsage:
    """The usage of a call of a function, which PlanRun passes to the first registration as a string."""

    function: FunctionUsage
    requests: RequestCounts

    def text(self) -> str:
        """Return the usage as a string, which fits into an output of a SageMaker pipeline's step."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def parse(cls, text: str) -> CallUsage:
        """Parse the string. Raises KeyError, TypeError or ValueError if it is invalid."""
        document = json.loads(text)
        return cls(FunctionUsage.parse(document["function"]), RequestCounts.parse(document["requests"]))


def region_of(arn: str) -> str | None:
    """Return the region in an ARN; None if it is not an ARN, or has none."""
    parts = arn.split(":")
    return (parts[3] or None) if len(parts) > 5 else None


def only(found: object) -> object:
    """Return the value of a path of a state's result that finds any number of values; None if it did not find one."""
    return found[0] if isinstance(found, list) and len(found) == 1 else None


def moment_of(value: object) -> datetime | None:
    """Return a time in a job's result, in epoch milliseconds or ISO 8601; None if it is neither.

    A result without it is not documented, and must not stop a registration.
    """
    try:
        return time_value(value)
    except ValueError:
        return None


def _moment(value: object) -> datetime | None:
    return None if value is None else parse_instant(string_value(value))


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else format_instant(moment, "milliseconds")
