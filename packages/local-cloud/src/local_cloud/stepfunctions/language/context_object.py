"""The context object, which paths with ``$$.`` read.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from local_cloud.patching import original_of, replace
from local_cloud.stepfunctions.language.timestamps import format_timestamp

if TYPE_CHECKING:
    from moto.stepfunctions.parser.asl.eval.environment import Environment


def fill_context() -> None:
    """Replace moto's content of the context object at the start and in each state."""
    # moto: Step Functions' context object lacks RedriveCount and RetryCount, and has a StartTime that is not a string; not reported yet: AWS
    # documents both counts, and times as ISO 8601 strings.
    replace(ExecutionWorker, "_get_evaluation_environment", _start)
    replace(CommonStateField, "_eval_state_input", _enter)


def _start(self: ExecutionWorker) -> Environment:
    env: Environment = original_of(ExecutionWorker, "_get_evaluation_environment")(self)
    # moto declares a string, and sets a datetime.
    execution: Any = env.states.context_object.context_object_data["Execution"]
    execution |= {"StartTime": format_timestamp(execution["StartTime"]), "RedriveCount": 0}
    return env


def _enter(self: CommonStateField, env: Environment) -> None:
    state: Any = env.states.context_object.context_object_data["State"]
    state |= {"EnteredTime": format_timestamp(dt.datetime.fromisoformat(state["EnteredTime"])), "RetryCount": 0}
    original_of(CommonStateField, "_eval_state_input")(self, env)
