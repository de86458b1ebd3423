"""The complete definition: PlanRun, a condition, the steps in the order of their dependencies, the registrations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.function_events.lambda_step import (
    INPUT_PARAMETERS,
    REGISTRATION_OUTPUTS,
    WAITING_PARAMETERS,
    plan_arguments,
    registration_arguments,
)
from partitioned_pipelines.spec import job_layers, plan_output_names
from stacks.orchestrators.requests import job_request, plan_request, registration_request
from stacks.orchestrators.run_values import RunFact
from stacks.orchestrators.sagemaker.processing_step import processing_step
from stacks.orchestrators.sagemaker.references import References
from stacks.orchestrators.sagemaker.sdk import StandIns, offline_session, quiet_sdk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from partitioned_pipelines.lake.function_events.payloads import RegistrationPayload
    from partitioned_pipelines.spec import Pipeline, Table
    from stacks.orchestrators.resources import WorkflowResources
    from stacks.orchestrators.run_values import RunValue

_LONGEST_NAME = 64


def build_definition(pipeline: Pipeline, resources: WorkflowResources) -> str:
    """Build the definition; it contains the CDK's tokens unchanged.

    Parameters
    ----------
    resources
        The resources of the pipeline's stack, after which the SageMaker pipeline is named.

    Raises
    ------
    MissingSdkError
        If the SageMaker SDK is not installed.
    """
    stand_ins = StandIns(pipeline.model_dump_json())
    with quiet_sdk(pipeline.name) as sdk:
        session = offline_session(sdk)
        payload = stand_ins.put(plan_request(resources))
        references = References(sdk, pipeline, payload["spec"])
        parameters = input_parameters(sdk, pipeline)
        arguments = {**plan_arguments(payload, references.value), **parameters}
        plan = _step(sdk, "PlanRun", stand_ins.put(resources.plan_run_arn), arguments, plan_output_names(pipeline))
        references.plan = plan
        # In the order of the layers, because a step refers to steps that already exist.
        for job in (job for layer in job_layers(pipeline) for job in layer):
            request = stand_ins.put(job_request(pipeline, job, resources))
            references.created[job.name] = processing_step(sdk, session, pipeline, job, request, references)
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
            if_steps=[*references.created.values(), *registrations],
            else_steps=[],
        )
        definition: str = sdk.Pipeline(
            name=resources.stack_name,
            parameters=list(parameters.values()),
            steps=[plan, condition],
            sagemaker_session=session,
            # An experiment for each execution would need permissions and have no use.
            pipeline_experiment_config=None,
            pipeline_definition_config=sdk.PipelineDefinitionConfig(use_custom_job_prefix=True),
        ).definition()
    return stand_ins.restore(definition)


def input_parameters(sdk: Any, pipeline: Pipeline) -> dict[str, Any]:
    """Create the parameters of an execution's input; a parameter without a value is empty."""
    waits = pipeline.schedule is not None and pipeline.schedule.when is not None
    names = WAITING_PARAMETERS if waits else INPUT_PARAMETERS
    return {name: sdk.ParameterString(name=name, default_value="") for name in names}


def registration_step(
    sdk: Any,
    pipeline: Pipeline,
    table: Table,
    function_arn: str,
    payload: RegistrationPayload[RunValue],
    references: References,
) -> Any:
    """Build the RegisterPartitions step of a table.

    Parameters
    ----------
    payload
        The event of RegisterPartitions, which contains `RunValue`s.
    """
    name = "RegisterPartitions"
    if len(pipeline.tables) > 1:
        # A table's name may be longer than a step's name may be.
        number = f"-{pipeline.tables.index(table) + 1}-"
        name = f"{name}{number}{table.name}"[:_LONGEST_NAME].rstrip("_")
    return _step(
        sdk,
        name,
        function_arn,
        registration_arguments(payload, references.value),
        REGISTRATION_OUTPUTS,
    )


def _step(sdk: Any, name: str, function_arn: str, inputs: dict[str, Any], outputs: Iterable[str]) -> Any:
    return sdk.LambdaStep(
        name=name,
        lambda_func=sdk.Lambda(function_arn=function_arn),
        inputs=inputs,
        outputs=[
            sdk.LambdaOutput(output_name=output, output_type=sdk.LambdaOutputTypeEnum.String) for output in outputs
        ],
    )
