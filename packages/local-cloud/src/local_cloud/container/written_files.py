"""The files that a container has written, read without following links.

A script may leave links, FIFOs and names that are not UTF-8. Each folder is opened relative to its parent and each file relative to its
folder, so that only the container's own folder is read, even if its processes change it at the same time:
https://man7.org/linux/man-pages/man2/open.2.html (O_NOFOLLOW, openat).
"""

from __future__ import annotations

import codecs
import contextlib
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Not blocking: a file may have been replaced by a FIFO.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_DEEPEST_FOLDER = 512  # names of one character, and as many slashes
_MESSAGE = "output/message"
# ExitMessage: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeProcessingJob.html
_LONGEST_MESSAGE_BYTES = 1024


class UnreadableOutputError(Exception):
    """An entry in an output that cannot be uploaded; the message names it."""


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file in an output; it can be opened until the iterator advances.

    Attributes
    ----------
    name
        The path relative to the output's folder, with ``/`` as separator.
    version
        The modification time in nanoseconds, and the size in bytes.
    """

    name: str
    version: tuple[int, int]
    _shown: str
    _folder: int
    _entry: bytes

    @contextlib.contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the file.

        Raises
        ------
        UnreadableOutputError
            If it cannot be opened, or was replaced by something else.
        """
        try:
            descriptor = os.open(self._entry, _FILE, dir_fd=self._folder)
        except OSError as error:
            raise UnreadableOutputError(f"{self._shown} cannot be read: {error.strerror}") from error
        with os.fdopen(descriptor, "rb") as file:
            _require_file(self._shown, os.fstat(descriptor))
            yield file


def written_files(root: Path, folder: str, *, shown: str = "/opt/ml") -> Iterator[WrittenFile]:
    """Yield the files below a folder that a container can write to, by name.

    Parameters
    ----------
    root
        The folder of this machine that is the container's ``/opt/ml``, which the container could not replace.
    folder
        The folder below it, such as ``processing/output``.
    shown
        The name of the root in messages.

    Raises
    ------
    UnreadableOutputError
        If there are links, FIFOs, sockets or devices, or names that are not UTF-8.
    """
    # The script may have deleted the folder.
    with contextlib.suppress(FileNotFoundError), _opened(root, folder, shown) as descriptor:
        yield from _walk(descriptor, f"{shown}/{folder}", ())


def read_message(opt_ml: Path) -> str:
    """Return the first KB of ``/opt/ml/output/message``, or the reason why it cannot be read, or an empty string."""
    try:
        folder, _, name = _MESSAGE.rpartition("/")
        with _opened(opt_ml, folder, "/opt/ml") as descriptor:
            status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            _require_file(f"/opt/ml/{_MESSAGE}", status)
            file = WrittenFile(name, (0, 0), f"/opt/ml/{_MESSAGE}", descriptor, name.encode())
            with file.open() as message:
                text = message.read(_LONGEST_MESSAGE_BYTES)
    except FileNotFoundError:
        return ""
    except UnreadableOutputError as error:
        return f"({error})"
    # A character that is cut by the limit is dropped.
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    return decoder.decode(text, final=len(text) < _LONGEST_MESSAGE_BYTES).strip()


def _walk(folder: int, shown: str, above: tuple[str, ...]) -> Iterator[WrittenFile]:
    for entry in sorted(os.fsencode(name) for name in os.listdir(folder)):
        try:
            name = entry.decode()
        except UnicodeDecodeError as error:
            raise UnreadableOutputError(
                f"{shown}/ contains {entry!r}, a name that is not UTF-8: rename it in the script"
            ) from error
        here = f"{shown}/{name}"
        try:
            status = os.stat(entry, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            continue  # a running container may delete its files
        if stat.S_ISDIR(status.st_mode):
            if len(above) >= _DEEPEST_FOLDER:
                raise UnreadableOutputError(
                    f"{shown[:80]}… has more than {_DEEPEST_FOLDER} levels of folders, so that a file's key would be above S3's limit of 1024 "
                    "bytes: write to a shorter path"
                )
            with _subfolder(folder, entry, here) as below:
                yield from _walk(below, here, (*above, name))
            continue
        if stat.S_ISLNK(status.st_mode):
            target = os.readlink(entry, dir_fd=folder)
            raise UnreadableOutputError(
                f"{here} is a symbolic link to {os.fsdecode(target)!r}, and links are not followed: write a copy of the file"
            )
        _require_file(here, status)
        yield WrittenFile("/".join((*above, name)), (status.st_mtime_ns, status.st_size), here, folder, entry)


@contextlib.contextmanager
def _opened(root: Path, folder: str, shown: str) -> Iterator[int]:
    descriptor = os.open(root, _FOLDER)
    try:
        for part in folder.strip("/").split("/"):
            shown = f"{shown}/{part}"
            below = _open_folder(descriptor, part.encode(), shown)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _subfolder(folder: int, entry: bytes, shown: str) -> Iterator[int]:
    descriptor = _open_folder(folder, entry, shown)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _open_folder(folder: int, entry: bytes, shown: str) -> int:
    try:
        return os.open(entry, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        raise
    except NotADirectoryError as error:  # Linux reports this for a link, too
        raise UnreadableOutputError(f"{shown} is not a folder, but a link or a file") from error
    except OSError as error:
        raise UnreadableOutputError(f"{shown} cannot be read: {error.strerror}") from error


def _require_file(shown: str, status: os.stat_result) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    if stat.S_ISLNK(status.st_mode):
        raise UnreadableOutputError(f"{shown} is a symbolic link, and links are not followed")
    kind = _KINDS.get(stat.S_IFMT(status.st_mode), "not a file")
    raise UnreadableOutputError(f"{shown} is {kind}, and only files are uploaded: remove it in the script")
