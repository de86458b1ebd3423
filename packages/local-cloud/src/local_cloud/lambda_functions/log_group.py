"""The log group of ``LoggingConfig``.

https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html
"""

from __future__ import annotations

from typing import Any

from moto.awslambda.models import LambdaFunction

from local_cloud.patching import original_of, replace


def honour_log_groups() -> None:
    """Replace how moto creates, updates and describes functions."""
    # moto: Lambda ignores LoggingConfig; not reported yet: the function's logs go to the configured log group, which GetFunctionConfiguration
    # returns.
    replace(LambdaFunction, "__init__", _init)
    replace(LambdaFunction, "update_configuration", _update_configuration)
    replace(LambdaFunction, "get_configuration", _get_configuration)


def _init(self: LambdaFunction, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
    original_of(LambdaFunction, "__init__")(self, account_id, spec, region, version)
    _set_log_group(self, spec)


def _update_configuration(self: LambdaFunction, config_updates: dict[str, Any]) -> dict[str, Any]:
    original_of(LambdaFunction, "update_configuration")(self, config_updates)
    if "LoggingConfig" in config_updates:
        _set_log_group(self, config_updates)
    return self.get_configuration()


def _get_configuration(self: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
    described: dict[str, Any] = original_of(LambdaFunction, "get_configuration")(self, on_create)
    return {**described, "LoggingConfig": {"LogFormat": "Text", "LogGroup": self.logs_group_name}}


def _set_log_group(function: LambdaFunction, settings: dict[str, Any]) -> None:
    named = settings.get("LoggingConfig", {}).get("LogGroup")
    function.logs_group_name = named or f"/aws/lambda/{function.function_name}"
