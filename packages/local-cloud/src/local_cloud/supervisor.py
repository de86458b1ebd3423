"""The supervisor of a command: it ends all processes that the command has started, once the command ends.

The script has no dependencies and runs with ``-I -S``: ``supervisor.py [--with-parent PID] [--remove FOLDER] COMMAND...``. On Linux, orphaned
descendants become its children (https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html), so that none escapes, even in a
session of its own. On other systems, the command's process group is ended.

If it leads a process group, signals are expected to be sent to the group. Otherwise it forwards SIGTERM. SIGINT comes from the terminal, which
sends it to the whole group.
"""

import argparse
import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_GRACE_SECONDS = 10
_FOLDER_REMOVAL = Path(__file__).with_name("folder_removal.py")
_IS_LINUX = sys.platform == "linux"


def main() -> int:
    """Run the command and return its exit code, as a shell does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--with-parent", type=int, metavar="PID", help="stop when this process, the parent, ends")
    parser.add_argument("--remove", type=Path, metavar="FOLDER", help="folder to delete if the parent has ended")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    if _IS_LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = _start(arguments.command)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: _begin_to_end(child))
    signal.signal(signal.SIGALRM, lambda *_: _send(child, signal.SIGKILL))
    if arguments.with_parent is not None:
        threading.Thread(target=_end_with, args=(arguments.with_parent,), daemon=True).start()
    status = _wait_for(child)
    _end_what_is_left()
    if arguments.remove is not None and os.getppid() != arguments.with_parent:
        subprocess.run([sys.executable, "-I", "-S", _FOLDER_REMOVAL, arguments.remove], check=False)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _start(command: list[str]) -> int:
    supervisor = os.getpid()
    child = os.fork()
    if child:
        return child
    if _IS_LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:
            os._exit(128 + signal.SIGKILL)
    try:
        os.execvp(command[0], command)  # noqa: S606 - a list, without a shell
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr, flush=True)
        os._exit(127)


def _begin_to_end(child: int) -> None:
    signal.alarm(_GRACE_SECONDS)
    if not _leads_a_group():
        _send(child, signal.SIGTERM)


def _leads_a_group() -> bool:
    return os.getpgrp() == os.getpid()


def _end_with(parent: int) -> None:
    """Wait until the parent ends, then send SIGTERM to the whole group."""
    try:
        descriptor = os.pidfd_open(parent)
    except (AttributeError, OSError):  # not Linux, or the parent has ended, which the loop detects
        while os.getppid() == parent:
            time.sleep(0.5)
    else:
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        if os.getppid() == parent:
            waiting.poll()
    if _leads_a_group():
        os.killpg(os.getpgrp(), signal.SIGTERM)
    else:
        os.kill(os.getpid(), signal.SIGTERM)


def _wait_for(child: int) -> int:
    while True:
        ended, status = os.waitpid(-1, 0)  # also reaps orphans
        if ended == child:
            return status


def _end_what_is_left() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.alarm(0)
    if not _IS_LINUX:
        if _leads_a_group():
            os.killpg(os.getpgrp(), signal.SIGTERM)
        return
    deadline = time.monotonic() + _GRACE_SECONDS
    while time.monotonic() < deadline:
        for process in _descendants():
            _send(process, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.01)


def _descendants() -> set[int]:
    """Return the descendants of this process, from ``/proc``."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError, ValueError, IndexError):
                # The second field is a name in parentheses, with any characters; the parent is the second field after it.
                fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
                parents[int(folder.name)] = int(fields[1])
    found: set[int] = set()
    above = {os.getpid()}
    while above:
        above = {process for process, parent in parents.items() if parent in above} - found
        found |= above
    return found


def _send(process: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(process, number)


if __name__ == "__main__":
    sys.exit(main())
