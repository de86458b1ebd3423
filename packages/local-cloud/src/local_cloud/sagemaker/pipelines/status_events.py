"""The EventBridge events ``SageMaker Model Building Pipeline Execution Status Change`` and ``… Step Status Change``.

https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from local_cloud.events.put_events import put_service_event

_DETAIL_TYPE = "SageMaker Model Building Pipeline Execution"


class StatusEvents:
    """Sends the events of an execution, in order."""

    def __init__(self, pipeline_arn: str, execution_arn: str, region: str) -> None:
        self._resources = [pipeline_arn, execution_arn]
        self._common = {"pipelineArn": pipeline_arn, "pipelineExecutionArn": execution_arn}
        self._region = region

    def execution_changed(self, detail: dict[str, Any]) -> None:
        """Send the event of a changed execution."""
        self._put("Status Change", detail)

    def step_changed(self, detail: dict[str, Any]) -> None:
        """Send the event of a changed step."""
        self._put("Step Status Change", detail)

    def _put(self, what: str, detail: dict[str, Any]) -> None:
        present = {name: value for name, value in {**detail, **self._common}.items() if value is not None}
        plain = json.loads(json.dumps(present, default=_iso))
        put_service_event(self._region, "aws.sagemaker", f"{_DETAIL_TYPE} {what}", self._resources, plain)


def _iso(value: object) -> str:
    if isinstance(value, dt.datetime):
        return f"{value.isoformat(timespec='seconds')}Z"
    raise TypeError(f"a {type(value).__name__} in an event")
