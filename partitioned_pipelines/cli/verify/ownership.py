"""A guard for API calls: no request that changes a resource leaves this process unless the resource belongs to the copy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import boto3
    from botocore.model import OperationModel

    from partitioned_pipelines.cli.verify.copy import Names

_READING = ("Get", "List", "Describe", "Head", "BatchGet")


class ForeignResourceError(RuntimeError):
    """A request would have changed a resource that does not belong to the copy."""


@dataclass
class Ownership:
    """The resources that belong to the copy.

    Attributes
    ----------
    names
        The copy's names.
    physical_ids
        Names and ARNs of its stacks' resources, as listed by CloudFormation, and ids of its queries.
    """

    names: Names
    physical_ids: set[str] = field(default_factory=set)

    def guard(self, session: boto3.Session) -> None:
        """Check each request of the session's clients that are created after this call."""
        session.events.register("before-parameter-build", self._check)
        session.events.register("after-call.athena.StartQueryExecution", self._learn_query)

    def _check(self, params: Mapping[str, Any], model: OperationModel, **_rest: Any) -> None:
        operation = model.name
        if operation.startswith(_READING):
            return
        service = model.service_model.service_name
        rule = _RULES.get((service, operation))
        if rule is None:
            raise ForeignResourceError(f"verify never calls {service}:{operation}")
        name, owns = rule
        value = params.get(name)
        if not isinstance(value, str) or not owns(self, value):
            raise ForeignResourceError(f"{service}:{operation} on {value!r}, which is not {self.names.prefix}'s")

    def _learn_query(self, parsed: Mapping[str, Any], **_rest: Any) -> None:
        if "QueryExecutionId" in parsed:
            self.physical_ids.add(parsed["QueryExecutionId"])


def _is_listed(own: Ownership, value: str) -> bool:
    return value in own.physical_ids


def _is_stack(own: Ownership, value: str) -> bool:
    return value in own.names.stacks


def _is_execution(own: Ownership, arn: str) -> bool:
    machine = ":".join(arn.replace(":execution:", ":stateMachine:").split(":")[:7])
    return ":execution:" in arn and machine in own.physical_ids


def _is_database(own: Ownership, value: str) -> bool:
    return value == own.names.database


def _is_work_group(own: Ownership, value: str) -> bool:
    return value == own.names.prefix


def _is_queue(own: Ownership, value: str) -> bool:
    return value.rpartition("/")[2] == own.names.queue


def _is_schedule(own: Ownership, value: str) -> bool:
    return value == own.names.schedule


def _is_a_jobs(own: Ownership, value: str) -> bool:
    return value.startswith(own.names.job_beginning)


_RULES: dict[tuple[str, str], tuple[str, Callable[[Ownership, str], bool]]] = {
    ("athena", "StartQueryExecution"): ("WorkGroup", _is_work_group),
    ("athena", "StopQueryExecution"): ("QueryExecutionId", _is_listed),
    ("cloudformation", "DeleteStack"): ("StackName", _is_stack),
    ("glue", "BatchCreatePartition"): ("DatabaseName", _is_database),
    ("glue", "BatchUpdatePartition"): ("DatabaseName", _is_database),
    ("glue", "CreateTable"): ("DatabaseName", _is_database),
    ("logs", "DeleteLogStream"): ("logStreamName", _is_a_jobs),
    ("s3", "DeleteObject"): ("Bucket", _is_listed),
    ("s3", "DeleteObjects"): ("Bucket", _is_listed),
    ("s3", "PutObject"): ("Bucket", _is_listed),
    ("sagemaker", "StopProcessingJob"): ("ProcessingJobName", _is_a_jobs),
    ("scheduler", "CreateSchedule"): ("Name", _is_schedule),
    ("scheduler", "DeleteSchedule"): ("Name", _is_schedule),
    ("sns", "Subscribe"): ("TopicArn", _is_listed),
    ("sqs", "CreateQueue"): ("QueueName", _is_queue),
    ("sqs", "DeleteQueue"): ("QueueUrl", _is_queue),
    ("sqs", "ReceiveMessage"): ("QueueUrl", _is_queue),
    ("stepfunctions", "RedriveExecution"): ("executionArn", _is_execution),
    ("stepfunctions", "StartExecution"): ("stateMachineArn", _is_listed),
    ("stepfunctions", "StopExecution"): ("executionArn", _is_execution),
}
