"""The whole definition: PlanRun, a condition, the steps as soon as what they need is there, the registrations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.spec import layers
from stacks.orchestrators.job_request import job_request
from stacks.orchestrators.registration_request import registration_request
from stacks.orchestrators.run_values import RunFact
from stacks.orchestrators.sagemaker.lambda_steps import input_parameters, plan_step, registration_step
from stacks.orchestrators.sagemaker.processing_step import processing_step
from stacks.orchestrators.sagemaker.references import References
from stacks.orchestrators.sagemaker.sdk import offline_session, quiet_sdk
from stacks.orchestrators.sagemaker.stand_ins import StandIns

if TYPE_CHECKING:
    from partitioned_pipelines.spec import Pipeline
    from stacks.orchestrators.resources import WorkflowResources


def build_definition(pipeline: Pipeline, name: str, resources: WorkflowResources) -> str:
    """Write the definition, in which the CDK's tokens are as they came.

    Parameters
    ----------
    name
        Of the pipeline in SageMaker.
    resources
        What the stack created.

    Raises
    ------
    MissingSdkError
        If the SageMaker SDK is not installed.
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
            request = stand_ins.put(job_request(pipeline, step, resources))
            made[step.name] = processing_step(sdk, session, pipeline, step, request, references)
        registrations = [
            registration_step(
                sdk,
                pipeline,
                table,
                stand_ins.put(resources.register_partitions_arn),
                stand_ins.put(registration_request(pipeline, table, resources)),
                references,
            )
            for table in pipeline.tables
            if table.registration == "lambda"
        ]
        condition = sdk.ConditionStep(
            name="RunOrEnd",
            conditions=[sdk.ConditionEquals(left=references.value(RunFact("outcome")), right="run")],
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
