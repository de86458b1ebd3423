"""The steps that call the functions: PlanRun at the beginning, RegisterPartitions at the end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.spec import INPUT_PARAMETERS, REGISTRATION_OUTPUTS, plan_output_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from partitioned_pipelines.spec import Pipeline, Table
    from stacks.orchestrators.sagemaker.references import References

_OF_THE_RUN = ("run_id", "started_at", "process_start", "process_end")
_LONGEST_NAME = 64


def input_parameters(sdk: Any) -> dict[str, Any]:
    """Create the parameters that say what an execution is about; a parameter that is not given is empty."""
    return {name: sdk.ParameterString(name=name, default_value="") for name in INPUT_PARAMETERS}


def plan_step(
    sdk: Any, pipeline: Pipeline, function_arn: str, spec: Mapping[str, Any], parameters: Mapping[str, Any]
) -> Any:
    """Build PlanRun."""
    return _step(
        sdk,
        "PlanRun",
        function_arn,
        {
            # A text: documents are for a state machine, the arguments of a Lambda step are flat.
            "spec": json.dumps(spec, ensure_ascii=False),
            "execution_arn": sdk.ExecutionVariables.PIPELINE_EXECUTION_ARN,
            "start_time": sdk.ExecutionVariables.START_DATETIME,
            **parameters,
        },
        plan_output_names(pipeline),
    )


def registration_step(
    sdk: Any, pipeline: Pipeline, table: Table, function_arn: str, payload: Mapping[str, Any], references: References
) -> Any:
    """Build RegisterPartitions of a table.

    Parameters
    ----------
    payload
        The event of RegisterPartitions, with `RunValue`s in it.
    """
    run = {name: value for name, value in payload["run"].items() if isinstance(value, str)}
    source = payload["source"]
    name = "RegisterPartitions"
    if len(pipeline.tables) > 1:
        # A table may have a name that is longer than a step's.
        number = f"-{pipeline.tables.index(table) + 1}-"
        name = f"{name}{number}{table.name}"[:_LONGEST_NAME].rstrip("_")
    return _step(
        sdk,
        name,
        function_arn,
        {
            "table": json.dumps(payload["table"], ensure_ascii=False),
            "run": json.dumps(run, ensure_ascii=False),
            "s3_uri": references.value(source["s3_uri"]),
            "processing_job_arn": references.value(source["processing_job_arn"]),
            "require_success_marker": "true" if source.get("require_success_marker") else "false",
            "execution_arn": sdk.ExecutionVariables.PIPELINE_EXECUTION_ARN,
            **{output: references.value(payload["run"][output]) for output in _OF_THE_RUN},
        },
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
