"""The requests of a run, for all orchestrators: PlanRun, a step's CreateProcessingJob, a table's RegisterPartitions.

A value that is known only at run time is a `RunValue`. A job's request equals the request that the official SDK's ScriptProcessor, Processor
and PySparkProcessor send for the same job.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.runs.shared_job import RUNNER_INPUT, RUNNER_PATH
from partitioned_pipelines.spec import (
    EVENT_LOGS,
    StepInput,
    TableInput,
    UriInput,
    jobs_of,
    run_inputs_table,
    writes_event_logs,
)
from partitioned_pipelines.spec.derived.job import EVENT_LOGS_FOLDER, container_entrypoint
from partitioned_pipelines.spec.derived.shared_job import input_home, name_in_job, output_home
from partitioned_pipelines.spec.model.fields import PROCESSING_FOLDER
from stacks.cost_tags import tag_list
from stacks.orchestrators.resources import table_key
from stacks.orchestrators.run_values import (
    ExecutionFact,
    JobArguments,
    JobFact,
    NewPrefix,
    OutputOf,
    Planned,
    PlannedArguments,
    PlannedEnvironment,
    RunFact,
)

if TYPE_CHECKING:
    from partitioned_pipelines.lake.function_events.payloads import (
        JobSpec,
        PlanPayload,
        RegisteredRun,
        RegistrationPayload,
        RegistrationSource,
        UsageSpec,
    )
    from partitioned_pipelines.spec import Job, Pipeline, Step, Table
    from stacks.orchestrators.resources import StepResources, WorkflowResources
    from stacks.orchestrators.run_values import RunValue

_DISTRIBUTIONS = {"replicated": "FullyReplicated", "sharded": "ShardedByS3Key"}
# Local instance storage is encrypted by hardware, and SageMaker rejects a key for it:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingClusterConfig.html
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-store-volumes.html
_HAS_LOCAL_STORAGE = re.compile(r"ml\.(g[4-9]\w*|p[4-9]\w*|p3dn|trn\d\w*|[a-z]\d[a-z]*d[a-z]*)\.\w+")


def job_request(pipeline: Pipeline, job: Job, resources: WorkflowResources) -> dict[str, Any]:
    """Build the request of a job, without the job's name."""
    step = job.first
    network = _network_config(pipeline, step, resources)
    return {
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceType": step.instance.type,
                "InstanceCount": step.instance.count,
                "VolumeSizeInGB": step.instance.volume_gb,
                **_volume_key(step, resources),
            }
        },
        "AppSpecification": _application(job, resources),
        "RoleArn": resources.processing_role_arn,
        "ProcessingInputs": _job_inputs(job, resources),
        "ProcessingOutputConfig": {"Outputs": _job_outputs(pipeline, job), **_output_key(resources)},
        "Environment": PlannedEnvironment(step.name),
        **({"NetworkConfig": network} if network else {}),
        "StoppingCondition": {"MaxRuntimeInSeconds": job.timeout_minutes * 60},
        "Tags": tag_list(resources.tags),
    }


def plan_request(resources: WorkflowResources) -> PlanPayload[RunValue]:
    """Build the event of PlanRun."""
    return {
        "spec": resources.plan_run_spec,
        "execution": {
            "id": ExecutionFact("id"),
            "name": ExecutionFact("name"),
            "start_time": ExecutionFact("start_time"),
        },
        "input": ExecutionFact("input"),
    }


def registration_request(
    pipeline: Pipeline, table: Table, resources: WorkflowResources
) -> RegistrationPayload[RunValue]:
    """Build the event of RegisterPartitions for a table."""
    step = table.source.step
    source: RegistrationSource[RunValue] = {
        "s3_uri": OutputOf(step, table.source.output),
        "creation_time": JobFact(step, "CreationTime"),
        "processing_job_arn": JobFact(step, "ProcessingJobArn"),
        "processing_job_status": JobFact(step, "ProcessingJobStatus"),
    }
    if pipeline.step(step).is_spark:
        source["require_success_marker"] = True
    run: RegisteredRun[RunValue] = {
        "pipeline": pipeline.name,
        "deployment": resources.deployment,
        "run_id": RunFact("run_id"),
        "started_at": RunFact("started_at"),
        "execution_arn": ExecutionFact("id"),
        "process_start": RunFact("process_start"),
        "process_end": RunFact("process_end"),
        "interval": RunFact("interval"),
        "script_hash": resources.steps[step].script_hash,
        "image_uri": resources.steps[step].image_uri,
    }
    if run_inputs_table(pipeline):
        run["inputs_record"] = RunFact("inputs_record")
    return {
        "table": resources.register_tables[table_key(table)],
        "source": source,
        "run": run,
        "usage": _usage_before(pipeline, table),
    }


def _usage_before(pipeline: Pipeline, table: Table) -> UsageSpec[RunValue]:
    """Return what the run used before its first registration; nothing for the other tables."""
    if table is not next(each for each in pipeline.tables if each.registration == "lambda"):
        return {"jobs": []}
    return {"jobs": [_job_spec(job) for job in jobs_of(pipeline)], "planning": RunFact("usage")}


def _job_spec(job: Job) -> JobSpec[RunValue]:
    step = job.first
    spec: JobSpec[RunValue] = {
        "step": job.name,
        "instance_type": step.instance.type,
        "instance_count": step.instance.count,
        "volume_gb": step.instance.volume_gb,
        "processing_job_arn": JobFact(step.name, "ProcessingJobArn"),
        "started_at": JobFact(step.name, "ProcessingStartTime"),
        "ended_at": JobFact(step.name, "ProcessingEndTime"),
    }
    if job.is_shared:
        spec["steps"] = job.step_names
    return spec


def takes_volume_key(step: Step) -> bool:
    """Check whether the volumes of a step's instances can have a customer-managed key."""
    return _HAS_LOCAL_STORAGE.fullmatch(step.instance.type) is None


def _application(job: Job, resources: WorkflowResources) -> dict[str, Any]:
    step = job.first
    # With the same interpreter as the script's; the names say which steps the job runs.
    entrypoint = ["python3", RUNNER_PATH, *job.step_names] if job.is_shared else container_entrypoint(step)
    described: dict[str, Any] = {
        "ImageUri": resources.steps[step.name].image_uri,
        "ContainerEntrypoint": entrypoint,
    }
    counts = {each.name: len(each.arguments) for each in job.steps if each.arguments}
    if counts:
        described["ContainerArguments"] = JobArguments(counts) if job.is_shared else PlannedArguments(step.name)
    return described


def _job_inputs(job: Job, resources: WorkflowResources) -> list[dict[str, Any]]:
    """Return the inputs of a job; a shared job's are in separate folders for each step, without those that are handed over in the job."""
    if not job.is_shared:
        return _inputs(job.first, resources.steps[job.first.name])
    given = []
    for step in job.steps:
        handed_over = [name for name, source in step.step_inputs.items() if source.step in job.step_names]
        for entry in _inputs(step, resources.steps[step.name]):
            name = entry["InputName"]
            if name not in handed_over:
                source = {**entry["S3Input"], "LocalPath": input_home(step, name)}
                given.append({"InputName": name_in_job(step, name), "S3Input": source})
    runner = _input(RUNNER_INPUT, resources.runner_uris[job.name])
    runner["S3Input"]["LocalPath"] = RUNNER_PATH.rpartition("/")[0]
    return [*given, runner]


def _job_outputs(pipeline: Pipeline, job: Job) -> list[dict[str, Any]]:
    """Return the outputs of a job; a shared job has only those that are uploaded."""
    if not job.is_shared:
        return _outputs(pipeline, job.first)
    given = []
    for step, name in job.uploaded(pipeline):
        entry = _own_output(pipeline, step, name, output_home(step, name))
        given.append({**entry, "OutputName": name_in_job(step, name)})
    return given


def _inputs(step: Step, created: StepResources) -> list[dict[str, Any]]:
    """Return the inputs: the step's own, Spark's files, then the code."""
    given = [_own_input(step, name) for name in step.inputs]
    if created.py_files_uri:
        given.append(_input("py-files", created.py_files_uri))
    if created.configuration_uri:
        given.append(_input("conf", created.configuration_uri))
    if step.script is not None:
        # The whole folder, so that a script can import its siblings. Spark sends its workers the one file, and py-files with it.
        uri = f"{created.code_uri}{_file_name(step.script)}" if step.is_spark else created.code_uri
        given.append(_input("code", uri))
    return given


def _outputs(pipeline: Pipeline, step: Step) -> list[dict[str, Any]]:
    """Return the outputs: the step's own, then Spark's event logs."""
    written = [_own_output(pipeline, step, name, path) for name, path in step.outputs.items()]
    if writes_event_logs(step):
        uri = NewPrefix(Planned(step.name, "outputs", EVENT_LOGS))
        written.append(_output("spark-event-logs", uri, EVENT_LOGS_FOLDER, "Continuous"))
    return written


def _own_input(step: Step, name: str) -> dict[str, Any]:
    source = step.inputs[name]
    distribution = source.distribution if isinstance(source, UriInput | StepInput | TableInput) else "replicated"
    uri: RunValue = Planned(step.name, "inputs", name)
    if isinstance(source, StepInput):
        uri = OutputOf(source.step, source.output)
    data_type = "ManifestFile" if isinstance(source, TableInput) else "S3Prefix"
    return _input(name, uri, data_type, _DISTRIBUTIONS[distribution])


def _input(
    name: str, uri: str | RunValue, data_type: str = "S3Prefix", distribution: str = "FullyReplicated"
) -> dict[str, Any]:
    return {
        "InputName": name,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": f"{PROCESSING_FOLDER}/input/{name}",
            "S3DataType": data_type,
            "S3InputMode": "File",
            "S3DataDistributionType": distribution,
            "S3CompressionType": "None",
        },
    }


def _own_output(pipeline: Pipeline, step: Step, name: str, path: str) -> dict[str, Any]:
    prefix = Planned(step.name, "outputs", name)
    in_place = any(
        table.layout == "in_place" and (table.source.step, table.source.output) == (step.name, name)
        for table in pipeline.tables
    )
    return _output(name, prefix if in_place else NewPrefix(prefix), path, "EndOfJob")


def _output(name: str, uri: RunValue, path: str, upload_mode: str) -> dict[str, Any]:
    return {"OutputName": name, "S3Output": {"S3Uri": uri, "LocalPath": path, "S3UploadMode": upload_mode}}


def _network_config(pipeline: Pipeline, step: Step, resources: WorkflowResources) -> dict[str, Any]:
    """Return the NetworkConfig without default values."""
    config: dict[str, Any] = dict(_traffic_encryption(step, resources))
    if pipeline.network_isolation or pipeline.network is not None:
        config["EnableNetworkIsolation"] = pipeline.network_isolation
    if pipeline.network is not None:
        config["VpcConfig"] = {
            "SecurityGroupIds": list(pipeline.network.security_groups),
            "Subnets": list(pipeline.network.subnets),
        }
    return config


def _file_name(script: str) -> str:
    return script.rpartition("/")[2]


def _volume_key(step: Step, resources: WorkflowResources) -> dict[str, Any]:
    """Return the key member of ClusterConfig; empty without a key, or if SageMaker would reject it."""
    return {"VolumeKmsKeyId": resources.kms_key_arn} if resources.kms_key_arn and takes_volume_key(step) else {}


def _output_key(resources: WorkflowResources) -> dict[str, Any]:
    """Return the key member of ProcessingOutputConfig."""
    return {"KmsKeyId": resources.kms_key_arn} if resources.kms_key_arn else {}


def _traffic_encryption(step: Step, resources: WorkflowResources) -> dict[str, Any]:
    """Return the traffic encryption member of NetworkConfig; empty for a single host, which has no traffic with others."""
    if resources.encrypt_inter_container_traffic and step.instance.count > 1:
        return {"EnableInterContainerTrafficEncryption": True}
    return {}
