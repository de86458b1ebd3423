"""Objects of any size use no file descriptor, and leave no file once they are deleted."""

from __future__ import annotations

import gc
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local_cloud.s3.object_files import ObjectFile, read_content

if TYPE_CHECKING:
    from local_cloud.server import LocalCloud

Aws = Any
MEGABYTE = 1024 * 1024


@pytest.mark.parametrize("size", [0, 10, 256 * 1024, 256 * 1024 + 1, MEGABYTE])
def test_it_is_read_and_written_as_a_file(tmp_path: Path, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    file = ObjectFile(tmp_path / "objects")
    file.write(content)
    file.seek(0)
    assert file.read(7) + file.read() == content
    file.seek(0)
    file.truncate()
    file.write(b"short")
    file.seek(1)
    assert (file.read(), file.read()) == (b"hort", b"")
    file.close()
    assert list(tmp_path.rglob("*.*")) == []


@pytest.mark.parametrize("size", [0, 10, 256 * 1024, 256 * 1024 + 1, MEGABYTE])
def test_a_file_is_taken_over(tmp_path: Path, size: int) -> None:
    written = tmp_path / "written"
    written.write_bytes(b"x" * size)
    place = written.stat().st_ino
    file = ObjectFile(tmp_path / "objects")
    file.write(b"before")
    file.seek(0)
    file.truncate()
    file.take_over(written)
    assert len(file) == size
    file.seek(0)
    assert (file.read(), written.exists()) == (b"x" * size, False)
    kept = [path.stat() for path in (tmp_path / "objects").glob("*")]
    assert [stat.st_ino for stat in kept] == ([place] if size > 256 * 1024 else [])  # moved, not copied
    assert all(stat.st_mode & 0o077 == 0 for stat in kept)
    file.close()
    assert list(tmp_path.rglob("*.*")) == list((tmp_path / "objects").glob("*")) == []


@pytest.mark.parametrize("size", [0, 10, MEGABYTE])
def test_it_takes_what_was_read_before(tmp_path: Path, size: int) -> None:
    before, file = ObjectFile(tmp_path), ObjectFile(tmp_path)
    before.write(bytes(size))
    file.write(bytes(2 * MEGABYTE))
    file.seek(0)
    file.truncate()
    assert len(before) == size
    file.write(before)
    del before
    file.seek(0)
    assert file.read() == bytes(size)
    assert len(list(tmp_path.iterdir())) == (size > 256 * 1024)


def test_a_stream_is_read_in_pieces(local_cloud_server: LocalCloud) -> None:
    class Stream(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            assert 0 < (size or 0) <= 8 * MEGABYTE
            return super().read(size)

    content = read_content(Stream(bytes(20 * MEGABYTE)))
    assert len(content) == 20 * MEGABYTE
    content.close()


def _held(descriptors: Path) -> list[str]:
    """Return the open files of this process."""
    links = [str(path.readlink()) for path in descriptors.iterdir() if path.is_symlink()]
    return sorted(link for link in links if link.startswith("/") and not link.startswith(("/dev/", "/proc/")))


def test_large_objects_hold_no_descriptor(aws: Aws, bucket: str, local_cloud_server: LocalCloud) -> None:
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("this machine does not report the open files of a process")
    folder = local_cloud_server.settings.state_dir / "objects"
    body = bytes(20 * MEGABYTE)
    own = _held(descriptors)
    before = len(list(folder.iterdir())) if folder.exists() else 0
    for number in range(4):
        aws("s3").put_object(Bucket=bucket, Key=f"large/{number}", Body=body)
    gc.collect()
    assert _held(descriptors) == own
    assert len(list(folder.iterdir())) == before + 4
    assert aws("s3").get_object(Bucket=bucket, Key="large/3")["Body"].read() == body
    aws("s3").delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": f"large/{number}"} for number in range(4)]})
    gc.collect()
    assert len(list(folder.iterdir())) == before
