"""One verification, from the deployment to the removal, which always takes place."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from partitioned_pipelines.cli.deployment.removal.stacks import stack_status
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.cli.terminal.streams_and_signals import heed_sigterm
from partitioned_pipelines.cli.verify.checks import CHECKS
from partitioned_pipelines.cli.verify.copy import deploy_copy
from partitioned_pipelines.cli.verify.removal import Removal, find_leftovers
from partitioned_pipelines.cli.verify.verification import Seen, Verification

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from partitioned_pipelines.cli.deployment.cdk import Cdk
    from partitioned_pipelines.cli.verify.scene import Scene
    from partitioned_pipelines.cli.verify.verification import Check


def verify_copy(
    scene: Scene,
    cdk: Cdk,
    assembly: Path,
    *,
    context: Sequence[str] = (),
    prepare: Callable[[], None] = lambda: None,
    checks: Sequence[Check] = CHECKS,
) -> Verification:
    """Deploy the copy, run the checks, and remove the copy.

    Parameters
    ----------
    assembly
        Folder for the templates.
    context
        CDK context for the account, in addition to the copy's own.
    prepare
        Called before the deployment, as a part of that step.
    """
    verification = Verification(local=scene.cloud.is_local)
    for stack in scene.names.stacks:
        if stack_status(scene.cloud, stack) is not None:
            raise CommandError(f"there is a stack {stack} already", "try again", exit_code=ExitCode.NO_CLOUD)
    try:
        with terminated_as_interrupted():
            with verification.step("deploy", f"a copy under the prefix {scene.names.prefix} is deployed"):
                prepare()
                deploy_copy(cdk, scene.project.root, scene.names, assembly, context)
                scene.learn_resources()
            verification.make(checks, scene)
    except KeyboardInterrupt:
        verification.interrupted = True
        note("interrupted: removing what was created; a second Ctrl-C skips that", style="yellow")
    finally:
        remove_copy(scene, verification)
    return verification


def remove_copy(scene: Scene, verification: Verification) -> None:
    """Remove the copy, and record what is left."""
    removal = Removal(scene)
    try:
        with terminated_as_interrupted(), verification.step("remove", "everything is removed"):
            verification.left = removal.run()
            verification.observe(Seen("A46", not verification.left, _what_is_left(verification.left)))
    except KeyboardInterrupt:
        verification.interrupted = True
        verification.left = _look(scene, removal)


def _look(scene: Scene, removal: Removal) -> list[str]:
    """Return what an interrupted removal has left; only the prefix if that cannot be determined."""
    try:
        return find_leftovers(scene)
    except (ClientError, BotoCoreError) as error:
        return [*removal.problems, f"whatever begins with {scene.names.prefix}: {error}"]


def _what_is_left(left: Sequence[str]) -> str:
    return f"left: {', '.join(left)}" if left else "nothing is left"


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """Handle SIGTERM, which CI systems send, like Ctrl-C, so that the copy is removed."""
    before = signal.getsignal(signal.SIGTERM)
    heed_sigterm()
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
