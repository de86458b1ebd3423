"""The EventBridge events ``SageMaker Model Building Pipeline Execution Status Change`` and ``… Step Status Change``.

https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import queue
import threading
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.clients import client

_LOG = logging.getLogger(__name__)
_DETAIL_TYPE = "SageMaker Model Building Pipeline Execution"


class StatusEvents:
    """Sends the events of an execution in order, from its own thread, so that failures do not affect the execution."""

    def __init__(self, pipeline_arn: str, execution_arn: str, region: str) -> None:
        self._resources = [pipeline_arn, execution_arn]
        self._common = {"pipelineArn": pipeline_arn, "pipelineExecutionArn": execution_arn}
        self._region = region
        self._entries: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        threading.Thread(target=self._put, name="pipeline-events", daemon=True).start()

    def execution_changed(self, detail: dict[str, Any]) -> None:
        """Send the event of a changed execution."""
        self._tell("Status Change", detail)

    def step_changed(self, detail: dict[str, Any]) -> None:
        """Send the event of a changed step."""
        self._tell("Step Status Change", detail)

    def end(self) -> None:
        """Stop the thread after the last event."""
        self._entries.put(None)

    def _tell(self, what: str, detail: dict[str, Any]) -> None:
        present = {name: value for name, value in {**detail, **self._common}.items() if value is not None}
        self._entries.put(
            {
                "Source": "aws.sagemaker",
                "DetailType": f"{_DETAIL_TYPE} {what}",
                "Resources": self._resources,
                "Detail": json.dumps(present, default=_iso),
            }
        )

    def _put(self) -> None:
        while (entry := self._entries.get()) is not None:
            try:
                client("events", self._region).put_events(Entries=[entry])
            except (BotoCoreError, ClientError) as error:
                _LOG.warning("the status event of %s could not be sent: %s", self._resources[1], error)


def _iso(value: object) -> str:
    if isinstance(value, dt.datetime):
        return f"{value.isoformat(timespec='seconds')}Z"
    raise TypeError(f"a {type(value).__name__} in an event")
