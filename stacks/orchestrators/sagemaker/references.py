"""The `RunValue`s of a request as references of a SageMaker pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.runs.run_facts import PROCESS_TIMEZONE, facts_of_variables
from partitioned_pipelines.spec import job_of, plan_output_name
from partitioned_pipelines.spec.derived.shared_job import name_in_job
from stacks.orchestrators.run_values import (
    ExecutionFact,
    JobArguments,
    JobFact,
    NewPrefix,
    OutputOf,
    Planned,
    RunFact,
)

if TYPE_CHECKING:
    from partitioned_pipelines.lake.function_events.payloads import PlanSpec
    from partitioned_pipelines.spec import Pipeline
    from stacks.orchestrators.run_values import PlannedArguments, PlannedEnvironment, RunValue


class References:
    """A converter of values known only at run time to properties of the pipeline's steps.

    Parameters
    ----------
    spec
        The pipeline's part of PlanRun's payload.

    Attributes
    ----------
    plan
        The PlanRun step; None until it is created.
    created
        The processing steps created so far, by the names of their jobs.
    """

    def __init__(self, sdk: Any, pipeline: Pipeline, spec: PlanSpec) -> None:
        self._sdk = sdk
        self._pipeline = pipeline
        self._spec = spec
        self.plan: Any = None
        self.created: dict[str, Any] = {}

    def value(self, value: RunValue) -> Any:
        """Return the reference of a single value.

        Raises
        ------
        TypeError
            If the value is not a single one, such as arguments or an environment.
        """
        match value:
            case Planned(step, kind, name):
                return self._planned(plan_output_name(self._pipeline, step, kind, name))
            case RunFact(name):
                return self._planned(name)
            case ExecutionFact("id"):
                return self._sdk.ExecutionVariables.PIPELINE_EXECUTION_ARN
            case ExecutionFact("start_time"):
                return self._sdk.ExecutionVariables.START_DATETIME
            case NewPrefix(prefix):
                # Unlike States.UUID(), not unique for each attempt: a retried execution keeps its id.
                execution = self._sdk.ExecutionVariables.PIPELINE_EXECUTION_ID
                return self._sdk.Join(on="", values=[self.value(prefix), execution, "/"])
            case OutputOf(step, output):
                job = job_of(self._pipeline, step)
                name = name_in_job(self._pipeline.step(step), output) if job.is_shared else output
                return self.created[job.name].properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri
            case JobFact(step, member):
                return getattr(self.created[job_of(self._pipeline, step).name].properties, member)
            case _:
                raise TypeError(f"{value!r} is not a single value")

    def uri(self, uri: str | RunValue) -> Any:
        """Return a literal URI unchanged, or the reference of a `RunValue`."""
        return uri if isinstance(uri, str) else self.value(uri)

    def arguments(self, arguments: PlannedArguments | JobArguments | None) -> list[Any]:
        """Return the arguments of a job."""
        if arguments is None:
            return []
        steps = arguments.counts if isinstance(arguments, JobArguments) else [arguments.step]
        return [
            self._planned(plan_output_name(self._pipeline, step, "arguments", str(index)))
            for step in steps
            for index in range(len(self._pipeline.step(step).arguments))
        ]

    def environment(self, environment: PlannedEnvironment) -> dict[str, Any]:
        """Return the environment of a step.

        PROCESS_DATE and PROCESS_HOUR are empty where they do not fit, as for a run of several days: a definition cannot omit a variable.
        """
        return {
            **next(step["environment"] for step in self._spec["steps"] if step["name"] == environment.step),
            **{name: self._planned(output) for name, output in facts_of_variables(self._spec).items()},
            PROCESS_TIMEZONE: self._spec["timezone"],
        }

    def _planned(self, name: str) -> Any:
        return self.plan.properties.Outputs[name]
