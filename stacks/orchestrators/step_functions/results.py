"""Where in the execution's state a job's result is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.spec import layers

if TYPE_CHECKING:
    from partitioned_pipelines.spec import Pipeline


def layer_name(number: int) -> str:
    """Name the state that runs the steps of a layer side by side; the first layer is 1."""
    return f"Layer{number}"


def result_path(pipeline: Pipeline, step_name: str) -> str:
    """Return the path of a job's result: ``$.results.<step>``, or below its layer where several run side by side.

    A Parallel state can only add its branches' results below one path: the other way, each branch would hand on the whole state.
    """
    for number, layer in enumerate(layers(pipeline.steps), 1):
        if step_name in [step.name for step in layer]:
            return f"$.results.{step_name}" if len(layer) == 1 else f"$.results.{layer_name(number)}.{step_name}"
    raise KeyError(step_name)


def output_uri_path(pipeline: Pipeline, step_name: str, output: str) -> str:
    """Return the path of the URI that a job that succeeded wrote an output to."""
    index = list(pipeline.step(step_name).outputs).index(output)
    return f"{result_path(pipeline, step_name)}.ProcessingOutputConfig.Outputs[{index}].S3Output.S3Uri"
