"""The project files of a pipeline's jobs, published so that jobs find them under their own names.

These are the folders of the scripts, the additional files of Spark steps, and the runners of shared jobs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import partitioned_pipelines
from partitioned_pipelines.lake.runs.shared_job import RUNNER_NAME, STEPS_DOCUMENT
from partitioned_pipelines.spec import jobs_of, published_prefix, script_files, tree_hash
from partitioned_pipelines.spec.derived.shared_job import steps_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import Stack

    from partitioned_pipelines.spec import Job, Pipeline, Step
    from stacks.assembly import AssemblyFiles

_CONFIGURATION = "configuration.json"
_RUNNER = Path(partitioned_pipelines.__file__).parent / "in_container" / RUNNER_NAME


@dataclass(frozen=True, slots=True)
class PublishedFiles:
    """Files below one prefix of the bootstrap bucket, which is an input of jobs.

    Each file has its own name below the prefix, ``<tree hash>.files/lib/h.py``, without a custom resource that would extract an archive.

    The dot is for ``cdk gc``, which keeps an asset as long as the template of a deployed stack contains its key up to the first dot: here the
    tree hash, which is in every URI of the folder. If the first dot were in a file's name, the files of deployed pipelines would be deleted:
    https://github.com/aws/aws-cdk-cli/blob/main/packages/%40aws-cdk/toolkit-lib/lib/api/garbage-collection/garbage-collector.ts

    Attributes
    ----------
    bucket_name
        The bootstrap bucket.
    tree_hash
        SHA-256 of the files' names and contents.
    """

    bucket_name: str
    tree_hash: str

    @property
    def prefix(self) -> str:
        """The key prefix of ``uri``, for a role's policy."""
        return published_prefix(self.tree_hash)

    @property
    def uri(self) -> str:
        """``s3://<bootstrap bucket>/<tree hash>.files/``."""
        return f"s3://{self.bucket_name}/{self.prefix}"


class StepFiles:
    """The published files of each step; steps whose scripts share a folder also share its published files.

    Attributes
    ----------
    code, py_files, configuration
        The published files by step name, without steps that have none.
    runners
        The published runners of shared jobs, by the jobs' names.
    """

    def __init__(self, stack: Stack, *, pipeline: Pipeline, project: Path, assembly: AssemblyFiles) -> None:
        self._stack, self._assembly = stack, assembly
        folders: dict[Path, PublishedFiles] = {}
        self.code: dict[str, PublishedFiles] = {}
        self.py_files: dict[str, PublishedFiles] = {}
        self.configuration: dict[str, PublishedFiles] = {}
        for step in pipeline.steps:
            if step.script is not None:
                folder = (project / step.script).parent
                if folder not in folders:
                    files = {name: path.read_bytes() for name, path in script_files(folder, project).items()}
                    folders[folder] = self._publish(folder.name, files)
                self.code[step.name] = folders[folder]
            if step.spark is not None:
                self._publish_spark_files(step, project)
        self.runners = {
            job.name: self._publish(job.name, _runner_files(pipeline, job))
            for job in jobs_of(pipeline)
            if job.is_shared
        }

    def _publish(self, title: str, files: Mapping[str, bytes]) -> PublishedFiles:
        tree = tree_hash(files)
        copies = self._assembly.folder / f"code.{tree}"
        copies.mkdir(exist_ok=True)
        for number, (name, content) in enumerate(files.items()):
            copy = copies / str(number)
            copy.write_bytes(content)
            bucket_name = self._assembly.publish(
                self._stack, copy, f"{published_prefix(tree)}{name}", f"{title}/{name}"
            )
        return PublishedFiles(bucket_name, tree)

    def _publish_spark_files(self, step: Step, project: Path) -> None:
        assert step.spark is not None  # checked by the caller  # noqa: S101
        if step.spark.py_files:
            paths = [project / path for path in step.spark.py_files]
            files = {path.name: path.read_bytes() for path in sorted(paths, key=lambda path: path.name)}
            self.py_files[step.name] = self._publish(f"{step.name}/py-files", files)
        if step.spark.configuration:
            document = [entry.model_dump(mode="json", exclude_defaults=True) for entry in step.spark.configuration]
            files = {_CONFIGURATION: json.dumps(document, ensure_ascii=False).encode()}
            self.configuration[step.name] = self._publish(f"{step.name}/conf", files)

    @property
    def all(self) -> list[PublishedFiles]:
        """Each published folder once."""
        published = [
            *self.code.values(),
            *self.py_files.values(),
            *self.configuration.values(),
            *self.runners.values(),
        ]
        return list({files.prefix: files for files in published}.values())

    def code_uri(self, step: Step) -> str:
        """Return the URI of a step's script folder; empty if the step has no script."""
        return self.code[step.name].uri if step.name in self.code else ""

    def script_hash(self, step: Step) -> str:
        """Return the hash of all files in a step's script folder; empty if the code is in the image."""
        return self.code[step.name].tree_hash if step.name in self.code else ""

    def py_files_uri(self, step: Step) -> str:
        """Return the URI of a Spark step's py-files folder; empty if it has none."""
        return self.py_files[step.name].uri if step.name in self.py_files else ""

    def configuration_uri(self, step: Step) -> str:
        """Return the URI of a Spark step's configuration file; empty if it has none."""
        return f"{self.configuration[step.name].uri}{_CONFIGURATION}" if step.name in self.configuration else ""


def _runner_files(pipeline: Pipeline, job: Job) -> dict[str, bytes]:
    document = json.dumps(steps_document(pipeline, job), ensure_ascii=False, indent=1)
    return {RUNNER_NAME: _RUNNER.read_bytes(), STEPS_DOCUMENT: document.encode()}
