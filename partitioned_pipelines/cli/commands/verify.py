"""``pipelines verify``: an end-to-end test of a temporary copy, on the local cloud or in an AWS account."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.deployment.cdk import Cdk
from partitioned_pipelines.cli.deployment.deployment import register_stand_ins
from partitioned_pipelines.cli.deployment.preflight import run_preflight
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.cloud_process import start_cloud
from partitioned_pipelines.cli.target.local_endpoint import LOCAL_ACCOUNT, LOCAL_REGION
from partitioned_pipelines.cli.target.locations import IMAGE_STORE
from partitioned_pipelines.cli.target.target import Cloud, told_in_words
from partitioned_pipelines.cli.terminal.output import confirm, note
from partitioned_pipelines.cli.verify.copy import ACCOUNT_OPTIONS, Names, published_assets, write_project
from partitioned_pipelines.cli.verify.ownership import Ownership
from partitioned_pipelines.cli.verify.report import exit_code, report
from partitioned_pipelines.cli.verify.scene import Scene
from partitioned_pipelines.cli.verify.session import remove_copy, verify_copy
from partitioned_pipelines.cli.verify.verification import Verification
from partitioned_pipelines.spec import InvalidProjectError, Project, load_project

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Skip the confirmation before anything is deployed to AWS")]
Remove = Annotated[
    str | None,
    typer.Option("--remove", metavar="PREFIX", help="Only remove what an earlier verification left behind (AWS only)"),
]
Context = Annotated[
    list[str] | None,
    typer.Option(
        "--context",
        "-c",
        metavar="KEY=VALUE",
        help=f"CDK context that the account requires: {', '.join(ACCOUNT_OPTIONS)}",
    ),
]


@command
def verify(settings: Settings, yes: Yes = False, remove: Remove = None, context: Context = None) -> None:
    """Check this project's assumptions about AWS in your account.
    A small pipeline of its own is deployed under a prefix of its own, run, run again, made to fail, retried, redriven (AWS
    only), rolled back, queried and removed. Each assumption of docs/reference/aws_assumptions.md that can be observed is checked.
    """
    names = _names(settings, remove, context or [])
    with tempfile.TemporaryDirectory(prefix="pipelines-verify-", ignore_cleanup_errors=True) as name, told_in_words():
        folder = Path(name)
        with _cloud(settings, folder) as (cloud, cdk):
            scene = _scene(cloud, names, folder, dict(one.split("=", 1) for one in context or []))
            facts = _facts(scene)
            if not settings.local:
                _ask(facts, yes=yes, only_remove=remove is not None)
            assembly = folder / "cdk.out"
            if remove is not None:
                verification = Verification(local=False)
                remove_copy(scene, verification)
            elif settings.local:
                run_preflight(cloud, scene.settings, scene.project)
                verification = verify_copy(scene, cdk, assembly, prepare=lambda: _prepare_local(scene, cdk))
            else:
                run_preflight(cloud, scene.settings, scene.project)
                own = [f"account={facts['account']}", f"region={facts['region']}"]
                verification = verify_copy(scene, cdk, assembly, context=own)
                facts["stays"] = _stays(published_assets(assembly))
    if remove is not None:
        for thing in verification.left:
            note(f"left: {thing}", style="bold red")
        note("something is left" if verification.left else f"nothing of {names.prefix} is left")
        raise typer.Exit(ExitCode.FAILED if verification.left else ExitCode.OK)
    report(verification, facts, json=settings.json)
    raise typer.Exit(exit_code(verification))


def _names(settings: Settings, remove: str | None, context: list[str]) -> Names:
    if settings.given_prefix is not None:
        raise CommandError("verify generates its own prefix", "remove --prefix")
    if remove is not None and settings.local:
        raise CommandError("the local cloud of a verification ends with it", "remove --remove, or add --target aws")
    if context and settings.local:
        raise CommandError("--context is for AWS", "remove it, or add --target aws")
    for one in context:
        if "=" not in one or one.partition("=")[0] not in ACCOUNT_OPTIONS:
            raise CommandError(
                f"--context {one!r}: a throw-away copy takes {' and '.join(ACCOUNT_OPTIONS)}, and nothing that exists already"
            )
    return Names.new() if remove is None else Names.parse(remove)


@contextmanager
def _cloud(settings: Settings, folder: Path) -> Iterator[tuple[Cloud, Cdk]]:
    """Yield the AWS account, or a local cloud that is stopped at the end of the block."""
    if not settings.local:
        # The CDK logs to a file: failures appear in the table, and standard output is reserved for the result.
        yield Cloud.aws(), replace(Cdk.for_aws(), log_folder=folder)
        return
    started = start_cloud(folder, ends_with_this_process=True)
    try:
        yield (
            Cloud.local(started.endpoint),
            Cdk.for_local(started.endpoint, folder, keeps_logs=False),
        )
    finally:
        started.stop()


def _scene(cloud: Cloud, names: Names, folder: Path, options: dict[str, str]) -> Scene:
    ownership = Ownership(names)
    ownership.guard(cloud.session)
    return Scene(cloud, names, ownership, _load(write_project(folder / "project", names, options)))


def _load(folder: Path) -> Project:
    try:
        return load_project(folder)
    except InvalidProjectError as error:
        raise CommandError(
            str(error), f"--context takes what the account asks for: {', '.join(ACCOUNT_OPTIONS)}"
        ) from error


def _prepare_local(scene: Scene, cdk: Cdk) -> None:
    from local_cloud.images import ImageStore  # from the extra `local`

    register_stand_ins(scene.project, ImageStore(IMAGE_STORE))
    cdk.bootstrap(f"aws://{LOCAL_ACCOUNT}/{LOCAL_REGION}")


def _facts(scene: Scene) -> dict[str, Any]:
    region = scene.cloud.session.region_name
    if not region:
        raise CommandError("no AWS region is set", "set AWS_REGION", exit_code=ExitCode.NO_CLOUD)
    account = scene.cloud.sts.get_caller_identity()["Account"]
    target = "local" if scene.cloud.is_local else "aws"
    return {"target": target, "account": account, "region": region, "prefix": scene.names.prefix, "stays": []}


def _ask(facts: dict[str, Any], *, yes: bool, only_remove: bool) -> None:
    """Show what will happen, and ask for confirmation. Raises typer.Exit if it is declined."""
    where = f"the AWS account {facts['account']} in {facts['region']}"
    if only_remove:
        note(
            f"This deletes from {where} the stacks that begin with {facts['prefix']}-, with their bucket and all in it."
        )
    else:
        note(
            f"This deploys a throw-away copy to {where}, all of it under the prefix {facts['prefix']}, and removes it in the end.\n"
            "Expected: an hour and a half; less than 1 USD, for eight processing jobs of some minutes on one or two ml.t3.medium, and a "
            "handful of queries.\nIt needs an account that is bootstrapped for the CDK, and a quota of two ml.t3.medium for processing jobs."
        )
    confirm("Go on?", yes=yes)


def _stays(assets: list[str]) -> list[str]:
    stays = ["the rule StepFunctionsGetEventsForSageMakerProcessingJobsRule, which Step Functions makes and shares"]
    if assets:
        stays.append(
            f"{len(assets)} assets in the CDK's bootstrap bucket, named by their content (cdk gc removes what no stack uses): "
            + ", ".join(assets)
        )
    return stays
