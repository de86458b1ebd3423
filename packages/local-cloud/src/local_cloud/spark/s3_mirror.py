"""S3 as folders for Spark without an S3 client: objects are downloaded before the job, and changes are uploaded after it.

The objects below each ``s3://`` and ``s3a://`` URI that is known before the job are downloaded. Others see the job's output once it has
ended.
"""

from __future__ import annotations

import re
import shutil
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from local_cloud.object_store import bucket_names, delete_object, list_objects, write_object
from local_cloud.s3.object_files import read_content

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_cloud.object_store import StoredObject

# A key ends at characters that may begin a wildcard or end a URI in a list: more objects than necessary may be downloaded, never fewer.
_URI = re.compile(r"\bs3[an]?://(?P<bucket>[a-z0-9][a-z0-9.-]*)(?:/(?P<key>[^\s\"',;*?\[{]*))?")
_Version = tuple[int, int]  # the modification time and the size of a file


class MirrorError(Exception):
    """Objects whose keys cannot be paths of files."""


class S3Mirror:
    """A folder with a folder for each bucket.

    Parameters
    ----------
    root
        The folder, which is created.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._brought: dict[Path, _Version] = {}
        for bucket in bucket_names():
            (root / bucket).mkdir(parents=True, exist_ok=True)

    def bring(self, text: str) -> None:
        """Download the objects below each URI in a string.

        Raises
        ------
        MirrorError
            If a key cannot be the path of a file.
        """
        buckets = set(bucket_names())
        for found in _URI.finditer(text):
            if found["bucket"] in buckets:
                for item in list_objects(found["bucket"], found["key"] or ""):
                    self._bring(item)

    def put_changes(self) -> None:
        """Upload changed files, and delete the objects of deleted files."""
        present = set()
        for bucket in bucket_names():
            for path in self._files(self._root / bucket):
                present.add(path)
                if self._brought.get(path) != _version(path):
                    with path.open("rb") as content:
                        write_object(bucket, path.relative_to(self._root / bucket).as_posix(), read_content(content))
        for path in self._brought.keys() - present:
            bucket, *parts = path.relative_to(self._root).parts
            delete_object(bucket, "/".join(parts))

    def _bring(self, item: StoredObject) -> None:
        relative = item.key.removesuffix("/")
        path = self._root / item.bucket / relative
        if path in self._brought:
            return
        if PurePosixPath(relative).as_posix() != relative or ".." in relative.split("/"):
            raise MirrorError(
                f"ClientError: the object s3://{item.bucket}/{item.key} cannot be a file: Spark would not find it"
            )
        try:
            if item.key.endswith("/"):  # created for a folder by consoles and S3A
                path.mkdir(parents=True, exist_ok=True)
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            with item.open() as content, path.open("wb") as file:
                shutil.copyfileobj(content, file)
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            raise MirrorError(
                f"ClientError: the key of s3://{item.bucket}/{item.key} is both a file and a folder, which the local cloud cannot pass to "
                "Spark: rename one of the objects"
            ) from error
        self._brought[path] = _version(path)

    def _files(self, folder: Path) -> Iterator[Path]:
        for path in sorted(folder.rglob("*")):
            is_checksum = path.name.startswith(".") and path.suffix == ".crc"  # Hadoop writes it for local files only
            if path.is_file() and (path in self._brought or not is_checksum):
                yield path


def _version(path: Path) -> _Version:
    status = path.stat()
    return status.st_mtime_ns, status.st_size
