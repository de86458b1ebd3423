"""``python -m local_cloud serve``: run the cloud until it is told to end."""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import signal
import sys
import threading
from pathlib import Path

from local_cloud.server import LocalCloud
from local_cloud.server.cloud_lock import CloudLock
from local_cloud.settings import Settings

_PR_SET_PDEATHSIG = 1
_DESCRIPTORS = 8192
_LOOKS_SECONDS = 0.25


def main(argv: list[str] | None = None) -> int:
    """Serve; prints one line of JSON with the endpoint and its access key when ready."""
    parser = argparse.ArgumentParser(prog="python -m local_cloud", description=__doc__)
    commands = parser.add_subparsers(required=True)
    serve = commands.add_parser("serve", help="listen on localhost until SIGTERM or SIGINT")
    serve.add_argument("--port", type=int, default=0, help="0, the default, takes one that is free")
    serve.add_argument("--state-dir", type=Path, required=True, help="folder for what lasts as long as the cloud")
    serve.add_argument("--image-store", type=Path, required=True, help="folder of the images' stand-ins")
    serve.add_argument("--region", default="ap-northeast-1")
    serve.add_argument("--exit-with-parent", action="store_true", help="end when the process that started it ends")
    serve.add_argument(
        "--lock",
        nargs=2,
        metavar=("FD", "FILE"),
        help="a locked file to write the line into, too; its removal ends the cloud",
    )
    arguments = parser.parse_args(argv)
    if arguments.exit_with_parent:
        _exit_with_parent()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    _allow_many_descriptors()
    settings = Settings(arguments.state_dir, arguments.image_store, arguments.port, arguments.region)
    with LocalCloud(settings) as cloud:
        lock = None
        if arguments.lock:
            descriptor, path = arguments.lock
            lock = CloudLock(int(descriptor), Path(path), arguments.state_dir)
            lock.write(cloud.ready_line())  # first: whoever reads that line finds the cloud by its lock
        print(cloud.ready_line(), flush=True)
        if lock is not None:
            return _keep(lock, cloud.ready_line(), ended)
        ended.wait()
    return 0


def _keep(lock: CloudLock, ready_line: str, ended: threading.Event) -> int:
    """Wait for the end, or until the cloud's files are gone, which is an error."""
    while not ended.wait(_LOOKS_SECONDS):
        if missing := lock.missing():
            print(f"{missing} was removed: the local cloud ends", file=sys.stderr)
            return 1
        lock.write(ready_line)
    return 0


def _allow_many_descriptors() -> None:
    """Raise the soft limit: each connection and each running script takes a few, and 256 is macOS's default."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _exit_with_parent() -> None:
    """Ask the kernel for a SIGTERM when the parent is gone; elsewhere than on Linux, watch for it."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        return
    parent = os.getppid()

    def watch() -> None:
        pause = threading.Event()
        while os.getppid() == parent:
            pause.wait(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    # Daemon threads of jobs and executions end with the process, whatever they are at.
    status = main()
    sys.stdout.flush()
    os._exit(status)
