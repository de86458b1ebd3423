"""A function's ``LoggingConfig``: its log group, and the format and levels of its log.

https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html
"""

from __future__ import annotations

from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaFunction

from local_cloud.patching import original_of, replace

_LEVELS = ("ApplicationLogLevel", "SystemLogLevel")
_DEFAULT_LEVEL = "INFO"


def honour_logging_config() -> None:
    """Replace how moto creates, updates and describes functions."""
    # moto: Lambda ignores LoggingConfig; not reported yet: the function's logs go to the configured log group, in the configured format, and
    # GetFunctionConfiguration returns all of LoggingConfig.
    replace(LambdaFunction, "__init__", _init)
    replace(LambdaFunction, "update_configuration", _update_configuration)
    replace(LambdaFunction, "get_configuration", _get_configuration)


def logging_config(function: Any) -> dict[str, str]:
    """Return a function's LoggingConfig with its default values."""
    config: dict[str, str] = function.logging_config
    return config


def _init(self: LambdaFunction, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
    original_of(LambdaFunction, "__init__")(self, account_id, spec, region, version)
    _configure(self, spec)


def _update_configuration(self: LambdaFunction, config_updates: dict[str, Any]) -> dict[str, Any]:
    if "LoggingConfig" in config_updates:
        _configure(self, config_updates)  # first: a refused update changes nothing
    updated: dict[str, Any] = original_of(LambdaFunction, "update_configuration")(self, config_updates)
    return updated


def _get_configuration(self: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
    described: dict[str, Any] = original_of(LambdaFunction, "get_configuration")(self, on_create)
    return {**described, "LoggingConfig": logging_config(self)}


def _configure(function: Any, settings: dict[str, Any]) -> None:
    given: dict[str, str] = settings.get("LoggingConfig", {})
    config = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}", **given}
    if config["LogFormat"] == "JSON":
        config = {**dict.fromkeys(_LEVELS, _DEFAULT_LEVEL), **config}
    elif named := [level for level in _LEVELS if level in given]:
        raise InvalidParameterValueException(f"{named[0]} is supported only if LogFormat is set to JSON.")
    function.logging_config = config
    function.logs_group_name = config["LogGroup"]
