"""The EventBridge event ``Step Functions Execution Status Change``, sent when an execution starts or ends.

https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution

from local_cloud.backend_lock import backend_lock
from local_cloud.cloudwatch.service_metrics import put_metrics
from local_cloud.events.put_events import put_service_event
from local_cloud.patching import original_of, replace
from local_cloud.stepfunctions.executions.redrive import describe_redrives

if TYPE_CHECKING:
    import datetime as dt

_METRICS = {
    "ABORTED": "ExecutionsAborted",
    "FAILED": "ExecutionsFailed",
    "SUCCEEDED": "ExecutionsSucceeded",
    "TIMED_OUT": "ExecutionsTimedOut",
}


def emit_status_events() -> None:
    """Replace the start and the end of moto's executions."""
    # moto: Step Functions does not send status change events to EventBridge; not reported yet: AWS sends an event when an execution starts and
    # when it ends.
    replace(Execution, "start", _start)
    replace(BaseExecutionWorkerCommunication, "_reflect_execution_status", _reflect_execution_status)


def _start(execution: Execution) -> None:
    original_of(Execution, "start")(execution)
    machine = {"StateMachineArn": execution.state_machine.arn}
    put_metrics(execution.region_name, "AWS/States", machine, {"ExecutionsStarted": 1})
    emit_status(execution, "RUNNING")


def _reflect_execution_status(communication: BaseExecutionWorkerCommunication) -> None:
    with backend_lock():  # who sees the end may redrive the execution
        original_of(BaseExecutionWorkerCommunication, "_reflect_execution_status")(communication)
        worker: Any = communication.execution.exec_worker
        ended = worker.env.program_state()
        if isinstance(ended, ProgramStopped):
            communication.execution.error, communication.execution.cause = ended.error, ended.cause
        emit_status(communication.execution, ExecutionStatus(communication.execution.exec_status).value)


def emit_status(execution: Execution, status: str) -> None:
    """Send the event of an execution that has started or ended, and put the metrics of its end."""
    if status in _METRICS:
        _put_metrics_of_end(execution, status)
    detail = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine.arn,
        "name": execution.name,
        "status": status,
        "startDate": _epoch_milliseconds(execution.start_date),
        "stopDate": None if status == "RUNNING" else _epoch_milliseconds(execution.stop_date),
        "input": execution.input_data if isinstance(execution.input_data, str) else to_json_str(execution.input_data),
        "output": to_json_str(execution.output) if status == "SUCCEEDED" else None,
        "error": execution.error,
        "cause": execution.cause,
        **_redrives(execution),
    }
    resources = [execution.exec_arn]
    put_service_event(execution.region_name, "aws.states", "Step Functions Execution Status Change", resources, detail)


def _put_metrics_of_end(execution: Execution, status: str) -> None:
    """Put the metrics of an ended execution: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html."""
    region, machine = execution.region_name, {"StateMachineArn": execution.state_machine.arn}
    put_metrics(region, "AWS/States", machine, {_METRICS[status]: 1})
    if execution.start_date and execution.stop_date:
        milliseconds = (execution.stop_date - execution.start_date).total_seconds() * 1000
        put_metrics(region, "AWS/States", machine, {"ExecutionTime": milliseconds}, "Milliseconds")


def _redrives(execution: Execution) -> dict[str, Any]:
    described = dict.fromkeys(("redriveDate", "redriveStatusReason")) | describe_redrives(execution)
    return described | {"redriveDate": _epoch_milliseconds(described["redriveDate"])}


def _epoch_milliseconds(value: dt.datetime | None) -> int | None:
    return None if value is None else int(value.timestamp() * 1000)
