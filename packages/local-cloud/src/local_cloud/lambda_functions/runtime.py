"""The runtime in a function's process: it imports the handler, and calls it for one event after another.

The script has no dependencies and runs with ``-I -S``, so that no variable and no editable install changes the import path:
``runtime.py TASK_ROOT SITE_PACKAGES HANDLER RESPONSE_FILE DONE IDLE_SECONDS``. Standard input has a line of JSON for each event. The
response is written to a file, then one byte to the file descriptor DONE: 0, 1 if the handler raised an exception, or 2 if the process ends
with it, too. Without an event for IDLE_SECONDS, the process exits.
"""

import ctypes
import importlib
import json
import logging
import os
import select
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1


_IN_JSON = os.environ["AWS_LAMBDA_LOG_FORMAT"] == "JSON"
_request_id = ""  # of the current invocation
# The attributes of a LogRecord that are not fields of a line. A field named as one of these is dropped, as is one of the line's own fields.
_NOT_FIELDS = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime"}) - {"taskName"}


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html#python-logging-advanced."""

    converter = time.gmtime  # type: ignore[assignment]  # its argument is optional

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        kind, error, frames = record.exc_info or (None, None, None)
        structured = isinstance(record.msg, dict) and not record.args
        line: dict[str, Any] = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": logging.getLevelName(min(logging.CRITICAL, record.levelno // 10 * 10)),
            "message": record.msg if structured else record.getMessage(),
            "logger": record.name,
            "stackTrace": traceback.format_tb(frames) if kind else None,
            "errorType": kind.__name__ if kind else None,
            "errorMessage": str(error) if kind else None,
            "requestId": _request_id,
            "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if kind else None,
        }
        extra = {name: value for name, value in vars(record).items() if name not in _NOT_FIELDS and name not in line}
        written = {name: value for name, value in {**line, **extra}.items() if value is not None}
        return json.dumps(written, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """A record as Lambda writes it in the format Text."""

    converter = time.gmtime  # type: ignore[assignment]  # its argument is optional

    def __init__(self) -> None:
        form = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
        super().__init__(form, "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        record.aws_request_id = _request_id
        return super().format(record)


class Context:
    """The part of Lambda's context object that handlers use.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    def __init__(self, request_id: str, seconds: float) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.invoked_function_arn = os.environ["LOCAL_CLOUD_FUNCTION_ARN"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.aws_request_id = request_id
        self._ends = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the function times out."""
        return max(0, int((self._ends - time.monotonic()) * 1000))


def main() -> int:
    """Run the handler for each event. Returns 1 if its module could not be imported, or it has exited: the next event needs a new process."""
    global _request_id
    _end_with_parent()
    _set_up_logging()
    task_root, site_packages, handler, response_file, done, idle_seconds = sys.argv[1:7]
    os.set_inheritable(int(done), False)
    own_pid = os.getpid()
    sys.path.insert(0, task_root)
    sys.path.append(site_packages)
    module_name, _, function_name = handler.rpartition(".")
    with os.fdopen(os.dup(0), encoding="utf-8") as events, Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)  # the events are not the handler's to read
        while select.select([events], [], [], float(idle_seconds))[0] and (line := events.readline()):
            request = json.loads(line)
            _request_id = request["request_id"]
            try:
                function = getattr(importlib.import_module(module_name), function_name)
                response: Any = function(request["event"], Context(_request_id, request["seconds"]))
                document, failure = json.dumps(response), None
            except BaseException as error:  # noqa: BLE001 - as in Lambda, any exception of the handler is the invocation's error
                frames = traceback.format_tb(error.__traceback__)
                name = "Runtime.ExitError" if isinstance(error, SystemExit) else type(error).__name__
                answer = {"errorMessage": str(error), "errorType": name, "stackTrace": frames}
                _print_error(answer)
                document, failure = json.dumps(answer), error
            if os.getpid() != own_pid:
                os._exit(0)  # a fork of the handler returns, too, and must not answer
            ends = isinstance(failure, SystemExit) or module_name not in sys.modules
            _answer(Path(response_file), document)
            os.write(int(done), b"2" if ends else b"1" if failure else b"0")
            if ends:
                return 1
    return 0


def _answer(file: Path, document: str) -> None:
    try:
        file.write_text(document, encoding="utf-8")
    except OSError:
        # Do not leave an incomplete response; the log has the reason, which the local cloud reports.
        file.unlink(missing_ok=True)
        raise
    sys.stdout.flush()
    sys.stderr.flush()


def _set_up_logging() -> None:
    """Make the root logger print to the function's log, as Lambda's runtime does."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter() if _IN_JSON else TextFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    if level := os.environ.get("AWS_LAMBDA_LOG_LEVEL"):
        root.setLevel({"TRACE": "DEBUG"}.get(level, level))


def _print_error(answer: dict[str, Any]) -> None:
    """Print the exception of a handler."""
    if _IN_JSON:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        print(json.dumps({"timestamp": now, "level": "ERROR", **answer, "requestId": _request_id}, ensure_ascii=False))
        return
    print(f"[ERROR] {answer['errorType']}: {answer['errorMessage']}\nTraceback (most recent call last):")
    print("".join(answer["stackTrace"]), end="")


def _end_with_parent() -> None:
    """Exit when the local cloud ends, even if it was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        return
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
