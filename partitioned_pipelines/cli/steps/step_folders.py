"""A step that is run alone on local files: its job's description, its inputs, and its script's files."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.lake.s3_uri import split_s3_uri
from partitioned_pipelines.spec import script_files
from partitioned_pipelines.spec.derived.job import container_entrypoint
from partitioned_pipelines.spec.files.problems import did_you_mean
from partitioned_pipelines.spec.model.fields import PROCESSING_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from partitioned_pipelines.cli.runs.input_files import GivenInput
    from partitioned_pipelines.cli.steps.local_plan import LocalPlan
    from partitioned_pipelines.spec.model.pipeline import Pipeline, Step

LOCAL_LAKE = "local-lake"
"""The value of ``{lake}`` without a cloud."""
_IN_ALL_CASES = {"S3DataType": "S3Prefix", "S3InputMode": "File", "S3DataDistributionType": "FullyReplicated"}


def describe_step(pipeline: Pipeline, step: Step, plan: LocalPlan) -> dict[str, Any]:
    """Return the description of a step's job that reads local files; its URIs are those of a bucket that does not exist."""
    arguments = [plan.resolve(text, f"step {step.name!r}, arguments,") for text in step.arguments]
    return {
        "ProcessingJobName": step.name,
        "ProcessingInputs": [_described_input(name) for name in step.inputs],
        "ProcessingOutputConfig": {"Outputs": [_described_output(name, path) for name, path in step.outputs.items()]},
        "ProcessingResources": {"ClusterConfig": {"InstanceType": step.instance.type, "InstanceCount": 1}},
        "AppSpecification": {"ContainerEntrypoint": container_entrypoint(step), "ContainerArguments": arguments},
        "Environment": plan.environment(step),
        "NetworkConfig": {"EnableNetworkIsolation": pipeline.network_isolation},
        "StoppingCondition": {"MaxRuntimeInSeconds": step.timeout_minutes * 60},
    }


def _described_input(name: str) -> dict[str, Any]:
    uri = f"s3://{LOCAL_LAKE}/inputs/{name}/"
    return {
        "InputName": name,
        "S3Input": {"S3Uri": uri, "LocalPath": f"{PROCESSING_FOLDER}/input/{name}", **_IN_ALL_CASES},
    }


def _described_output(name: str, path: str) -> dict[str, Any]:
    uri = f"s3://{LOCAL_LAKE}/outputs/{name}/"
    return {"OutputName": name, "S3Output": {"S3Uri": uri, "LocalPath": path, "S3UploadMode": "EndOfJob"}}


def match_inputs(step: Step, given: Iterable[GivenInput]) -> dict[str, GivenInput]:
    """Return the given file for each input of the step.

    Raises
    ------
    CommandError
        If an input is unknown, given twice, or missing.
    """
    matched: dict[str, GivenInput] = {}
    for entry in given:
        name = entry.name.removeprefix(f"{step.name}.")
        if name not in step.inputs:
            raise CommandError(
                f"--input {entry.name}: step {step.name!r} has no input {name!r}", did_you_mean(name, step.inputs)
            )
        if name in matched:
            raise CommandError(f"--input {name} is set twice", "put the files into one folder and pass that")
        matched[name] = entry
    if missing := [name for name in step.inputs if name not in matched]:
        raise CommandError(
            f"step {step.name!r} needs an --input for {', '.join(missing)}",
            "pass a file or a folder for each: " + " ".join(f"--input {name}=FILE" for name in missing),
        )
    return matched


@dataclass(frozen=True)
class StepFolders:
    """A local folder that is mounted as ``/opt/ml`` for the script.

    Attributes
    ----------
    opt_ml
        The folder.
    step
        The step of the script.
    """

    opt_ml: Path
    step: Step

    def prepare(self, project_root: Path, plan: LocalPlan, inputs: Mapping[str, GivenInput]) -> None:
        """Copy the inputs and the script's files to where the script expects them."""
        for name, given in inputs.items():
            folder = self.opt_ml / "processing" / "input" / name
            if given.path.is_dir():
                shutil.copytree(given.path, folder)
            else:
                folder.mkdir(parents=True)
                shutil.copy2(given.path, folder / self._file_name(name, given, plan))
        self.copy_code(project_root)

    def copy_code(self, project_root: Path) -> None:
        """Copy the script's folder, and what else the project has for the job: the inputs that pipeline files cannot name."""
        if self.step.script is not None:
            self._copy_code(project_root / self.step.script, project_root)
        if self.step.spark is not None:
            self._copy_spark_files(project_root)

    def _copy_code(self, script: Path, project: Path) -> None:
        code = self.opt_ml / "processing" / "input" / "code"
        if self.step.is_spark:  # as on SageMaker: a single file, with py-files next to it
            code.mkdir(parents=True)
            shutil.copy2(script, code)
            return
        for name, path in script_files(script.parent, project).items():
            (code / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, code / name)

    def _copy_spark_files(self, project_root: Path) -> None:
        assert self.step.spark is not None  # the caller has checked it  # noqa: S101
        given = self.opt_ml / "processing" / "input"
        for path in self.step.spark.py_files:
            (given / "py-files").mkdir(parents=True, exist_ok=True)
            shutil.copy2(project_root / path, given / "py-files")
        if self.step.spark.configuration:
            document = [entry.model_dump(mode="json", exclude_defaults=True) for entry in self.step.spark.configuration]
            (given / "conf").mkdir(parents=True)
            (given / "conf" / "configuration.json").write_text(json.dumps(document), encoding="utf-8")

    def _file_name(self, name: str, given: GivenInput, plan: LocalPlan) -> str:
        """Return the name of an input file in the job: an S3 object keeps its own name, regardless of the local file's name."""
        source = self.step.uri_inputs.get(name)
        if source is None:
            return given.path.name
        _, key = split_s3_uri(plan.resolve(source, f"input {name!r} of step {self.step.name!r}"))
        return PurePosixPath(key).name if key and not key.endswith("/") else given.path.name
