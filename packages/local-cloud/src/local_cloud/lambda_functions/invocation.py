"""Invocations of functions: the choice of an execution environment, and the log in CloudWatch Logs."""

from __future__ import annotations

import io
import json
import math
import os
import shutil
import tempfile
import threading
import time
import uuid
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_cloud.access import role_access_key
from local_cloud.backend_lock import backend_lock, waiting
from local_cloud.cloudwatch.service_metrics import put_metrics
from local_cloud.lambda_functions.environment import ExecutionEnvironment, Settings
from local_cloud.lambda_functions.kept_settings import logging_config
from local_cloud.settings import endpoint_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.awslambda.models import LambdaFunction

# Functions that run at once: on a machine with few cores, more of them would only make each other's requests time out. Others wait
# before their own timeout begins.
_AT_ONCE = 8 * (os.cpu_count() or 1)
# Each holds some 60 MB, for a minute at most.
_MOST_IDLE = 2 * (os.cpu_count() or 1)


class FunctionRunner:
    """Runs functions, from archives that are unpacked once.

    Parameters
    ----------
    folder
        The folder of unpacked archives, by their hash.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unpacking = threading.Lock()
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        self._choosing = threading.Lock()
        self._idle: list[ExecutionEnvironment] = []  # the latest used first

    @property
    def invoke(self) -> Callable[[LambdaFunction, Any], tuple[str, bool, str]]:
        """Return the replacement of ``LambdaFunction._invoke_lambda``, which returns the response, whether it is an error, and the log."""

        def invoke(function: LambdaFunction, event: Any = None) -> tuple[str, bool, str]:
            return self.run(function, event, str(uuid.uuid4()))

        return invoke

    def run(self, function: LambdaFunction, event: Any, request_id: str) -> tuple[str, bool, str]:
        """Run a function, and return its response, whether it is an error, and the log.

        Errors of this machine, such as a full disk, become the invocation's error.
        """
        response, failed, log = self._run_or_fail(function, event, request_id)
        counts = {"Invocations": 1, "Errors": int(failed)}
        put_metrics(function.region, "AWS/Lambda", {"FunctionName": function.function_name}, counts)
        return response, failed, log

    def _run_or_fail(self, function: LambdaFunction, event: Any, request_id: str) -> tuple[str, bool, str]:
        try:
            return self._run_process(function, event, request_id)
        except OSError as error:
            failure = {
                "errorType": type(error).__name__,
                "errorMessage": f"the local cloud cannot run the function: {error}",
            }
            return json.dumps(failure), True, str(error)

    def _run_process(self, function: LambdaFunction, event: Any, request_id: str) -> tuple[str, bool, str]:
        with waiting(), self._slots:
            started = time.monotonic()
            environment = self._environment(function)
            try:
                answer = environment.invoke(event if event is not None else {}, request_id, function.timeout)
            finally:
                self._keep(environment)
        seconds = time.monotonic() - started
        named = {"FunctionName": function.function_name}
        put_metrics(function.region, "AWS/Lambda", named, {"Duration": seconds * 1000}, "Milliseconds")
        log = _report(function, request_id, answer.log, seconds, failed=answer.failed)
        _write_log(function, environment.log_stream, log)
        return answer.response, answer.failed, log

    def _environment(self, function: LambdaFunction) -> ExecutionEnvironment:
        """Return an idle environment with the function's current code and configuration, or a new one."""
        settings = Settings(self._unpack(function), str(function.handler), _variables(function))
        with self._choosing:
            for environment in [each for each in self._idle if each.settings == settings]:
                self._idle.remove(environment)
                if environment.is_usable:
                    return environment
                environment.close()
        return ExecutionEnvironment(settings, self._folder)

    def _keep(self, environment: ExecutionEnvironment) -> None:
        """Keep an environment for a later invocation, and close those that cannot have one."""
        with self._choosing:
            self._idle.insert(0, environment)
            usable = [each for each in self._idle if each.is_usable][:_MOST_IDLE]
            for other in self._idle:
                if other not in usable:
                    other.close()
            self._idle = usable

    def _unpack(self, function: LambdaFunction) -> Path:
        task_root = self._folder / function.code_sha_256.replace("/", "_").rstrip("=")
        with self._unpacking:
            if not task_root.exists():
                self._folder.mkdir(parents=True, exist_ok=True)
                partial = Path(tempfile.mkdtemp(dir=self._folder))
                try:
                    with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
                        archive.extractall(partial)
                    partial.rename(task_root)
                except OSError:
                    shutil.rmtree(partial, ignore_errors=True)  # free the disk space
                    raise
        return task_root


def _variables(function: LambdaFunction) -> dict[str, str]:
    """Return Lambda's variables with the credentials of the function's role, without any variables of this process."""
    return {
        "PATH": os.defpath,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        **role_access_key(function.role).environment,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint_url(),
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_LOG_GROUP_NAME": function.logs_group_name,
        "LOCAL_CLOUD_FUNCTION_ARN": function.function_arn,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        **_log_settings(function),
        **function.environment_vars,
    }


def _log_settings(function: LambdaFunction) -> dict[str, str]:
    """Return the environment variables for the log's format and level."""
    config = logging_config(function)
    level = {"AWS_LAMBDA_LOG_LEVEL": config["ApplicationLogLevel"]} if "ApplicationLogLevel" in config else {}
    return {"AWS_LAMBDA_LOG_FORMAT": config["LogFormat"], **level}


def _write_log(function: LambdaFunction, log_stream: str, log: str) -> None:
    backend = function.logs_backend
    now = int(time.time() * 1000)
    lines = [{"timestamp": now, "message": line} for line in log.splitlines() if line]
    with backend_lock():
        backend.ensure_log_group(function.logs_group_name)
        if log_stream not in backend.groups[function.logs_group_name].streams:
            backend.create_log_stream(function.logs_group_name, log_stream)
        if lines:
            backend.put_log_events(function.logs_group_name, log_stream, lines)


def _report(function: LambdaFunction, request_id: str, log: str, seconds: float, *, failed: bool) -> str:
    """Return a function's log with the lines about the start and the end of the invocation; the used memory is not measured.

    https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
    """
    milliseconds = seconds * 1000
    billed = math.ceil(milliseconds)
    config = logging_config(function)
    if config["LogFormat"] == "JSON":
        lines = log.splitlines()
        start = {"requestId": request_id, "version": str(function.version)}
        metrics = {
            "durationMs": round(milliseconds, 3),
            "billedDurationMs": billed,
            "memorySizeMB": function.memory_size,
        }
        status = "error" if failed else "success"
        if config["SystemLogLevel"] != "WARN":
            lines.insert(0, _platform_event("start", start))
        if config["SystemLogLevel"] != "WARN" or failed:
            lines.append(_platform_event("report", {"requestId": request_id, "metrics": metrics, "status": status}))
    else:
        figures = [
            f"Duration: {milliseconds:.2f} ms",
            f"Billed Duration: {billed} ms",
            f"Memory Size: {function.memory_size} MB",
        ]
        lines = [
            f"START RequestId: {request_id} Version: {function.version}",
            *log.splitlines(),
            f"END RequestId: {request_id}",
            "\t".join([f"REPORT RequestId: {request_id}", *figures]),
        ]
    return "".join(f"{line}\n" for line in lines)


def _platform_event(kind: str, record: dict[str, Any]) -> str:
    """Return a line of the system log: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html."""
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
    return json.dumps({"time": f"{now}Z", "type": f"platform.{kind}", "record": record}, separators=(",", ":"))
