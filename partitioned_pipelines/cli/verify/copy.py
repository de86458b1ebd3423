"""The temporary copy: its names, with a unique prefix, and its own small project, which is checked and deployed."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.lake.stack_names import data_lake_stack_name, pipeline_stack_name
from partitioned_pipelines.spec import DEPLOYMENT_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from partitioned_pipelines.cli.deployment.cdk import Cdk

_NAME_OF_A_COPY = re.compile(r"verify-[0-9a-f]{8}")

_PROJECT = Path(__file__).with_name("project")
ACCOUNT_OPTIONS = ("permissions_boundary", "assets_kms", "catalog_kms", "lake_formation")
"""Options that an account may require for any deployment; no other option may make the copy use existing resources."""
_FLAGS = ("--require-approval=never", "--progress=events")


@dataclass(frozen=True)
class Names:
    """The names of the copy's resources.

    Attributes
    ----------
    prefix
        The prefix of each stack's name, and the workgroup's name.
    """

    prefix: str

    @classmethod
    def new(cls) -> Names:
        """Return names that are not in use."""
        return cls(f"verify-{secrets.token_hex(4)}")

    @classmethod
    def parse(cls, prefix: str) -> Names:
        """Return the names of an earlier verification. Raises CommandError if its prefix is invalid."""
        if not _NAME_OF_A_COPY.fullmatch(prefix):
            raise CommandError(
                f"{prefix!r} is not the prefix of a verification",
                "use the one that it printed, such as verify-1a2b3c4d",
            )
        return cls(prefix)

    @property
    def pipeline(self) -> str:
        """The pipeline that writes; also the name of the Glue database, and the prefix of all job names."""
        return self.prefix.replace("-", "_")

    @property
    def reading_pipeline(self) -> str:
        """The pipeline that reads the other pipeline's table."""
        return f"{self.pipeline}_read"

    @property
    def database(self) -> str:
        """The Glue database of both pipelines."""
        return self.pipeline

    @property
    def queue(self) -> str:
        """The queue that receives notifications."""
        return f"{self.prefix}-notifications"

    @property
    def schedule(self) -> str:
        """The schedule that fires once."""
        return f"{self.prefix}-once"

    @property
    def stacks(self) -> tuple[str, ...]:
        """The stacks, in the order in which they can be deleted."""
        return (
            pipeline_stack_name(self.prefix, f"{self.prefix}-read"),
            pipeline_stack_name(self.prefix, self.prefix),
            data_lake_stack_name(self.prefix),
        )

    @property
    def job_beginning(self) -> str:
        """The prefix of each processing job's name."""
        return f"{self.prefix}-"


def write_project(folder: Path, names: Names, options: Mapping[str, str] | None = None) -> Path:
    """Write the project with the copy's names and the account's options; return its folder."""
    for source in sorted(path for path in _PROJECT.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        target = folder / source.relative_to(_PROJECT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text(encoding="utf-8").replace("__NAME__", names.pipeline), encoding="utf-8")
    document = {"removal_policy": "destroy", **(options or {})}
    # JSON is valid YAML.
    (folder / DEPLOYMENT_FILE).write_text(json.dumps(document), encoding="utf-8")
    return folder


def deploy_copy(cdk: Cdk, project: Path, names: Names, assembly: Path, context: Sequence[str]) -> None:
    """Synthesize the copy, check that its templates contain nothing else, and deploy it.

    Raises
    ------
    CommandError
        If a template contains a resource without the copy's prefix, or if the deployment fails.
    """
    cdk.synthesize(project, names.prefix, assembly, context)
    check_assembly(assembly, names)
    cdk.deploy(assembly, _FLAGS)


def check_assembly(assembly: Path, names: Names) -> None:
    """Check the templates: the stacks have the copy's names, its own bucket, databases and workgroup. Raises CommandError otherwise."""
    stacks = {
        str(artifact.get("properties", {}).get("stackName", name)): assembly / artifact["properties"]["templateFile"]
        for name, artifact in _read(assembly / "manifest.json")["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    problems = [f"the stack {name}" for name in sorted(set(stacks) ^ set(names.stacks))]
    resources = [resource for template in stacks.values() for resource in _read(template).get("Resources", {}).values()]
    given = {
        "AWS::Glue::Database": [one["Properties"]["DatabaseInput"]["Name"] for one in _of(resources, "Glue::Database")],
        "AWS::Glue::Table": [one["Properties"]["DatabaseName"] for one in _of(resources, "Glue::Table")],
        "AWS::Athena::WorkGroup": [one["Properties"]["Name"] for one in _of(resources, "Athena::WorkGroup")],
        "AWS::S3::Bucket": [one["Properties"].get("BucketName", "") for one in _of(resources, "S3::Bucket")],
    }
    expected = {
        "AWS::Glue::Database": [names.database],
        "AWS::Glue::Table": [names.database, names.database],
        "AWS::Athena::WorkGroup": [names.prefix],
        "AWS::S3::Bucket": [""],
    }
    problems += [f"{kind} {found}" for kind, found in given.items() if found != expected[kind]]
    if problems:
        raise CommandError(
            f"the templates are not those of a throw-away copy, and nothing was deployed: {', '.join(problems)}",
            "see which context cdk.json and ~/.cdk.json set",
            exit_code=ExitCode.NO_CLOUD,
        )


def published_assets(assembly: Path) -> list[str]:
    """Return the keys that the CDK CLI publishes to the bootstrap bucket; empty if nothing was synthesized."""
    return sorted(
        {
            destination["objectKey"]
            for path in assembly.glob("*.assets.json")
            for asset in _read(path).get("files", {}).values()
            for destination in asset["destinations"].values()
        }
    )


def _of(resources: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [resource for resource in resources if resource["Type"] == f"AWS::{kind}"]


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document
