"""ministack with three additions: ``createProcessingJob.sync``, whose jobs the tests run, the condition keys of ``events:PutEvents``, and a
record of each decision on a permission.

Run by the Python of ministack's own environment, without this project: ``python server.py``. In addition to ministack's own
variables it reads ``JUDGE_BRIDGE``, the URL that runs jobs, and ``JUDGE_RECORD``, the file for the decisions. It exits when its
standard input ends.
"""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import json
import os
import sys
import threading
import urllib.error
import urllib.request
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app
from ministack.core import iam_actions, iam_evaluator, tls
from ministack.services import stepfunctions, sts

ACCOUNT, REGION = os.environ["MINISTACK_ACCOUNT_ID"], os.environ["MINISTACK_REGION"]
INVOKE = "arn:aws:states:::lambda:invoke"
PROCESSING_JOB = "arn:aws:states:::sagemaker:createProcessingJob.sync"
# A function may take 15 minutes and a job longer; the tests' own time limits stop hanging runs.
JOB_SECONDS = 3600

_machine_role: contextvars.ContextVar[str] = contextvars.ContextVar("role of the state machine at work")
_enforce = iam_evaluator.enforce
_request_tag_context = iam_actions.request_tag_context
_execute_task = stepfunctions._execute_task
_invoke_resource = stepfunctions._invoke_resource


def record(principal: str, action: str, resource: str, *, allowed: bool) -> None:
    """Append a decision to the record as one line, so that threads do not mix."""
    line = json.dumps({"principal": principal, "action": action, "resource": resource, "allowed": allowed})
    with open(os.environ["JUDGE_RECORD"], "a", encoding="utf-8") as file:  # noqa: PTH123 - one write of one line
        file.write(f"{line}\n")


def enforce(access_key_id: str, iam_action: str, *arguments: Any, **options: Any) -> Any:
    """Decide as ministack does, and record the decision."""
    denial = _enforce(access_key_id, iam_action, *arguments, **options)
    credential = iam_evaluator.resolve_credential(access_key_id)
    principal = getattr(credential, "principal_arn", access_key_id)
    resource = options.get("resource_arn") or (arguments[2] if len(arguments) > 2 else "*")
    record(principal, iam_action, resource, allowed=denial is None)
    return denial


def request_context(service: str, iam_action: str, body: bytes, params: Any) -> Any:
    """Return the condition keys of a request's body: ministack's, and those of each entry of ``PutEvents``.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
    """
    context = _request_tag_context(service, iam_action, body, params)
    if iam_action == "events:PutEvents":
        entries = json.loads(body)["Entries"]
        context |= {
            "events:source": [entry["Source"] for entry in entries],
            "events:detail-type": [entry["DetailType"] for entry in entries],
        }
    return context


def execute_task(state: Any, raw_input: Any, execution: Any, context: Any) -> Any:
    """Run a Task state as the role of its state machine; ministack itself does not check that role."""
    machine = stepfunctions._state_machines[execution["stateMachineArn"]]
    _machine_role.set(machine["roleArn"])
    return _execute_task(state, raw_input, execution, context)


def invoke_resource(resource: str, request: Any) -> Any:
    """Call the resource of a Task if the state machine's role may."""
    if resource == INVOKE:
        must_be_allowed("lambda:InvokeFunction", request["FunctionName"], "Lambda.AWSLambdaException")
    if resource == PROCESSING_JOB:
        return run_processing_job(request)
    return _invoke_resource(resource, request)


def run_processing_job(request: dict[str, Any]) -> dict[str, Any]:
    """Run a job to its end and return its description, as ``.sync`` does.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
    """
    job = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:processing-job/{request['ProcessingJobName']}"
    refused = "SageMaker.AmazonSageMakerException"
    must_be_allowed("sagemaker:CreateProcessingJob", job, refused)
    must_be_allowed("iam:PassRole", request["RoleArn"], refused, {"iam:passedtoservice": "sagemaker.amazonaws.com"})
    order = {"request": request, "access_key": session_of(request["RoleArn"], "SageMaker")}
    posted = urllib.request.Request(os.environ["JUDGE_BRIDGE"], json.dumps(order).encode(), method="POST")  # noqa: S310 - localhost
    try:
        with urllib.request.urlopen(posted, timeout=JOB_SECONDS) as answer:  # noqa: S310 - localhost
            description: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        raise stepfunctions._ExecutionError(refused, error.read().decode()) from error
    must_be_allowed("sagemaker:DescribeProcessingJob", job, refused)
    if description["ProcessingJobStatus"] != "Completed":
        raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(description))
    return description


def must_be_allowed(action: str, resource: str, error: str, context: dict[str, str] | None = None) -> None:
    """Check with ministack's evaluator that the state machine's role may perform an action.

    Raises
    ------
    _ExecutionError
        If it may not.
    """
    role = _machine_role.get()
    principal = iam_evaluator.resolve_principal(session_of(role, "StepFunctions")["aws_access_key_id"], ACCOUNT)
    asked = iam_evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=action,
        resource_arn=resource,
        region=REGION,
        service_context=context or {},
    )
    allowed = iam_evaluator.evaluate(asked, principal.policies).decision == "Allow"
    record(principal.arn, action, resource, allowed=allowed)
    if not allowed:
        raise stepfunctions._ExecutionError(error, f"User: {principal.arn} may not {action} on {resource}")


def session_of(role_arn: str, name: str) -> dict[str, str]:
    """Return credentials of a role, as a service gets them that the role trusts."""
    digest = hashlib.sha256(f"{role_arn} {name}".encode()).hexdigest()
    key = {
        "aws_access_key_id": f"ASIA{digest[:16].upper()}",
        "aws_secret_access_key": digest[16:56],
        "aws_session_token": digest,
    }
    role = role_arn.rpartition("/")[2]
    session = {
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}",
        "UserId": f"{role}:{name}",
        "SecretAccessKey": key["aws_secret_access_key"],
        "SessionToken": key["aws_session_token"],
    }
    sts.register_session(key["aws_access_key_id"], session)
    return key


def end_with_standard_input() -> None:
    """Wait until standard input ends, and exit."""
    sys.stdin.read()
    os._exit(0)


def main() -> None:
    """Serve on localhost only, over TLS."""
    iam_evaluator.enforce = enforce
    iam_actions.request_tag_context = request_context
    stepfunctions._execute_task = execute_task
    stepfunctions._invoke_resource = invoke_resource
    threading.Thread(target=end_with_standard_input, daemon=True).start()
    config = Config()
    config.bind = [f"{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}"]
    config.certfile, config.keyfile = tls.resolve_tls_material()
    asyncio.run(serve(app.app, config))


if __name__ == "__main__":
    main()
