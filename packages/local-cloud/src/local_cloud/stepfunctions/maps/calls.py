"""The operations on Map Runs.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListMapRuns.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.parser.api import ResourceNotFound
from moto.stepfunctions.responses import StepFunctionResponse

from local_cloud.patching import replace
from local_cloud.stepfunctions.pages import step_functions_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    from local_cloud.stepfunctions.maps.map_run import MapRun


def answer_map_run_calls() -> None:
    """Replace moto's operations."""
    # moto: Step Functions' operations on Map Runs fail with an internal error while an execution begins, and do not return pages; not
    # reported yet: an execution without an environment has no Map Runs.
    replace(StepFunctionResponse, "list_map_runs", _list_map_runs)
    replace(StepFunctionResponse, "describe_map_run", _describe_map_run)
    replace(StepFunctionResponse, "update_map_run", _update_map_run)


def find_map_run(backend: StepFunctionsParserBackend, arn: str) -> MapRun:
    """Return a Map Run.

    Raises
    ------
    ResourceNotFound
        If no Map Run has the ARN.
    """
    for execution in backend._get_executions():
        for run in _map_runs(execution):
            if run.map_run_arn == arn:
                return run
    raise ResourceNotFound(f"Resource not found: '{arn}'")


def _map_runs(execution: Any) -> Iterator[MapRun]:
    env = execution.exec_worker and execution.exec_worker.env
    if env is not None:
        yield from env.map_run_record_pool_manager.get_all()


def _list_map_runs(self: StepFunctionResponse) -> ActionResult:
    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    newest_first = sorted(_map_runs(execution), key=lambda run: run.start_date, reverse=True)
    return ActionResult(step_functions_page(self, "mapRuns", [run.list_item() for run in newest_first]))


def _describe_map_run(self: StepFunctionResponse) -> ActionResult:
    backend: Any = self.stepfunction_backend
    return ActionResult(find_map_run(backend, self._get_param("mapRunArn")).describe())


def _update_map_run(self: StepFunctionResponse) -> EmptyResult:
    backend: Any = self.stepfunction_backend
    find_map_run(backend, self._get_param("mapRunArn")).update(
        max_concurrency=self._get_param("maxConcurrency"),
        tolerated_failure_count=self._get_param("toleratedFailureCount"),
        tolerated_failure_percentage=self._get_param("toleratedFailurePercentage"),
    )
    return EmptyResult()
