"""Run the steps of a shared processing job, one after the other, each as if it had a job of its own.

Usage: ``run_steps.py STEP… ARGUMENT…``. The file ``steps.json`` beside this script describes the steps
(`partitioned_pipelines.spec.derived.shared_job.steps_document`); the arguments are those of all steps, in order.

Each script is a process with its own environment. It finds its folders where its own job would have them: they are moved there before it
starts, and taken back when it has ended. What an earlier step left running is killed. The first step that fails ends the job, with its exit
code and a message that begins with its name. A step gets a copy of a folder that is still needed after it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType
    from typing import Any

    Document = dict[str, Any]

_LONGEST_MESSAGE_BYTES = (
    1024  # ExitMessage: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeProcessingJob.html
)
_PR_SET_CHILD_SUBREAPER = 36
_KILL_SECONDS = 10
_TIMED_OUT, _NOT_EXECUTABLE, _NOT_FOUND = 124, 126, 127  # as those of timeout(1) and of shells
# A folder that is a mount of its own cannot be renamed: a link replaces it.
_NOT_MOVABLE = (errno.EXDEV, errno.EBUSY, errno.EACCES, errno.EPERM, errno.EROFS)


class StepError(Exception):
    """A step has failed.

    Attributes
    ----------
    code
        The exit code of the job.
    """

    def __init__(self, step: str, code: int, words: str) -> None:
        super().__init__(f"step {step} failed with exit code {code}{_signal_name(code)}{f': {words}' if words else ''}")
        self.code = code


class Marks:
    """The lines that separate the steps' output in the log. A script does not know the token, so that it cannot write one."""

    def __init__(self, names: Sequence[str]) -> None:
        self._token = secrets.token_hex(8)
        self._write(f"runs {', '.join(names)}")

    def begin(self, name: str) -> None:
        """Mark the beginning of a step's output."""
        self._write(f"{name} begins")

    def end(self, name: str, code: int, seconds: float) -> None:
        """Mark the end of a step's output."""
        self._write(f"{name} ended with exit code {code} after {seconds:.1f} s")

    def _write(self, text: str) -> None:
        # Not through sys.stdout: nothing may stay in a buffer.
        os.write(1, f"[steps {self._token}] {text}\n".encode())


class Folders:
    """The folders of a job: at home below the runner's folder, and during a step where the step expects them.

    Parameters
    ----------
    document
        The content of ``steps.json``.
    """

    def __init__(self, document: Document) -> None:
        steps = document["steps"]
        self._processing, self._inputs = document["processing"], os.path.join(document["processing"], "input")
        # What the image, or SageMaker, has put there.
        self._given = {folder: set(_entries(folder)) for folder in (self._processing, self._inputs)}
        self._uploaded = {output["home"] for step in steps for output in step["outputs"] if output["uploaded"]}
        # The homes that are still to be read, once for each reader.
        self._unread = [entry["home"] for step in steps for entry in step["inputs"]]
        # The folders that are links at the moment, with what they link to.
        self._linked: dict[str, str] = {}

    def lay_out(self, step: Document) -> None:
        """Move a step's folders to where it expects them. Raises StepError if an earlier step wrote nothing that it reads."""
        for number, entry in enumerate(step["inputs"]):
            home = entry["home"]
            if entry["from"] and not _entries(home):
                words = f"its input {entry['name']!r} is empty: step {entry['from']} wrote no files to it"
                raise StepError(step["name"], 1, words)
            self._unread.remove(home)
            if home in self._unread or home in self._uploaded:
                copy = f"{home}.copy-{number}"
                shutil.copytree(home, copy)
                home = copy
            self._place(home, entry["path"])
        for output in step["outputs"]:
            os.makedirs(output["home"], exist_ok=True)
            self._place(output["home"], output["path"])

    def take_back(self, step: Document) -> None:
        """Take a step's outputs home, and delete everything else that it had or left in the job's folders."""
        for output in step["outputs"]:
            self._take(output["home"], output["path"])
        for entry in step["inputs"]:
            _delete(entry["path"])
            if entry["path"] in self._linked:
                _delete(self._linked.pop(entry["path"]))
        for folder in (self._inputs, self._processing):
            for name in _entries(folder):
                if name not in self._given[folder]:
                    _delete(os.path.join(folder, name))

    def hand_over(self, step: Document) -> None:
        """Bring the outputs that a later step reads to the form in which a download from S3 would have them."""
        for output in step["outputs"]:
            if output["home"] in self._unread:
                _as_downloaded(step["name"], output["home"], output["path"])

    def _place(self, home: str, path: str) -> None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.rmdir(path)  # an empty folder of the image, which a mount would cover
        try:
            os.rename(home, path)
        except OSError as error:
            if error.errno not in _NOT_MOVABLE:
                raise
            os.symlink(home, path)
            self._linked[path] = home

    def _take(self, home: str, path: str) -> None:
        if path in self._linked:
            del self._linked[path]
            _delete(path)  # the link: everything is at home
        elif os.path.lexists(path):
            os.rename(path, home)
        else:
            os.makedirs(home)  # the script has deleted its output


class Runner:
    """The runner of a job's steps.

    Parameters
    ----------
    document
        The content of ``steps.json``.
    arguments
        The arguments of all steps.
    """

    def __init__(self, document: Document, arguments: Sequence[str]) -> None:
        self._steps, self._message = document["steps"], document["message"]
        self._arguments = list(arguments)
        self._folders = Folders(document)
        self._directory = os.getcwd()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def run(self) -> int:
        """Run all steps; return the exit code of the job.

        Raises
        ------
        ValueError
            If the number of arguments is not the steps'.
        """
        needed = sum(step["arguments"] for step in self._steps)
        if len(self._arguments) != needed:
            raise ValueError(f"got {len(self._arguments)} arguments, and the steps take {needed}")
        os.dup2(1, 2)  # one stream, so that a mark never overtakes what a script has written before it
        _adopt_orphans()
        signal.signal(signal.SIGTERM, self._stop)
        marks, words = Marks([step["name"] for step in self._steps]), []
        for step in self._steps:
            marks.begin(step["name"])
            started, code = time.monotonic(), 1
            try:
                said = self._run_step(step)
                code = 0
            except StepError as error:
                code = error.code
                self._write_message(str(error))
                return code
            finally:
                marks.end(step["name"], code, time.monotonic() - started)
            if said:
                words.append(f"{step['name']}: {said}")
        self._write_message("\n".join(words))
        return 0

    def _run_step(self, step: Document) -> str:
        """Run a step; return its message. Raises StepError if it fails."""
        arguments = [self._arguments.pop(0) for _ in range(step["arguments"])]
        try:
            _delete(self._message)
            self._folders.lay_out(step)
            code, why = self._execute(step, arguments)
            said = self._read_message()
            if code:
                with contextlib.suppress(OSError):  # the failure of the script is the reason
                    self._folders.take_back(step)
                raise StepError(step["name"], code, why or said)
            self._folders.take_back(step)
            self._folders.hand_over(step)
        except OSError as error:
            raise StepError(step["name"], 1, f"its folders cannot be moved: {error}") from error
        return said

    def _execute(self, step: Document, arguments: list[str]) -> tuple[int, str]:
        """Run a step's script until it and everything that it started have ended; return its exit code, and the reason if it is ours."""
        command, seconds = step["command"] + arguments, step["timeout_seconds"]
        if self._stopped:
            return 128 + signal.SIGTERM, "the job was stopped"
        environment = {**os.environ, **step["environment"]}
        try:
            self._process = subprocess.Popen(command, env=environment, cwd=self._directory, start_new_session=True)
        except OSError as error:
            code = _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE
            return code, f"{command[0]} cannot be started: {error.strerror}"
        why = ""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            code, why = _TIMED_OUT, f"it was stopped after {seconds} seconds, its timeout_minutes"
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None
        _kill_children()
        return (128 - code if code < 0 else code), why

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        """Pass SIGTERM on to the script, which gets it from SageMaker in a job of its own."""
        self._stopped = True
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    def _read_message(self) -> str:
        """Return the beginning of the message that a script has left; empty if it is not a file."""
        try:
            # Not blocking: it may be a FIFO.
            descriptor = os.open(self._message, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return ""
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return ""
            return file.read(_LONGEST_MESSAGE_BYTES).decode("utf-8", "replace").strip()

    def _write_message(self, text: str) -> None:
        _delete(self._message)
        if text:
            os.makedirs(os.path.dirname(self._message), exist_ok=True)
            with open(self._message, "wb") as file:
                file.write(text.encode("utf-8", "replace")[:_LONGEST_MESSAGE_BYTES])


def _signal_name(code: int) -> str:
    """Return the signal by which a process ended, as an addition to its exit code."""
    with contextlib.suppress(ValueError):
        if code > 128:
            return f" ({signal.Signals(code - 128).name})"
    return ""


def _entries(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_folder(path: str) -> bool:
    return stat.S_ISDIR(os.lstat(path).st_mode)


def _delete(path: str) -> None:
    """Delete a file, a link or a folder, whatever its permissions are; of a mount, the content."""
    if not os.path.lexists(path):
        return
    if not _is_folder(path):
        os.unlink(path)
        return
    _open_up(path)
    try:
        shutil.rmtree(path)
    except OSError as error:
        if error.errno != errno.EBUSY or _entries(path):
            raise


def _open_up(folder: str) -> None:
    """Make a folder and those below it accessible."""
    with contextlib.suppress(PermissionError):
        os.chmod(folder, 0o755)
    for name in _entries(folder):
        below = os.path.join(folder, name)
        if _is_folder(below):
            _open_up(below)


def _as_downloaded(step: str, home: str, shown: str) -> None:
    """Remove empty folders, and reset permissions; refuse what would not be uploaded."""
    if not _is_folder(home):
        raise StepError(step, 1, f"{shown} is not a folder, but a link or a file")
    _open_up(home)
    for folder, folders, files in os.walk(home, topdown=False):
        for name in folders + files:
            path = os.path.join(folder, name)
            place = os.path.join(shown, os.path.relpath(path, home))
            try:
                name.encode()
            except UnicodeEncodeError as error:
                raise StepError(step, 1, f"{place!r} is not UTF-8: rename it in the script") from error
            mode = os.lstat(path).st_mode
            if stat.S_ISDIR(mode):
                if not _entries(path):
                    os.rmdir(path)
            elif stat.S_ISREG(mode):
                with contextlib.suppress(PermissionError):
                    os.chmod(path, 0o644)
            elif stat.S_ISLNK(mode):
                words = f"{place} is a symbolic link, and links are not followed: write a copy of the file"
                raise StepError(step, 1, words)
            else:
                raise StepError(step, 1, f"{place} is not a file, and only files are handed over: remove it")


def _adopt_orphans() -> None:
    """Become the parent of processes whose parent has ended, as a container's first process is.

    https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _kill_children() -> None:
    """Kill what a script has left running, until this process has no child."""
    ends = time.monotonic() + _KILL_SECONDS
    while time.monotonic() < ends:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        for child in _children():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        time.sleep(0.01)


def _children() -> Iterator[int]:
    """Yield the children of this process: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html."""
    for name in _entries("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                with open(f"/proc/{name}/stat", "rb") as file:
                    parent = file.read().rpartition(b")")[2].split()[1]
                if int(parent) == os.getpid():
                    yield int(name)


def main() -> int:
    """Run the steps; return the exit code of the first one that fails."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "steps.json"), encoding="utf-8") as file:
        document = json.load(file)
    return Runner(document, sys.argv[1 + len(document["steps"]) :]).run()


if __name__ == "__main__":
    sys.exit(main())
