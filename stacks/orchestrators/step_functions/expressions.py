"""The conversion of a request's `RunValue`s to the Amazon States Language: the key gets the suffix ``.$``, the value is an expression.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.spec import job_layers, job_of
from stacks.orchestrators.run_values import (
    ExecutionFact,
    JobArguments,
    JobFact,
    NewPrefix,
    OutputOf,
    Planned,
    PlannedArguments,
    PlannedEnvironment,
    RunFact,
    RunValue,
)

if TYPE_CHECKING:
    from partitioned_pipelines.lake.function_events.payloads import StepPlanField
    from partitioned_pipelines.spec import Pipeline

# https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
_EXECUTION = {"id": "Id", "name": "Name", "start_time": "StartTime", "input": "Input"}


def in_states_language(pipeline: Pipeline, request: Any) -> Any:
    """Return the request in the form of a Task's Parameters."""
    if isinstance(request, dict):
        return {
            f"{key}.$" if isinstance(value, RunValue) else key: expression(pipeline, value)
            if isinstance(value, RunValue)
            else in_states_language(pipeline, value)
            for key, value in request.items()
        }
    if isinstance(request, list):
        return [in_states_language(pipeline, entry) for entry in request]
    return request


def expression(pipeline: Pipeline, value: RunValue) -> str:
    """Return the expression for a value in the state of an execution."""
    match value:
        case Planned(step, kind, name):
            return f"{step_plan_path(step, kind)}.{name}"
        case PlannedArguments(step):
            return step_plan_path(step, "arguments")
        case JobArguments(counts):
            each = [f"{step_plan_path(step, 'arguments')}[{i}]" for step, count in counts.items() for i in range(count)]
            return f"States.Array({', '.join(each)})"
        case PlannedEnvironment(step):
            return step_plan_path(step, "environment")
        case RunFact(name):
            return f"$.plan.{name}"
        case ExecutionFact(name):
            return f"$$.Execution.{_EXECUTION[name]}"
        case NewPrefix(prefix):
            return f"States.Format('{{}}{{}}/', {expression(pipeline, prefix)}, States.UUID())"
        case OutputOf(step, output):
            return output_uri_path(pipeline, step, output)
        case JobFact(step, member):
            return f"{result_path(pipeline, step)}.{member}"


def step_plan_path(step_name: str, field: StepPlanField) -> str:
    """Return the path of a step's plan field."""
    return f"$.plan.steps.{step_name}.{field}"


def layer_name(number: int) -> str:
    """Return the name of the state that runs the jobs of a layer in parallel; the first layer is 1."""
    return f"Layer{number}"


def result_path(pipeline: Pipeline, step_name: str) -> str:
    """Return the path of the result of a step's job: ``$.results.<first step>``, or below its layer's name if several jobs run in parallel.

    A Parallel state adds its branches' results below one path; otherwise, each branch would have to pass on the whole state.
    """
    for number, layer in enumerate(job_layers(pipeline), 1):
        for job in layer:
            if step_name in job.step_names:
                key = job.first.name
                return f"$.results.{key}" if len(layer) == 1 else f"$.results.{layer_name(number)}.{key}"
    raise KeyError(step_name)


def output_uri_path(pipeline: Pipeline, step_name: str, output: str) -> str:
    """Return the path of the URI to which a successful job wrote an output of a step."""
    written = [(step.name, name) for step, name in job_of(pipeline, step_name).uploaded(pipeline)]
    index = written.index((step_name, output))
    return f"{result_path(pipeline, step_name)}.ProcessingOutputConfig.Outputs[{index}].S3Output.S3Uri"
