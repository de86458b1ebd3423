"""Step Functions: state machines are interpreted, jobs and queries waited for, and changes of status told to EventBridge."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import moto.stepfunctions.models as models
import moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_factory as state_task_factory
from moto.core.config import default_user_config
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from local_cloud.patching import original_of, replace
from local_cloud.stepfunctions.athena_query_task import AthenaQueryTask
from local_cloud.stepfunctions.branch_errors import keep_errors_of_branches
from local_cloud.stepfunctions.definition_check import check_definitions
from local_cloud.stepfunctions.execution_names import name_executions
from local_cloud.stepfunctions.history_pages import page_histories
from local_cloud.stepfunctions.json_paths import give_single_values
from local_cloud.stepfunctions.own_calls import call_with_own_key
from local_cloud.stepfunctions.processing_job_task import ProcessingJobTask
from local_cloud.stepfunctions.redrive import refuse_redrives
from local_cloud.stepfunctions.status_events import emit_status_events
from local_cloud.stepfunctions.stop_execution import stop_executions

if TYPE_CHECKING:
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import (
        StateTaskService,
    )

    from local_cloud.settings import Settings
    from local_cloud.stepfunctions.sync_task import SyncTask


def install(settings: Settings) -> None:
    """Interpret executions, also of the state machines that CloudFormation makes."""
    default_user_config["stepfunctions"]["execute_state_machine"] = True
    # CloudFormation looks the backends up here, and would use those that interpret nothing.
    replace(models, "stepfunctions_backends", stepfunctions_parser_backends)
    replace(state_task_factory, "state_task_service_for", _service_for)
    check_definitions()
    name_executions()
    emit_status_events()
    refuse_redrives()
    page_histories()
    stop_executions()
    keep_errors_of_branches()
    give_single_values()
    call_with_own_key()
    # A state that fails is in the execution's history; there is no need to write the whole interpreter's state into the log.
    logging.getLogger("moto.stepfunctions.parser").setLevel(logging.CRITICAL)


_TASKS: dict[str, type[SyncTask]] = {"athena": AthenaQueryTask, "sagemaker": ProcessingJobTask}


def _service_for(service_name: str) -> StateTaskService:
    if service_name in _TASKS:
        return _TASKS[service_name]()
    service: StateTaskService = original_of(state_task_factory, "state_task_service_for")(service_name)
    return service
