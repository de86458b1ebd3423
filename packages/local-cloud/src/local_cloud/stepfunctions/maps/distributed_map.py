"""A Distributed Map state: one child execution for each item, so many at a time as the Map Run's concurrency allows.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map as state_map
from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType, MapRunStatus
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (
    DistributedIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap
from moto.stepfunctions.parser.asl.component.state.exec.state_map.tolerated_failure import (
    ToleratedFailureCountDecl,
    ToleratedFailurePercentageDecl,
)

from local_cloud.patching import original_of, replace
from local_cloud.stepfunctions.executions.progress import progress_of
from local_cloud.stepfunctions.language.states_error import is_within_size_quota
from local_cloud.stepfunctions.maps.children import Children
from local_cloud.stepfunctions.maps.map_run import MapRun

if TYPE_CHECKING:
    from moto.stepfunctions.parser.asl.component.state.state_props import StateProps
    from moto.stepfunctions.parser.asl.eval.environment import Environment

_THRESHOLDS = {"count": ToleratedFailureCountDecl, "percentage": ToleratedFailurePercentageDecl}


def run_distributed_maps() -> None:
    """Replace moto's Map Runs."""
    # moto: Step Functions' Distributed Map ignores tolerated failures, succeeds when it is stopped, and counts items only once they have
    # begun; not reported yet: a Map Run fails with States.ExceedToleratedFailureThreshold, is ABORTED, and its items are pending at first.
    replace(state_map, "MapRunRecord", MapRun)
    replace(StateMap, "from_state_props", _from_state_props)
    replace(DistributedIterationComponent, "_eval_body", _eval_body)


def _from_state_props(self: StateMap, state_props: StateProps) -> None:
    original_of(StateMap, "from_state_props")(self, state_props)
    component: Any = self.iteration_component
    component.thresholds = frozenset(name for name, kind in _THRESHOLDS.items() if state_props.get(kind) is not None)


def _eval_body(self: Any, env: Environment) -> None:
    given = env.stack.pop()
    run = _begin(self, env, given)
    try:
        outputs = Children(self, env, given, run, _items(env, given, run)).run()
        if env.is_running():
            _check_thresholds(env, run)
            _check_size(env, outputs)
    except Exception as failure:
        details = _failed_details(failure)
        _end(env, run, MapRunStatus.FAILED, HistoryEventType.MapRunFailed, {"mapRunFailedEventDetails": details})
        raise
    if not env.is_running():
        _end(env, run, MapRunStatus.ABORTED, HistoryEventType.MapRunAborted)
        raise _failure(env, StatesErrorNameType.StatesTaskFailed, "the Map Run was aborted")
    _end(env, run, MapRunStatus.SUCCEEDED, HistoryEventType.MapRunSucceeded)
    env.stack.append(outputs)


def _failed_details(failure: Exception) -> dict[str, str]:
    known = failure.extract_error_cause_pair() if isinstance(failure, FailureEventException) else None
    return {name: value for name, value in zip(("error", "cause"), known or (), strict=False) if value}


def _begin(component: Any, env: Environment, given: Any) -> MapRun:
    """Begin a Map Run, or resume that of the redriven execution."""
    run: MapRun = given.map_run_record
    progress = progress_of(env)
    details: Any
    if progress.map_run is None:
        progress.map_run = run
        run.thresholds = component.thresholds
        kind, details = HistoryEventType.MapRunStarted, {"mapRunStartedEventDetails": {"mapRunArn": run.map_run_arn}}
    else:
        env.map_run_record_pool_manager._pool.pop(run.map_run_arn)
        run = progress.map_run
        run.redrive()
        redriven = {"mapRunArn": run.map_run_arn, "redriveCount": run.redrives.count}
        kind, details = HistoryEventType.MapRunRedriven, {"mapRunRedrivenEventDetails": redriven}
    env.event_manager.add_event(context=env.event_history_context, event_type=kind, event_details=details)
    return run


def _items(env: Environment, given: Any, run: MapRun) -> list[Any]:
    progress = progress_of(env)
    if progress.items is None:
        progress.items = _read(env, given) if given.item_reader else given.input_items
    run.begin(len(progress.items))
    return progress.items


def _read(env: Environment, given: Any) -> list[Any]:
    try:
        given.item_reader.eval(env=env)
    except (ClientError, ValueError) as error:  # S3's, or of text that is not JSON
        raise _failure(env, StatesErrorNameType.StatesItemReaderFailed, str(error)) from error
    items: list[Any] = env.stack.pop()
    return items


def _check_thresholds(env: Environment, run: MapRun) -> None:
    if run.exceeds_a_threshold():
        raise _failure(
            env,
            StatesErrorNameType.StatesExceedToleratedFailureThreshold,
            "The specified tolerated failure threshold was exceeded",
        )


def _check_size(env: Environment, outputs: list[Any]) -> None:
    """Check the result: it must fit into the state, since there is no ResultWriter."""
    if not is_within_size_quota(outputs):
        raise _failure(
            env,
            StatesErrorNameType.StatesStatesDataLimitExceeded,
            "The state/task returned a result with a size exceeding the maximum number of bytes service limit.",
        )


def _end(env: Environment, run: MapRun, status: MapRunStatus, kind: HistoryEventType, details: Any = None) -> None:
    run.set_stop(status=status)
    env.event_manager.add_event(context=env.event_history_context, event_type=kind, event_details=details)


def _failure(env: Environment, error: StatesErrorNameType, cause: str) -> FailureEventException:
    details: Any = {"executionFailedEventDetails": {"error": error.to_name(), "cause": cause}}
    # moto adds no MapStateFailed after an ExecutionFailed: a state that is stopped did not fail.
    kind = HistoryEventType.TaskFailed if env.is_running() else HistoryEventType.ExecutionFailed
    return FailureEventException(
        FailureEvent(env=env, error_name=StatesErrorName(typ=error), event_type=kind, event_details=details)
    )
