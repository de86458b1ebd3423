"""The partitions of one Glue table, in Glue's batch sizes, with every item of every answer checked."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import ErrorDetailTypeDef, PartitionInputTypeDef, PartitionTypeDef, TableTypeDef

    Values = tuple[str, ...]

_Answer = TypeVar("_Answer")

# Glue's limits: https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html and its siblings
CREATE_BATCH = 100
UPDATE_BATCH = 100
GET_BATCH = 1000
_GET_ATTEMPTS = 8
_SOME = 100
_MAX_REPORTED_ERRORS = 10

# Codes of an item or of a whole call: https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html#API_BatchCreatePartition_Errors
BUSY_CODES = frozenset({"ConcurrentModificationException", "OperationTimeoutException"})
_PAUSES_SECONDS = (5, 10, 20)


class RegistrationError(RuntimeError):
    """The Data Catalog did not accept a run's partitions.

    Attributes
    ----------
    done
        The number of partitions of the same call that the Data Catalog accepted, according to its answer.
    """

    def __init__(self, message: str, done: int = 0) -> None:
        super().__init__(message)
        self.done = done


class CatalogBusyError(RegistrationError):
    """Partitions were refused for a temporary reason: registering them again is safe and may succeed."""


@dataclass(frozen=True, slots=True)
class TablePartitions:
    """A table in the Data Catalog, and its partitions."""

    glue: GlueClient
    database_name: str
    table_name: str
    sleep: Callable[[float], None] = field(default=time.sleep)

    @property
    def full_name(self) -> str:
        """``database.table``."""
        return f"{self.database_name}.{self.table_name}"

    def get_table(self) -> TableTypeDef:
        """Fetch the table. Raises RegistrationError if it does not exist."""
        try:
            return self.glue.get_table(DatabaseName=self.database_name, Name=self.table_name)["Table"]
        except self.glue.exceptions.EntityNotFoundException as error:
            raise RegistrationError(
                f"the table {self.full_name} is not in the Data Catalog: deploy the pipeline's stack"
            ) from error

    def some(self) -> list[PartitionTypeDef]:
        """Fetch some of the table's partitions, without their columns; all of them if there are few."""
        try:
            answer = self.glue.get_partitions(
                DatabaseName=self.database_name, TableName=self.table_name, MaxResults=_SOME, ExcludeColumnSchema=True
            )
        except self.glue.exceptions.EntityNotFoundException:
            return []  # get_table reports the missing table
        return answer.get("Partitions", [])

    def create(self, inputs: Sequence[PartitionInputTypeDef]) -> list[Values]:
        """Create at most CREATE_BATCH partitions in one call.

        Returns
        -------
        list of tuple of str
            The values of the partitions that already exist and were not changed.
        """
        answer = self.glue.batch_create_partition(
            DatabaseName=self.database_name, TableName=self.table_name, PartitionInputList=inputs
        )
        asked = {tuple(entry["Values"]) for entry in inputs}
        existing, failed, codes = [], [], set[str | None]()
        for item in answer.get("Errors", []):
            values, detail = tuple(item.get("PartitionValues", [])), item.get("ErrorDetail", {})
            if detail.get("ErrorCode") == "AlreadyExistsException" and values in asked:
                existing.append(values)
            else:
                failed.append(_describe(values, detail))
                codes.add(detail.get("ErrorCode"))
        self._raise_failed("created", failed, codes, len(inputs) - len(existing) - len(failed))
        return existing

    def update(self, inputs: Sequence[PartitionInputTypeDef]) -> None:
        """Replace at most UPDATE_BATCH partitions in one call."""
        answer = self.glue.batch_update_partition(
            DatabaseName=self.database_name,
            TableName=self.table_name,
            Entries=[{"PartitionValueList": entry["Values"], "PartitionInput": entry} for entry in inputs],
        )
        errors = answer.get("Errors", [])
        failed = [_describe(tuple(item.get("PartitionValueList", [])), item.get("ErrorDetail", {})) for item in errors]
        self._raise_failed(
            "updated",
            failed,
            {item.get("ErrorDetail", {}).get("ErrorCode") for item in errors},
            len(inputs) - len(failed),
        )

    def get(self, wanted: Sequence[Values]) -> dict[Values, PartitionTypeDef]:
        """Fetch at most GET_BATCH partitions by their values; missing partitions are not in the result."""
        found: dict[Values, PartitionTypeDef] = {}
        pending = list(wanted)
        for attempt in range(_GET_ATTEMPTS):
            answer = self.glue.batch_get_partition(
                DatabaseName=self.database_name,
                TableName=self.table_name,
                PartitionsToGet=[{"Values": values} for values in pending],
            )
            for partition in answer.get("Partitions", []):
                found[tuple(partition.get("Values", []))] = partition
            pending = [tuple(key["Values"]) for key in answer.get("UnprocessedKeys", [])]
            if not pending:
                return found
            self.sleep(0.1 * 2**attempt)
        raise RegistrationError(
            f"{self.full_name}: {len(pending)} partitions were left unprocessed by {_GET_ATTEMPTS} calls of "
            f"BatchGetPartition, among them {list(pending[0])!r}"
        )

    def _raise_failed(self, what: str, failed: list[str], codes: set[str | None], done: int) -> None:
        if not failed:
            return
        shown = "; ".join(failed[:_MAX_REPORTED_ERRORS])
        more = f"; and {len(failed) - _MAX_REPORTED_ERRORS} more" if len(failed) > _MAX_REPORTED_ERRORS else ""
        error = CatalogBusyError if codes <= BUSY_CODES else RegistrationError
        partitions = "1 partition was" if len(failed) == 1 else f"{len(failed)} partitions were"
        raise error(f"{self.full_name}: {partitions} not {what}: {shown}{more}", done)


def repeat_while_busy(call: Callable[[], _Answer], *, sleep: Callable[[float], None] = time.sleep) -> _Answer:
    """Call a function again after a pause while the catalog is busy, which botocore does not do; the last error is raised.

    A state machine retries the Lambda function by the error's name. SageMaker Pipelines calls the function of a Lambda step once, so that the
    handler must retry.
    """
    for pause in _PAUSES_SECONDS:
        try:
            return call()
        except Exception as error:
            if not (isinstance(error, CatalogBusyError) or type(error).__name__ in BUSY_CODES):
                raise
            sleep(pause)
    return call()


def _describe(values: Values, detail: ErrorDetailTypeDef) -> str:
    """Describe an item of Errors; an item without detail is a failure too."""
    code = detail.get("ErrorCode") or "no error code"
    message = detail.get("ErrorMessage")
    return f"{list(values)!r}: {code}{f' ({message})' if message else ''}"
