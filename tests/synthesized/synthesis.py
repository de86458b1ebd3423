"""The synthesis of projects in this process, with the parts of ``app.py``, without the CDK CLI."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stacks import use_packaged_node

use_packaged_node()  # before jsii, which aws_cdk starts when it is imported

import aws_cdk as cdk  # noqa: E402 - see above

from partitioned_pipelines.spec import Deployment, load_project  # noqa: E402
from stacks.data_lake.data_lake_stack import DataLakeStack  # noqa: E402
from stacks.pipeline.pipeline_stack import PipelineStack  # noqa: E402
from stacks.settings import DeploymentSettings  # noqa: E402
from tests.synthesized.resolved_stack import ResolvedStack, resolve_stack  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping

    from partitioned_pipelines.spec import Pipeline, Project

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Synthesis:
    """The result of synthesizing a project.

    Attributes
    ----------
    app, lake, pipelines
        The constructs; pipelines by name.
    project
        The loaded project.
    assembly
        Folder of the cloud assembly: templates, asset manifests, staged assets.
    options
        The options of the deployment.
    """

    app: cdk.App
    lake: DataLakeStack
    pipelines: dict[str, PipelineStack]
    project: Project
    assembly: Path
    options: Deployment

    @property
    def stacks(self) -> list[cdk.Stack]:
        """All stacks, the lake's first."""
        return [self.lake, *self.pipelines.values()]

    def template(self, stack: cdk.Stack) -> dict[str, Any]:
        """Return the template of a stack, as written."""
        template: dict[str, Any] = json.loads((self.assembly / stack.template_file).read_text(encoding="utf-8"))
        return template

    def asset_manifest(self, stack: cdk.Stack) -> dict[str, Any]:
        """Return the files and images that a stack's deployment publishes."""
        path = self.assembly / f"{stack.artifact_id}.assets.json"
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return manifest

    def resolved_lake(self) -> ResolvedStack:
        """Return a separate copy of the lake's stack with concrete values."""
        return resolve_stack(self.lake.stack_name, self.template(self.lake))

    def resolved(self, pipeline: str) -> ResolvedStack:
        """Return a separate copy of a pipeline's stack with concrete values."""
        stack = self.pipelines[pipeline]
        return resolve_stack(stack.stack_name, self.template(stack), self.resolved_lake().shared)

    def pipeline(self, name: str) -> Pipeline:
        """Return a pipeline's spec."""
        return self.project.pipeline(name)


def app_context() -> dict[str, Any]:
    """Return the context of ``cdk.json``, which the CDK CLI would pass to the app."""
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    return context


def synthesize(project: Path, assembly: Path, options: Mapping[str, Any] | None = None) -> Synthesis:
    """Synthesize a project into a folder, with options that replace its deployment.yaml."""
    app = cdk.App(outdir=str(assembly), context=app_context())
    loaded = load_project(with_options(project, options or {}, assembly.with_suffix(".project")))
    settings = DeploymentSettings(loaded.deployment)
    settings.apply_to(app)
    lake = DataLakeStack(app, f"{settings.prefix}-data-lake", pipelines=loaded.pipelines, settings=settings)
    pipelines = {
        pipeline.name: PipelineStack(
            app,
            f"{settings.prefix}-{pipeline.name.replace('_', '-')}",
            pipeline=pipeline,
            project=loaded.root,
            lake=lake,
            settings=settings,
        )
        for pipeline in loaded.pipelines
    }
    app.synth()
    lake.files.write()
    return Synthesis(app, lake, pipelines, loaded, assembly, loaded.deployment)


def with_options(project: Path, options: Mapping[str, Any], folder: Path) -> Path:
    """Return a project with the given options: itself without options, else a copy with a deployment.yaml."""
    if not options:
        return project
    shutil.copytree(project, folder, ignore=shutil.ignore_patterns(".*", "node_modules", "tests", "*.egg-info"))
    # JSON is valid YAML.
    (folder / "deployment.yaml").write_text(json.dumps(dict(options)), encoding="utf-8")
    return folder
