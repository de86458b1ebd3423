"""The runtime in a function's process: it imports the handler, calls it, and writes the response to a file.

The script has no dependencies and runs with ``-I -S``, so that no variable and no editable install changes the import path:
``runtime.py TASK_ROOT SITE_PACKAGES HANDLER RESPONSE_FILE``, with the event on standard input.
"""

import ctypes
import importlib
import json
import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1


class Context:
    """The part of Lambda's context object that handlers use.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    def __init__(self) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.invoked_function_arn = os.environ["LOCAL_CLOUD_FUNCTION_ARN"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.aws_request_id = os.environ["LOCAL_CLOUD_REQUEST_ID"]
        self._ends = time.monotonic() + float(os.environ["LOCAL_CLOUD_FUNCTION_TIMEOUT"])

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the function times out."""
        return max(0, int((self._ends - time.monotonic()) * 1000))


def main() -> int:
    """Run the handler once. Returns 1 if it raised an exception."""
    _end_with_parent()
    task_root, site_packages, handler, response_file = sys.argv[1:5]
    sys.path.insert(0, task_root)
    sys.path.append(site_packages)
    module_name, _, function_name = handler.rpartition(".")
    try:
        event = json.load(sys.stdin)
        response: Any = getattr(importlib.import_module(module_name), function_name)(event, Context())
        document, status = json.dumps(response), 0
    except BaseException as error:  # noqa: BLE001 - as in Lambda, any exception of the handler is the invocation's error
        traceback.print_exc()
        frames = traceback.format_tb(error.__traceback__)
        name = "Runtime.ExitError" if isinstance(error, SystemExit) else type(error).__name__
        document, status = json.dumps({"errorMessage": str(error), "errorType": name, "stackTrace": frames}), 1
    try:
        Path(response_file).write_text(document, encoding="utf-8")
    except OSError:
        # Do not leave an incomplete response; the log has the reason, which the local cloud reports.
        Path(response_file).unlink(missing_ok=True)
        raise
    return status


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
