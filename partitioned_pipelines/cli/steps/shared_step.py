"""A step of a shared job of an earlier run, as a job that this machine can repeat.

A step that reads only from S3 becomes a job of its own. Of one that reads what earlier steps of the same job wrote, nothing is in S3: its job
runs those steps first, by the same runner as in the cloud.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.steps.local_job import on_this_machine
from partitioned_pipelines.cli.steps.step_folders import LOCAL_LAKE, StepFolders
from partitioned_pipelines.lake.runs.shared_job import RUNNER_INPUT, RUNNER_PATH, STEPS_DOCUMENT
from partitioned_pipelines.lake.s3_uri import split_s3_uri
from partitioned_pipelines.spec.derived.job import container_entrypoint

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.spec.model.pipeline import Step


@dataclass(frozen=True)
class SharedStep:
    """A step of a shared job.

    Attributes
    ----------
    description
        The description of the shared job.
    steps
        The steps to run, as the job's ``steps.json`` describes them: those that the last one needs, and itself.
    arguments
        The arguments of these steps, by name.
    """

    description: Mapping[str, Any]
    document: Mapping[str, Any]
    steps: list[dict[str, Any]]
    arguments: Mapping[str, list[str]]

    @classmethod
    def find(cls, s3: S3Client, description: Mapping[str, Any], name: str) -> SharedStep:
        """Read how the job's runner was told to run a step."""
        runner = next(entry for entry in description["ProcessingInputs"] if entry["InputName"] == RUNNER_INPUT)
        bucket, prefix = split_s3_uri(runner["S3Input"]["S3Uri"])
        document = json.loads(s3.get_object(Bucket=bucket, Key=f"{prefix}{STEPS_DOCUMENT}")["Body"].read())
        given = iter(description["AppSpecification"].get("ContainerArguments", []))
        arguments = {step["name"]: [next(given) for _ in range(step["arguments"])] for step in document["steps"]}
        needed: list[dict[str, Any]] = []
        wanted = {name}
        for step in reversed(document["steps"]):
            if step["name"] in wanted:
                needed.insert(0, step)
                wanted |= {entry["from"] for entry in step["inputs"] if entry["from"]}
        return cls(description, document, needed, arguments)

    @property
    def before(self) -> list[str]:
        """The names of the steps that run first; empty if the step can run alone."""
        return [step["name"] for step in self.steps[:-1]]

    @property
    def job(self) -> dict[str, Any]:
        """The description of the job to run here."""
        step = self.steps[-1]
        alone = not self.before
        inputs = [
            self._input(entry, each["name"], alone=alone)
            for each in self.steps
            for entry in each["inputs"]
            if not entry["from"]
        ]
        if alone:
            command, arguments = step["command"], self.arguments[step["name"]]
        else:
            inputs += [entry for entry in self.description["ProcessingInputs"] if entry["InputName"] == RUNNER_INPUT]
            names = [each["name"] for each in self.steps]
            command = ["python3", RUNNER_PATH, *names]
            arguments = [argument for name in names for argument in self.arguments[name]]
        application = self.description["AppSpecification"]
        return {
            **self.description,
            "ProcessingInputs": inputs,
            "ProcessingOutputConfig": {"Outputs": [self._output(out, alone=alone) for out in step["outputs"]]},
            "AppSpecification": {**application, "ContainerEntrypoint": command, "ContainerArguments": arguments},
            "Environment": {**self.description.get("Environment", {}), **(step["environment"] if alone else {})},
            "StoppingCondition": {"MaxRuntimeInSeconds": sum(each["timeout_seconds"] for each in self.steps)},
        }

    def prepare(self, opt_ml: Path, step: Step, project_code: Path | None) -> None:
        """Write the runner's document for these steps, with the project's script for the last one if it is to be tested."""
        steps = [*self.steps[:-1], {**self.steps[-1]}]
        last = steps[-1]
        last["outputs"] = [{**output, "uploaded": True} for output in last["outputs"]]
        if project_code is not None:
            last["command"] = container_entrypoint(step)
            (code,) = (entry for entry in last["inputs"] if entry["name"] == "code")
            home = on_this_machine(opt_ml, code["home"])
            shutil.rmtree(home)  # the job's own code
            StepFolders(home.parent, step).copy_code(project_code)
            (home.parent / "processing" / "input" / "code").rename(home)
        runner = on_this_machine(opt_ml, RUNNER_PATH).with_name(STEPS_DOCUMENT)
        runner.write_text(json.dumps({**self.document, "steps": steps}), encoding="utf-8")

    def _input(self, entry: Mapping[str, Any], step: str, *, alone: bool) -> dict[str, Any]:
        """Return an input: of a job of its own, under its own name and at its own place."""
        (found,) = (
            each for each in self.description["ProcessingInputs"] if each["S3Input"]["LocalPath"] == entry["home"]
        )
        if alone:
            return {**found, "InputName": entry["name"], "S3Input": {**found["S3Input"], "LocalPath": entry["path"]}}
        return {**found, "InputName": f"{step}.{entry['name']}"}

    def _output(self, output: Mapping[str, Any], *, alone: bool) -> dict[str, Any]:
        uri = f"s3://{LOCAL_LAKE}/outputs/{output['name']}/"
        path = output["path"] if alone else output["home"]
        return {
            "OutputName": output["name"],
            "S3Output": {"S3Uri": uri, "LocalPath": path, "S3UploadMode": "EndOfJob"},
        }
