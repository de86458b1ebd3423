"""StopExecution keeps the error and the cause that it is given, for the execution's history; moto drops both.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.stepfunctions.responses import StepFunctionResponse

from local_cloud.patching import replace


def keep_stop_reasons() -> None:
    """Hook into the call."""
    replace(StepFunctionResponse, "stop_execution", _stop_execution)


def _stop_execution(self: StepFunctionResponse) -> ActionResult:
    execution: Any = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    now = utcnow()
    execution.stop(stop_date=now, error=self._get_param("error"), cause=self._get_param("cause"))
    return ActionResult({"stopDate": execution.stop_date or now})
