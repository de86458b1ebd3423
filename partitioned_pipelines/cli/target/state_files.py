"""Files of the commands' own state, opened without waiting: what is not such a file is refused by name.

A FIFO in a file's place would block a command forever, and a file of another user could name any process and address.
https://man7.org/linux/man-pages/man2/open.2.html
"""

from __future__ import annotations

import errno
import os
import shlex
import stat
from typing import IO, TYPE_CHECKING

from partitioned_pipelines.cli.errors import CommandError

if TYPE_CHECKING:
    from pathlib import Path

_ALWAYS = os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFDIR: "a folder",
    stat.S_IFSOCK: "a socket",
    stat.S_IFLNK: "a link",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
# What open() answers for a link, a folder, and a socket or a device without a driver.
_NOT_A_FILE = {errno.ELOOP, errno.EISDIR, errno.ENXIO, errno.ENODEV, errno.EOPNOTSUPP}


def open_state_file(path: Path) -> IO[str]:
    """Open a file for reading.

    Raises
    ------
    CommandError
        If it is not a file of this user.
    FileNotFoundError, NotADirectoryError
        If the file does not exist.
    """
    return _opened(path, os.O_RDONLY, "r")


def open_lock_file(path: Path) -> IO[str]:
    """Open a file for reading and writing; create it if it does not exist, readable only by this user.

    Raises
    ------
    CommandError
        If it is not a file of this user.
    """
    file = _opened(path, os.O_RDWR | os.O_CREAT, "r+")
    os.fchmod(file.fileno(), 0o600)
    return file


def remove_state_file(path: Path) -> None:
    """Delete a file, a link or a FIFO, if it exists.

    Raises
    ------
    CommandError
        If it is a folder.
    """
    try:
        path.unlink(missing_ok=True)
    except (IsADirectoryError, PermissionError) as error:  # macOS raises the latter
        if not path.is_dir():
            raise
        raise _refusal(path, "a folder") from error


def _opened(path: Path, flags: int, mode: str) -> IO[str]:
    try:
        descriptor = os.open(path, flags | _ALWAYS, 0o600)
    except OSError as error:
        if error.errno not in _NOT_A_FILE:
            raise
        raise _refusal(path, _kind(path.lstat())) from error
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        os.close(descriptor)
        raise _refusal(path, _kind(found))
    return open(str(path), mode, encoding="utf-8", opener=lambda *_: descriptor)


def _kind(found: os.stat_result) -> str:
    kind = _KINDS.get(stat.S_IFMT(found.st_mode))
    return kind or f"a file of another user (user id {found.st_uid})"


def _refusal(path: Path, kind: str) -> CommandError:
    return CommandError(
        f"{path} is {kind}, but the commands need a file of their own there",
        f"move it away: {shlex.join(['mv', str(path), f'{path}.old'])}",
    )
