"""The runs of steps, by type, through the services' APIs."""

from __future__ import annotations

import concurrent.futures
import json
import secrets
import string
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from local_cloud.clients import client
from local_cloud.daemon_thread import in_daemon_thread
from local_cloud.sagemaker.pipelines.conditions import InvalidConditionError, holds
from local_cloud.sagemaker.pipelines.retry_policies import exception_type_of_call, exception_type_of_job
from local_cloud.undocumented import chosen

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

_POLL_SECONDS = 0.05
_LONGEST_JOB_NAME = 63
_LAMBDA_SECONDS = 600  # https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps.html
_OUTPUT_TYPES: dict[str, Any] = {"String": str, "Integer": int, "Float": (int, float), "Boolean": bool}


class StepFailedError(Exception):
    """The failure of a step: its FailureReason, and its exception type for retry policies."""

    def __init__(self, reason: str, exception_type: str | None = None) -> None:
        super().__init__(reason)
        self.exception_type = exception_type


class StepStoppedError(Exception):
    """A step was stopped with its execution."""


@dataclass(frozen=True)
class StepCall:
    """The parameters of a step's run.

    Attributes
    ----------
    document
        The step's part of the definition, with resolved arguments.
    stop
        Set when the execution is stopped.
    tell
        Called with the step's metadata as soon as it is known.
    """

    document: dict[str, Any]
    execution_id: str
    region: str
    stop: threading.Event
    tell: Callable[[dict[str, Any]], None]


class StepRun(Protocol):
    """A function that runs a step once, and returns its properties for other steps."""

    def __call__(self, call: StepCall) -> dict[str, Any]:
        """Run the step."""


def run_processing(call: StepCall) -> dict[str, Any]:
    """Run a processing job, with a new name for each attempt, and wait until it ends."""
    sagemaker = client("sagemaker", call.region)
    arguments = call.document["Arguments"]
    name = _job_name(call, arguments.get("ProcessingJobName"))
    try:
        made = sagemaker.create_processing_job(**{**arguments, "ProcessingJobName": name})
    except ClientError as error:
        raise _refused(error) from error
    call.tell({"ProcessingJob": {"Arn": made["ProcessingJobArn"]}})
    stopping = False
    while True:
        job: dict[str, Any] = sagemaker.describe_processing_job(ProcessingJobName=name)
        status = job["ProcessingJobStatus"]
        if status == "Stopped" and call.stop.is_set():
            raise StepStoppedError
        if status == "Completed" or (status == "Stopped" and chosen("stopped_job") == "succeeds"):
            return job
        if status in {"Failed", "Stopped"}:
            reason = job.get("FailureReason") or f"the processing job {name} was stopped"
            raise StepFailedError(reason, exception_type_of_job(reason))
        if call.stop.is_set() and not stopping:
            sagemaker.stop_processing_job(ProcessingJobName=name)
            stopping = True
        time.sleep(_POLL_SECONDS)


def run_lambda(call: StepCall) -> dict[str, Any]:
    """Invoke the function, which cannot be stopped, and return its output parameters."""
    arn = call.document["FunctionArn"]
    call.tell({"Lambda": {"Arn": arn, "OutputParameters": []}})
    invoking = in_daemon_thread(f"invoke-{arn}", lambda: _invoke(call.region, arn, call.document["Arguments"]))
    try:
        document = invoking.result(timeout=_LAMBDA_SECONDS)
    except concurrent.futures.TimeoutError as error:
        raise StepFailedError(f"The function {arn} took longer than the {_LAMBDA_SECONDS} seconds of a step") from error
    except ClientError as error:
        raise _refused(error) from error
    declared = call.document.get("OutputParameters", [])
    outputs = {parameter["OutputName"]: _output(arn, parameter, document) for parameter in declared}
    told = [{"Name": name, "Value": _text(value)} for name, value in outputs.items()]
    call.tell({"Lambda": {"Arn": arn, "OutputParameters": told}})
    return {"OutputParameters": outputs}


def run_condition(call: StepCall) -> dict[str, Any]:
    """Evaluate whether all conditions hold."""
    try:
        outcome = str(all(holds(condition) for condition in call.document["Arguments"]["Conditions"]))
    except InvalidConditionError as error:
        raise StepFailedError(str(error)) from error
    call.tell({"Condition": {"Outcome": outcome}})
    return {"Outcome": outcome}


def run_fail(call: StepCall) -> dict[str, Any]:
    """Fail with the definition's message."""
    message = str(call.document["Arguments"].get("ErrorMessage", ""))
    call.tell({"Fail": {"ErrorMessage": message}})
    raise StepFailedError(message)


RUNS: dict[str, StepRun] = {
    "Condition": run_condition,
    "Fail": run_fail,
    "Lambda": run_lambda,
    "Processing": run_processing,
}


def _invoke(region: str, arn: str, arguments: dict[str, Any]) -> Any:
    answer = client("lambda", region).invoke(FunctionName=arn, Payload=json.dumps(arguments))
    document = json.load(answer["Payload"])
    if "FunctionError" in answer:
        said = document.get("errorMessage", "") if isinstance(document, dict) else document
        kind = document.get("errorType", answer["FunctionError"]) if isinstance(document, dict) else "Error"
        raise StepFailedError(f"The function {arn} failed: {kind}: {said}")
    return document


def _output(arn: str, parameter: dict[str, str], document: Any) -> Any:
    name, kind = parameter["OutputName"], parameter["OutputType"]
    if not isinstance(document, dict) or name not in document:
        raise StepFailedError(
            f"The function {arn} did not return the output parameter {name!r}: it must return an object with this key"
        )
    value = document[name]
    if not isinstance(value, _OUTPUT_TYPES[kind]) or (isinstance(value, bool) and kind != "Boolean"):
        raise StepFailedError(
            f"The function {arn} returned {value!r} as its output parameter {name!r}, which is not of the type {kind}"
        )
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _refused(error: ClientError) -> StepFailedError:
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return StepFailedError(f"ClientError: {code}: {message}", exception_type_of_call(code, status))


def _job_name(call: StepCall, prefix: str | None) -> str:
    """Return a job name as SageMaker generates it: ``pipelines-<execution>-<step>-<random>``."""
    chance = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(10))
    stem = prefix or f"pipelines-{call.execution_id}-{call.document['Name']}"
    return f"{stem[: _LONGEST_JOB_NAME - len(chance) - 1].rstrip('-')}-{chance}".replace("_", "-")
