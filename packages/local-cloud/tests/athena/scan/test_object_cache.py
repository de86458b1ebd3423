"""The files of objects: links to the stored ones if nothing has to be changed, otherwise copies."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from cloud_under_test.lake import LAZY_SIMPLE, PARQUET
from local_cloud.athena.formats.text_lines import LONGEST_LINE
from local_cloud.athena.scan.object_cache import ObjectCache, _is_clean, _lines

if TYPE_CHECKING:
    from pathlib import Path

    from cloud_under_test.lake import Lake
    from local_cloud.server import LocalCloud

ROWS = "a,b\n" * 100_000  # more than an object in memory


def _files(lake: Lake, folder: Path, *, text: bool) -> list[Path]:
    return [file.path for file in ObjectCache(folder).data_files(lake.uri("t/"), text=text)]


@pytest.mark.parametrize(
    ("key", "content", "is_linked"),
    [
        ("t/f.csv", ROWS.encode(), True),
        ("t/f.csv", ROWS.encode() + "é日本".encode(), True),
        ("t/f.csv", ROWS.replace("\n", "\r\n").encode(), False),
        ("t/f.csv", ROWS.encode() + b"\xff\n", False),
        ("t/f.csv", ROWS.encode() + b"\xe2\x82", False),
        ("t/f.csv", b"\xef\xbb\xbf" + ROWS.encode(), False),
        ("t/f.csv", b"a\n", False),
        ("t/f.csv.gz", gzip.compress(ROWS.encode()) + bytes(300_000), False),
    ],
    ids=["ASCII", "UTF-8", "CRLF", "not UTF-8", "cut UTF-8", "byte order mark", "in memory", "gzip"],
)
def test_text_is_linked_if_it_is_clean(
    lake: Lake, local_cloud_server: LocalCloud, tmp_path: Path, key: str, content: bytes, is_linked: bool
) -> None:
    lake.put(key, content)
    folder = local_cloud_server.settings.state_dir / tmp_path.name  # on the file system of the objects
    [path] = _files(lake, folder, text=True)
    stored = {file.stat().st_ino for file in (local_cloud_server.settings.state_dir / "objects").iterdir()}
    assert (path.stat().st_ino in stored) == is_linked
    compression = "gz" if key.endswith("gz") else ""
    assert path.read_bytes() == b"".join(_lines(io.BytesIO(content), compression, key))
    lake.s3.delete_object(Bucket=lake.bucket, Key=key)
    lake.put(key, b"another")
    assert path.read_bytes() == b"".join(_lines(io.BytesIO(content), compression, key))
    path.unlink()


def test_other_files_are_linked(lake: Lake, local_cloud_server: LocalCloud) -> None:
    lake.table("a bigint", serde=PARQUET)
    lake.put_parquet("t/f.parquet", pa.table({"a": range(300_000)}))
    assert lake.rows("SELECT sum(a) FROM t") == [(str(299_999 * 150_000),)]
    state = local_cloud_server.settings.state_dir
    etag = lake.s3.head_object(Bucket=lake.bucket, Key="t/f.parquet")["ETag"].strip('"')
    assert (state / "athena" / f"raw-{etag}").stat().st_nlink == 2


def test_a_file_system_without_links_gets_copies(
    lake: Lake, local_cloud_server: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: Path, _target: Path) -> None:
        raise OSError("Invalid cross-device link")

    monkeypatch.setattr("pathlib.Path.hardlink_to", refuse)
    lake.table("a string, b string", serde=LAZY_SIMPLE)
    lake.put("t/f.csv", ROWS + "x,y\n")
    assert lake.rows("SELECT count(*), max(a) FROM t") == [("100001", "x")]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize(
    "content",
    [
        b"a\nb",
        b"a\r\nb\rc\nd",
        b"a\r",
        "é日本😀\n".encode(),
        b"\xff\xe2\x82\n\xed\xa0\x80",
        b"\xe2\x82",
        b"a\x00b\n",
        b"\xef\xbb\xbfa\n",
        "a\ufeff\n".encode(),
        b"",
    ],
)
def test_what_is_clean_is_not_changed(monkeypatch: pytest.MonkeyPatch, content: bytes, size: int) -> None:
    """A piece may end within a line end or a character."""
    monkeypatch.setattr("local_cloud.athena.scan.object_cache._PIECE", size)
    changed = b"".join(_lines(io.BytesIO(content), "", "s3://b/k"))
    assert _is_clean(io.BytesIO(content)) == (changed == content)


def test_a_line_that_is_too_long_is_not_clean() -> None:
    assert _is_clean(io.BytesIO(b"a" * LONGEST_LINE + b"\na"))
    assert not _is_clean(io.BytesIO(b"a\n" + b"a" * (LONGEST_LINE + 2 * 1024 * 1024) + b"\n"))
