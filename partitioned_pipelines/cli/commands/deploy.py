"""``pipelines deploy``: deployment of the project's stacks to the running local cloud or to AWS."""

from typing import Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.deployment.deployment import deploy_to_aws, report_stacks_without_file
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.project import open_project
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.clouds import deploy_changes, find_running
from partitioned_pipelines.cli.target.local_state import LocalState
from partitioned_pipelines.cli.target.target import Cloud, told_in_words
from partitioned_pipelines.cli.terminal.output import note

Context = Annotated[
    list[str] | None,
    typer.Option(
        "--context",
        "-c",
        metavar="KEY=VALUE",
        help="CDK context: account, region; deployment options belong in deployment.yaml",
    ),
]
Bootstrap = Annotated[
    bool,
    typer.Option(
        "--bootstrap",
        help="Bootstrap the account and region first, which is needed once (automatic on the local cloud)",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Skip the confirmation when permissions are broadened")]


@command
def deploy(settings: Settings, context: Context = None, bootstrap: Bootstrap = False, yes: Yes = False) -> None:
    """Deploy the project with the CDK CLI.

    The local cloud is bootstrapped automatically, asks for no confirmation, and gets only what has changed.
    """
    project = open_project(settings)
    if settings.local:
        _refuse_what_is_for_aws(context)
        running = find_running(settings)
        if not deploy_changes(settings, project, LocalState(settings.project), running):
            note("nothing has changed since the last deployment")
            with told_in_words():
                report_stacks_without_file(Cloud.local(running.endpoint), settings, project)
    else:
        deploy_to_aws(settings, project, context=context or [], bootstrap=bootstrap, ask=not yes)


def _refuse_what_is_for_aws(context: list[str] | None) -> None:
    if context:
        raise CommandError(
            "--context is for AWS: the local cloud has its own account and region",
            "remove it, or add --target aws",
        )
