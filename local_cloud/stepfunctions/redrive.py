"""RedriveExecution: moto's interpreter keeps no state to go on from, and so it is refused by name.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html
"""

from __future__ import annotations

from typing import NoReturn

from moto.core.exceptions import JsonRESTError
from moto.stepfunctions.responses import StepFunctionResponse

from local_cloud.patching import add


def refuse_redrives() -> None:
    """Answer the call, which moto does not know."""
    add(StepFunctionResponse, "redrive_execution", _redrive_execution)


def _redrive_execution(response: StepFunctionResponse) -> NoReturn:
    execution = response._get_param("executionArn")
    raise JsonRESTError(
        "ExecutionNotRedrivable",
        f"the local cloud can't redrive {execution}: it keeps no state from which an execution could go on. Start a new execution with "
        "the same input instead",
    )
