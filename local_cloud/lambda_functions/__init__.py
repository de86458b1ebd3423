"""Lambda: functions run from their deployed archive, each invocation in a process of its own, where moto wants a Docker engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.awslambda.models import LambdaFunction

from local_cloud.lambda_functions.invocation import FunctionRunner

if TYPE_CHECKING:
    from local_cloud.settings import Settings

_moto_create = LambdaFunction.create_from_cloudformation_json.__func__


def install(settings: Settings) -> None:
    """Replace the invocation, and keep the log group that a function's configuration names."""
    runner = FunctionRunner(settings.state_dir / "functions")
    LambdaFunction._invoke_lambda = runner.invoke
    LambdaFunction.create_from_cloudformation_json = classmethod(_create_with_log_group)


def _create_with_log_group(
    cls: type[LambdaFunction],
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
    **kwargs: Any,
) -> LambdaFunction:
    function = _moto_create(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)
    logging = cloudformation_json["Properties"].get("LoggingConfig", {})
    if "LogGroup" in logging:
        function.logs_group_name = logging["LogGroup"]
    return function
