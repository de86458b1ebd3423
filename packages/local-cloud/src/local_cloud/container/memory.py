"""The memory limit of containers: the memory of the instance type, within what this machine has available.

Usage is polled, not reserved: cgroups need rights that unprivileged users have on few machines, and limits of the address space
(RLIMIT_AS, RLIMIT_DATA) apply to each process, and also count memory that a JVM reserves and never uses.
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
# GiB of the size `large`, by the family's letter; other sizes have multiples of it. https://aws.amazon.com/sagemaker/ai/pricing/
_GIB_OF_LARGE = {"c": 4, "g": 8, "m": 8, "r": 16, "t": 8}
_LARGES = {"medium": 0.5, "large": 1, "xlarge": 2}


def memory_bound(instance_type: str) -> int:
    """Return the limit in bytes for an instance type; for an unknown type, the memory that this machine has available."""
    spare = int(_PAGE_BYTES * os.sysconf("SC_PHYS_PAGES") * _SHARE_OF_THIS_MACHINE)
    found = _INSTANCE_TYPE.fullmatch(instance_type)
    if found is None or found["family"] not in _GIB_OF_LARGE:
        return spare
    larges = _LARGES[found["size"]] if found["size"] else 2 * int(found["times"])
    return min(int(_GIB_OF_LARGE[found["family"]] * larges * _GIB), spare)


def takes_more(process: int, bound: int) -> bool:
    """Return whether a process and its descendants use more than a limit; always False on machines without Linux's ``/proc``.

    Resident sizes, which are quick to read, count shared pages several times. Only if they exceed the limit, proportional sizes are read.
    """
    processes = _processes.below(process)
    if sum(map(_resident, processes)) <= bound:
        return False
    return sum(map(_proportional, processes)) > bound


class _Processes:
    """This machine's processes by their parents, read once for all running containers."""

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
                # The second field is a name in parentheses, with any characters; the parent is the second field after it.
                fields = (folder / "stat").read_bytes().rpartition(b")")[2].split()
                children.setdefault(int(fields[1]), []).append(int(folder.name))
    return children


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE_BYTES
    except (OSError, IndexError):
        return 0  # it has ended


def _proportional(process: int) -> int:
    """Return a process's proportional size: https://docs.kernel.org/filesystems/proc.html, smaps_rollup."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
