"""Objects of S3 as files that DuckDB reads: each content is written once."""

from __future__ import annotations

import bisect
import bz2
import gzip
import uuid
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local_cloud.athena.errors import QueryFailedError
from local_cloud.object_store import NoSuchBucketError, list_objects, split_uri

if TYPE_CHECKING:
    from pathlib import Path

    from local_cloud.object_store import StoredObject


# https://docs.aws.amazon.com/athena/latest/ug/compression-support-hive.html
_UNREAD = {
    "deflate": "Athena does not read DEFLATE in text files",
    **{
        suffix: f"the local cloud does not read .{suffix}, which Athena does: write .gz or .bz2"
        for suffix in ("lz4", "lzo", "snappy", "zst")
    },
}


@dataclass(frozen=True, slots=True)
class DataFile:
    """An object that a query reads, and its copy on this machine.

    Attributes
    ----------
    uri
        What ``"$path"`` gives.
    size
        Of the object, which is what is billed.
    """

    path: Path
    uri: str
    size: int


class ObjectCache:
    """Copies of the objects that one query reads.

    Parameters
    ----------
    folder
        Where they are kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._listings: dict[str, tuple[list[bytes], list[StoredObject]]] = {}

    def data_files(self, location: str, *, text: bool) -> list[DataFile]:
        """Give the data below a location; hidden names and empty objects are none.

        Parameters
        ----------
        text
            Whether they are read as lines: decompressed by their suffix, and valid UTF-8 with ``\\n`` alone between lines.
        """
        bucket, prefix = split_uri(location if location.endswith("/") else f"{location}/")
        try:
            objects = self._below(bucket, prefix)
        except NoSuchBucketError as error:
            raise QueryFailedError("PERMISSION_DENIED", f"Access denied on S3 path: {location}") from error
        data = [item for item in objects if item.size and not _is_hidden(item.key.removeprefix(prefix))]
        return [DataFile(self._copy(item, text=text), f"s3://{bucket}/{item.key}", item.size) for item in data]

    def _below(self, bucket: str, prefix: str) -> list[StoredObject]:
        """List a bucket once, however many partitions it holds."""
        if bucket not in self._listings:
            objects = list_objects(bucket, "")
            self._listings[bucket] = [item.key.encode() for item in objects], objects
        keys, objects = self._listings[bucket]
        first = bisect.bisect_left(keys, prefix.encode())
        last = bisect.bisect_left(keys, prefix.encode() + b"\xff", lo=first)
        return objects[first:last]

    def _copy(self, item: StoredObject, *, text: bool) -> Path:
        suffix = item.key.rpartition(".")[2].lower() if text else ""
        if suffix in _UNREAD:
            uri = f"s3://{item.bucket}/{item.key}"
            raise QueryFailedError("HIVE_CANNOT_OPEN_SPLIT", f"Error opening Hive split {uri}: {_UNREAD[suffix]}")
        compression = suffix if suffix in {"gz", "bz2"} else ""
        path = self._folder / f"{'text' if text else 'raw'}-{item.etag}{compression}"
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            content = item.read()
            partial = path.with_name(f"{path.name}.{uuid.uuid4()}.partial")
            partial.write_bytes(_lines(content, compression, item) if text else content)
            partial.rename(path)
        return path


def _is_hidden(relative_key: str) -> bool:
    return any(name.startswith(("_", ".")) for name in relative_key.split("/"))


def _lines(content: bytes, compression: str, item: StoredObject) -> bytes:
    """Read as Hadoop's TextInputFormat does: any of ``\\n``, ``\\r\\n`` and ``\\r`` ends a line, what is no UTF-8 becomes U+FFFD."""
    try:
        match compression:
            case "gz":
                content = gzip.decompress(content)
            case "bz2":
                content = bz2.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        uri = f"s3://{item.bucket}/{item.key}"
        raise QueryFailedError("HIVE_CANNOT_OPEN_SPLIT", f"Error opening Hive split {uri}: {error}") from error
    text = content.decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
    return text.encode()
