"""The delivery of events to the targets of the rules that match them, from a thread of its own, in their order.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
"""

from __future__ import annotations

import copy
import datetime as dt
import functools
import json
import logging
import queue
import threading
import time
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.events.models import Rule

from local_cloud import patching
from local_cloud.clients import client
from local_cloud.events.target_input import InvalidInputError, payload_of, with_values
from local_cloud.iam.service_access import UnsupportedConditionError, may_assume, may_call
from local_cloud.targets.dead_letter_queue import send_to_queue
from local_cloud.targets.start import is_startable, start

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moto.events.utils import EventMessageType

_EVENTS = "events.amazonaws.com"
_LOG = logging.getLogger(__name__)
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html
_MOST_RETRIES, _LONGEST_AGE_SECONDS = 185, 86_400
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 10.0
_RETRIED = frozenset({"INTERNAL_ERROR", "THROTTLING"})
_SERVER_ERROR = 500


class _RefusedError(Exception):
    """A target did not accept an event. The code is one of those that dead-letter queues get."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Delivery:
    """An event for a target.

    Attributes
    ----------
    tries
        How often the target has refused it.
    since
        The time of the first attempt, by the monotonic clock.
    """

    rule_arn: str
    region: str
    target: dict[str, Any]
    event: Mapping[str, Any]
    tries: int = 0
    since: float = field(default_factory=time.monotonic)


def install() -> None:
    """Replace moto's delivery."""
    # moto: EventBridge's rules do not deliver to SNS topics, functions, state machines and SageMaker pipelines;
    # https://github.com/getmoto/moto/issues/5906 (open; further targets)
    # moto: EventBridge delivers for disabled rules, ignores Input, InputPath, RetryPolicy and DeadLetterConfig, and delivers to queues whose
    # policy does not allow it; not reported yet: AWS needs a policy of the target, or a role, and sends what fails to the dead-letter queue.
    patching.replace(Rule, "send_to_targets", _send_to_targets)


def _send_to_targets(rule: Rule, original_event: EventMessageType, transform_input: bool = True) -> None:
    if rule.state == "DISABLED" or not rule.event_pattern.matches_event(original_event):
        return
    others = copy.copy(rule)
    others.targets = []
    for target in rule.targets:
        if _call_of(target["Arn"]):
            _deliveries().put(_Delivery(rule.arn, rule.region_name, target, dict(original_event)))
        else:
            others.targets.append(target)
    if others.targets:
        seconds = dt.datetime.fromisoformat(str(original_event["time"])).timestamp()  # moto's own targets format it
        try:
            patching.original_of(Rule, "send_to_targets")(others, {**original_event, "time": seconds}, transform_input)
        except Exception:  # noqa: BLE001 - the event's sender has no part in it
            _LOG.exception("the event %s could not be delivered for %s", original_event["id"], rule.arn)


@functools.cache
def _deliveries() -> queue.SimpleQueue[_Delivery]:
    waiting: queue.SimpleQueue[_Delivery] = queue.SimpleQueue()

    def deliver_all() -> None:
        while True:
            _deliver(waiting.get(), waiting)

    threading.Thread(target=deliver_all, name="event-delivery", daemon=True).start()
    return waiting


def _deliver(delivery: _Delivery, waiting: queue.SimpleQueue[_Delivery]) -> None:
    """Deliver an event; retry later if the target cannot accept it now; else send it to the dead-letter queue."""
    try:
        _call(delivery)
    except _RefusedError as refused:
        policy = delivery.target.get("RetryPolicy", {})
        exhausted = None
        if refused.code in _RETRIED:
            pause = min(_FIRST_PAUSE_SECONDS * 2**delivery.tries, _LONGEST_PAUSE_SECONDS)
            if delivery.tries >= policy.get("MaximumRetryAttempts", _MOST_RETRIES):
                exhausted = "MaximumRetryAttempts"
            elif time.monotonic() + pause - delivery.since > policy.get(
                "MaximumEventAgeInSeconds", _LONGEST_AGE_SECONDS
            ):
                exhausted = "MaximumEventAgeInSeconds"
            else:
                later = threading.Timer(pause, waiting.put, [replace(delivery, tries=delivery.tries + 1)])
                later.daemon = True
                later.start()
                return
        _discard(delivery, refused, exhausted)
    except Exception:  # noqa: BLE001 - the thread delivers the next event
        _LOG.exception("the event %s could not be delivered to %s", delivery.event["id"], delivery.target["Arn"])


def _call(delivery: _Delivery) -> None:
    arn = delivery.target["Arn"]
    try:
        payload = payload_of(delivery.target, delivery.event, delivery.rule_arn)
        _call_of(arn)(delivery, payload)
    except InvalidInputError as error:
        raise _RefusedError("INVALID_JSON", str(error)) from error
    except UnsupportedConditionError as error:
        raise _RefusedError("NO_PERMISSIONS", f"the policy for {arn}: {error}") from error
    except ClientError as error:
        answer = error.response["Error"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        raise _RefusedError(_code(answer["Code"], status), answer.get("Message", answer["Code"])) from error
    except BotoCoreError as error:
        raise _RefusedError("SDK_CLIENT_ERROR", str(error)) from error


def _code(code: str, status: int) -> str:
    """Return EventBridge's code for an error: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html."""
    if "Throttl" in code or "TooManyRequests" in code:
        return "THROTTLING"
    if status >= _SERVER_ERROR:
        return "INTERNAL_ERROR"
    if any(word in code for word in ("NotFound", "NotExist", "NonExistent")):
        return "NO_RESOURCE"
    return (
        "INVALID_JSON" if code in {"InvalidExecutionInput", "InvalidRequestContentException"} else "INVALID_PARAMETER"
    )


def _call_of(arn: str) -> Any:
    """Return the function that delivers to a kind of target, or None if moto does."""
    if ":sns:" in arn:
        return _publish
    if ":sqs:" in arn:
        return _send_message
    if is_startable(arn):
        return _invoke if ":lambda:" in arn else _start
    return None


def _publish(delivery: _Delivery, payload: str) -> None:
    arn, sns = delivery.target["Arn"], client("sns", delivery.region)
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    _require(delivery, attributes.get("Policy", ""), "sns:Publish")
    sns.publish(TopicArn=arn, Message=payload)


def _send_message(delivery: _Delivery, payload: str) -> None:
    arn, sqs = delivery.target["Arn"], client("sqs", delivery.region)
    url = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
    _require(delivery, _queue_policy(sqs, url), "sqs:SendMessage")
    group = delivery.target.get("SqsParameters", {}).get("MessageGroupId")
    sqs.send_message(QueueUrl=url, MessageBody=payload, **({"MessageGroupId": group} if group else {}))


def _invoke(delivery: _Delivery, payload: str) -> None:
    functions = client("lambda", delivery.region)
    # the function's existence is reported before its permission
    functions.get_function_configuration(FunctionName=delivery.target["Arn"])
    try:
        policy = functions.get_policy(FunctionName=delivery.target["Arn"])["Policy"]
    except functions.exceptions.ResourceNotFoundException:
        policy = ""
    _require(delivery, policy, "lambda:InvokeFunction")
    start(delivery.target, payload)


def _start(delivery: _Delivery, payload: str) -> None:
    """Start a state machine or a pipeline with the target's role."""
    role = delivery.target["RoleArn"]
    if not may_assume(role, _EVENTS, {"aws:SourceArn": delivery.rule_arn}):
        raise _RefusedError("FAILED_TO_ASSUME_ROLE", f"{role} does not exist, or does not trust {_EVENTS}")
    target = {**delivery.target, "ExecutionName": f"{delivery.event['id']}_{uuid.uuid4()}"}
    if "SageMakerPipelineParameters" in target:
        parameters = target["SageMakerPipelineParameters"].get("PipelineParameterList", [])
        target["SageMakerPipelineParameters"] = {"PipelineParameterList": with_values(parameters, delivery.event)}
    start(target, payload)


def _require(delivery: _Delivery, policy: str, action: str) -> None:
    """Raise _RefusedError if a policy does not allow the rule to call the action."""
    arn = delivery.target["Arn"]
    if not may_call(policy, _EVENTS, action, {"aws:SourceArn": delivery.rule_arn}, arn):
        raise _RefusedError(
            "NO_PERMISSIONS", f"the policy of {arn} does not allow {_EVENTS} to call {action} for {delivery.rule_arn}"
        )


def _queue_policy(sqs: Any, url: str) -> str:
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
    return str(answer.get("Attributes", {}).get("Policy", ""))


def _discard(delivery: _Delivery, refused: _RefusedError, exhausted: str | None) -> None:
    """Send an event to the target's dead-letter queue, whose policy must allow it, or log its loss."""
    lost = f"{delivery.target['Arn']} did not get the event {delivery.event['id']}: {refused.code}: {refused}"
    arn = delivery.target.get("DeadLetterConfig", {}).get("Arn")
    if not arn:
        _LOG.warning("%s. The target has no dead-letter queue, so the event is lost", lost)
        return
    attributes: dict[str, str | int] = {
        "ERROR_CODE": refused.code,
        "ERROR_MESSAGE": str(refused),
        "RETRY_ATTEMPTS": str(delivery.tries),
        "RULE_ARN": delivery.rule_arn,
        "TARGET_ARN": delivery.target["Arn"],
        **({"EXHAUSTED_RETRY_CONDITION": exhausted} if exhausted else {}),
    }
    event = {name: value for name, value in delivery.event.items() if name != "ingestion-time"}
    sqs = client("sqs", delivery.region)
    try:
        url = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
        context = {"aws:SourceArn": delivery.rule_arn}
        if not may_call(_queue_policy(sqs, url), _EVENTS, "sqs:SendMessage", context, arn):
            _LOG.warning("%s. The policy of %s does not allow %s to send it, so it is lost", lost, arn, _EVENTS)
            return
        send_to_queue(arn, json.dumps(event, ensure_ascii=False), attributes)
    except (BotoCoreError, ClientError, UnsupportedConditionError) as error:
        _LOG.warning("%s. Its dead-letter queue %s rejected it, too, so it is lost: %s", lost, arn, error)
    else:
        _LOG.warning("%s. The event is in the dead-letter queue %s", lost, arn)
