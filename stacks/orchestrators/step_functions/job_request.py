"""The parts of a CreateProcessingJob request that depend on the kind of a step: what it runs, reads and writes.

They equal what the official SDK's ScriptProcessor, Processor and PySparkProcessor send for the same job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.spec import EVENT_LOGS, StepInput, TableInput, UriInput, writes_event_logs
from partitioned_pipelines.spec.derived.container_entrypoint import EVENT_LOGS_FOLDER, container_entrypoint
from stacks.orchestrators.step_functions.results import output_uri_path

if TYPE_CHECKING:
    from partitioned_pipelines.spec import Pipeline, Step
    from stacks.orchestrators.step_functions.resources import StepResources

_PROCESSING = "/opt/ml/processing"
_DISTRIBUTIONS = {"replicated": "FullyReplicated", "sharded": "ShardedByS3Key"}


def application(step: Step, made: StepResources) -> dict[str, Any]:
    """Say which image runs, and what in it."""
    described: dict[str, Any] = {"ImageUri": made.image_uri, "ContainerEntrypoint": container_entrypoint(step)}
    if step.arguments:
        described["ContainerArguments.$"] = f"$.plan.steps.{step.name}.arguments"
    return described


def processing_inputs(pipeline: Pipeline, step: Step, made: StepResources) -> list[dict[str, Any]]:
    """Give the step's own inputs, then what Spark is told, then the code."""
    given = [_own_input(pipeline, step, name) for name in step.inputs]
    if made.py_files_uri:
        given.append(_input("py-files", {"S3Uri": made.py_files_uri}))
    if made.configuration_uri:
        given.append(_input("conf", {"S3Uri": made.configuration_uri}))
    if step.script is not None:
        # The folder, so that a script may import its siblings. Spark ships the one file to its workers, and py-files beside it.
        uri = f"{made.code_uri}{_file_name(step.script)}" if step.is_spark else made.code_uri
        given.append(_input("code", {"S3Uri": uri}))
    return given


def processing_outputs(pipeline: Pipeline, step: Step) -> list[dict[str, Any]]:
    """Give the step's own outputs, then Spark's event logs."""
    written = [_own_output(pipeline, step, name, path) for name, path in step.outputs.items()]
    if writes_event_logs(step):
        uri = _new_prefix(f"$.plan.steps.{step.name}.outputs.{EVENT_LOGS}")
        written.append(_output("spark-event-logs", uri, EVENT_LOGS_FOLDER, "Continuous"))
    return written


def _own_input(pipeline: Pipeline, step: Step, name: str) -> dict[str, Any]:
    source = step.inputs[name]
    distribution = source.distribution if isinstance(source, UriInput | StepInput | TableInput) else "replicated"
    path = f"$.plan.steps.{step.name}.inputs.{name}"
    if isinstance(source, StepInput):
        path = output_uri_path(pipeline, source.step, source.output)
    data_type = "ManifestFile" if isinstance(source, TableInput) else "S3Prefix"
    return _input(name, {"S3Uri.$": path}, data_type, _DISTRIBUTIONS[distribution])


def _input(
    name: str, uri: dict[str, str], data_type: str = "S3Prefix", distribution: str = "FullyReplicated"
) -> dict[str, Any]:
    return {
        "InputName": name,
        "S3Input": {
            **uri,
            "LocalPath": f"{_PROCESSING}/input/{name}",
            "S3DataType": data_type,
            "S3InputMode": "File",
            "S3DataDistributionType": distribution,
            "S3CompressionType": "None",
        },
    }


def _own_output(pipeline: Pipeline, step: Step, name: str, path: str) -> dict[str, Any]:
    prefix = f"$.plan.steps.{step.name}.outputs.{name}"
    in_place = any(
        table.layout == "in_place" and (table.source.step, table.source.output) == (step.name, name)
        for table in pipeline.tables
    )
    return _output(name, prefix if in_place else _new_prefix(prefix), path, "EndOfJob")


def _new_prefix(prefix: str) -> str:
    """An attempt that died must leave nothing that a later one could publish, so each has a prefix of its own."""
    return f"States.Format('{{}}{{}}/', {prefix}, States.UUID())"


def _output(name: str, uri: str, path: str, upload_mode: str) -> dict[str, Any]:
    return {"OutputName": name, "S3Output": {"S3Uri.$": uri, "LocalPath": path, "S3UploadMode": upload_mode}}


def _file_name(script: str) -> str:
    return script.rpartition("/")[2]
