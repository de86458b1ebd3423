"""GetObject reads what it sends, and nothing else of the object."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from moto.s3.models import FakeKey

from local_cloud.s3.sent_objects import SentFile

if TYPE_CHECKING:
    from pathlib import Path

Aws = Any
SIZES = [0, 10, 256 * 1024, 256 * 1024 + 1, 3 * 1024 * 1024]


@pytest.fixture(params=SIZES)
def content(request: pytest.FixtureRequest, aws: Aws, bucket: str) -> bytes:
    """The content of the object ``k``: in memory up to 256 KiB, otherwise a file."""
    body = os.urandom(request.param)
    aws("s3").put_object(Bucket=bucket, Key="k", Body=body)
    return body


def test_an_object_is_sent_without_reading_it_into_memory(
    aws: Aws, bucket: str, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: FakeKey) -> bytes:
        raise AssertionError("the whole object is read")

    monkeypatch.setattr(FakeKey, "value", property(refuse))
    found = aws("s3").get_object(Bucket=bucket, Key="k")
    assert (found["ContentLength"], found["Body"].read()) == (len(content), content)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("0-0", slice(0, 1)),
        ("3-9", slice(3, 10)),
        ("200000-1048577", slice(200_000, 1_048_578)),
        ("5-", slice(5, None)),
        ("-7", slice(-7, None)),
        ("2-99999999", slice(2, None)),
    ],
)
def test_a_range_is_a_part_or_beyond_the_end(aws: Aws, bucket: str, content: bytes, asked: str, part: slice) -> None:
    if not content[part] and not asked.startswith("-"):
        with pytest.raises(ClientError, match="InvalidRange"):
            aws("s3").get_object(Bucket=bucket, Key="k", Range=f"bytes={asked}")
        return
    found = aws("s3").get_object(Bucket=bucket, Key="k", Range=f"bytes={asked}")
    assert found["Body"].read() == content[part]
    if not content:  # its last bytes are none: https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2
        return
    first = part.indices(len(content))[0]
    assert found["ContentRange"] == f"bytes {first}-{first + len(content[part]) - 1}/{len(content)}"
    assert found["ContentLength"] == len(content[part])


def test_a_range_beyond_the_end_is_refused(aws: Aws, bucket: str, content: bytes) -> None:
    with pytest.raises(ClientError, match="InvalidRange"):
        aws("s3").get_object(Bucket=bucket, Key="k", Range=f"bytes={len(content)}-")


def test_conditions_are_met_first(aws: Aws, bucket: str, content: bytes) -> None:
    etag = aws("s3").head_object(Bucket=bucket, Key="k")["ETag"]
    assert aws("s3").get_object(Bucket=bucket, Key="k", IfMatch=etag)["Body"].read() == content
    with pytest.raises(ClientError, match="304"):
        aws("s3").get_object(Bucket=bucket, Key="k", IfNoneMatch=etag)


def test_a_deleted_object_is_sent_to_its_end(aws: Aws, bucket: str) -> None:
    """The first bytes arrive before the object is deleted, the others after it."""
    body = os.urandom(64 * 1024 * 1024)  # more than the sockets hold
    aws("s3").put_object(Bucket=bucket, Key="k", Body=body)
    sent = aws("s3").get_object(Bucket=bucket, Key="k")["Body"]
    first = sent.read(1000)
    aws("s3").put_object(Bucket=bucket, Key="k", Body=b"another")
    aws("s3").delete_object(Bucket=bucket, Key="k")
    assert first + sent.read() == body


def test_parts_of_parts_are_sent_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_cloud.s3.sent_objects._PIECE", 4)
    path = tmp_path / "content"
    path.write_bytes(b"0123456789")
    whole = SentFile.of(path)
    part = whole[1:9][2:100]
    path.unlink()
    assert (list(whole), list(part), len(part)) == ([b"0123", b"4567", b"89"], [b"3456", b"78"], 6)
    assert list(part[6:]) == []
