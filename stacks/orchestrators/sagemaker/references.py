"""The expressions of the state machine's requests, as references of a SageMaker pipeline.

The two have the same requests, from one home; what differs is how a value that a run decides is written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.spec import plan_output_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from partitioned_pipelines.spec import Pipeline

_NAME = r"[a-z0-9_]+"
_PLANNED = re.compile(rf"\$\.plan\.steps\.(?P<step>{_NAME})\.(?P<kind>inputs|outputs)\.(?P<name>{_NAME})")
_OUTPUT = re.compile(
    rf"\$\.results\.(?:Layer\d+\.)?(?P<step>{_NAME})\.ProcessingOutputConfig\.Outputs\[(?P<index>\d+)\]\.S3Output\.S3Uri"
)
_NEW_PREFIX = re.compile(r"States\.Format\('\{\}\{\}/', (?P<prefix>[^,]+), States\.UUID\(\)\)")
_GIVEN_ENVIRONMENT = {
    "PROCESS_START": "process_start",
    "PROCESS_END": "process_end",
    "PROCESS_DATE": "process_date",
    "RUN_ID": "run_id",
}


class References:
    """Finds what an expression means in a pipeline.

    Parameters
    ----------
    spec
        What PlanRun is told.
    plan
        The step PlanRun.
    made
        The processing steps so far, by name; it grows.
    """

    def __init__(
        self, sdk: Any, pipeline: Pipeline, spec: Mapping[str, Any], plan: Any, made: Mapping[str, Any]
    ) -> None:
        self._sdk = sdk
        self._pipeline = pipeline
        self._spec = spec
        self._plan = plan
        self._made = made

    def planned(self, name: str) -> Any:
        """Give what PlanRun hands on of the run."""
        return self._plan.properties.Outputs[name]

    def value(self, expression: str) -> Any:
        """Give the reference that an expression is.

        Raises
        ------
        KeyError
            Where it is none that the requests have.
        """
        if found := _NEW_PREFIX.fullmatch(expression):
            # Not new for each attempt, as with States.UUID(): an execution that is retried keeps its id.
            execution = self._sdk.ExecutionVariables.PIPELINE_EXECUTION_ID
            return self._sdk.Join(on="", values=[self.value(found["prefix"]), execution, "/"])
        if found := _PLANNED.fullmatch(expression):
            return self.planned(plan_output_name(self._pipeline, found["step"], found["kind"], found["name"]))
        if found := _OUTPUT.fullmatch(expression):
            name = list(self._pipeline.step(found["step"]).outputs)[int(found["index"])]
            return self._made[found["step"]].properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri
        raise KeyError(expression)

    def uri(self, source: Mapping[str, Any], key: str = "S3Uri") -> Any:
        """Give a URI, which is literal or an expression."""
        return source[key] if key in source else self.value(source[f"{key}.$"])

    def arguments(self, step_name: str) -> list[Any]:
        """Give the arguments of a step."""
        count = len(self._pipeline.step(step_name).arguments)
        return [
            self.planned(plan_output_name(self._pipeline, step_name, "arguments", str(index))) for index in range(count)
        ]

    def environment(self, step_name: str) -> dict[str, Any]:
        """Give the environment of a step; the day is empty where a run is about several, for a request has no holes."""
        return {
            # PlanRun's own document says what a state machine would take from its plan.
            **next(step["environment"] for step in self._spec["steps"] if step["name"] == step_name),
            **{name: self.planned(output) for name, output in _GIVEN_ENVIRONMENT.items()},
            "PROCESS_TIMEZONE": self._spec["timezone"],
        }

    def job_arn(self, step_name: str) -> Any:
        """Give the ARN of the job of a step."""
        return self._made[step_name].properties.ProcessingJobArn
