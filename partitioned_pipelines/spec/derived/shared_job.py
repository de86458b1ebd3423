"""The inputs and outputs of a shared job, and the document by which its runner gives each step its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.runs.shared_job import STEPS_FOLDER
from partitioned_pipelines.spec.derived.job import container_entrypoint
from partitioned_pipelines.spec.model.fields import PROCESSING_FOLDER

if TYPE_CHECKING:
    from partitioned_pipelines.spec.derived.jobs import Job
    from partitioned_pipelines.spec.model.pipeline import Pipeline, Step

CODE = "code"
_MESSAGE = "/opt/ml/output/message"


def name_in_job(step: Step, name: str) -> str:
    """Return the name of a step's input or output in the request of its shared job."""
    return f"{step.name}-{name}"


def input_home(step: Step, name: str) -> str:
    """Return the folder to which SageMaker downloads an input of a step."""
    return f"{STEPS_FOLDER}/{step.name}/input/{name}"


def output_home(step: Step, name: str) -> str:
    """Return the folder in which an output of a step is when the step has ended."""
    return f"{STEPS_FOLDER}/{step.name}/output/{name}"


def steps_document(pipeline: Pipeline, job: Job) -> dict[str, Any]:
    """Return the content of ``steps.json``.

    The literal variables of the steps are here and not in the job's environment, because each step has its own.
    """
    return {
        "processing": PROCESSING_FOLDER,
        "message": _MESSAGE,
        "steps": [
            {
                "name": step.name,
                "command": container_entrypoint(step),
                "arguments": len(step.arguments),
                "environment": {**step.environment, **step.secrets},
                "timeout_seconds": step.timeout_minutes * 60,
                "inputs": [_input(pipeline, job, step, name) for name in (*step.inputs, CODE)],
                "outputs": [
                    {
                        "name": name,
                        "path": path.rstrip("/"),
                        "home": output_home(step, name),
                        "uploaded": not job.is_handed_over(pipeline, step, name),
                    }
                    for name, path in step.outputs.items()
                ],
            }
            for step in job.steps
        ],
    }


def _input(pipeline: Pipeline, job: Job, step: Step, name: str) -> dict[str, Any]:
    """Return an input; ``from`` is the step of the same job whose output it is, or None."""
    source = step.step_inputs.get(name)
    home, writer = input_home(step, name), None
    if source is not None and source.step in job.step_names:
        home, writer = output_home(pipeline.step(source.step), source.output), source.step
    return {"name": name, "path": f"{PROCESSING_FOLDER}/input/{name}", "home": home, "from": writer}
