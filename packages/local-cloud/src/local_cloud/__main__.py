"""``python -m local_cloud serve``: run the local cloud until it is stopped."""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import signal
import sys
import threading
from pathlib import Path

from local_cloud.garbage_collection import what_is_made_here_stays

with what_is_made_here_stays():  # the imports of moto
    from local_cloud.athena.trino.assembly import DEFAULT_FOLDER, TrinoMissingError, assemble
    from local_cloud.athena.trino.server import TrinoServer
    from local_cloud.server import LocalCloud
    from local_cloud.server.cloud_lock import CloudLock
    from local_cloud.settings import Settings

_PR_SET_PDEATHSIG = 1
_DESCRIPTORS = 8192
_LOOKS_SECONDS = 0.25


def main(argv: list[str] | None = None) -> int:
    """Run the command. ``serve`` prints one line of JSON with the endpoint and the access key when it is ready."""
    parser = argparse.ArgumentParser(
        prog="python -m local_cloud", description="An AWS on this machine, for the CDK CLI and any other AWS tool"
    )
    commands = parser.add_subparsers(required=True)
    serve = commands.add_parser("serve", help="listen on localhost until SIGTERM or SIGINT")
    serve.add_argument("--port", type=int, default=0, help="port to listen on; 0, the default, picks a free one")
    serve.add_argument("--state-dir", type=Path, required=True, help="folder for the cloud's own files")
    serve.add_argument(
        "--image-store",
        type=Path,
        required=True,
        help="folder for the virtual environments that stand in for container images",
    )
    serve.add_argument("--region", default="ap-northeast-1", help="region of the cloud (default: %(default)s)")
    serve.add_argument("--exit-with-parent", action="store_true", help="stop when the parent process ends")
    serve.add_argument(
        "--athena",
        choices=("duckdb", "trino"),
        default="duckdb",
        help="engine of Athena's queries; trino is assembled from Maven Central once (default: %(default)s)",
    )
    serve.add_argument(
        "--lock",
        nargs=2,
        metavar=("FD", "FILE"),
        help="locked file to also write the line to; the cloud stops if it is deleted",
    )
    arguments = parser.parse_args(argv)
    if arguments.exit_with_parent:
        _exit_with_parent()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    _allow_many_descriptors()
    try:
        trino = TrinoServer(assemble(DEFAULT_FOLDER, _report)) if arguments.athena == "trino" else None
    except TrinoMissingError as error:
        print(error, file=sys.stderr)
        return 1
    settings = Settings(arguments.state_dir, arguments.image_store, arguments.port, arguments.region, trino)
    with LocalCloud(settings) as cloud:
        lock = None
        if arguments.lock:
            descriptor, path = arguments.lock
            lock = CloudLock(int(descriptor), Path(path), arguments.state_dir)
            lock.write(cloud.ready_line())  # before printing: a reader of that line may look for the lock
        print(cloud.ready_line(), flush=True)
        if lock is not None:
            return _keep(lock, cloud.ready_line(), ended)
        ended.wait()
    return 0


def _report(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _keep(lock: CloudLock, ready_line: str, ended: threading.Event) -> int:
    """Wait until the cloud is stopped. Returns 1 if its files are deleted before that."""
    while not ended.wait(_LOOKS_SECONDS):
        if missing := lock.missing():
            print(f"{missing} was deleted: the local cloud stops", file=sys.stderr)
            return 1
        lock.write(ready_line)
    return 0


def _allow_many_descriptors() -> None:
    """Raise the soft limit of file descriptors: each connection and each script uses several, and macOS's default is 256."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _exit_with_parent() -> None:
    """Have the kernel send SIGTERM when the parent ends; poll for that on systems other than Linux."""
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
    # Do not wait for the daemon threads of jobs and executions.
    status = main()
    sys.stdout.flush()
    os._exit(status)
