"""The whole definition: PlanRun, a condition, the steps as soon as what they need is there, the registrations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.spec import layers
from stacks.orchestrators.sagemaker.lambda_steps import input_parameters, plan_step, registration_step
from stacks.orchestrators.sagemaker.processing_step import processing_step
from stacks.orchestrators.sagemaker.references import References
from stacks.orchestrators.sagemaker.sdk import offline_session, quiet_sdk
from stacks.orchestrators.sagemaker.stand_ins import StandIns
from stacks.orchestrators.step_functions.processing_state import layer_state
from stacks.orchestrators.step_functions.registration_state import registration_states

if TYPE_CHECKING:
    from partitioned_pipelines.spec import Pipeline
    from stacks.orchestrators.step_functions import MachineResources


def build_definition(pipeline: Pipeline, name: str, resources: MachineResources) -> str:
    """Write the definition, in which the CDK's tokens are as they came.

    Parameters
    ----------
    name
        Of the pipeline in SageMaker.
    resources
        What the state machine would name.

    Raises
    ------
    MissingSdkError
        Where the SageMaker SDK is not installed.
    """
    stand_ins = StandIns(pipeline.model_dump_json())
    with quiet_sdk(pipeline.name) as sdk:
        session = offline_session(sdk)
        parameters = input_parameters(sdk)
        spec = stand_ins.put(resources.plan_run_spec)
        plan = plan_step(sdk, pipeline, stand_ins.put(resources.plan_run_arn), spec, parameters)
        made: dict[str, Any] = {}
        references = References(sdk, pipeline, spec, plan, made)
        # In the order of the layers: a step refers to steps that are made already.
        for step in (step for layer in layers(pipeline.steps) for step in layer):
            _, state = layer_state(pipeline, [step], 1, resources)
            request = stand_ins.put(state["Parameters"])
            made[step.name] = processing_step(sdk, session, pipeline, step, request, references)
        registrations = [
            registration_step(
                sdk,
                pipeline,
                table,
                stand_ins.put(resources.register_partitions_arn),
                stand_ins.put(registration_states(pipeline, table, resources)[0][1]["Parameters"]["Payload"]),
                references,
            )
            for table in pipeline.tables
            if table.registration == "lambda"
        ]
        condition = sdk.ConditionStep(
            name="RunOrEnd",
            conditions=[sdk.ConditionEquals(left=references.planned("outcome"), right="run")],
            if_steps=[*made.values(), *registrations],
            else_steps=[],
        )
        definition: str = sdk.Pipeline(
            name=name,
            parameters=list(parameters.values()),
            steps=[plan, condition],
            sagemaker_session=session,
            # No experiment for each execution, which would be rights and clutter for nothing.
            pipeline_experiment_config=None,
            pipeline_definition_config=sdk.PipelineDefinitionConfig(use_custom_job_prefix=True),
        ).definition()
    return stand_ins.restore(definition)
