"""The checks of CreateStateMachine and UpdateStateMachine: the name, and the log group.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import InvalidLoggingConfiguration, StateMachineAlreadyExists
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from local_cloud.clients import client
from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from moto.stepfunctions.models import StateMachine

_EVERY_STREAM = ":*"


def check_calls() -> None:
    """Replace moto's operations."""
    # moto: Step Functions' CreateStateMachine returns the existing state machine of the name, whatever its definition; not reported yet: AWS
    # answers StateMachineAlreadyExists if the definition, type, logging or tracing differs.
    # moto: Step Functions accepts a loggingConfiguration with a log group that does not exist; not reported yet: AWS answers
    # InvalidLoggingConfiguration.
    replace(StepFunctionsParserBackend, "create_state_machine", _create_state_machine)
    replace(StepFunctionsParserBackend, "update_state_machine", _update_state_machine)


def _create_state_machine(
    self: StepFunctionsParserBackend,
    name: str,
    definition: str,
    roleArn: str,  # noqa: N803 - moto's parameters
    tags: Any = None,
    publish: bool | None = None,
    loggingConfiguration: Any = None,  # noqa: N803
    tracingConfiguration: Any = None,  # noqa: N803
    encryptionConfiguration: Any = None,  # noqa: N803
    version_description: str | None = None,
    sm_type: str | None = None,
) -> StateMachine:
    _check_logging(self.region_name, loggingConfiguration)
    taken = next((machine for machine in self.state_machines if machine.name == name), None)
    machine: StateMachine = original_of(StepFunctionsParserBackend, "create_state_machine")(
        self,
        name=name,
        definition=definition,
        roleArn=roleArn,
        tags=tags,
        publish=publish,
        loggingConfiguration=loggingConfiguration,
        tracingConfiguration=tracingConfiguration,
        encryptionConfiguration=encryptionConfiguration,
        version_description=version_description,
        sm_type=sm_type,
    )
    # "If a following request has a different roleArn or tags, Step Functions will ignore these differences"
    same = (
        machine.definition == definition
        and machine.type == (sm_type or "STANDARD")
        and machine.loggingConfiguration == (loggingConfiguration or {"level": "OFF"})
        and machine.tracingConfiguration == (tracingConfiguration or {"enabled": False})
        and machine.encryptionConfiguration == (encryptionConfiguration or {"type": "AWS_OWNED_KEY"})
    )
    if taken is not None and not same:
        raise StateMachineAlreadyExists(f"State Machine Already Exists: '{machine.arn}'")
    return machine


def _update_state_machine(
    self: StepFunctionsParserBackend,
    arn: str,
    definition: str | None = None,
    role_arn: str | None = None,
    logging_configuration: Any = None,
    tracing_configuration: Any = None,
    encryption_configuration: Any = None,
    publish: bool | None = None,
    version_description: str | None = None,
) -> StateMachine:
    _check_logging(self.region_name, logging_configuration)
    machine: StateMachine = original_of(StepFunctionsParserBackend, "update_state_machine")(
        self,
        arn,
        definition=definition,
        role_arn=role_arn,
        logging_configuration=logging_configuration,
        tracing_configuration=tracing_configuration,
        encryption_configuration=encryption_configuration,
        publish=publish,
        version_description=version_description,
    )
    return machine


def _check_logging(region: str, configuration: dict[str, Any] | None) -> None:
    if configuration is None or configuration.get("level", "OFF") == "OFF":
        return
    destinations = configuration.get("destinations") or []
    if len(destinations) != 1:
        raise _invalid("Must specify exactly one Log Destination.")
    arn: str = destinations[0].get("cloudWatchLogsLogGroup", {}).get("logGroupArn", "")
    # https://github.com/hashicorp/terraform-provider-aws/issues/17682
    if not arn.endswith(_EVERY_STREAM):
        raise _invalid("Log Group ARN must be provided with '*' qualifier.")
    group = arn.removesuffix(_EVERY_STREAM).partition(":log-group:")[2]
    if not group or not _exists(region, group):
        raise _invalid(f"Log Destination not found: {arn}")


def _exists(region: str, group: str) -> bool:
    try:
        pages = client("logs", region).get_paginator("describe_log_groups").paginate(logGroupNamePrefix=group)
        return any(found["logGroupName"] == group for page in pages for found in page["logGroups"])
    except ClientError:  # not a valid name of a log group
        return False


def _invalid(message: str) -> InvalidLoggingConfiguration:
    return InvalidLoggingConfiguration(f"Invalid Logging Configuration: {message}")
