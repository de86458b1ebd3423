"""How much SageMaker takes in one processing job.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.run_facts import GIVEN_ENVIRONMENT

if TYPE_CHECKING:
    from partitioned_pipelines.spec.model.pipeline import StepEntry

MOST_INPUTS = 10
MOST_OUTPUTS = 10
MOST_ARGUMENTS = 100
MOST_ENVIRONMENT = 100 - len(GIVEN_ENVIRONMENT)
LONGEST_ARGUMENT = 256
LONGEST_LOCAL_PATH = 256


def most_inputs(step: StepEntry) -> tuple[int, str]:
    """Return how many of a job's inputs are left to a step, and what the others are."""
    ours = [
        *(["the script's folder"] if step.script is not None else []),
        *(["py_files"] if step.spark and step.spark.py_files else []),
        *(["Spark's configuration"] if step.spark and step.spark.configuration else []),
    ]
    if not ours:
        return MOST_INPUTS, ""
    named = ", ".join(ours)
    return MOST_INPUTS - len(ours), f", and {named} {'is one' if len(ours) == 1 else f'are {len(ours)}'} of them"


def most_outputs(step: StepEntry) -> int:
    """Return how many of a job's outputs are left to a step: Spark's event logs are one."""
    return MOST_OUTPUTS - (1 if step.spark and step.spark.event_logs else 0)
