"""The CDK app: one data lake stack, and one stack for each pipeline file. It reads the project's files and makes no network calls."""

import gc
import os
import sys

import typeguard

if __name__ == "__main__":
    gc.disable()  # jsii keeps each object until the process ends, so that a collection finds nothing
    # One background thread for the CDK's process: four compete for the same garbage and code, and make nothing finish earlier.
    # https://nodejs.org/api/cli.html#--v8-pool-sizenum
    os.environ["NODE_OPTIONS"] = f"--v8-pool-size=1 {os.environ.get('NODE_OPTIONS', '')}".strip()
    # The CDK checks the type of each argument, which mypy has done. Python's option -O has the same effect, but compiles all modules again.
    typeguard.check_type = lambda *_, **__: None

from stacks import use_packaged_node

use_packaged_node()  # before jsii, which aws_cdk starts when it is imported

import aws_cdk as cdk  # noqa: E402

from partitioned_pipelines.lake.stack_names import data_lake_stack_name, pipeline_stack_name  # noqa: E402
from partitioned_pipelines.spec import STACK_MARK, InvalidContextError, InvalidProjectError, StackMark  # noqa: E402
from stacks.data_lake.data_lake_stack import DataLakeStack  # noqa: E402
from stacks.pipeline.pipeline_stack import PipelineStack  # noqa: E402
from stacks.settings import Context, DeploymentSettings  # noqa: E402


def main() -> int:
    """Synthesize the stacks of the project in the context; return 1 if the context or the project is invalid."""
    app = cdk.App()
    try:
        context = Context.of(app.node)
        project = context.load_project()
        settings = DeploymentSettings(project.deployment, local=context.local, given_prefix=context.given_prefix)
        settings.apply_to(app)
        lake = DataLakeStack(app, data_lake_stack_name(settings.prefix), pipelines=project.pipelines, settings=settings)
        lake.add_metadata(STACK_MARK, StackMark(settings.prefix).document())
        for pipeline in project.pipelines:
            stack_name = pipeline_stack_name(settings.prefix, pipeline.name)
            stack = PipelineStack(
                app, stack_name, pipeline=pipeline, project=project.root, lake=lake, settings=settings
            )
            stack.add_metadata(STACK_MARK, StackMark(settings.prefix, pipeline.name).document())
        app.synth()
        lake.files.write()
    except (InvalidContextError, InvalidProjectError, OSError) as error:  # OSError: such as a full disk
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
