"""The state machine of a pipeline, as one plain document in the Amazon States Language, a module for each kind of state.

It is deployed, checked and interpreted from this one dict. Text of the pipeline file appears in it only as values of ``Parameters`` whose
keys do not end in ``.$``: data, never an expression. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from stacks.orchestrators.step_functions.document import build_state_machine
from stacks.orchestrators.step_functions.job_protection import takes_volume_key
from stacks.orchestrators.step_functions.resources import MachineResources, StepResources, table_key

__all__ = ["MachineResources", "StepResources", "build_state_machine", "table_key", "takes_volume_key"]
