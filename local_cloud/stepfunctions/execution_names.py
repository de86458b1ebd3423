"""An execution that is started without a name gets one, as AWS gives it; a name that it has is held to the rules of names.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from moto.stepfunctions.parser.backend.execution import Execution


def name_executions() -> None:
    """Hook into the start of every execution."""
    replace(StepFunctionsParserBackend, "start_execution", _start_execution)


def _start_execution(
    self: StepFunctionsParserBackend,
    state_machine_arn: str,
    name: str | None = None,
    execution_input: Any = None,
    trace_header: Any = None,
) -> Execution:
    start = original_of(StepFunctionsParserBackend, "start_execution")
    if name:
        self._validate_name(name)
    execution: Execution = start(self, state_machine_arn, name or str(uuid.uuid4()), execution_input, trace_header)
    return execution
