"""``pipelines synth``: the project's CloudFormation templates, without a cloud."""

from pathlib import Path
from typing import Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.commands.deploy import Context
from partitioned_pipelines.cli.deployment.cdk import Cdk
from partitioned_pipelines.cli.project import open_project
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.terminal.output import print_json, say

Output = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the templates")]


@command
def synth(settings: Settings, output: Output = Path("cdk.out"), context: Context = None) -> None:
    """Write the CloudFormation templates of the project, without network access."""
    open_project(settings)
    folder = output.resolve()
    Cdk.for_aws().synthesize(settings.project, settings.prefix, folder, context or [])
    templates = sorted(folder.glob("*.template.json"))
    if settings.json:
        print_json([str(template) for template in templates])
    else:
        for template in templates:
            say(str(template))
