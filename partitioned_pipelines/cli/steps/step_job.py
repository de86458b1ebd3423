"""What a step that runs alone is told of its job: the files of ``/opt/ml/config``, and an S3 of its own for Spark."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from local_cloud.container import WrittenFile
    from partitioned_pipelines.spec.model.pipeline import Step

LOCAL_LAKE = "local-lake"
"""What ``{lake}`` stands for where there is no cloud."""
_CHECKSUM = re.compile(r"(^|/)\.[^/]*\.crc$")
_HOST = "algo-1"
_PROCESSING = "/opt/ml/processing"
_IN_ALL_CASES = {"S3DataType": "S3Prefix", "S3InputMode": "File", "S3DataDistributionType": "FullyReplicated"}


def write_job_config(opt_ml: Path, step: Step, command: tuple[str, ...], environment: Mapping[str, str]) -> None:
    """Write what a container reads of its own job.

    https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
    """
    job = {
        "ProcessingJobName": step.name,
        "ProcessingInputs": [_input(name) for name in step.inputs],
        "ProcessingOutputConfig": {"Outputs": [_output(name, path) for name, path in step.outputs.items()]},
        "ProcessingResources": {"ClusterConfig": {"InstanceType": step.instance.type, "InstanceCount": 1}},
        "AppSpecification": {"ContainerEntrypoint": list(command)},
        "Environment": dict(environment),
    }
    folder = opt_ml / "config"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "processingjobconfig.json").write_text(json.dumps(job), encoding="utf-8")
    # One host, whatever the step's count: it sees all that was given.
    resource = {"current_host": _HOST, "hosts": [_HOST]}
    (folder / "resourceconfig.json").write_text(json.dumps(resource), encoding="utf-8")


def prepare_s3(s3: Path, opt_ml: Path, step: Step) -> None:
    """Let the URIs of the job's description mean folders: those of the inputs what was given, those of the outputs empty ones."""
    for kind in ("inputs", "outputs"):
        (s3 / LOCAL_LAKE / kind).mkdir(parents=True)
    for name in step.inputs:
        (s3 / LOCAL_LAKE / "inputs" / name).symlink_to(opt_ml.resolve() / "processing" / "input" / name)


def collect_from_s3(s3: Path, output: str, target: Path) -> Iterator[Path]:
    """Copy what was written to an output's URI, and yield the copies."""
    from local_cloud.container import written_files  # of the extra `local`

    files = written_files(s3, f"{LOCAL_LAKE}/outputs/{output}", shown="s3:/")
    # Hadoop's own checksums, for local files only.
    yield from copy_written((file for file in files if not _CHECKSUM.search(file.name)), target)


def copy_written(files: Iterable[WrittenFile], target: Path) -> Iterator[Path]:
    """Copy the files that a script has written to a folder, and yield the copies."""
    for file in files:
        copy = target / file.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        with file.open() as content, copy.open("wb") as written:
            shutil.copyfileobj(content, written)
        yield copy


def _input(name: str) -> dict[str, Any]:
    uri = f"s3://{LOCAL_LAKE}/inputs/{name}/"
    return {
        "InputName": name,
        "S3Input": {"S3Uri": uri, "LocalPath": str(PurePosixPath(_PROCESSING, "input", name)), **_IN_ALL_CASES},
    }


def _output(name: str, path: str) -> dict[str, Any]:
    uri = f"s3://{LOCAL_LAKE}/outputs/{name}/"
    return {"OutputName": name, "S3Output": {"S3Uri": uri, "LocalPath": path, "S3UploadMode": "EndOfJob"}}
