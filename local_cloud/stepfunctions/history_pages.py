"""GetExecutionHistory answers in pages, and backwards when asked: of a run that failed, the last event is the first that one wants to see.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.exceptions import InvalidToken
from moto.stepfunctions.responses import StepFunctionResponse

from local_cloud.patching import replace

_DEFAULT_PAGE = 100


def page_histories() -> None:
    """Hook into the call."""
    replace(StepFunctionResponse, "get_execution_history", _get_execution_history)


def _get_execution_history(self: StepFunctionResponse) -> ActionResult:
    history: dict[str, Any] = self.stepfunction_backend.get_execution_history(self._get_param("executionArn"))
    events = sorted(history["events"], key=lambda event: event["id"], reverse=bool(self._get_param("reverseOrder")))
    start = _start(self._get_param("nextToken"))
    end = start + (self._get_param("maxResults") or _DEFAULT_PAGE)  # 0 means the default
    answer: dict[str, Any] = {"events": events[start:end]}
    if end < len(events):
        answer["nextToken"] = str(end)
    return ActionResult(answer)


def _start(token: str | None) -> int:
    if not token:
        return 0
    if not token.isdecimal():
        raise InvalidToken
    return int(token)
