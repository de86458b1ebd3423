"""An execution environment: a process that has imported a function's handler, and runs one invocation after another.

As in Lambda, what a module keeps between invocations is still there at the next, and an environment whose process exits, or exceeds the
timeout, is not used again: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import uuid
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3

from local_cloud.folder_removal import remove_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

_RUNTIME = Path(__file__).with_name("runtime.py")
# Lambda's Python has boto3; here it is this environment's.
_PACKAGES = str(Path(boto3.__file__).parents[1])
# An idle process exits by itself; it is not used during its last seconds, so that it cannot exit before it reads its next event.
_IDLE_SECONDS = 60
_USED_WITHIN_SECONDS = 45
_LOOK_SECONDS = 0.5  # between two looks whether the process has exited
_MOST_PRINTED = 16 * 1024 * 1024  # bytes of an invocation: CloudWatch Logs is in memory here
# The system ends a process when the thread that started it ends (PR_SET_PDEATHSIG): this thread ends with the local cloud.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="execution environments")


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one invocation: the response as JSON, whether it is an error, and what was printed."""

    response: str
    failed: bool
    log: str


class Settings(NamedTuple):
    """What an environment is created from. One with other settings cannot run a function.

    Parameters
    ----------
    task_root
        The function's unpacked archive.
    handler
        The handler's module and function.
    variables
        The process's environment variables.
    """

    task_root: Path
    handler: str
    variables: Mapping[str, str]


class ExecutionEnvironment:
    """A process for the invocations of one function.

    Parameters
    ----------
    settings
        The function's archive, handler and variables.
    folder
        Where its files are created: its output, and its latest response.

    Attributes
    ----------
    log_stream
        The log stream of its invocations.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.log_stream = (
            f"{time.strftime('%Y/%m/%d')}/[{settings.variables['AWS_LAMBDA_FUNCTION_VERSION']}]{uuid.uuid4().hex}"
        )
        self._scratch = Path(tempfile.mkdtemp(dir=folder))
        self._response = self._scratch / "response.json"
        self._output = self._scratch / "output"
        self._read = 0  # bytes of the output that belong to earlier invocations
        events, to_events = os.pipe()
        self._events = to_events
        os.set_blocking(to_events, False)
        self._done, done = os.pipe()
        command = [
            sys.executable,
            *("-I", "-S", str(_RUNTIME)),
            *(str(settings.task_root), _PACKAGES, settings.handler),
            *(str(self._response), str(done), str(_IDLE_SECONDS)),
        ]
        try:
            with self._output.open("ab") as output:
                self._process = _starter.submit(
                    subprocess.Popen,
                    command,
                    stdin=events,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    pass_fds=[done],
                    cwd=settings.task_root,
                    env={**settings.variables, "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream},
                    process_group=0,  # with what it starts
                ).result()
        except BaseException:
            os.close(to_events)
            os.close(self._done)
            remove_folder(self._scratch)
            raise
        finally:
            os.close(events)
            os.close(done)
        self._used = time.monotonic()
        self._has_ended = False
        # Also if the local cloud of this process ends.
        self._end = weakref.finalize(self, _end, self._process, (self._events, self._done), self._scratch)

    @property
    def is_usable(self) -> bool:
        """Whether the process waits for another event."""
        return not self._has_ended and time.monotonic() - self._used < _USED_WITHIN_SECONDS

    def invoke(self, event: Any, request_id: str, timeout: float) -> Answer:
        """Run the handler.

        Parameters
        ----------
        timeout
            In seconds. A process that has not answered by then is killed.
        """
        self._has_ended = True  # unless it answers
        self._response.unlink(missing_ok=True)
        deadline = time.monotonic() + timeout
        request = json.dumps({"event": event, "request_id": request_id, "seconds": timeout})
        self._send(f"{request}\n".encode(), deadline)
        status = self._status(deadline)
        self._used = time.monotonic()
        self._has_ended = status not in (b"0", b"1")
        if status is None:
            self._kill()
            message = f"Task timed out after {timeout:.2f} seconds"
            return Answer(json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": message}), True, self._printed())
        log = self._printed()
        if status and self._response.exists():
            return Answer(self._response.read_text(encoding="utf-8"), status != b"0", log)
        last = log.strip().rpartition("\n")[2]  # for example: OSError: [Errno 28] No space left on device
        message = f"the process ended with status {self._kill()} before it answered: {last}"
        return Answer(json.dumps({"errorType": "Runtime.ExitError", "errorMessage": message}), True, log)

    def _send(self, line: bytes, deadline: float) -> None:
        """Write an event, as far as the process reads it before the deadline."""
        poll = select.poll()
        poll.register(self._events, select.POLLOUT)
        left = memoryview(line)
        while left and (seconds := deadline - time.monotonic()) > 0 and self._process.poll() is None:
            if poll.poll(min(seconds, _LOOK_SECONDS) * 1000):
                try:
                    left = left[os.write(self._events, left) :]
                except BlockingIOError:
                    continue
                except BrokenPipeError:  # it has exited: its output says why
                    return

    def _status(self, deadline: float) -> bytes | None:
        """Return what the runtime says of an invocation, nothing if the process has exited, or None after the deadline."""
        poll = select.poll()
        poll.register(self._done, select.POLLIN)
        while (left := deadline - time.monotonic()) > 0:
            if poll.poll(min(left, _LOOK_SECONDS) * 1000):
                if status := os.read(self._done, 1):
                    return status
                poll.unregister(self._done)  # it was closed, by the process's end or by the handler
            if self._process.poll() is not None:
                return b""  # it has exited; a process that it has started may still hold the pipe
        return None

    def _printed(self) -> str:
        """Return what was printed since the last call, or the first part of it."""
        with self._output.open("rb") as output:
            output.seek(self._read)
            printed = output.read(_MOST_PRINTED)
            dropped = output.seek(0, os.SEEK_END) - self._read - len(printed)
        self._read += len(printed) + dropped
        more = f"\n({dropped:,} more bytes were printed; the local cloud does not log them)\n" if dropped else ""
        return printed.decode(errors="replace") + more

    def _kill(self) -> int:
        return _kill(self._process)

    def close(self) -> None:
        """End the process, and remove its files."""
        self._end()


def _end(process: subprocess.Popen[bytes], descriptors: tuple[int, ...], scratch: Path) -> None:
    _kill(process)
    for descriptor in descriptors:
        os.close(descriptor)
    remove_folder(scratch)


def _kill(process: subprocess.Popen[bytes]) -> int:
    """End a process, and those that it has started in its group; return its exit status."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()
