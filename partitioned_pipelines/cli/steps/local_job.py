"""A processing job on this machine: its description, as a container reads it, and its ``/opt/ml``."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.s3_uri import split_s3_uri
from partitioned_pipelines.spec.derived.job import EVENT_LOGS_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from local_cloud.container import ContainerSpec, WrittenFile
    from local_cloud.images import LocalImage

_CHECKSUM = re.compile(r"(^|/)\.[^/]*\.crc$")
_HOST = "algo-1"
_OPT_ML = PurePosixPath("/opt/ml")


def on_this_machine(opt_ml: Path, path: str) -> Path:
    """Return the folder on this machine for a path below ``/opt/ml``."""
    return opt_ml / PurePosixPath(path).relative_to(_OPT_ML)


def command_of(description: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a job's entrypoint with its arguments."""
    application = description["AppSpecification"]
    return (*application["ContainerEntrypoint"], *application.get("ContainerArguments", []))


@dataclass(frozen=True)
class LocalJob:
    """A processing job that runs on this machine.

    Attributes
    ----------
    opt_ml
        The folder that is mounted as ``/opt/ml`` for the script.
    description
        The job as DescribeProcessingJob describes it; fields that a container does not read may be missing.
    """

    opt_ml: Path
    description: Mapping[str, Any]

    @property
    def command(self) -> tuple[str, ...]:
        """The entrypoint with its arguments."""
        return command_of(self.description)

    @property
    def is_spark(self) -> bool:
        """Whether ``smspark-submit`` runs the script."""
        return PurePosixPath(self.command[0]).name == "smspark-submit"

    @property
    def instance_type(self) -> str:
        """The type of the job's instances."""
        return str(self.description["ProcessingResources"]["ClusterConfig"]["InstanceType"])

    @property
    def timeout_seconds(self) -> int:
        """The time after which the job is stopped."""
        return int(self.description["StoppingCondition"]["MaxRuntimeInSeconds"])

    @property
    def s3(self) -> Path:
        """The folder that replaces S3 for a Spark job, with a subfolder for each bucket."""
        return self.opt_ml.parent / "s3"

    def container(self, image: LocalImage, *, interactive: bool) -> ContainerSpec:
        """Return the container that runs the job."""
        from local_cloud.container import ContainerSpec, memory_bound  # from the extra `local`

        network = self.description.get("NetworkConfig", {})
        programs, environment = self._spark_runtime() if self.is_spark else (None, {})
        return ContainerSpec(
            image=image,
            command=self.command,
            opt_ml=self.opt_ml,
            environment={**self.description.get("Environment", {}), **environment},
            network=not network.get("EnableNetworkIsolation", False),
            timeout_seconds=self.timeout_seconds,
            memory_bytes=memory_bound(self.instance_type),
            interactive=interactive,
            programs=programs,
            scratch=self.opt_ml.parent,
            ends_with_this_process=True,
        )

    def _spark_runtime(self) -> tuple[Path, dict[str, str]]:
        from local_cloud.spark import folder_environment, write_programs  # imports all of moto

        return write_programs(self.opt_ml.parent / "programs"), folder_environment(self.s3)

    def prepare(self) -> None:
        """Write the job's configuration, and create the folders of its outputs; a Spark job also gets folders for its S3 URIs."""
        self._write_config()
        for output in self._outputs:
            on_this_machine(self.opt_ml, output["LocalPath"]).mkdir(parents=True, exist_ok=True)
        if self.is_spark:
            self._prepare_s3()

    def _write_config(self) -> None:
        """Write the files in which a container reads its job's configuration.

        https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
        """
        folder = self.opt_ml / "config"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "processingjobconfig.json").write_text(json.dumps(self.description), encoding="utf-8")
        # One host, regardless of the job's count: it gets all of the input.
        resource = {"current_host": _HOST, "hosts": [_HOST]}
        (folder / "resourceconfig.json").write_text(json.dumps(resource), encoding="utf-8")

    def _prepare_s3(self) -> None:
        """Create the folders for the URIs in the description: links to the inputs, and the parents of the output folders.

        An input below another one, which its folder therefore holds, needs no link.
        """
        inputs = [entry["S3Input"] for entry in self.description.get("ProcessingInputs", [])]
        for source in sorted(inputs, key=lambda source: len(source["S3Uri"])):
            files = on_this_machine(self.opt_ml.resolve(), source["LocalPath"])
            place = self._in_s3(source["S3Uri"])
            one_object = files / place.name
            target = one_object if one_object.is_file() and not source["S3Uri"].endswith("/") else files
            if target.exists() and not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                place.symlink_to(target)
        for output in self._outputs:
            # Spark refuses an output that exists, as an empty prefix does not.
            self._in_s3(output["S3Uri"]).parent.mkdir(parents=True, exist_ok=True)

    def _in_s3(self, uri: str) -> Path:
        bucket, key = split_s3_uri(uri)
        return self.s3 / bucket / key.rstrip("/")

    def collect(self, destination: Path) -> list[Path]:
        """Copy the files that the script has written: a single output into the folder itself, several into one subfolder each.

        Raises
        ------
        UnreadableOutputError
            If the script has written anything other than files with readable names.
        """
        from local_cloud.container import written_files  # from the extra `local`

        written: list[Path] = []
        outputs = {
            entry["OutputName"]: entry["S3Output"]
            for entry in self.description["ProcessingOutputConfig"]["Outputs"]
            if entry["S3Output"]["LocalPath"].rstrip("/") != EVENT_LOGS_FOLDER.rstrip("/")
        }
        for name, output in outputs.items():
            target = destination if len(outputs) == 1 else destination / name
            target.mkdir(parents=True, exist_ok=True)
            below_opt_ml = str(PurePosixPath(output["LocalPath"]).relative_to(_OPT_ML))
            written += _copy_written(written_files(self.opt_ml, below_opt_ml), target)
            if self.is_spark:
                folder = self._in_s3(output["S3Uri"]).relative_to(self.s3).as_posix()
                files = written_files(self.s3, folder, shown="s3:/")
                # Hadoop's checksum files, written only on local file systems.
                written += _copy_written((file for file in files if not _CHECKSUM.search(file.name)), target)
        return written

    @property
    def _outputs(self) -> list[dict[str, Any]]:
        return [entry["S3Output"] for entry in self.description["ProcessingOutputConfig"]["Outputs"]]


def _copy_written(files: Iterable[WrittenFile], target: Path) -> Iterator[Path]:
    """Copy the files that a script has written to a folder, and yield the copies."""
    for file in files:
        copy = target / file.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        with file.open() as content, copy.open("wb") as written:
            shutil.copyfileobj(content, written)
        yield copy
