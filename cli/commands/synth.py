"""``pipelines synth``: the CloudFormation templates of the project, without any cloud."""

from pathlib import Path
from typing import Annotated

import typer

from cli.cdk import Cdk
from cli.command import command
from cli.commands.deploy import Context
from cli.output import print_json, say
from cli.project import open_project
from cli.settings import Settings

Output = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the templates go.")]


@command
def synth(settings: Settings, output: Output = Path("cdk.out"), context: Context = None) -> None:
    """Write the CloudFormation templates of the project; nothing is called over the network."""
    open_project(settings)
    folder = output.resolve()
    Cdk.for_aws().synthesize(settings.project, settings.prefix, folder, context or [])
    templates = sorted(folder.glob("*.template.json"))
    if settings.json:
        print_json([str(template) for template in templates])
    else:
        for template in templates:
            say(str(template))
