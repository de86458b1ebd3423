"""The ``/opt/ml`` of a step that is run alone: the setup of its inputs, script and configuration, and the collection of its outputs."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.lake.s3_uri import split_s3_uri
from partitioned_pipelines.spec import script_files
from partitioned_pipelines.spec.files.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from local_cloud.container import WrittenFile
    from partitioned_pipelines.cli.runs.input_files import GivenInput
    from partitioned_pipelines.cli.steps.local_plan import LocalPlan
    from partitioned_pipelines.spec.model.pipeline import Step

LOCAL_LAKE = "local-lake"
"""The value of ``{lake}`` without a cloud."""
_CHECKSUM = re.compile(r"(^|/)\.[^/]*\.crc$")
_HOST = "algo-1"
_PROCESSING = "/opt/ml/processing"
_IN_ALL_CASES = {"S3DataType": "S3Prefix", "S3InputMode": "File", "S3DataDistributionType": "FullyReplicated"}
_OPT_ML = PurePosixPath("/opt/ml")


def write_job_config(opt_ml: Path, step: Step, command: tuple[str, ...], environment: Mapping[str, str]) -> None:
    """Write the files in which a container reads its job's configuration.

    https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
    """
    job = {
        "ProcessingJobName": step.name,
        "ProcessingInputs": [_described_input(name) for name in step.inputs],
        "ProcessingOutputConfig": {"Outputs": [_described_output(name, path) for name, path in step.outputs.items()]},
        "ProcessingResources": {"ClusterConfig": {"InstanceType": step.instance.type, "InstanceCount": 1}},
        "AppSpecification": {"ContainerEntrypoint": list(command)},
        "Environment": dict(environment),
    }
    folder = opt_ml / "config"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "processingjobconfig.json").write_text(json.dumps(job), encoding="utf-8")
    # One host, regardless of the step's count: it gets all of the input.
    resource = {"current_host": _HOST, "hosts": [_HOST]}
    (folder / "resourceconfig.json").write_text(json.dumps(resource), encoding="utf-8")


def prepare_s3(s3: Path, opt_ml: Path, step: Step) -> None:
    """Create the folders for the URIs in the job's description: links to the given inputs, and empty output folders."""
    for kind in ("inputs", "outputs"):
        (s3 / LOCAL_LAKE / kind).mkdir(parents=True)
    for name in step.inputs:
        (s3 / LOCAL_LAKE / "inputs" / name).symlink_to(opt_ml.resolve() / "processing" / "input" / name)


def collect_from_s3(s3: Path, output: str, target: Path) -> Iterator[Path]:
    """Copy the files written to an output's URI, and yield the copies."""
    from local_cloud.container import written_files  # from the extra `local`

    files = written_files(s3, f"{LOCAL_LAKE}/outputs/{output}", shown="s3:/")
    # Hadoop's checksum files, written only on local file systems.
    yield from copy_written((file for file in files if not _CHECKSUM.search(file.name)), target)


def copy_written(files: Iterable[WrittenFile], target: Path) -> Iterator[Path]:
    """Copy the files that a script has written to a folder, and yield the copies."""
    for file in files:
        copy = target / file.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        with file.open() as content, copy.open("wb") as written:
            shutil.copyfileobj(content, written)
        yield copy


def _described_input(name: str) -> dict[str, Any]:
    uri = f"s3://{LOCAL_LAKE}/inputs/{name}/"
    return {
        "InputName": name,
        "S3Input": {"S3Uri": uri, "LocalPath": str(PurePosixPath(_PROCESSING, "input", name)), **_IN_ALL_CASES},
    }


def _described_output(name: str, path: str) -> dict[str, Any]:
    uri = f"s3://{LOCAL_LAKE}/outputs/{name}/"
    return {"OutputName": name, "S3Output": {"S3Uri": uri, "LocalPath": path, "S3UploadMode": "EndOfJob"}}


def match_inputs(step: Step, given: Sequence[GivenInput]) -> dict[str, GivenInput]:
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
        """Copy the inputs and the script's folder to where the script expects them, and create the output folders."""
        for name, given in inputs.items():
            folder = self.opt_ml / "processing" / "input" / name
            if given.path.is_dir():
                shutil.copytree(given.path, folder)
            else:
                folder.mkdir(parents=True)
                shutil.copy2(given.path, folder / self._file_name(name, given, plan))
        if self.step.script is not None:
            self._copy_code(project_root / self.step.script, project_root)
        if self.step.spark is not None:
            self._copy_spark_files(project_root)
        if self.step.is_spark:
            prepare_s3(self.s3, self.opt_ml, self.step)
        for path in self.step.outputs.values():
            self._on_this_machine(path).mkdir(parents=True, exist_ok=True)

    @property
    def s3(self) -> Path:
        """The folder that replaces S3 for a Spark step, with a subfolder for each bucket."""
        return self.opt_ml.parent / "s3"

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

    def collect(self, destination: Path) -> list[Path]:
        """Copy the files that the script has written: a single output into the folder itself, several into one subfolder each.

        Raises
        ------
        UnreadableOutputError
            If the script has written anything other than files with readable names.
        """
        from local_cloud.container import written_files  # from the extra `local`

        written: list[Path] = []
        for name, path in self.step.outputs.items():
            target = destination if len(self.step.outputs) == 1 else destination / name
            target.mkdir(parents=True, exist_ok=True)
            below_opt_ml = str(PurePosixPath(path).relative_to(_OPT_ML))
            written += copy_written(written_files(self.opt_ml, below_opt_ml), target)
            if self.step.is_spark:
                written += collect_from_s3(self.s3, name, target)
        return written

    def _on_this_machine(self, path: str) -> Path:
        return self.opt_ml / PurePosixPath(path).relative_to(_OPT_ML)
