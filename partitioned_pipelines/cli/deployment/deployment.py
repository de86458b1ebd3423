"""Deployment of a project by the real CDK CLI, to the local cloud or to AWS."""

from __future__ import annotations

import re
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.deployment.bootstrap import bootstrap, is_bootstrapped
from partitioned_pipelines.cli.deployment.cdk import Cdk, check_context
from partitioned_pipelines.cli.deployment.kept_assembly import synthesized
from partitioned_pipelines.cli.deployment.preflight import run_preflight
from partitioned_pipelines.cli.deployment.preflight.existing_resources import IMPORT_FLAGS, databases_to_import
from partitioned_pipelines.cli.deployment.removal.stacks import find_stacks
from partitioned_pipelines.cli.deployment.subscribers import report_unconfirmed
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.steps.step_image import build_stand_in, fetch_spark_jars, stand_ins
from partitioned_pipelines.cli.target.locations import IMAGE_STORE
from partitioned_pipelines.cli.target.target import Cloud, told_in_words
from partitioned_pipelines.cli.terminal.output import note, spinner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local_cloud.images import ImageStore
    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.local_endpoint import LocalEndpoint
    from partitioned_pipelines.spec import Project

# Skips the change sets; nobody reviews them on a local cloud.
_SLACK_CHANNEL = "AWS::Chatbot::SlackChannelConfiguration"
_DIRECT = ("--method=direct",)
_LOCAL_FLAGS = (
    "--require-approval=never",
    "--concurrency=4",
    "--asset-parallelism",
    "--asset-build-concurrency=2",
    "--progress=events",
)
_STACK_IS_DEPLOYED = re.compile(r"^\s*✅\s+(?P<stack>[A-Za-z][-A-Za-z0-9]*)(?P<remark> \(no changes\))?\s*$")


def deploy_to_local_cloud(
    settings: Settings, project: Project, endpoint: LocalEndpoint, folder: Path, *, keeps_logs: bool
) -> None:
    """Synthesize a project and deploy it to a local cloud, which is bootstrapped if it is new.

    Parameters
    ----------
    folder
        Folder for logs.
    keeps_logs
        Whether that folder outlives the command.
    """
    from local_cloud.images import ImageStore  # from the extra `local`

    started = time.monotonic()
    cloud = Cloud.local(endpoint)
    cdk = Cdk.for_local(endpoint, folder, keeps_logs=keeps_logs)
    register_stand_ins(project, ImageStore(IMAGE_STORE))

    def tell(line: str) -> None:
        if match := _STACK_IS_DEPLOYED.match(line):
            note(f"  {match['stack']} deployed{match['remark'] or ''}")

    note("deploying to the local cloud")
    with spinner("deploying to the local cloud: templates, images, resources"):
        if is_bootstrapped(cloud):
            run_preflight(cloud, settings, project)
            method = IMPORT_FLAGS if databases_to_import(cloud, settings, project) else _DIRECT
            cdk.synthesize_and_deploy(settings.project, settings.prefix, (*_LOCAL_FLAGS, *method), tell)
        else:
            _deploy_to_new_cloud(cdk, cloud, settings, project, tell)
    note(f"deployed in {time.monotonic() - started:.1f} s")
    report_stacks_without_file(cloud, settings, project)
    report_slack_channels(cloud, settings)


def report_slack_channels(cloud: Cloud, settings: Settings) -> None:
    """Say that the local cloud sends nothing to the data lake's Slack channels."""
    resources = cloud.cloudformation.describe_stack_resources(StackName=settings.data_lake_stack)["StackResources"]
    if any(resource["ResourceType"] == _SLACK_CHANNEL for resource in resources):
        note(
            f"the local cloud sends nothing to Slack; read what it would get: {paste(settings, 'local', 'notices')}",
            style="yellow",
        )


def _deploy_to_new_cloud(
    cdk: Cdk, cloud: Cloud, settings: Settings, project: Project, tell: Callable[[str], None]
) -> None:
    """Bootstrap a cloud, beside the synthesis if there is one (bootstrapping needs no templates), and deploy."""
    with ThreadPoolExecutor(1) as pool:
        bootstrapping = pool.submit(bootstrap, cdk, cloud)

        def synthesize(folder: Path) -> None:
            cdk.synthesize(settings.project, settings.prefix, folder)

        with synthesized(project, settings.prefix, synthesize) as assembly:
            bootstrapping.result()
            cdk.deploy(assembly, (*_LOCAL_FLAGS, *_DIRECT), tell)


def deploy_to_aws(settings: Settings, project: Project, *, context: Sequence[str], bootstrap: bool, ask: bool) -> None:
    """Synthesize a project and deploy it with this terminal's credentials.

    Parameters
    ----------
    context
        CDK context values, ``key=value``.
    bootstrap
        Whether to bootstrap the account and region first.
    ask
        Whether the CDK CLI asks for confirmation when permissions are broadened.
    """
    check_context(context)
    with told_in_words():
        cloud = Cloud.aws(settings.options.region)
        note(f"deploying to {describe_account(cloud)}")
        run_preflight(cloud, settings, project)
        imports = IMPORT_FLAGS if databases_to_import(cloud, settings, project) else ()
    cdk = Cdk.for_aws()
    with tempfile.TemporaryDirectory(prefix="pipelines-cdk-") as folder:
        assembly = Path(folder) / "cdk.out"
        cdk.synthesize(settings.project, settings.prefix, assembly, context)
        if bootstrap:
            cdk.run(["bootstrap", "--app", str(assembly)])
        cdk.deploy(assembly, [f"--require-approval={'broadening' if ask else 'never'}", *imports])
    with told_in_words():
        report_stacks_without_file(cloud, settings, project)
        if settings.options.notify:
            report_unconfirmed(cloud, settings.data_lake_stack)


def describe_account(cloud: Cloud) -> str:
    """Return a description of the account and region; this call also checks the credentials."""
    if not cloud.session.region_name:
        # The CDK CLI would silently use us-east-1.
        raise CommandError("no AWS region is set", "set AWS_REGION", exit_code=ExitCode.NO_CLOUD)
    return f"the AWS account {cloud.sts.get_caller_identity()['Account']} in {cloud.session.region_name}"


def report_stacks_without_file(cloud: Cloud, settings: Settings, project: Project) -> None:
    """Report deployed pipelines without a file in the project: their schedules continue, and deployments do not change them."""
    expected = {settings.data_lake_stack, *(settings.pipeline_stack(pipeline.name) for pipeline in project.pipelines)}
    for stack in find_stacks(cloud, settings.prefix, but=expected):
        if stack.pipeline is not None:
            note(
                f"{stack.name} is deployed, and pipelines/{stack.pipeline}.yaml does not exist: its schedule still runs. "
                f"Delete it: {paste(settings, 'destroy', stack.pipeline)}",
                style="yellow",
            )


def register_stand_ins(project: Project, store: ImageStore) -> None:
    """Build a local stand-in for each external image that a step uses; for Spark images, also fetch an S3 client.

    Raises
    ------
    CommandError
        If one cannot be built, or if an image would have two.
    """
    steps = [step for pipeline in project.pipelines for step in pipeline.steps]
    for reference, (image, requirements) in stand_ins((step.image for step in steps), project.root).items():
        store.register(reference, build_stand_in(image, requirements, store))
    if any(step.is_spark for step in steps):
        fetch_spark_jars(store)
