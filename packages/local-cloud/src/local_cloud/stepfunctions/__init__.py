"""Step Functions: corrections and extensions of moto's interpreter."""

from __future__ import annotations

import logging
from operator import attrgetter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import moto.stepfunctions.models as models
import moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_factory as state_task_factory
import moto.stepfunctions.parser.asl.utils.boto_client as boto_client
from moto.core.config import default_user_config
from moto.stepfunctions.exceptions import ResourceNotFound
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.stepfunctions.responses import StepFunctionResponse

from local_cloud.clients import client
from local_cloud.patching import original_of, replace
from local_cloud.resource_tags import check_tagged_resources
from local_cloud.stepfunctions.definitions.definition_check import check_definitions
from local_cloud.stepfunctions.definitions.map_fields import replace_parser
from local_cloud.stepfunctions.definitions.state_machine_calls import check_calls
from local_cloud.stepfunctions.executions.calls import answer_calls
from local_cloud.stepfunctions.executions.dead_threads import fail_executions_whose_thread_dies
from local_cloud.stepfunctions.executions.progress import keep_progress
from local_cloud.stepfunctions.executions.redrive import resume_redriven_executions
from local_cloud.stepfunctions.executions.status_events import emit_status_events
from local_cloud.stepfunctions.executions.stop_execution import stop_executions
from local_cloud.stepfunctions.language.choice_rules import compare_by_type
from local_cloud.stepfunctions.language.context_object import fill_context
from local_cloud.stepfunctions.language.intrinsic_calls import call_functions
from local_cloud.stepfunctions.language.json_paths import read_paths
from local_cloud.stepfunctions.language.states_error import name_errors
from local_cloud.stepfunctions.language.timestamps import wait_for_times
from local_cloud.stepfunctions.maps.calls import answer_map_run_calls
from local_cloud.stepfunctions.maps.distributed_map import run_distributed_maps
from local_cloud.stepfunctions.tasks.athena_query import AthenaQueryTask
from local_cloud.stepfunctions.tasks.nested_execution import NestedExecutionTask
from local_cloud.stepfunctions.tasks.processing_job import ProcessingJobTask
from local_cloud.stepfunctions.tasks.sdk_call import answer_in_json

if TYPE_CHECKING:
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import (
        StateTaskService,
    )

    from local_cloud.settings import Settings
    from local_cloud.stepfunctions.tasks.sync_task import SyncTask


def install(settings: Settings) -> None:
    """Install the corrections and the service integrations."""
    default_user_config["stepfunctions"]["execute_state_machine"] = True
    # moto: CloudFormation creates state machines in the backend that does not execute them, even with execute_state_machine; not reported yet:
    # the resource type should use the configured backend.
    replace(models, "stepfunctions_backends", stepfunctions_parser_backends)
    # extension: tasks with .sync wait for processing jobs, queries and executions.
    replace(state_task_factory, "state_task_service_for", _service_for)
    answer_in_json()
    check_definitions({service: task.actions() for service, task in _TASKS.items()})
    replace_parser()
    check_calls()
    answer_calls()
    check_tagged_resources(StepFunctionResponse, "resourceArn", attrgetter("stepfunction_backend"), ResourceNotFound)
    keep_progress()
    resume_redriven_executions()
    run_distributed_maps()
    answer_map_run_calls()
    emit_status_events()
    fail_executions_whose_thread_dies()
    stop_executions()
    name_errors()
    read_paths()
    call_functions()
    compare_by_type()
    wait_for_times()
    fill_context()
    _share_clients()
    # moto logs the interpreter's whole state for each failed state, which the execution's history already has.
    logging.getLogger("moto.stepfunctions.parser").setLevel(logging.CRITICAL)


_TASKS: dict[str, type[SyncTask | NestedExecutionTask]] = {
    "athena": AthenaQueryTask,
    "sagemaker": ProcessingJobTask,
    "states": NestedExecutionTask,
}


def _service_for(service_name: str) -> StateTaskService:
    if service_name in _TASKS:
        return _TASKS[service_name]()
    service: StateTaskService = original_of(state_task_factory, "state_task_service_for")(service_name)
    return service


def _share_clients() -> None:
    """Sign the interpreter's calls. Its modules import the function that creates clients, so ``boto3`` in that function is replaced.

    All executions share one client for each service.
    """
    # moto: Step Functions' interpreter creates a boto3 client for each state; not reported yet: a client takes megabytes, and could be shared
    # by all executions.
    replace(boto_client, "boto3", SimpleNamespace(client=_client))


def _client(*, service_name: str, region_name: str, **_asked: Any) -> Any:
    return client(service_name, region_name, validates=False)
