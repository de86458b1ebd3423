"""The settings of functions that moto does not keep: ``LoggingConfig`` and ``DeadLetterConfig``.

https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html, https://docs.aws.amazon.com/lambda/latest/api/API_DeadLetterConfig.html
"""

from __future__ import annotations

from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaFunction

from local_cloud.patching import original_of, replace

_LEVELS = ("ApplicationLogLevel", "SystemLogLevel")
_DEFAULT_LEVEL = "INFO"


def keep_settings() -> None:
    """Replace how moto creates, updates and describes functions."""
    # moto: Lambda ignores LoggingConfig; not reported yet: the function's logs go to the configured log group, in the configured format, and
    # GetFunctionConfiguration returns all of LoggingConfig.
    # moto: Lambda ignores DeadLetterConfig; not reported yet: GetFunctionConfiguration returns it, and failed asynchronous events go to its
    # queue or topic.
    replace(LambdaFunction, "__init__", _init)
    replace(LambdaFunction, "update_configuration", _update_configuration)
    replace(LambdaFunction, "get_configuration", _get_configuration)


def logging_config(function: Any) -> dict[str, str]:
    """Return a function's LoggingConfig with its default values."""
    config: dict[str, str] = function.logging_config
    return config


def _init(self: LambdaFunction, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
    original_of(LambdaFunction, "__init__")(self, account_id, spec, region, version)
    _configure_logging(self, spec)
    _configure_dead_letters(self, spec)


def _update_configuration(self: LambdaFunction, config_updates: dict[str, Any]) -> dict[str, Any]:
    # first: a refused update changes nothing
    if "DeadLetterConfig" in config_updates:
        _configure_dead_letters(self, config_updates)
    if "LoggingConfig" in config_updates:
        _configure_logging(self, config_updates)
    updated: dict[str, Any] = original_of(LambdaFunction, "update_configuration")(self, config_updates)
    return updated


def _get_configuration(self: Any, on_create: bool = False) -> dict[str, Any]:
    described: dict[str, Any] = original_of(LambdaFunction, "get_configuration")(self, on_create)
    dead_letters = {"DeadLetterConfig": self.dead_letter_config} if self.dead_letter_config else {}
    return {**described, **dead_letters, "LoggingConfig": logging_config(self)}


def _configure_logging(function: Any, settings: dict[str, Any]) -> None:
    given: dict[str, str] = settings.get("LoggingConfig", {})
    config = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}", **given}
    if config["LogFormat"] == "JSON":
        config = {**dict.fromkeys(_LEVELS, _DEFAULT_LEVEL), **config}
    elif named := [level for level in _LEVELS if level in given]:
        raise InvalidParameterValueException(f"{named[0]} is supported only if LogFormat is set to JSON.")
    function.logging_config = config
    function.logs_group_name = config["LogGroup"]


def _configure_dead_letters(function: Any, settings: dict[str, Any]) -> None:
    """Keep the queue or topic of failed asynchronous events; an empty TargetArn removes it."""
    arn = settings.get("DeadLetterConfig", {}).get("TargetArn", "")
    if arn and not arn.startswith(("arn:aws:sqs:", "arn:aws:sns:")):
        raise InvalidParameterValueException(f"The target ARN {arn} of the DeadLetterConfig is not a queue or a topic.")
    function.dead_letter_config = {"TargetArn": arn} if arn else {}
