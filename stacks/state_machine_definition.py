"""The state machine of a pipeline, as one plain document in the Amazon States Language.

It is deployed, checked and interpreted from this one dict. Text of the pipeline file appears in it only as values of ``Parameters`` whose
keys do not end in ``.$``: data, never an expression. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_spec import Pipeline, Step, Table

_MINUTE = 60
_CAPACITY_ATTEMPTS, _LONGEST_WAIT_SECONDS = 8, 15 * _MINUTE
# What a job's own limit does not count: finding an instance, loading the image and the inputs, uploading the outputs.
_START_AND_UPLOAD_SECONDS = 45 * _MINUTE
_LAMBDA_SECONDS = 16 * _MINUTE
_LONGEST_EXECUTION_SECONDS = 365 * 24 * 60 * _MINUTE

_LAMBDA_RETRY = {
    "ErrorEquals": [
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
    ],
    "IntervalSeconds": 2,
    "MaxAttempts": 6,
    "BackoffRate": 2,
    "JitterStrategy": "FULL",
}
_CAPACITY_RETRY = {
    "ErrorEquals": ["SageMaker.ResourceLimitExceededException", "SageMaker.ThrottlingException"],
    "IntervalSeconds": 30,
    "MaxAttempts": _CAPACITY_ATTEMPTS,
    "BackoffRate": 2,
    "MaxDelaySeconds": _LONGEST_WAIT_SECONDS,
    "JitterStrategy": "FULL",
}
# The catch-all for what CreateProcessingJob answers: a hiccup of the service, but a mistake as well, so its attempts are few.
_CREATE_RETRY = {
    "ErrorEquals": ["SageMaker.AmazonSageMakerException"],
    "IntervalSeconds": 15,
    "MaxAttempts": 2,
    "BackoffRate": 2,
    "JitterStrategy": "FULL",
}

# Another writer of the table ends, or its lease does: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
_LEASE_RETRY = {
    "ErrorEquals": ["LeaseHeldError", "LeaseLostError"],
    "IntervalSeconds": 30,
    "MaxAttempts": 10,
    "BackoffRate": 1.5,
    "MaxDelaySeconds": 300,
    "JitterStrategy": "FULL",
}

# Counts are over all calls; `continuation` is a place and counts again, never a list.
_REGISTRATION_RESULT = (
    *("table", "outcome", "continuation"),
    *("created", "repointed", "unchanged", "kept_newer", "swept", "objects", "bytes", "receipt"),
)
# As many calls of 15 minutes as a registration may be carried on for: far more than 100,000 partitions take.
_REGISTRATION_CALLS = 12


@dataclass(frozen=True, slots=True)
class StepResources:
    """What the stack made for a step."""

    image_uri: str
    code_uri: str
    script_hash: str


@dataclass(frozen=True, slots=True)
class MachineResources:
    """What the stack made for the whole pipeline; the payload documents come from the pipeline's spec."""

    plan_run_arn: str
    register_partitions_arn: str
    processing_role_arn: str
    plan_run_spec: Mapping[str, Any]
    register_tables: Mapping[str, Mapping[str, Any]]
    steps: Mapping[str, StepResources]


def build_state_machine(pipeline: Pipeline, resources: MachineResources) -> dict[str, Any]:
    """Build the document.

    Parameters
    ----------
    pipeline
        The pipeline's spec.
    resources
        ARNs and URIs, which may be CDK tokens; ``register_tables`` is keyed by ``table_key``.
    """
    registrations = {_registration_state(pipeline, table): table for table in pipeline.tables}
    sequence = [(step.name, _processing_state(pipeline, step, resources)) for step in pipeline.steps]
    for name, table in registrations.items():
        sequence.append((name, _register_state(pipeline, table, resources)))
        sequence.append((_continue_state(pipeline, table), _continue_choice(name, table)))
    sequence.append(("Registered", {"Type": "Succeed"}))
    states: dict[str, Any] = {
        "PlanRun": {**_plan_state(resources), "Next": "RunOrEnd"},
        "RunOrEnd": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.plan.outcome", "StringEquals": "run", "Next": sequence[0][0]}],
            "Default": "NothingToDo",
        },
        "NothingToDo": {"Type": "Succeed"},
    }
    for (name, state), (following, _) in pairwise(sequence):
        states[name] = {**state, "Default" if state["Type"] == "Choice" else "Next": following}
    states.update(sequence[-1:])
    return {
        "Comment": f"One execution is one run of {pipeline.name}",
        "StartAt": "PlanRun",
        "TimeoutSeconds": _timeout_seconds(pipeline),
        "States": states,
    }


def table_key(table: Table) -> str:
    """Name a table where a dot would end a path."""
    return f"{table.database}__{table.name}"


def _plan_state(resources: MachineResources) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {
            "FunctionName": resources.plan_run_arn,
            "Payload": {
                "spec": resources.plan_run_spec,
                "execution": {
                    "id.$": "$$.Execution.Id",
                    "name.$": "$$.Execution.Name",
                    "start_time.$": "$$.Execution.StartTime",
                },
                "input.$": "$$.Execution.Input",
            },
        },
        # Each registration adds its result, and finds there how far an earlier call of it has come.
        "ResultSelector": {"plan.$": "$.Payload", "registrations": {}},
        "Retry": [_LAMBDA_RETRY],
        "TimeoutSeconds": _LAMBDA_SECONDS,
        # The plan is the state from here on; the input has been turned into an interval, once.
        "ResultPath": "$",
    }


def _processing_state(pipeline: Pipeline, step: Step, resources: MachineResources) -> dict[str, Any]:
    made = resources.steps[step.name]
    plan = f"$.plan.steps.{step.name}"
    script = step.script.rpartition("/")[2]
    application: dict[str, Any] = {
        "ImageUri": made.image_uri,
        "ContainerEntrypoint": ["python3", f"/opt/ml/processing/input/code/{script}"],
    }
    if step.arguments:
        application["ContainerArguments.$"] = f"{plan}.arguments"
    inputs = [
        _processing_input(name, f"/opt/ml/processing/input/{name}", {"S3Uri.$": _input_path(pipeline, step, name)})
        for name in step.inputs
    ]
    code = _processing_input("code", "/opt/ml/processing/input/code", {"S3Uri": made.code_uri})
    # What was created and then failed has a cause that a second try seldom mends, and each try is paid for.
    failed_job = [
        {"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 60, "MaxAttempts": step.retries, "BackoffRate": 2}
    ]
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sagemaker:createProcessingJob.sync",
        "Parameters": {
            # A name is taken for good, also by an attempt that failed: each call of States.UUID() gives a new one.
            "ProcessingJobName.$": f"States.Format('{{}}-{{}}', {plan}.job_stem, States.UUID())",
            "ProcessingResources": {
                "ClusterConfig": {
                    "InstanceType": step.instance.type,
                    "InstanceCount": step.instance.count,
                    "VolumeSizeInGB": step.instance.volume_gb,
                }
            },
            "AppSpecification": application,
            "RoleArn": resources.processing_role_arn,
            "ProcessingInputs": [*inputs, code],
            "ProcessingOutputConfig": {
                "Outputs": [_processing_output(pipeline, step, name, path) for name, path in step.outputs.items()]
            },
            "Environment.$": f"{plan}.environment",
            "StoppingCondition": {"MaxRuntimeInSeconds": step.timeout_minutes * _MINUTE},
        },
        # Pointers, never lists that grow: the state holds 256 KiB.
        "ResultSelector": {
            "ProcessingJobArn.$": "$.ProcessingJobArn",
            "ProcessingOutputConfig.$": "$.ProcessingOutputConfig",
            "CreationTime.$": "$.CreationTime",
        },
        "ResultPath": f"$.results.{step.name}",
        "Retry": [_CAPACITY_RETRY, _CREATE_RETRY, *(failed_job if step.retries else [])],
        "TimeoutSeconds": _step_timeout_seconds(step),
    }


def _processing_input(name: str, local_path: str, uri: dict[str, str]) -> dict[str, Any]:
    return {
        "InputName": name,
        "S3Input": {
            **uri,
            "LocalPath": local_path,
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
            "S3DataDistributionType": "FullyReplicated",
            "S3CompressionType": "None",
        },
    }


def _processing_output(pipeline: Pipeline, step: Step, name: str, path: str) -> dict[str, Any]:
    prefix = f"$.plan.steps.{step.name}.outputs.{name}"
    in_place = any(
        table.layout == "in_place" and (table.source.step, table.source.output) == (step.name, name)
        for table in pipeline.tables
    )
    # An attempt that died must leave nothing that a later one could publish, so each has a prefix of its own.
    uri = prefix if in_place else f"States.Format('{{}}{{}}/', {prefix}, States.UUID())"
    return {
        "OutputName": name,
        "S3Output": {"S3Uri.$": uri, "LocalPath": path, "S3UploadMode": "EndOfJob"},
    }


def _input_path(pipeline: Pipeline, step: Step, name: str) -> str:
    source = step.inputs[name]
    if isinstance(source, str):
        return f"$.plan.steps.{step.name}.inputs.{name}"
    return _output_uri_path(pipeline, source.step, source.output)


def _output_uri_path(pipeline: Pipeline, step_name: str, output: str | None) -> str:
    producer = next(step for step in pipeline.steps if step.name == step_name)
    index = list(producer.outputs).index(output or step_name)
    return f"$.results.{step_name}.ProcessingOutputConfig.Outputs[{index}].S3Output.S3Uri"


def _register_state(pipeline: Pipeline, table: Table, resources: MachineResources) -> dict[str, Any]:
    made, result = resources.steps[table.source.step], f"$.results.{table.source.step}"
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {
            "FunctionName": resources.register_partitions_arn,
            "Payload": {
                "table": resources.register_tables[table_key(table)],
                "source": {
                    "s3_uri.$": _output_uri_path(pipeline, table.source.step, table.source.output),
                    "creation_time.$": f"{result}.CreationTime",
                    "processing_job_arn.$": f"{result}.ProcessingJobArn",
                },
                "run": {
                    "pipeline": pipeline.name,
                    "run_id.$": "$.plan.run_id",
                    "started_at.$": "$.plan.started_at",
                    "execution_arn.$": "$$.Execution.Id",
                    "process_start.$": "$.plan.process_start",
                    "process_end.$": "$.plan.process_end",
                    "script_hash": made.script_hash,
                    "image_uri": made.image_uri,
                },
                "registrations.$": "$.registrations",
            },
        },
        "ResultSelector": {f"{name}.$": f"$.Payload.{name}" for name in _REGISTRATION_RESULT},
        "ResultPath": f"$.registrations.{table_key(table)}",
        "Retry": [_LAMBDA_RETRY, _LEASE_RETRY],
        "TimeoutSeconds": _LAMBDA_SECONDS,
    }


def _continue_choice(registration: str, table: Table) -> dict[str, Any]:
    """Go round once more where a call ended in order, before its time did."""
    outcome = f"$.registrations.{table_key(table)}.outcome"
    return {
        "Type": "Choice",
        "Choices": [{"Variable": outcome, "StringEquals": "continue", "Next": registration}],
    }


def _registration_state(pipeline: Pipeline, table: Table) -> str:
    alone = len(pipeline.tables) == 1
    return "RegisterPartitions" if alone else f"RegisterPartitions.{table.database}.{table.name}"


def _continue_state(pipeline: Pipeline, table: Table) -> str:
    return _registration_state(pipeline, table).replace("RegisterPartitions", "ContinueOrEnd")


def _step_timeout_seconds(step: Step) -> int:
    return step.timeout_minutes * _MINUTE + _START_AND_UPLOAD_SECONDS


def _timeout_seconds(pipeline: Pipeline) -> int:
    """Sum up what each state may take at most, with its retries: the machine must not cut off what a state allows."""
    steps = sum(
        _step_timeout_seconds(step) * (1 + step.retries) + _CAPACITY_ATTEMPTS * _LONGEST_WAIT_SECONDS
        for step in pipeline.steps
    )
    calls = 7 + (7 + _REGISTRATION_CALLS) * len(pipeline.tables)
    return min(_LONGEST_EXECUTION_SECONDS, steps + calls * _LAMBDA_SECONDS)
