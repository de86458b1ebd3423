"""The memory that a container may take: what its instance has, and what this machine can spare.

It is looked at, and not reserved: a cgroup would need rights that an unprivileged user has on few machines, and a limit of a process's address
space (RLIMIT_AS, RLIMIT_DATA) counts what a JVM reserves and never uses, and not that a job has several processes.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from pathlib import Path

_GIB = 1024**3
_YOUNG_SECONDS = 0.2
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_SHARE_OF_THIS_MACHINE = 0.8
_INSTANCE_TYPE = re.compile(
    r"ml\.(?P<family>[a-z]+)\d[a-z0-9-]*\.(?:(?P<size>medium|large|xlarge)|(?P<times>\d+)xlarge)"
)
# GiB of a `large`, by the families' letter: the others of a family have multiples. https://aws.amazon.com/sagemaker/ai/pricing/
_GIB_OF_LARGE = {"c": 4, "g": 8, "m": 8, "r": 16, "t": 8}
_LARGES = {"medium": 0.5, "large": 1, "xlarge": 2}


def memory_bound(instance_type: str) -> int:
    """Return the bytes that a container on an instance may take here; of a type that is not known, what this machine can spare."""
    spare = int(_PAGE_BYTES * os.sysconf("SC_PHYS_PAGES") * _SHARE_OF_THIS_MACHINE)
    found = _INSTANCE_TYPE.fullmatch(instance_type)
    if found is None or found["family"] not in _GIB_OF_LARGE:
        return spare
    larges = _LARGES[found["size"]] if found["size"] else 2 * int(found["times"])
    return min(int(_GIB_OF_LARGE[found["family"]] * larges * _GIB), spare)


def takes_more(process: int, bound: int) -> bool:
    """Whether a process and all below it take more than a bound; always False on a machine without Linux's ``/proc``.

    The resident sizes, which are quick to read, count a page for each process that shares it. If they are too much, each page is counted once.
    """
    processes = _processes.below(process)
    if sum(map(_resident, processes)) <= bound:
        return False
    return sum(map(_proportional, processes)) > bound


class _Processes:
    """This machine's processes by their parents, looked up once for all containers that run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looked_at = -_YOUNG_SECONDS
        self._children: dict[int, list[int]] = {}

    def below(self, process: int) -> list[int]:
        """Return a process and its descendants."""
        with self._lock:
            if time.monotonic() - self._looked_at >= _YOUNG_SECONDS:
                self._children = _children_by_parent()
                self._looked_at = time.monotonic()
            found = [process]
            for each in found:
                found += self._children.get(each, [])
        return found


_processes = _Processes()


def _children_by_parent() -> dict[int, list[int]]:
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir() if Path("/proc/self").exists() else ():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError, ValueError, IndexError):
                # The second field is a name in parentheses, which may hold anything; the parent is the second one after it.
                fields = (folder / "stat").read_bytes().rpartition(b")")[2].split()
                children.setdefault(int(fields[1]), []).append(int(folder.name))
    return children


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE_BYTES
    except (OSError, IndexError):
        return 0  # it has ended


def _proportional(process: int) -> int:
    """Return a process's size, a shared page by its share: https://docs.kernel.org/filesystems/proc.html, smaps_rollup."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
