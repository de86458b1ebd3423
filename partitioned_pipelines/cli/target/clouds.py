"""The cloud that a command works on: the project's running local cloud, a local cloud for this command only, or AWS."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.deployment.deployment import deploy_to_local_cloud
from partitioned_pipelines.cli.deployment.project_digest import project_digest, read_digest
from partitioned_pipelines.cli.deployment.script_update import update_scripts
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.target.cloud_process import start_cloud
from partitioned_pipelines.cli.target.local_state import LocalState, RunningCloud
from partitioned_pipelines.cli.target.target import Cloud, told_in_words
from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.operations.remedy import Command, Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.cloud_process import CloudProcess
    from partitioned_pipelines.spec import Project

_NO_CLOUD = "no local cloud of this project is running"
_ANSWERS_WITHIN_SECONDS = 10.0
_HOW_TO_START = Remedy.of("start one: ", Command(("local", "up"), target="local"))


@contextmanager
def open_cloud(settings: Settings) -> Iterator[Cloud]:
    """Yield the existing cloud. Raises CommandError if no local cloud is running.

    Exceptions of boto3 inside the block become CommandErrors.
    """
    with told_in_words():
        yield Cloud.local(find_running(settings).endpoint) if settings.local else Cloud.aws(settings.options.region)


@contextmanager
def cloud_for_run(settings: Settings, project: Project, *, deploy: bool) -> Iterator[Cloud]:
    """Yield a cloud with the project deployed.

    On the local target, changes since the last deployment are deployed first; if no cloud is running, one is started that stops at the
    end of the block. On AWS, nothing is deployed.
    """
    state = LocalState(settings.project)
    running = state.running() if settings.local else None
    if not settings.local or running:
        if running and deploy:
            deploy_changes(settings, project, state, running)
        with open_cloud(settings) as cloud:
            yield cloud
        return
    tell_of_one_left_behind(state)
    if not deploy:
        raise CommandError(f"{_NO_CLOUD}, and --no-deploy is set", _HOW_TO_START, exit_code=ExitCode.NO_CLOUD)
    from local_cloud.folder_removal import temporary_folder  # from the extra `local`

    note(f"{_NO_CLOUD}: starting one that ends with this command (pipelines local up starts a permanent one)")
    with temporary_folder("pipelines-cloud-") as folder:
        started = start_cloud(folder, ends_with_this_process=True)
        try:
            with told_in_words():
                deploy_to_local_cloud(settings, project, started.endpoint, folder, keeps_logs=False)
                yield Cloud.local(started.endpoint)
        finally:
            started.stop()


def local_only(settings: Settings) -> Settings:
    """Return the settings. Raises CommandError if they name another target than the local cloud."""
    if not settings.local:
        raise CommandError("pipelines local manages the local cloud: remove --target")
    return settings


def find_running(settings: Settings) -> RunningCloud:
    """Return the project's running local cloud. Raises CommandError if none is running, or if it does not respond."""
    state = LocalState(settings.project)
    deadline = time.monotonic() + _ANSWERS_WITHIN_SECONDS
    while running := state.running():
        if running.endpoint.answers(_ANSWERS_WITHIN_SECONDS):
            return running
        if time.monotonic() > deadline:
            raise CommandError(
                f"the local cloud (process {running.pid}) does not answer at {running.endpoint.url}",
                Remedy.of("end it: ", Command(("local", "down"), target="local")),
                exit_code=ExitCode.NO_CLOUD,
            )
        time.sleep(0.1)  # it may be shutting down
    tell_of_one_left_behind(state)
    raise CommandError(_NO_CLOUD, _HOW_TO_START, exit_code=ExitCode.NO_CLOUD)


def start_project_cloud(
    settings: Settings, *, port: int, athena: str = "duckdb", ends_with_this_process: bool
) -> CloudProcess | RunningCloud:
    """Start the project's local cloud, or return the running one, even if another process is starting it right now."""
    state = LocalState(settings.project)
    tell_of_one_left_behind(state)
    with state.claim() as lock:
        if lock:
            state.say_starting(lock)
            with state.empty_cloud_folder() as folder_lock:  # left by an earlier cloud, whose in-memory state is lost
                return start_cloud(
                    state.cloud_folder,
                    port=port,
                    athena=athena,
                    ends_with_this_process=ends_with_this_process,
                    lock=lock,
                    folder_lock=folder_lock,
                )
    return find_running(settings)


def deploy_changes(settings: Settings, project: Project, state: LocalState, running: RunningCloud) -> bool:
    """Deploy the project to its running cloud if it has changed; return whether it was deployed."""
    with state.deploying():
        digest = project_digest(project, settings.prefix)
        now = state.running() or running
        text = now.deployed.get(settings.prefix)
        if text == digest.text:
            return False
        deployed = read_digest(text) if text is not None else None
        # A partial deployment is invalid: discard the record until the deployment succeeds.
        state.record_deployment(settings.prefix, None)
        with told_in_words():
            cloud = Cloud.local(now.endpoint)
            if deployed is None or not update_scripts(settings, project, cloud, deployed, digest):
                deploy_to_local_cloud(settings, project, now.endpoint, state.cloud_folder, keeps_logs=True)
        state.record_deployment(settings.prefix, digest.text)
        return True


def tell_of_one_left_behind(state: LocalState) -> None:
    """Remove the state of a cloud that ended by itself, and print a note."""
    if (pid := state.left_behind()) is not None:
        note(f"the local cloud that ran as process {pid} has stopped; its state is lost")
