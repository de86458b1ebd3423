"""``pipelines destroy``: deletion of deployed stacks, including those of pipelines without a file."""

from typing import Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.deployment.removal.plan import RemovalPlan, describe_plan, document, plan_removal
from partitioned_pipelines.cli.deployment.removal.removal import Removal
from partitioned_pipelines.cli.deployment.removal.stacks import DeployedStack, find_stacks
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.clouds import open_cloud
from partitioned_pipelines.cli.target.local_state import LocalState
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.cli.terminal.output import confirm, note, print_json, spinner
from partitioned_pipelines.spec.files.problems import did_you_mean

Names = Annotated[list[str] | None, typer.Argument(metavar="NAME…", help="Names of the pipelines")]
All = Annotated[
    bool, typer.Option("--all", help="Delete every pipeline under the prefix, and the data lake that they share")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Skip the confirmation")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print what would be deleted and what would stay, and change nothing")
]


@command
def destroy(
    settings: Settings, names: Names = None, all_: All = False, yes: Yes = False, dry_run: DryRun = False
) -> None:
    """Delete deployed pipelines: schedule, workflow, functions, roles and the tables' definitions.

    It looks at what is deployed, not at the project's files. Table data stays in the bucket; with --all, the bucket is
    emptied and deleted only if the deployment's removal_policy is destroy.
    """
    if bool(names) == all_:
        raise CommandError(
            "--all and NAME are mutually exclusive" if all_ else "no pipeline to delete",
            "pipelines destroy NAME…, or pipelines destroy --all",
        )
    with open_cloud(settings) as cloud:
        with spinner("reading the deployed stacks"):
            deployed = find_stacks(cloud, settings.prefix)
            chosen = deployed if all_ else _choose(settings, deployed, names or [])
            plan = plan_removal(cloud, chosen, _lake_bucket(cloud, deployed))
        if not chosen:
            note(f"nothing is deployed under the prefix {settings.prefix}")
        else:
            describe_plan(settings, plan, _where(settings, chosen[0]))
        problems = {} if dry_run or not chosen else _remove(settings, cloud, plan, yes=yes)
    if settings.json:
        print_json(document(plan, problems, dry_run=dry_run))
    for of, problem in problems.items():
        note(f"{of}: {problem}", style="bold red")
    if problems:
        note("not everything was deleted; run the same command again", style="bold red")
        raise typer.Exit(ExitCode.FAILED)


def _choose(settings: Settings, deployed: list[DeployedStack], names: list[str]) -> list[DeployedStack]:
    by_name = {stack.pipeline: stack for stack in deployed if stack.pipeline}
    for name in names:
        if name not in by_name:
            raise CommandError(
                f"no pipeline {name!r} is deployed under the prefix {settings.prefix}", did_you_mean(name, by_name)
            )
    return [by_name[name] for name in dict.fromkeys(names)]


def _lake_bucket(cloud: Cloud, deployed: list[DeployedStack]) -> str | None:
    """Return the bucket of the tables' files; None if the data lake's stack has no outputs or does not exist."""
    for lake in (stack for stack in deployed if stack.pipeline is None):
        return cloud.stack_outputs(lake.name).get("LakeBucketName")
    return None


def _where(settings: Settings, stack: DeployedStack) -> str:
    account, region = stack.account_and_region
    return "the local cloud" if settings.local else f"the AWS account {account} in {region}"


def _remove(settings: Settings, cloud: Cloud, plan: RemovalPlan, *, yes: bool) -> dict[str, str]:
    """Confirm, delete, and report what follows; return the problems of what could not be deleted."""
    confirm("Delete it?", yes=yes)
    if settings.local:
        # The recorded deployment is invalid from here on: the next deployment checks again.
        LocalState(settings.project).record_deployment(settings.prefix, None)
    removal = Removal(cloud, plan)
    if removal.run():
        note("deleted", style="green")
    for stack in plan.pipelines:
        file = settings.project / "pipelines" / f"{stack.pipeline}.yaml"
        if file.exists() and stack.name not in removal.problems:
            note(f"pipelines/{file.name} is still there: the next deployment creates {stack.name} again", style="dim")
    return removal.problems
