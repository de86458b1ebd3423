"""Asynchronous invocations: accepted at once, retried if the function fails, and then sent to the function's dead-letter queue.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote

import moto.core.responses as responses
from botocore.exceptions import BotoCoreError, ClientError
from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.responses import LambdaResponse

from local_cloud.clients import client
from local_cloud.daemon_thread import start_daemon_thread
from local_cloud.patching import original_of, replace
from local_cloud.targets.dead_letter_queue import send_to_queue

if TYPE_CHECKING:
    from moto.awslambda.models import LambdaFunction

    from local_cloud.lambda_functions.invocation import FunctionRunner

RETRY_DELAYS_SECONDS = [1.0, 2.0]
"""The pauses before the two retries: a second for each minute that AWS waits."""
_REQUEST_ID = "x-amzn-requestid"
_ERROR_CODE = 200  # the HTTP status of an invocation whose function failed
_MESSAGE_CHARACTERS = 1024
_LOG = logging.getLogger(__name__)


def install(runner: FunctionRunner) -> None:
    """Replace moto's invocation by request."""

    def invoke(self: LambdaResponse) -> Any:
        kind = self.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        event = _event(self.body)
        if kind == "RequestResponse":
            return original_of(LambdaResponse, "invoke")(self)
        function = self.backend.get_function(unquote(self.path.rsplit("/", 2)[-2]), self._get_param("qualifier"))
        request_id = str(uuid.uuid4())
        headers = {_REQUEST_ID: request_id}
        if kind == "DryRun":
            return 204, {**headers, "status": "204"}, ""
        payload = self.body.decode() if isinstance(self.body, bytes) else str(self.body)

        def run() -> None:
            _run(runner, function, event, payload, request_id)

        start_daemon_thread(f"invocation {request_id} of {function.function_name}", run, lambda _: None)
        return 202, {**headers, "status": "202"}, ""

    # moto: Lambda runs a function before it answers an invocation of the type Event, does not retry it, ignores the dead-letter queue, runs the
    # function for the type DryRun, and fails with an internal error for a payload that is not JSON; not reported yet: AWS answers 202 and runs
    # the function up to three times.
    replace(LambdaResponse, "invoke", invoke)
    # extension: the answer's request id is that of the invocation, by which its log and its dead letter are found.
    replace(responses, "gen_amzn_requestid_long", _request_id)
    # extension: the retries and destinations of a function cannot be configured; unsupported operations are rejected by name.
    for operation in ("put_function_event_invoke_config", "update_function_event_invoke_config"):
        replace(LambdaResponse, operation, _refuse)


def _request_id(headers: dict[str, str] | None = None) -> str:
    given = (headers or {}).get(_REQUEST_ID)
    return given or str(original_of(responses, "gen_amzn_requestid_long")(headers))


def _refuse(self: LambdaResponse) -> NoReturn:
    raise NotImplementedError


def _event(body: Any) -> Any:
    try:
        return json.loads(body or "{}")
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise LambdaClientError("InvalidRequestContentException", message) from error


def _run(
    runner: FunctionRunner,
    function: LambdaFunction,
    event: Any,
    payload: str,
    request_id: str,
) -> None:
    """Run a function until it succeeds, or its retries are exhausted. All attempts have the same request id."""
    response = ""
    for delay in (0.0, *RETRY_DELAYS_SECONDS):
        time.sleep(delay)
        response, failed, _ = runner.run(function, event, request_id)
        if not failed:
            return
    _discard(function, payload, request_id, json.loads(response))


def _discard(function: Any, payload: str, request_id: str, error: dict[str, Any]) -> None:
    """Send a failed event to the function's dead-letter queue, or log its loss.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
    """
    message = str(error.get("errorMessage") or error["errorType"])[:_MESSAGE_CHARACTERS]
    arn = function.dead_letter_config.get("TargetArn")
    lost = f"{function.function_name} failed for the asynchronous invocation {request_id}: {message}"
    if not arn:
        _LOG.warning("%s. The function has no dead-letter queue, so the event is lost", lost)
        return
    attributes: dict[str, str | int] = {"RequestID": request_id, "ErrorCode": _ERROR_CODE, "ErrorMessage": message}
    try:
        if ":sqs:" in arn:
            send_to_queue(arn, payload, attributes, role_arn=function.role)
        else:
            client("sns", arn.split(":")[3], role_arn=function.role).publish(
                TopicArn=arn,
                Message=payload,
                MessageAttributes={
                    name: {"DataType": "Number" if isinstance(value, int) else "String", "StringValue": str(value)}
                    for name, value in attributes.items()
                },
            )
    except (BotoCoreError, ClientError) as failure:
        _LOG.warning("%s. Its dead-letter queue %s rejected it, too, so the event is lost: %s", lost, arn, failure)
    else:
        _LOG.warning("%s. The event is in the dead-letter queue %s", lost, arn)
