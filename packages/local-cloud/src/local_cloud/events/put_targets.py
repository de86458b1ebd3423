"""The check of a rule's targets: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend

from local_cloud.events.target_input import InvalidInputError, check_input
from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

_WITH_ROLE = (":states:", ":sagemaker:")
_DELIVERED = (*_WITH_ROLE, ":lambda:", ":sns:", ":sqs:")
_DELIVERED_BY_MOTO = (":logs:", ":events:")


def install() -> None:
    """Replace moto's PutTargets."""
    # moto: EventBridge's PutTargets accepts several inputs for a target, inputs that are not valid, and targets without the role that they
    # need; not reported yet: AWS answers ValidationException.
    replace(EventsBackend, "put_targets", _put_targets)


def _put_targets(self: EventsBackend, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]) -> None:
    for target in targets:
        _check(target)
    original_of(EventsBackend, "put_targets")(self, name, event_bus_arn, targets)


def _check(target: Mapping[str, Any]) -> None:
    arn = target["Arn"]
    if arn.startswith("arn:") and not any(service in arn for service in (*_DELIVERED, *_DELIVERED_BY_MOTO)):
        raise ValidationException(
            f"The local cloud does not deliver events to {arn}: supported are functions, state machines, SageMaker pipelines, topics, "
            "queues, log groups and event buses."
        )
    if any(service in arn for service in _WITH_ROLE) and "RoleArn" not in target:
        raise ValidationException(f"RoleArn is required for target {arn}.")
    try:
        check_input(target)
    except InvalidInputError as error:
        raise ValidationException(str(error)) from error
