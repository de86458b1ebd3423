"""The operations on executions: StartExecution, descriptions, lists, history and RedriveExecution.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.stepfunctions.parser.api import InvalidExecutionInput
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from local_cloud.patching import add, original_of, replace
from local_cloud.stepfunctions.executions.redrive import describe_redrives, redrive, redrives_of
from local_cloud.stepfunctions.executions.status_events import emit_status
from local_cloud.stepfunctions.language.intrinsic_functions import dump, load
from local_cloud.stepfunctions.maps.calls import find_map_run
from local_cloud.stepfunctions.pages import step_functions_page

if TYPE_CHECKING:
    from moto.stepfunctions.parser.backend.execution import Execution


def answer_calls() -> None:
    """Replace moto's operations."""
    # moto: Step Functions' StartExecution accepts NaN and Infinity in the input; not reported yet: AWS answers InvalidExecutionInput, since
    # they are not JSON.
    replace(StepFunctionsParserBackend, "start_execution", _start_execution)
    # moto: Step Functions' DescribeExecution lacks members, ListExecutions is not sorted, and GetExecutionHistory ignores pages and
    # reverseOrder; not reported yet: see the API reference of the three operations.
    replace(StepFunctionResponse, "describe_execution", _describe_execution)
    replace(StepFunctionResponse, "list_executions", _list_executions)
    replace(StepFunctionResponse, "get_execution_history", _get_execution_history)
    # moto: Step Functions' DescribeStateMachineForExecution returns the present state machine; not reported yet: AWS returns the definition and
    # the role with which the execution began.
    replace(StepFunctionResponse, "describe_state_machine_for_execution", _describe_state_machine_for_execution)
    # extension: moto has no RedriveExecution.
    add(StepFunctionResponse, "redrive_execution", _redrive_execution)


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
    self.describe_state_machine(state_machine_arn)
    try:
        load("{}" if execution_input is None else execution_input)
    except ValueError as error:
        raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{error}'") from error
    execution: Execution = start(self, state_machine_arn, name or str(uuid.uuid4()), execution_input, trace_header)
    return execution


def _describe_execution(self: StepFunctionResponse) -> ActionResult:
    execution: Any = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    answer = _summary(execution) | {"input": execution.execution_input, "inputDetails": {"included": True}}
    answer |= describe_redrives(execution)
    if execution.status == "SUCCEEDED":
        answer |= {"output": dump(execution.output), "outputDetails": {"included": True}}
    answer |= {key: getattr(execution, key) for key in ("error", "cause") if getattr(execution, key) is not None}
    return ActionResult(answer)


def _describe_state_machine_for_execution(self: StepFunctionResponse) -> ActionResult:
    execution: Any = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    machine = execution.state_machine  # a copy as of the start
    return ActionResult(
        {
            "stateMachineArn": machine.arn,
            "name": machine.name,
            "definition": machine.definition,
            "roleArn": machine.roleArn,
            "updateDate": machine.update_date,
            "loggingConfiguration": machine.loggingConfiguration,
            "tracingConfiguration": machine.tracingConfiguration,
            "encryptionConfiguration": machine.encryptionConfiguration,
        }
    )


def _list_executions(self: StepFunctionResponse) -> ActionResult:
    backend: Any = self.stepfunction_backend
    machine, run = self._get_param("stateMachineArn"), self._get_param("mapRunArn")
    if (machine is None) == (run is None):
        raise _invalid("Exactly one of stateMachineArn and mapRunArn must be given")
    if machine is not None and self._get_param("redriveFilter"):
        raise _invalid("redriveFilter can only be given with a mapRunArn")
    if machine is not None and self._get_param("statusFilter") == "PENDING_REDRIVE":
        raise _invalid("The statusFilter PENDING_REDRIVE can only be given with a mapRunArn")
    if run is not None:
        found = find_map_run(backend, run).executions()
    else:
        found = [_summary(each) for each in backend.describe_state_machine(machine).executions]
    status, redriven = self._get_param("statusFilter"), self._get_param("redriveFilter")
    kept = [
        each
        for each in found
        if status in (None, each["status"])
        and redriven in (None, "REDRIVEN" if each["redriveCount"] else "NOT_REDRIVEN")
    ]
    newest_first = sorted(kept, key=lambda each: each["startDate"], reverse=True)
    return ActionResult(step_functions_page(self, "executions", newest_first))


def _invalid(message: str) -> JsonRESTError:
    return JsonRESTError("ValidationException", message)


def _get_execution_history(self: StepFunctionResponse) -> ActionResult:
    history: dict[str, Any] = self.stepfunction_backend.get_execution_history(self._get_param("executionArn"))
    events = sorted(history["events"], key=lambda event: event["id"], reverse=bool(self._get_param("reverseOrder")))
    return ActionResult(step_functions_page(self, "events", events))


def _redrive_execution(self: StepFunctionResponse) -> ActionResult:
    execution: Any = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    token = self._get_param("clientToken")
    date = redrives_of(execution).begun_by(token)
    if date is None:
        date = redrive(execution, token)
        emit_status(execution, "RUNNING")
    return ActionResult({"redriveDate": date})


def _summary(execution: Any) -> dict[str, Any]:
    summary = {
        "executionArn": execution.execution_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.start_date,
        **redrives_of(execution).members(),
    }
    return summary if execution.stop_date is None else summary | {"stopDate": execution.stop_date}
