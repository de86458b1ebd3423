"""Responses of GetObject, which are read from the object's file while they are sent."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.s3.responses import S3Response

from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from moto.s3.models import FakeKey

_PIECE = 1024 * 1024  # bytes


class _Descriptor:
    """An open file, which is closed when the last response that reads it is gone."""

    def __init__(self, path: Path) -> None:
        self.number = os.open(path, os.O_RDONLY)

    def __del__(self) -> None:
        os.close(self.number)


@dataclass(frozen=True, slots=True)
class SentFile:
    """A part of a file, with the methods of ``bytes`` that moto uses for a range; a response of it is sent in pieces.

    The file may be deleted meanwhile, but not changed.
    """

    _file: _Descriptor
    _start: int
    _size: int

    @classmethod
    def of(cls, path: Path) -> SentFile:
        """Return the whole of a file."""
        file = _Descriptor(path)
        return cls(file, 0, os.fstat(file.number).st_size)

    def __len__(self) -> int:
        """Return the number of bytes."""
        return self._size

    def __getitem__(self, part: slice) -> SentFile:
        """Return a part."""
        start, stop, _ = part.indices(self._size)
        return SentFile(self._file, self._start + start, max(stop - start, 0))

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces."""
        for start in range(0, self._size, _PIECE):
            yield os.pread(self._file.number, min(_PIECE, self._size - start), self._start + start)


def install() -> None:
    """Replace moto's GetObject."""
    # moto: S3's GetObject reads the whole object into memory, also for a range of it; not reported yet: clients download a large object in many
    # ranges, each of which reads all of it.
    replace(S3Response, "get_object", _get_object)


class _Sent:
    """A key whose value is read while it is sent."""

    def __init__(self, key: FakeKey) -> None:
        self._key = key

    def __getattr__(self, name: str) -> Any:
        return getattr(self._key, name)

    @property
    def value(self) -> bytes | SentFile:
        stored: Any = self._key  # its content is an ObjectFile
        content: bytes | SentFile = stored._value_buffer.sent()
        return content


def _get_object(self: S3Response) -> Any:
    key, not_modified = self._get_key()

    def get_sent(validate_storage_class: bool = True) -> Any:  # moto's parameters
        return _Sent(key), not_modified

    self._get_key = get_sent  # type: ignore[method-assign]
    return original_of(S3Response, "get_object")(self)
