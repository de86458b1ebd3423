"""The contents of objects: in memory, or in a file without an open descriptor."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, BinaryIO

from moto.s3 import models

from local_cloud.patching import replace
from local_cloud.s3.sent_objects import SentFile

if TYPE_CHECKING:
    from local_cloud.request_bodies import ReadableStream
    from local_cloud.settings import Settings

_IN_MEMORY_BYTES = 256 * 1024  # larger contents are on disk
_PIECE_BYTES = 4 * 1024 * 1024


class ObjectFile:
    """The content of an object, with the methods of ``tempfile.SpooledTemporaryFile`` that moto uses.

    Parameters
    ----------
    folder
        The folder for large contents, which are deleted with the object.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._memory: bytearray = bytearray()
        self._path: Path | None = None
        self._place = 0

    def seek(self, place: int) -> None:
        """Set the position, in bytes."""
        self._place = place

    def truncate(self) -> None:
        """Truncate the content at the position."""
        if self._path is not None:
            os.truncate(self._path, self._place)
        del self._memory[self._place :]

    def __len__(self) -> int:
        """Return the size in bytes of what was written last."""
        return self._place

    def __bytes__(self) -> bytes:
        """Return the content."""
        with self.open() as content:
            return content.read()

    def write(self, content: bytes | ObjectFile) -> None:
        """Write at the position; or take the place of another object's content, which is empty then."""
        if isinstance(content, ObjectFile):
            self.close()
            self._memory, self._path, self._place = content._memory, content._path, content._place
            content._memory, content._path = bytearray(), None
            return
        end = self._place + len(content)
        if self._path is None and end > _IN_MEMORY_BYTES:
            self._move_to_disk()
        if self._path is None:
            self._memory[self._place : end] = content
        else:
            with self._path.open("r+b") as file:
                file.seek(self._place)
                file.write(content)
        self._place = end

    def read(self, size: int = -1) -> bytes:
        """Read from the position."""
        if self._path is None:
            end = len(self._memory) if size < 0 else self._place + size
            content = bytes(self._memory[self._place : end])
        else:
            with self._path.open("rb") as file:
                file.seek(self._place)
                content = file.read(size)
        self._place += len(content)
        return content

    def open(self) -> BinaryIO:
        """Open the content with its own position, independent of other readers and writers."""
        return io.BytesIO(bytes(self._memory)) if self._path is None else self._path.open("rb")

    def link(self, path: Path) -> bool:
        """Create a hard link to the content. Returns False if it is in memory, or on another file system."""
        if self._path is None:
            return False
        try:
            path.hardlink_to(self._path)
        except FileExistsError:
            raise
        except OSError:  # another file system, or one without links
            return False
        return True

    def close(self) -> None:
        """Delete the content."""
        self._memory = bytearray()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None

    def __del__(self) -> None:
        """Delete the file."""
        self.close()

    def sent(self) -> bytes | SentFile:
        """Return the content of a response, which may be sent after the object was deleted."""
        return bytes(self._memory) if self._path is None else SentFile.of(self._path)

    def take_over(self, file: Path) -> None:
        """Move a file to the place of the content; it is copied only from another file system."""
        self.close()
        self._place = file.stat().st_size
        if self._place > _IN_MEMORY_BYTES:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._path = self._folder / uuid.uuid4().hex  # a new name: ext4 writes a replaced file to the disk at once
            shutil.move(file, self._path)
            self._path.chmod(0o600)
        else:
            self._memory = bytearray(file.read_bytes())
            file.unlink()

    def _move_to_disk(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._folder)
        with io.FileIO(descriptor, "w") as file:
            file.write(self._memory)
        self._path, self._memory = Path(name), bytearray()


def read_content(stream: ReadableStream) -> ObjectFile:
    """Return the content of a stream for an object; little of it is in memory at any time."""
    content = _new_content()
    while piece := stream.read(_PIECE_BYTES):
        content.write(piece)
    return content


def moved_file(file: Path) -> ObjectFile:
    """Return a file as the content of an object, which takes it over."""
    content = _new_content()
    content.take_over(file)
    return content


def joined(contents: list[ObjectFile]) -> ObjectFile:
    """Return the content of an object that consists of others, which stay; little of it is in memory at any time."""
    whole = _new_content()
    for content in contents:
        with content.open() as stream:
            while piece := stream.read(_PIECE_BYTES):
                whole.write(piece)
    return whole


def _new_content() -> ObjectFile:
    content: ObjectFile = vars(models)["tempfile"].SpooledTemporaryFile()  # as moto creates it
    return content


def install(settings: Settings) -> None:
    """Keep the contents of large objects in the cloud's folder."""
    folder = settings.state_dir / "objects"

    def content(max_size: int = 0) -> ObjectFile:  # ignored: moto's limit is for open files
        return ObjectFile(folder)

    # moto: S3 holds an open file for each object larger than 16 MB; not reported yet: thousands of such objects exceed the limit of file
    # descriptors.
    replace(models, "tempfile", SimpleNamespace(SpooledTemporaryFile=content))
