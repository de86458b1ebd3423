"""Lambda: functions run from their deployed archive, each invocation in its own process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.awslambda.models import LambdaFunction

from local_cloud.lambda_functions import asynchronous
from local_cloud.lambda_functions.invocation import FunctionRunner
from local_cloud.lambda_functions.kept_settings import keep_settings
from local_cloud.patching import replace

if TYPE_CHECKING:
    from local_cloud.settings import Settings


def install(settings: Settings) -> None:
    """Replace moto's invocations, and keep the settings that it ignores."""
    runner = FunctionRunner(settings.state_dir / "functions")
    # extension: functions run in a process; moto needs Docker.
    replace(LambdaFunction, "_invoke_lambda", runner.invoke)
    asynchronous.install(runner)
    keep_settings()
