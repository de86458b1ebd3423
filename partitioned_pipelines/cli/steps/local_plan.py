"""PlanRun's decisions for a run, as far as they are known without a cloud: input URIs, arguments, environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.lake.intervals.interval import InvalidIntervalError
from partitioned_pipelines.lake.placeholders import Template
from partitioned_pipelines.runtime.planning.run_plan import RunPlan, UnknownUntilRunError
from partitioned_pipelines.spec.derived.interval_rule import interval_rule

if TYPE_CHECKING:
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.spec.model.pipeline import Pipeline, Step


def refuse_unfit_interval(pipeline: Pipeline, interval: Interval) -> None:
    """Reject an interval that PlanRun would reject for an input or an argument, after the deployment and the start of the run.

    Raises
    ------
    CommandError
        If an input's URI or an argument contains ``{process_date}``, and the interval has several days; or if an input differs between the
        intervals of the run.
    """
    plan = LocalPlan(pipeline, RunPlan(interval, "bucket", "run"))
    for step in pipeline.steps:
        for name, uri in step.uri_inputs.items():
            plan.resolve_input(uri, f"input {name!r} of step {step.name!r}")
        for text in step.arguments:
            plan.resolve(text, f"step {step.name!r}, arguments,")


@dataclass(frozen=True)
class LocalPlan:
    """PlanRun's decisions for a pipeline, as far as they are known without a cloud.

    Attributes
    ----------
    pipeline
        The pipeline of the run.
    run
        The values of the run.
    """

    pipeline: Pipeline
    run: RunPlan

    @classmethod
    def of(cls, pipeline: Pipeline, interval: Interval, lake_bucket: str, run_id: str | None = None) -> LocalPlan:
        """Return the plan of a run for an interval."""
        return cls(pipeline, RunPlan(interval, lake_bucket, run_id))

    def environment(self, step: Step) -> dict[str, str]:
        """Return the environment of the step's script."""
        return {**step.environment, **step.secrets, **self.run.environment}

    def resolve(self, text: str, what: str) -> str:
        """Return a validated string of the pipeline file with its placeholders replaced.

        Raises
        ------
        CommandError
            If a placeholder has no value; ``what`` names the string.
        """
        try:
            return self.run.resolve(Template.parse(text), what)
        except InvalidIntervalError as error:
            raise CommandError(str(error), "--date DAY is one date") from error
        except UnknownUntilRunError as error:
            raise CommandError(str(error)) from error

    def resolve_input(self, uri: str, what: str) -> str:
        """Return an input's URI with its placeholders replaced.

        Raises
        ------
        CommandError
            If a placeholder has no value, or the URI differs between the intervals of the run.
        """
        resolved = self.resolve(uri, what)
        if self.pipeline.schedule is not None and self.pipeline.schedule.interval is not None:
            try:
                self.run.resolve_input(Template.parse(uri), what, interval_rule(self.pipeline).calendar)
            except InvalidIntervalError as error:
                raise CommandError(str(error)) from error
        return resolved
