"""The announcement of a publication: an event on EventBridge's default bus, for everything that waits for a table.

A run that has published does not fail because nobody could be told. An event that EventBridge does not take goes to the lake's dead-letter
queue, whose alarm reports it; only if the queue does not take it either, the call fails, so that the failure of the run is reported.
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.instants import format_instant
from partitioned_pipelines.lake.runs.published_event import DETAIL_TYPE, FORMAT_VERSION, event_source
from partitioned_pipelines.lake.stack_names import undelivered_queue_name
from partitioned_pipelines.runtime.decision_log import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

    from partitioned_pipelines.lake.function_events.requests import RegistrationRequest
    from partitioned_pipelines.lake.runs.interval_mark import IntervalMark
    from partitioned_pipelines.lake.runs.published_event import PartitionCount, PublishedDetail

_ATTEMPTS = 4
_LONGEST_VALUES = 256
_LONGEST_ATTRIBUTE = 1024


class UnannouncedError(RuntimeError):
    """A run has published, and neither EventBridge nor the dead-letter queue took the event."""


@dataclass(frozen=True, slots=True)
class Announcer:
    """Puts events; each client is created when it is first needed."""

    events: Callable[[], EventBridgeClient]
    sqs: Callable[[], SQSClient]
    sleep: Callable[[float], None] = time.sleep

    def announce(self, deployment: str, detail: PublishedDetail) -> None:
        """Put the event of a publication.

        Parameters
        ----------
        deployment
            The prefix of the deployment's stacks.

        Raises
        ------
        UnannouncedError
            If the event could be put neither on the bus nor in the dead-letter queue.
        """
        why = ""
        for attempt in range(_ATTEMPTS):
            why = self._put(deployment, detail)
            if not why:
                tell("announced", outcome=detail["outcome"], source=event_source(deployment))
                return
            if attempt + 1 < _ATTEMPTS:
                self.sleep(0.2 * 2**attempt)
        tell("not_announced", logging.ERROR, reason=why, receipt=detail["receipt"])
        self._set_aside(deployment, detail, why)

    def _put(self, deployment: str, detail: PublishedDetail) -> str:
        """Put the event; return why it was not taken, or an empty string."""
        entry = {
            "Source": event_source(deployment),
            "DetailType": DETAIL_TYPE,
            "Detail": json.dumps(detail, ensure_ascii=False),
        }
        try:
            answer = self.events().put_events(Entries=[entry])  # type: ignore[list-item]  # a plain dict
        except Exception as error:  # noqa: BLE001 - whatever it is, the run has published: the event goes to the queue
            return f"{type(error).__name__}: {error}"
        # The call succeeds although the entry was refused.
        if not answer["FailedEntryCount"]:
            return ""
        refused = answer["Entries"][0]
        return f"{refused.get('ErrorCode')}: {refused.get('ErrorMessage')}"

    def _set_aside(self, deployment: str, detail: PublishedDetail, why: str) -> None:
        body = json.dumps(
            {"source": event_source(deployment), "detail-type": DETAIL_TYPE, "detail": detail}, ensure_ascii=False
        )
        try:
            sqs = self.sqs()
            url = sqs.get_queue_url(QueueName=undelivered_queue_name(deployment))["QueueUrl"]
            sqs.send_message(
                QueueUrl=url,
                MessageBody=body,
                MessageAttributes={
                    "ERROR_MESSAGE": {"DataType": "String", "StringValue": why[:_LONGEST_ATTRIBUTE]},
                    "RUN_ID": {"DataType": "String", "StringValue": detail["run_id"]},
                },
            )
        except Exception as error:
            raise UnannouncedError(
                f"{detail['table']} is published, and others were not told: EventBridge refused the event ({why}), and the queue "
                f"{undelivered_queue_name(deployment)} did not take it ({error}). Restore both permissions with "
                "`pipelines deploy --target aws`, then redrive the execution"
            ) from error


def published_detail(
    request: RegistrationRequest, mark: IntervalMark, values: Sequence[tuple[str, ...]], kept_newer: int, receipt: str
) -> PublishedDetail:
    """Return what the event says of a run.

    Parameters
    ----------
    values
        The values of the partitions that show the run's files, in order.
    """
    run, table = request.run, request.table
    return {
        "format_version": FORMAT_VERSION,
        "table": table.full_name,
        "database": table.database_name,
        "name": table.table_name,
        "pipeline": run.pipeline,
        "outcome": "empty" if mark.outcome == "empty" else "published",
        "interval": {"start": format_instant(mark.start), "end": format_instant(mark.end)},
        "process_start": run.process_start,
        "process_end": run.process_end,
        "partitions": _counted(values),
        "kept_newer": kept_newer,
        "run_id": run.run_id,
        "execution": run.execution_arn,
        "receipt": receipt,
    }


def _counted(values: Sequence[tuple[str, ...]]) -> PartitionCount:
    counted: PartitionCount = {"count": len(values)}
    if values and sum(map(len, (*values[0], *values[-1]))) <= _LONGEST_VALUES:
        counted |= {"first": list(values[0]), "last": list(values[-1])}
    return counted
